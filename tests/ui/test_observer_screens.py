"""Observers write by no screen: every command of the registry is tried on the queue and on a conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from driving import press, said
from ui_world import World

from cminbox.commands import COMMANDS

BESIDE = ('INSERT INTO "presence"', 'INSERT INTO "engine"')
"""Who looks at what is no change of what the team works on."""


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
