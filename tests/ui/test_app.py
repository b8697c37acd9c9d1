"""The app around the screens: help, themes, screens, mistakes of ours, what is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.app import CminboxApp
from cminbox.errors import CminboxError
from cminbox.screens.help import HelpScreen
from cminbox.screens.queue.row_commands import RowCommands
from cminbox.screens.queue.screen import QueueScreen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_help_is_made_from_the_registry(world: World, size: tuple[int, int]) -> None:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "?")
        assert isinstance(app.screen, HelpScreen)
        await until(pilot, lambda: any(line.split()[:2] == ["e", "close"] for line in lines(app)))
        await press(pilot, "G")
        await pilot.pause()
        assert "sentiment:<-0.5" in "\n".join(lines(app)) or "refund*" in "\n".join(lines(app))
        await press(pilot, "q")
        assert isinstance(app.screen, QueueScreen)


async def test_dark_and_light(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "cminbox-dark"
        dark = queue_of(app).queue.render_line(0)
        app.app_commands.do_app_theme()
        await pilot.pause()
        assert app.theme == "cminbox-light"
        assert queue_of(app).queue.render_line(0) != dark
        with pytest.raises(CminboxError, match="no theme"):
            app.app_commands.do_app_theme("pink")


async def test_every_screen_opens_and_comes_back(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("f2", "f3", "f4"):
            await press(pilot, key)
            assert len(app.screen_stack) == 2
        await press(pilot, "f1")
        assert isinstance(app.screen, QueueScreen)
        await press(pilot, "enter")
        assert len(app.screen_stack) == 2
        await press(pilot, "e", "e", "q")
        assert isinstance(app.screen, QueueScreen)
        assert "matt" not in [row.handle for row in queue_of(app).queue.rows]


async def test_quit_leaves_nobody_behind(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: world.store.read().execute("SELECT COUNT(*) FROM presence").fetchone()[0] == 1)
        await pilot.press("Q")
    assert world.store.read().execute("SELECT COUNT(*) FROM presence").fetchone()[0] == 0


async def test_a_mistake_in_a_command_is_logged_and_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: RowCommands) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(RowCommands, "do_mark_all", broken)
    monkeypatch.setattr(CminboxApp, "is_headless", False)
    app = world.app()
    async with app.run_test(size=(120, 24)) as pilot:
        await press(pilot, "*")
        assert "a mistake of ours" in said(app)
        assert "ZeroDivisionError: ours" in world.config.paths.log.read_text(encoding="utf-8")
        await press(pilot, "j")
        assert queue_of(app).queue.index == 1


async def test_a_mistake_in_drawing_ends_in_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CminboxApp, "is_headless", False)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        app._handle_exception(ZeroDivisionError("ours"))
        await pilot.pause()
    assert app.return_code == 1
    assert "\n" not in app.bug
    assert str(world.config.paths.log) in app.bug
    assert "ZeroDivisionError: ours" in world.config.paths.log.read_text(encoding="utf-8")


def test_opening_the_queue_loads_nothing_heavy(world: World) -> None:
    code = f"""
import asyncio, sys
from cminbox import app, config, paths
from cminbox.desk import Desk
from cminbox.store import Store
found = paths.find({str(world.config.paths.config)!r}, {str(world.config.paths.data)!r})
read = config.load(found)
store = Store.open(found.store)
async def go():
    shown = app.CminboxApp(read, store, Desk(store, read, read.members[0].member))
    async with shown.run_test(size=(80, 24)) as pilot:
        await pilot.press("j")
        assert len(shown.screen.queue.rows) == 14
asyncio.run(go())
bad = [name for name in ("httpx", "vaderSentiment", "py3langid", "numpy", "feedparser", "jinja2", "apprise", "keyring",
       "sqlite_utils", "typer", "regex", "lark", "textual.widgets._text_area") if name in sys.modules]
assert not bad, bad
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
