"""What somebody wrote in a dialog is not lost: not by an error, not by leaving, not by the end of the program."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import lines, press, said, until
from test_store_gone import replace
from textual.widgets import Input
from ui_world import World

from cminbox.errors import Full
from cminbox.store import notes


def kept(world: World) -> list[Path]:
    return sorted(world.config.paths.state.glob("unsent-*.txt"))


@pytest.mark.parametrize(
    ("key", "text"), [("m", "she called twice"), ("l", "late-parcels"), ("a", "nobody-yet"), ("s", "next friday")]
)
async def test_where_the_store_was_replaced_meanwhile_it_is_in_a_file(
    make_store: Callable[..., World], key: str, text: str
) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(200, 30)) as pilot:
        await press(pilot, key, *text)
        replace(world.store.path)
        await press(pilot, "enter")
        if key in "ml":
            await until(pilot, lambda: "your text is kept in" in said(app))
            assert "was replaced" in said(app)
    if key in "ml":
        (file,) = kept(world)
        assert file.read_text("utf-8").endswith(f"\n\n{text}\n")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    else:
        # It never was an answer; the program ended with it in the line.
        assert [file.read_text("utf-8").splitlines()[-1] for file in kept(world)] == [text]


async def test_what_failed_stands_there_again_and_its_file_goes_once_it_is_done(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_store()
    app = world.app()
    do = world.desk.do

    def full(*args: object, **named: object) -> None:
        raise Full("the disk is full")

    async with app.run_test(size=(200, 30)) as pilot:
        monkeypatch.setattr(world.desk, "do", full)
        await press(pilot, "m", *"she called", "enter")
        await until(pilot, lambda: "your text is kept in" in said(app))
        assert len(kept(world)) == 1
        monkeypatch.setattr(world.desk, "do", do)
        await press(pilot, "m", *" twice", "enter")
        row = app.front.queue.row
        await until(pilot, lambda: [note.text for note in notes.of(world.store.read(), row.id)])
        assert [note.text for note in notes.of(world.store.read(), row.id)] == ["she called twice"]
        await until(pilot, lambda: not kept(world))
        # What is done does not come back.
        await press(pilot, "m")
        assert app.screen.query_one(Input).value == ""


async def test_what_was_left_comes_back_for_the_same_conversation_alone(make_store: Callable[..., World]) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "m", *"she called", "escape", "j", "m")
        assert app.screen.query_one(Input).value == ""
        await press(pilot, "escape", "k", "m")
        assert app.screen.query_one(Input).value == "she called"
    assert [file.read_text("utf-8").splitlines()[-1] for file in kept(world)] == ["she called"]


async def test_the_end_of_the_program_keeps_it(make_store: Callable[..., World]) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "m", *"she called twice")
        assert "she called twice" in " ".join(lines(app))
        app.exit()
    (file,) = kept(world)
    assert file.read_text("utf-8").splitlines()[-1] == "she called twice"


async def test_a_crisis_that_could_not_be_declared_is_not_written_twice(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_store()
    app = world.app()
    async with app.run_test(size=(200, 40)) as pilot:
        await press(pilot, "exclamation_mark", *"Lids", "enter", "2", "enter", *"tin is loose")
        replace(world.store.path)
        await press(pilot, "enter")
        await until(pilot, lambda: "your text is kept in" in said(app))
    (file,) = kept(world)
    assert file.read_text("utf-8").splitlines()[-3:] == ["Lids", "2", "tin is loose"]
