"""A screen that ends and begins again: it goes on where this member was."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.desk import Close
from cminbox.model import HOUR
from cminbox.screens.queue import session


def files(world: World) -> list[Path]:
    return sorted(world.config.paths.state.glob("queue-*"))


def log(world: World) -> str:
    path = world.config.paths.log
    return path.read_text("utf-8") if path.exists() else ""


def marked(world: World, ids: set[int]) -> set[str]:
    return {handle for handle, number in world.ids().items() if number in ids}


@pytest.mark.parametrize("size", [(80, 24), (120, 12)])
async def test_it_opens_where_it_was_left(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "shift+tab", "shift+tab", "t", "\\", *"-lang:es", "enter", "/", *"refund", "enter")
        await press(pilot, "g", "1", "0", "j", "k")
        screen = queue_of(app)
        handle, before, top = screen.queue.row.handle, [row.handle for row in screen.queue.rows], screen.queue.line
        assert len(before) == 13
        drawn = [line[:70] for line in lines(app)[1:-5]]
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = queue_of(app)
        # Without waiting: it is right in the first page, and nothing moves afterwards.
        assert (screen.queue.row.handle, screen.queue.line) == (handle, top)
        assert [row.handle for row in screen.queue.rows] == before
        state = screen.state
        assert (state.config.views[state.here].name, state.filter, state.search, state.order) == (
            "All", "-lang:es", "refund", "due",
        )  # fmt: skip
        await until(pilot, lambda: "● 2 sources" in lines(app)[0])
        assert [line[:70] for line in lines(app)[1:-5]] == drawn
        await press(pilot, "n")
        assert "hit" in said(app)


async def test_marks_are_there_again_as_far_as_the_view_still_has_them(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space", "space", "space")
        wanted = marked(world, queue_of(app).queue.marks)
        assert len(wanted) == 3
    assert len(files(world)) == 2
    gone = sorted(wanted)[0]
    world.desk_of("jo").do(Close(), [world.ids()[gone]])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: "2 marked" in lines(app)[-1])
        assert marked(world, screen.queue.marks) == wanted - {gone}
        assert sum(line.startswith(("•", "▌•")) for line in lines(app)) == 2
        await press(pilot, "escape")
        assert not screen.queue.marks
    assert len(files(world)) == 1


async def test_leaving_before_the_marks_came_back_keeps_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space", "space")
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "begin", lambda self: None)
        app = world.app()
        async with app.run_test(size=(80, 24)) as pilot:
            await press(pilot, "j")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "2 marked" in lines(app)[-1])


async def test_what_was_typed_is_there_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ":", *"sort newest", "enter", "\\", *"lang:en", "enter")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ":", "up")
        assert any("sort newest" in line for line in lines(app))
        await press(pilot, "escape", "/", "up")
        assert any(line.startswith(" / lang:en") for line in lines(app))
        assert app.services.line_history == ["sort newest"]
        assert app.services.query_history == ["lang:en"]


async def test_it_is_kept_at_rest_already(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REST_SECONDS", 0.0)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "space")
        row = queue_of(app).queue.row
        await until(pilot, lambda: len(files(world)) == 2 and json.loads(files(world)[1].read_text())["marks"])
        await until(pilot, lambda: json.loads(files(world)[0].read_text())["cursor"] == row.id)
        # Somebody else's screen at the same time, in another process: it finds a whole file.
        assert session.Files.of(world.config.paths.state, world.store.path, "ana").place in files(world)
    for path in files(world):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_after_a_night_one_begins_at_the_top_of_the_view(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "shift+tab", "shift+tab", "j", "j", "space")
    world.now += 13 * HOUR
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: "● 2 sources" in lines(app)[0] or "engine" in lines(app)[0])
        assert screen.state.config.views[screen.state.here].name == "All"
        assert screen.queue.index == 0
        assert not screen.queue.marks


async def test_each_member_has_their_own_and_of_two_screens_the_last_wins(make_store: Callable[..., World]) -> None:
    world = make_store()
    other = World(world.config, world.store, "jo")
    first, second = world.app(), world.app()
    async with first.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j")
    async with second.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j")
        wanted = queue_of(second).queue.row.handle
    theirs = other.app()
    async with theirs.run_test(size=(80, 24)) as pilot:
        assert queue_of(theirs).queue.index == 0
    assert len(files(world)) == 2
    again = world.app()
    async with again.run_test(size=(80, 24)) as pilot:
        assert queue_of(again).queue.row.handle == wanted


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b'{"format": 1, "store": "BORN", "view": 3}',
        b'{"format": 1, "store": "BORN", "queries": [1]}',
        b'{"format": 2, "store": "BORN", "view": "All"}',
        b'{"format": 1, "store": "BORN", "cursor": true}',
    ],
)
async def test_a_file_that_is_none_of_ours_is_left_alone_and_the_log_says_so(world: World, found: bytes) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j")
    (path,) = files(world)
    born = json.loads(path.read_text())["store"]
    path.write_bytes(found.replace(b"BORN", born.encode()))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert queue_of(app).queue.index == 0
        assert len(queue_of(app).queue.rows) == 14
        await press(pilot, "j")
    assert log(world).count(f"{path}: not taken up: ") == 1
    assert json.loads(path.read_text())["view"] == "Unassigned"


@pytest.mark.parametrize("change", [{"store": "2020-01-01 00:00:00"}, {"seq": 1 << 60}])
async def test_another_store_at_that_place_has_other_conversations(world: World, change: dict[str, object]) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j", "j", "space")
    for path in files(world):
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: "● 2 sources" in lines(app)[0])
        assert (screen.queue.index, screen.queue.marks) == (0, set())
    assert log(world) == ""


async def test_a_view_that_is_gone_or_done_gives_way_to_one_with_something(make_store: Callable[..., World]) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab")
        assert [row.handle for row in queue_of(app).queue.rows] == ["ana_lopez"]
    world.desk_of("jo").do(Close(), [world.ids()["ana_lopez"]])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert "is:unassigned" in lines(app)[1]
        assert len(queue_of(app).queue.rows) == 13
    (path,) = files(world)
    path.write_text(json.dumps({**json.loads(path.read_text()), "view": "Gone", "filter": "((("}))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert "is:unassigned" in lines(app)[1]
    path.write_text(json.dumps({**json.loads(path.read_text()), "view": "All", "filter": "(((", "sort": "oddest"}))
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert (queue_of(app).state.filter, queue_of(app).state.order) == ("", "priority")
        assert len(queue_of(app).queue.rows) == 13


async def test_a_filter_without_a_hit_stays_and_says_how_to_leave(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "\\", *"nowhere", "enter")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: any("Nothing here matches nowhere" in line for line in lines(app)))


async def test_a_folder_that_cannot_be_written_disturbs_nobody(world: World) -> None:
    world.config.paths.state.parent.mkdir(exist_ok=True, parents=True)
    world.config.paths.state.write_text("a file in its place")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j")
    assert app.return_code in (0, None)


async def test_lists_over_other_screens_keep_nothing(world: World) -> None:
    from cminbox.config import ViewConfig
    from cminbox.screens.queue.screen import QueueScreen

    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "j")
        wanted = queue_of(app).queue.row.id
        await app.push_screen(QueueScreen(app.services, ViewConfig("Spanish", "lang:es")))
        await press(pilot, "space", "q", "q")
    (path,) = files(world)
    assert json.loads(path.read_text())["cursor"] == wanted
