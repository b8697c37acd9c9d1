"""Observers write by no screen: every command of the registry is tried on the queue and on a conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from driving import press, said, until
from ui_world import World

from cminbox.commands import COMMANDS
from cminbox.desk import Escalate

BESIDE = ('INSERT INTO "presence"', 'INSERT INTO "visits"', 'INSERT INTO "engine"')
"""Who looks at what, and was here when, is no change of what the team works on."""


def contents(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as conn:
        return [line for line in conn.iterdump() if not line.startswith(BESIDE)]


@pytest.mark.parametrize("place", ["queue", "conversation"])
async def test_no_command_changes_anything_for_an_observer(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "somewhere")  # links are shown, and not opened
    world = make_store(extra_config='[[member]]\nhandle = "guest"\nrole = "observer"\n', member="guest")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = contents(world.store.path)
        for command in COMMANDS:
            if command.id == "app.quit":
                continue
            app.app_commands.do_go_queue()
            await pilot.pause()
            if place == "conversation":
                await press(pilot, "enter")
            app.front.run_command(command, ["x"] * sum(arg.required for arg in command.args))
            await pilot.pause()
            await press(pilot, "escape", "escape")
            assert contents(world.store.path) == before, command.id


@pytest.mark.parametrize(
    ("key", "place"), [("C", "contact"), ("f2", "crisis"), ("H", "handover"), ("f4", "sources"), ("f5", "rules")]
)
async def test_no_command_of_another_screen_changes_anything_for_an_observer(
    make_store: Callable[..., World], monkeypatch: pytest.MonkeyPatch, key: str, place: str
) -> None:
    monkeypatch.setenv("EDITOR", "false")
    world = make_store(extra_config='[[member]]\nhandle = "guest"\nrole = "observer"\n', member="guest")
    desk = world.desk_of("ana")
    desk.crises.declare("Late", severity=2, reason="the depot is shut")
    desk.do(Escalate(crisis_name="Storm", reason="many"), [world.ids()["matt"]])
    desk.handovers.sign()
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, key)
        await until(pilot, lambda: place == app.front.CONTEXT)
        before, files = contents(world.store.path), configured(world)
        theirs = [c for c in COMMANDS if place in c.contexts() and not {"queue", "anywhere"}.intersection(c.contexts())]
        assert theirs
        for command in theirs:
            for words in ([], ["x"]) if command.args else ([],):
                app.front.run_command(command, words)
                await press(pilot, "1", "enter", "escape", "escape")
                if place != app.front.CONTEXT:
                    await press(pilot, "f1", key)
                    await until(pilot, lambda: place == app.front.CONTEXT)
                assert contents(world.store.path) == before, command.id
        assert configured(world) == files


def configured(world: World) -> dict[str, bytes]:
    """The files of the configuration."""
    return {path.name: path.read_bytes() for path in world.config.paths.config.rglob("*") if path.is_file()}


async def test_an_observer_is_told_before_they_write(make_store: Callable[..., World]) -> None:
    world = make_store(extra_config='[[member]]\nhandle = "guest"\nrole = "observer"\n', member="guest")
    app = world.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "enter", "r")
        assert app.front.CONTEXT == "conversation"
        assert "guest is an observer" in said(app)
        await press(pilot, "m")
        assert app.screen is app.front  # no line to type a note in
        assert "guest is an observer" in said(app)
