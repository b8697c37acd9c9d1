"""The thread from its end, and the widget around it: places that stay, a bar that can be pulled, lines that fit."""

from __future__ import annotations

import re

import pytest
from driving import lines, press, queue_of, until
from rich.cells import cell_len
from textual import events
from textual.geometry import Region, Size
from ui_world import World

from cminbox.model import HOUR, MINUTE, Author, Message
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.store import conversations
from cminbox.widgets import thread_lines
from cminbox.widgets.picker import Picker
from cminbox.widgets.styled_lines import plain
from cminbox.widgets.thread_entry import ThreadEntry
from cminbox.widgets.thread_lines import ThreadLines, scroll_thumb
from cminbox.widgets.thread_view import Frame, SideLayout, arrange

NOW = 1_780_000_000_000


def entries(count: int) -> list[ThreadEntry]:
    return [ThreadEntry("in", f"@a{number}", f"text {number}", NOW - HOUR + number) for number in range(count)]


def lines_of(count: int, height: int = 10) -> ThreadLines:
    return ThreadLines(entries(count), NOW, 60, height)


def shown(thread: ThreadLines) -> str:
    return "\n".join(plain(line).strip() for line in thread.seen)


def test_only_what_is_near_the_end_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    block = thread_lines.entry_block

    def counted(all_entries, at, width, now, chosen):
        made.append(at)
        return block(all_entries, at, width, now, chosen)

    monkeypatch.setattr(thread_lines, "entry_block", counted)
    thread = lines_of(200)
    assert "text 199" in shown(thread)
    assert len(made) <= 5
    thread.go_to(0)
    assert "text 0" in shown(thread)
    assert sorted(made) == list(range(200))


def test_a_place_stays_when_something_comes_below_and_the_end_stays_the_end() -> None:
    before = lines_of(40)
    before.move(-30)
    place = shown(before)
    after = lines_of(45)
    after.keep_place(before)
    assert shown(after) == place
    before.move(10_000)
    after = lines_of(45)
    after.keep_place(before)
    assert "text 44" in shown(after)


def test_moving_stops_at_both_ends() -> None:
    thread = lines_of(10, 8)
    thread.move(-10_000)
    assert shown(thread).startswith("@a0")
    thread.move(10_000)
    assert shown(thread).endswith("text 9")
    few = lines_of(1, 8)
    few.move(-5)
    assert len(few.seen) == 2


def test_the_thumb_stands_where_the_lines_do() -> None:
    assert scroll_thumb(10, 0, 10) == (0, 0)
    assert scroll_thumb(100, 0, 10) == (0, 1)
    assert scroll_thumb(100, 90, 10) == (9, 10)
    assert scroll_thumb(20, 5, 10)[0] in (2, 3)


@pytest.mark.parametrize("side", [SideLayout(), SideLayout("beside", 36), SideLayout("below")])
def test_thread_and_side_share_the_room_and_every_line_is_as_wide_as_the_widget(side: SideLayout) -> None:
    room = Region(0, 3, 120, 36)
    thread_at, side_at = arrange(room, side, side_lines=50)
    assert thread_at in room
    assert not side.where or side_at in room
    assert not thread_at.overlaps(side_at)
    thread = ThreadLines(entries(30), NOW, thread_at.width - 2, thread_at.height)
    column = [((f"fact {number}", ""),) for number in range(50)]
    frame = Frame(
        Size(120, 40), thread_at, side_at, [(("state", ""),)], (("why", ""),), thread.seen, thread.thumb, side.where,
        [column], 0,
    )  # fmt: skip
    shown = [plain(frame.line(y)) for y in range(40)]
    assert shown[0] == " state" + " " * 114
    assert {cell_len(line) for line in shown if line} == {120}
    assert any("text 29" in line for line in shown)
    assert any("fact 0" in line for line in shown) is bool(side.where)
    assert shown[39].startswith(" why")


@pytest.fixture
def long(world: World) -> World:
    """The usual world, with a long talk with Carla."""
    world.take(*(
        Message(
            id=f"m4x{number}", conversation="m4", author=Author("m-carla", "carla"), text=f"line {number} 漢字 🪔",
            created_at=world.now - (59 - number) * MINUTE,
        )
        for number in range(40)
    ))  # fmt: skip
    return world


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_keys_wheel_and_bar_move_the_thread_and_every_line_fits(long: World, size: tuple[int, int]) -> None:
    app = long.app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.open_conversation(long.ids()["carla"])
        await pilot.pause(0.3)
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        assert any("line 39" in line for line in lines(app))
        await press(pilot, "g")
        assert any("ship to Canada" in line for line in lines(app))
        assert {cell_len(line) for line in lines(app)} == {size[0]}
        await press(pilot, "G")
        at = {"x": 10, "y": 8, "delta_x": 0, "button": 0, "shift": False, "meta": False, "ctrl": False}
        screen.pane.post_message(events.MouseScrollUp(screen.pane, delta_y=-1, **at))
        await pilot.pause()
        assert not any("line 39" in line for line in lines(app))
        columns = next(line for line in screen.pane.seen_text.split("\n") if "▐" in line).index("▐") + 1
        await pilot.mouse_down(screen.pane, offset=(columns - 1, 3))
        await pilot.pause()
        assert any("ship to Canada" in line for line in lines(app))
        await pilot.mouse_up(screen.pane, offset=(columns - 1, 3))


