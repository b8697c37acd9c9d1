"""The queue at the fingers: moving, views, marks, actions, undo, repeat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.store import conversations
from cminbox.widgets.preview import PreviewPane

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_it_opens_on_what_waits(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        below = "why 98: refund words +35" if size[0] == 80 else "@matt · 98"
        await until(pilot, lambda: any(below in line for line in lines(app)) and "Unassigned 14" in lines(app)[0])
        screen = lines(app)
        assert "Overdue 1" in screen[0]
        assert "● 2 sources" in screen[0]
        assert "is:open is:unassigned" in screen[1]
        assert "by priority" in screen[1]
        assert screen[2].split()[:2] == ["pr", "due"]
        assert screen[3].startswith("▌ 98")
        assert "@matt" in screen[3]
        assert " 10m late " in screen[4]
        assert screen[-1].strip().startswith("r reply")
        assert screen[-1].rstrip().endswith("? help")


@pytest.mark.parametrize("size", SIZES)
async def test_moving(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "j", "j")
        assert queue.index == 2
        await press(pilot, "5", "j")
        assert queue.index == 7
        await press(pilot, "k", "down", "up")
        assert queue.index == 6
        await press(pilot, "G")
        assert queue.index == 13
        await press(pilot, "j")
        assert queue.index == 13
        await press(pilot, "g")
        assert queue.index == 0
        await press(pilot, "1", "2", "G")
        assert queue.index == 11
        await press(pilot, "ctrl+u")
        assert queue.index < 11
        await press(pilot, "9", "escape", "g", "]", "[", "]")
        assert queue.index == 1


async def test_views_go_round(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "tab")
        assert [row.handle for row in screen.queue.rows] == ["ana_lopez"]
        assert "is:overdue" in lines(app)[1]
        await press(pilot, "tab")
        assert screen.queue.empty.startswith("Nothing waits in Crisis")
        assert any("Nothing waits in Crisis" in line for line in lines(app))
        await press(pilot, "shift+tab", "shift+tab", "shift+tab")
        assert screen.state.here == 0
        await press(pilot, "shift+tab")
        assert len(screen.queue.rows) == 14


async def test_orders(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "t")
        assert screen.state.order == "due"
        dues = [row.due_at for row in screen.queue.rows]
        assert dues == sorted(dues, key=lambda due: (due is None, due))  # thanks alone is never due
        await press(pilot, "t", "t")
        newest = [row.newest_at for row in screen.queue.rows]
        assert newest == sorted(newest, reverse=True)
        assert "by newest" in lines(app)[1]


@pytest.mark.parametrize("size", SIZES)
async def test_close_leaves_the_list_and_undo_brings_it_back(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "j", "e", "e")
        assert world.row("ana_lopez").status == "closed"
        assert "ana_lopez" not in [row.handle for row in queue.rows]
        assert queue.index == 1
        assert queue.row is not None
        assert queue.row.handle == "rahul_k"
        assert "1 closed" in said(app)
        assert "u undo" in lines(app)[-1]
        await press(pilot, "u")
        assert world.row("ana_lopez").status == "open"
        assert "ana_lopez" in [row.handle for row in queue.rows]
        assert queue.row.handle == "ana_lopez"


async def test_ten_marked_are_closed_at_once_and_undone_at_once(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, *["space"] * 10)
        assert len(queue.marks) == 10
        assert "10 marked" in lines(app)[-1]
        assert lines(app)[4].startswith("•")
        await press(pilot, "e", "e")
        assert len(queue.rows) == 4
        assert not queue.marks
        open_now = conversations.count(world.store.read(), None)
        closed = [row for row in conversations.page(world.store.read(), None, limit=100) if row.status == "closed"]
        assert (open_now, len(closed)) == (14, 10)
        await press(pilot, "u")
        assert len(queue.rows) == 14
        assert world.desk.undoable() is None


async def test_range_all_and_dropping_marks(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "V", "3", "j", "V")
        assert len(queue.marks) == 4
        await press(pilot, "escape")
        assert not queue.marks
        await press(pilot, "*")
        assert len(queue.marks) == 14
        await press(pilot, "*")
        assert not queue.marks


async def test_all_that_match_are_more_than_the_page(make_store: Callable[..., World]) -> None:
    many = [(f"user{number}", "en", f"parcel {number}", number % 200) for number in range(400)]
    world = make_store(many)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        assert len(queue.rows) < 400
        await press(pilot, "*")
        assert len(queue.marks) == 400
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "enter")
        await until(pilot, lambda: "400 closed" in said(app) and not queue.rows)
        await press(pilot, "u")
        await until(pilot, lambda: len(queue.rows) >= 100)


async def test_a_count_acts_on_so_many(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "3", "e", "e")
        assert "3 closed, 3 of them unanswered" in said(app)
        await press(pilot, ".", "e")
        assert len(queue_of(app).queue.rows) == 10


async def test_why_shows_each_reason(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "w")
        screen = "\n".join(lines(app))
        assert "+35  refund words" in screen
        await press(pilot, "w")
        assert queue_of(app).query_one("#preview", PreviewPane).size.height == 4


async def test_observers_are_told_and_change_nothing(make_store: Callable[..., World]) -> None:
    world = make_store(extra_config='[[member]]\nhandle = "guest"\nrole = "observer"\n', member="guest")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "e", "e")
        assert "observer" in said(app)
        assert len(queue_of(app).queue.rows) == 14


async def test_your_keys_hold(make_store: Callable[..., World]) -> None:
    world = make_store(keys='set = "vim"\n[queue]\nconversation.close = "x"\n')
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        assert "x close" in lines(app)[-1]
        await press(pilot, "G", "g")
        assert queue.index == 13
        await press(pilot, "g", "e")
        assert queue.index == 0
        assert len(queue.rows) == 14
        await press(pilot, "x", "x")
        assert len(queue.rows) == 13


async def test_broken_keys_are_told_and_the_default_ones_hold(make_store: Callable[..., World]) -> None:
    world = make_store(keys='[queue]\nconversation.clsoe = "x"\n')
    app = world.app()
    async with app.run_test(size=(200, 24)) as pilot:
        await pilot.pause()
        assert "did you mean conversation.close" in said(app)
        await press(pilot, "e", "e")
        assert "1 closed" in said(app)


async def test_what_is_repeated_is_settled_when_the_key_is_pressed(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "A", "j")
        wanted = {row.id for row in queue.rows[queue.index : queue.index + 3]}
        before = {row.id for row in queue.rows if row.assignee == "ana"}
        # As fast as somebody types: nothing is waited for in between.
        await pilot.press("3", ".", "j", "j", "j")
        await press(pilot, "k")
        taken = {row.id for row in conversations.page(world.store.read(), None, limit=100) if row.assignee == "ana"}
        assert taken - before >= wanted
        assert len(taken) == len(wanted) + 1


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("A", lambda row: row.assignee == "ana"),
        ("e", lambda row: row.status == "closed"),
        ("S", lambda row: row.status == "spam"),
    ],
)
async def test_actions_take_counts_and_marks_and_are_repeated_with_them(world: World, key: str, holds: object) -> None:
    assert callable(holds)
    app = world.app()

    def done() -> set[str]:
        return {row.handle for row in conversations.page(world.store.read(), None, limit=100) if holds(row)}

    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "shift+tab", "shift+tab")
        first = [row.handle for row in queue.rows[:3]]
        confirm = ["e"] if key == "e" else []  # they need an answer and have none
        await press(pilot, "3", key, *confirm)
        assert done() == set(first)
        await press(pilot, "g", "5", "j")
        marked = {queue.rows[queue.index].handle, queue.rows[queue.index + 1].handle}
        await press(pilot, "space", "space", "g", ".", *confirm)
        assert done() == set(first) | marked
        await press(pilot, "u")
        assert done() == set(first)
        await press(pilot, "u")
        assert done() == set()


@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        ("label vault", lambda row: "vault" in row.labels),
        ("assign jo", lambda row: row.assignee == "jo"),
        ("snooze 2h", lambda row: row.status == "snoozed"),
        ("priority 7", lambda row: row.priority == 7),
        ("vip on", lambda row: row.vip),
        ("note call them", lambda row: row.notes == 1),
    ],
)
async def test_a_typed_action_is_repeated_with_its_arguments(world: World, typed: str, holds: object) -> None:
    assert callable(holds)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "shift+tab", "shift+tab")
        wanted = {row.handle for row in queue.rows[:4]}
        await press(pilot, ":", *typed, "enter", "g")
        if holds(conversations.get(world.store.read(), queue.rows[0].id)):
            await press(pilot, "j")
        await press(pilot, "3", ".")
        found = {row.handle for row in conversations.page(world.store.read(), None, limit=100) if holds(row)}
        assert found == wanted
