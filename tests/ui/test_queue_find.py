"""Searching, filtering, and the `:` line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import HOSTILE, World

from cminbox.screens.palette import Palette
from cminbox.screens.pickers.confirm_line import ConfirmLine
from cminbox.screens.prompt_line import PromptLine
from cminbox.widgets.prompt import Prompt


async def typed(pilot, text: str) -> None:
    """Type a text into the prompt that is open, and press Enter."""
    await until(pilot, lambda: pilot.app.screen.query(Prompt) and pilot.app.screen.query_one(Prompt).input.has_focus)
    pilot.app.screen.query_one(Prompt).input.insert_text_at_cursor(text)
    await press(pilot, "enter")
    await pilot.pause()


async def test_search_goes_round_its_hits(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "/")
        await typed(pilot, "the")
        assert screen.queue.row is not None
        first = screen.queue.row.handle
        assert "3 hits" in said(app)
        seen = [first]
        for _ in range(3):
            await press(pilot, "n")
            seen.append(screen.queue.row.handle)
        assert sorted(seen[:3]) == ["carla", "steeped", "tea_nerd"]
        assert seen[3] == first
        assert "from the start again" in said(app)
        await press(pilot, "N")
        assert screen.queue.row.handle == seen[2]
        assert "/ the" in lines(app)[1]
        await press(pilot, "escape")
        assert screen.state.search == ""


async def test_search_reaches_beyond_what_is_loaded(make_store: Callable[..., World]) -> None:
    many = [(f"user{number}", "en", f"parcel {number}", 10 + number // 3) for number in range(600)]
    many[431] = ("needle", "en", "where is my haystack", 2)
    world = make_store(many)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "G", "g", "/")
        await typed(pilot, "haystack")
        assert screen.queue.row is not None
        assert screen.queue.row.handle == "needle"
        assert "1 hit" in said(app)
        await press(pilot, "j", "j", "k", "k")
        assert screen.queue.row.handle == "needle"


async def test_filter_narrows_and_escape_widens(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await press(pilot, "backslash")
        await typed(pilot, "lang:hi OR lang:pa")
        assert sorted(row.handle for row in screen.queue.rows) == ["gurpreet", "rahul_k"]
        assert "\\ lang:hi OR lang:pa" in lines(app)[1]
        await press(pilot, "escape")
        assert len(screen.queue.rows) == 14
        await press(pilot, "backslash")
        await typed(pilot, "पैसा")
        assert [row.handle for row in screen.queue.rows] == ["rahul_k"]
        await press(pilot, "backslash", "ctrl+u")
        await typed(pilot, "nobodysaidthis")
        assert any("Nothing here matches nobodysaidthis" in line for line in lines(app))


async def test_a_wrong_query_is_told_and_asked_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "backslash")
        await typed(pilot, "netwrok:mastodon")
        assert any("network" in line and "column" in line for line in lines(app))
        assert app.screen.query(PromptLine)
        await press(pilot, "escape")
        await until(pilot, lambda: not app.screen.query(PromptLine))
        assert len(queue_of(app).queue.rows) == 14
        await press(pilot, "j")
        assert queue_of(app).queue.index == 1


async def test_completion_while_typing(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "backslash")
        await until(pilot, lambda: app.screen.query(Prompt))
        prompt = app.screen.query_one(Prompt)
        for key in ("n", "e", "t", "tab"):
            await pilot.press(key)
        assert prompt.input.value == "network:"
        await pilot.press("m", "tab")
        assert prompt.input.value == "network:mastodon"


async def test_the_line_completes_a_query(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ":")
        await until(pilot, lambda: app.screen.query(Prompt))
        await press(pilot, *"filter", "space", *"assignee", ":", "j", "tab")
        assert app.screen.query_one(Prompt).input.value == "filter assignee:jo"


@pytest.mark.parametrize(
    ("line", "then"),
    [
        ("close", "1 closed"),
        ("assign jo", "1 assigned"),
        ("snooze tomorrow 9:00", "1 snoozed"),
        ("label parcels -spam", "labelled"),
        ("note they rang, call back", "1 noted"),
        ('escalate "Late parcels" 2 many of them', "escalated"),
        ("priority 12", "priority"),
        ("sort newest", "ordered by newest"),
        ("clsoe", ""),
    ],
)
async def test_the_line_runs_commands(world: World, line: str, then: str) -> None:
    app = world.app()
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, ":")
        await typed(pilot, line)
        if line == "close":
            await until(pilot, lambda: isinstance(app.screen, ConfirmLine))  # it has no answer yet
            await press(pilot, "e")
        await until(pilot, lambda: then in said(app))
        if line == "clsoe":
            assert any("did you mean close" in row for row in lines(app))
        else:
            assert app.services.line_history == [line]


async def test_the_line_remembers_and_completes(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ":")
        await typed(pilot, "assign jo")
        await until(pilot, lambda: not app.screen.query(PromptLine))
        await press(pilot, ":")
        await until(pilot, lambda: app.screen.query(Prompt))
        prompt = app.screen.query_one(Prompt)
        await pilot.press("up")
        assert prompt.input.value == "assign jo"
        await pilot.press("down")
        assert prompt.input.value == ""
        for key in "view o":
            await pilot.press("space" if key == " " else key)
        await pilot.press("tab")
        assert prompt.input.value == "view Overdue"
        await press(pilot, "enter")
        await until(pilot, lambda: queue_of(app).state.here == 2)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_hostile_text_is_shown_as_it_is(make_store: Callable[..., World], size: tuple[int, int]) -> None:
    world = make_store(HOSTILE)
    app = world.app()
    async with app.run_test(size=size, notifications=True) as pilot:
        queue = queue_of(app).queue
        for _ in range(len(HOSTILE)):
            await press(pilot, "j", "w", "w")
            await pilot.pause(0.1)
            screen = lines(app)
            assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for line in screen for letter in line)
            assert not any("\u202e" in line or "\ud800" in line for line in screen)
            assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())
        assert any("[@click=app.quit]press me" in line for line in lines(app)) or size[0] != 80
        assert len(queue.rows) == len(HOSTILE)
        for field in ("/", "backslash", ":"):
            await press(pilot, field)
            await typed(pilot, "[@click=app.quit]x[/b] \u202e")
            await press(pilot, "escape")
            await until(pilot, lambda: not app.screen.query(PromptLine))
    assert app.return_code in (None, 0)


async def test_the_palette_shows_every_command_literally(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        for letter in "mark-all":
            await pilot.press("minus" if letter == "-" else letter)
        await until(pilot, lambda: any("mark-all" in line and "*" in line for line in lines(app)))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, Palette))
        await until(pilot, lambda: len(queue_of(app).queue.marks) == 14)
