"""A screen whose store is replaced or full says so, and keeps what is being written."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from driving import lines, press, said, until
from ui_world import World

from cminbox.errors import Full
from cminbox.store import Store, replies


def replace(path: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    copy.replace(path)


def unsent(world: World) -> list[Path]:
    return sorted(world.config.paths.state.glob("unsent-*.txt"))


@pytest.mark.parametrize(("change", "told"), [(replace, "was replaced"), (Path.unlink, "was removed")])
async def test_the_first_line_says_that_the_store_is_gone(
    make_store: Callable[..., World], change: Callable[[Path], object], told: str
) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "j")
        change(world.store.path)
        await until(pilot, lambda: "THE STORE" in lines(app)[0])
        assert told in lines(app)[0]
        assert "Q" in lines(app)[0]
        await press(pilot, "e")
        assert told in said(app)
        await press(pilot, "enter")
        assert "THE STORE" in lines(app)[0]  # on every screen
        await press(pilot, "r")
        assert app.front.CONTEXT == "conversation"
        assert told in said(app)
    assert told in world.config.paths.log.read_text("utf-8")


async def test_what_is_being_written_is_kept_in_a_file(make_store: Callable[..., World]) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "enter", "r")
        replace(world.store.path)
        await press(pilot, *"so sorry")
        await until(pilot, lambda: unsent(world))
        await press(pilot, "ctrl+s")
        assert "your text is kept in" in said(app)
        assert app.front.CONTEXT == "compose"
        await press(pilot, "!")
    (kept,) = unsent(world)
    assert kept.read_text("utf-8").endswith("\n\nso sorry!\n")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with Store.open(world.store.path) as store:
        assert replies.outbox(store.read()) == []


async def test_what_stands_in_the_command_line_stays_there(make_store: Callable[..., World]) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(160, 30)) as pilot:
        await press(pilot, "colon", *"note she called twice")
        replace(world.store.path)
        await press(pilot, "enter")
        await until(pilot, lambda: "was replaced" in " ".join(lines(app)[1:]))
        assert app.front.prompting
        assert "note she called twice" in " ".join(lines(app))


async def test_a_text_that_can_be_kept_nowhere_is_not_left_by_mistake(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_store()
    app = world.app()

    def full(*args: object, **named: object) -> None:
        raise Full("the disk is full")

    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "enter", "r")
        monkeypatch.setattr(world.desk.outbox, "draft", full)
        world.config.paths.state.parent.joinpath("state").mkdir(exist_ok=True)
        monkeypatch.setattr("cminbox.screens.unsent_text.UnsentText.keep", lambda self, text: False)
        await press(pilot, *"hello", "escape")
        assert app.front.CONTEXT == "compose"
        assert "copy it" in said(app)
        await press(pilot, "escape")
        assert app.front.CONTEXT == "conversation"


async def test_once_the_store_takes_it_the_file_goes(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_store()
    app = world.app()
    draft = world.desk.outbox.draft

    def full(*args: object, **named: object) -> None:
        raise Full("the disk is full")

    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "enter", "r")
        monkeypatch.setattr(world.desk.outbox, "draft", full)
        await press(pilot, *"hello")
        await until(pilot, lambda: unsent(world))
        monkeypatch.setattr(world.desk.outbox, "draft", draft)
        await press(pilot, "!", "escape")
    assert unsent(world) == []
    with closing(sqlite3.connect(world.store.path)) as conn:
        assert [row[0] for row in conn.execute("SELECT text FROM outgoing")] == ["hello!"]