async def test_the_screen_is_the_same_one_and_keeps_nothing_of_the_conversation_before(long: World) -> None:
    app = long.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(long.ids()["carla"])
        await pilot.pause(0.3)
        first = app.screen
        await press(pilot, "g", "w", "o")
        await press(pilot, "q")
        app.open_conversation(long.ids()["petra"])
        await pilot.pause(0.3)
        assert app.screen is first
        text = "\n".join(lines(app))
        assert "petra" in text
        assert "carla" not in text
        assert "https://" not in text
        assert not first.pane.side.where


async def test_another_size_lays_it_out_anew(long: World) -> None:
    app = long.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.open_conversation(long.ids()["carla"])
        await pilot.pause(0.3)
        assert not any("contact" in line for line in lines(app))
        for size in ((200, 50), (120, 40), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.2)
            assert any("contact" in line for line in lines(app)) is (size[0] >= 120)
            assert any("line 39" in line for line in lines(app))


async def test_it_opens_at_its_newest_message_and_fits_the_terminal_every_time(world: World) -> None:
    text = "\n".join(f"line {number}" for number in range(40))
    world.say([("wordy", "en", text, 1)], prefix="w")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        queue = queue_of(app)
        while queue.queue.row.handle != "wordy":
            await press(pilot, "j")
        for _ in range(2):
            await press(pilot, "enter")
            assert "line 39" in app.screen.pane.seen_text
            await press(pilot, "g", "w")
            assert "line 39" not in app.screen.pane.seen_text
            assert not app.screen.pane.side.where
            await press(pilot, "q")
        await pilot.resize_terminal(80, 24)
        await press(pilot, "enter")
        assert app.screen.pane.size.width == 80
        assert not app.screen.pane.side.where
        assert "line 39" in app.screen.pane.seen_text


FIVE_THOUSAND = 5_000


@pytest.fixture
def endless(world: World) -> World:
    """A thread of five thousand messages."""
    world.take(
        *(
            Message(
                id=f"e{n}", conversation="e", author=Author(f"p{n % 7}", f"p{n % 7}"), text=f"word number {n}",
                created_at=world.now - (FIVE_THOUSAND - n) * MINUTE,
            )
            for n in range(FIVE_THOUSAND)
        )
    )  # fmt: skip
    return world


async def test_going_up_brings_in_what_came_before_and_the_place_stays(endless: World) -> None:
    app = endless.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        row = next(row for row in conversations.page(endless.store.read(), None, limit=100) if row.remote_id == "e")
        app.open_conversation(row.id)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        pane = app.screen.pane

        def numbers() -> list[int]:
            return [int(n) for n in re.findall(r"word number (\d+)", pane.seen_text)]

        assert numbers()[-1] == FIVE_THOUSAND - 1
        before, seen = numbers(), set()
        while numbers()[0] > FIVE_THOUSAND - 600:
            await pilot.press("pageup")
            await pilot.pause()
            now = numbers()
            assert now[0] < before[0] <= now[-1] + 1, "no message is left out on the way up"
            seen |= set(now)
            before = now
        assert seen >= set(range(numbers()[0], FIVE_THOUSAND - 10))
        # What comes in meanwhile moves nothing.
        endless.take(Message(id="new", conversation="e", author=Author("p1", "p1"), text="now", created_at=endless.now))
        await until(pilot, lambda: pane.details.row.messages == FIVE_THOUSAND + 1)
        await pilot.pause()
        assert numbers() == before
        await pilot.press("g")
        await until(pilot, lambda: numbers() and numbers()[0] == 0)
        assert pane.details.earlier == 0
        await pilot.press("G")
        await until(pilot, lambda: "now" in pane.seen_text)


async def test_other_conversations_of_the_same_person_stand_beside_and_are_opened(world: World) -> None:
    world.take(
        *(
            Message(
                id=f"o{n}", conversation=f"o{n}", author=Author("m-carla", "carla", "Carla"), text=f"Question {n}",
                created_at=world.now - n * HOUR,
            )
            for n in range(1, 8)
        )
    )  # fmt: skip
    carla = next(row.id for row in conversations.page(world.store.read(), None, limit=100) if row.remote_id == "m4")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query("#queue-list"))
        app.open_conversation(carla)
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen))
        await pilot.pause()
        around = app.screen.pane.around
        assert "7 other conversations (p)" in around
        assert "open    ms Question 1" in around
        assert "and 2 more" in around
        first = app.screen
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"question 3", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationScreen) and app.screen is not first)
        await pilot.pause()
        assert "Question 3" in app.screen.pane.seen_text
        await pilot.press("q")
        await until(pilot, lambda: app.screen is first)


def test_a_place_stays_when_something_comes_above() -> None:
    every = entries(60)
    before = ThreadLines(every[20:], NOW, 60, 10)
    before.move(-50)
    place = shown(before)
    after = ThreadLines(every, NOW, 60, 10)
    after.keep_place(before)
    assert shown(after) == place
    assert not after.near_start
    before.move(-10_000)
    assert before.near_start
    first = shown(before)
    after = ThreadLines(every, NOW, 60, 10)
    after.keep_place(before)
    assert shown(after) == first
