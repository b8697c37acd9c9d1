"""Duty at the fingers: who is on duty in the second line, `:duty`, and the next free conversation by a key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import lines, press, queue_of, said, until
from ui_world import World

from cminbox.desk import Take
from cminbox.model import MINUTE
from cminbox.screens.conversation.screen import ConversationScreen
from cminbox.screens.duty import DutyList
from cminbox.store import assignments, people

SHIFT = '\n[[shift]]\nname = "day"\nzone = "UTC"\nmembers = ["jo"]\n' + "".join(
    f'{day} = ["00:00-24:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
)


async def command(pilot, line: str) -> None:
    await press(pilot, ":", *(" " if char == " " else char for char in line), "enter")


@pytest.fixture
def shifted(make_store: Callable[..., World]) -> World:
    return make_store(extra_config=SHIFT)


async def test_the_second_line_names_who_is_on_duty_where_anything_says_so(world: World, shifted: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: queue_of(app).state.overview is not None)
        assert "on duty" not in lines(app)[1]
    app = shifted.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "on duty: ana, " in lines(app)[1])
        assert "by priority" in lines(app)[1]
        await press(pilot, "\\", *"is:open lang:es refund or parcel", "enter")
        assert "on duty" not in lines(app)[1]  # what is looked for comes first


async def test_duty_is_said_and_taken_back(shifted: World) -> None:
    app = shifted.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await command(pilot, "duty off until tomorrow 9:00 ill")
        assert "you are off duty until " in said(app)
        assert "(ill)" in said(app)
        await until(pilot, lambda: "on duty: ana" not in lines(app)[1])
        await command(pilot, "duty")
        await pilot.pause()
        shown = said(app) if not isinstance(app.screen, DutyList) else "\n".join(lines(app))
        assert "on duty" in shown
        assert "ana" in shown
        if isinstance(app.screen, DutyList):
            await press(pilot, "escape")
        await command(pilot, "duty on 2020-01-01")
        assert "is past" in said(app)
        await press(pilot, "u")
        assert said(app).startswith("undone (duty): you are on duty")


async def test_a_key_takes_the_next_free_one_and_opens_it(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: len(screen.queue.rows) == 14)
        ids = [row.id for row in screen.queue.rows]
        await press(pilot, "j", "j")
        world.desk_of("jo").do(Take(), ids[:1])  # the screen has not seen it yet
        await press(pilot, "T")
        assert isinstance(app.screen, ConversationScreen)
        assert app.screen.shown.id == ids[1]
        assert people.claimed(world.store.read(), ids[1], world.now).member == "ana"
        await until(pilot, lambda: "you hold it" in lines(app)[0])
        await press(pilot, "T")
        assert app.screen.shown.id == ids[2]
        await press(pilot, "q")
        assert len([row for row in screen.queue.rows if row.id in ids[:3]]) == 0
        world.desk_of("jo").do(Take(), ids[3:])
        await press(pilot, "T")
        assert said(app).startswith("nothing is free in Unassigned")


async def test_opening_a_conversation_takes_it_up_and_a_cursor_on_it_does_not(world: World) -> None:
    app = world.app()
    number = world.row("matt").id
    world.desk.do(Take(), [number])
    world.store.write(lambda conn: assignments.note_new(conn, world.now, 10))

    def untouched() -> list[int]:
        return assignments.held(world.store.read(), "ana", world.now, world.now, 10, untouched=True)

    async with app.run_test(size=(120, 40)) as pilot:
        screen = queue_of(app)
        await press(pilot, "v", *"mine", "enter")
        screen._say_here()
        world.now += MINUTE
        await pilot.pause(0.5)
        assert untouched() == [number]
        await press(pilot, "enter")
        assert app.screen.shown.id == number
        await until(pilot, lambda: untouched() == [])


async def test_an_observer_takes_nothing(make_store: Callable[..., World]) -> None:
    world = make_store(extra_config='\n[[member]]\nhandle = "olga"\nrole = "observer"\n', member="olga")
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "T")
        assert "olga is an observer" in said(app)
        await command(pilot, "duty off")
        assert "olga is an observer" in said(app)
