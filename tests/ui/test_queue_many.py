"""Actions on many from the queue: asked first, shown while they run, stopped, undone, beside what else one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from driving import lines, press, queue_of, said, until
from textual.widgets import Input
from ui_world import World

from cminbox.desk import Close, Pace
from cminbox.screens import desk_actions, type_ahead
from cminbox.screens.conversation.words import event_words
from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.store import conversations, events

MANY = [(f"who{n}", "en", f"where is parcel number {n}?", n % 50 + 1) for n in range(60)]


@pytest.fixture
def world(make_store: Callable[..., World]) -> World:
    """Sixty conversations."""
    return make_store(MANY)


def statuses(world: World) -> dict[str, int]:
    """How many conversations have which status."""
    rows = world.store.read().execute("SELECT status, COUNT(*) FROM conversations GROUP BY status")
    return {row[0]: row[1] for row in rows}


@pytest.fixture
def gate(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Long actions wait, after their first portion of ten, until the test lets them go on."""
    go_on = threading.Event()
    monkeypatch.setattr(desk_actions, "LONG_FROM", 20)
    world.desk.bulk.pace = Pace(first=10, hold=0, rest=0)
    held = desk_actions.DeskActions.progress

    def progress(*of: object) -> Callable[[int], None] | None:
        tell = held(*of)

        def wait(done: int) -> None:
            tell(done)
            go_on.wait(20)

        return tell and wait

    monkeypatch.setattr(desk_actions.DeskActions, "progress", progress)
    monkeypatch.setattr(desk_actions, "PROGRESS_SECONDS", 0.0)
    yield go_on
    go_on.set()


async def test_a_note_for_many_that_was_not_confirmed_stands_there_again(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "*", "m", *"all parcels are late", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "escape", "m")
        await until(pilot, lambda: app.screen.query(Input))
        assert app.screen.query_one(Input).value == "all parcels are late"


async def test_what_would_change_is_said_first_and_escape_leaves_it(world: World) -> None:
    world.desk_of("jo").do(Close(), list(world.ids().values())[:3])
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "*")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany) and "57 open → closed" in "\n".join(lines(app)))
        assert "Enter or e does it   any other key leaves it" in lines(app)[-1]
        await press(pilot, "escape")
        assert statuses(world) == {"open": 57, "closed": 3}
        assert len(queue_of(app).queue.marks) == 57
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "x")
        assert statuses(world) == {"open": 57, "closed": 3}
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await press(pilot, "e")
        assert statuses(world) == {"closed": 60}
        assert "57 closed" in said(app)
        await press(pilot, "u")
        assert statuses(world) == {"open": 57, "closed": 3}


async def test_dry_says_it_and_changes_nothing(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "colon", *"dry close", "enter")
        assert said(app) == "close 1 conversation: 1 open → closed, 1 unanswered"
        await press(pilot, "colon", *"dry reopen", "enter")
        assert said(app) == "reopen: nothing would change: 1 left alone (already open)"
        assert statuses(world) == {"open": 60}


async def test_a_long_one_says_how_far_it_is_while_keys_go_on_and_is_stopped(
    world: World, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type_ahead, "PATIENCE", 60.0)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "*")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await pilot.press("enter")
        await until(pilot, lambda: statuses(world) == {"open": 50, "closed": 10} and "10 of 60" in said(app))
        await pilot.press("j")
        await until(pilot, lambda: queue.index == 1, 5)
        await pilot.press("escape")
        gate.set()
        await until(pilot, lambda: "stopped at 10 of 60" in said(app))
        assert statuses(world) == {"open": 50, "closed": 10}
        assert len(queue.marks) == 50, "what it did not come to stays marked"
        await press(pilot, "u")
        assert statuses(world) == {"open": 60}


async def test_another_conversation_is_done_meanwhile_at_once(world: World, gate: threading.Event) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        queue = queue_of(app).queue
        await press(pilot, "*")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await pilot.press("enter")
        await until(pilot, lambda: statuses(world) == {"open": 50, "closed": 10})
        queue.set_marks(())
        late = conversations.get(world.store.read(), max(world.ids().values()))
        outcome = world.desk.do(Close(), [late.id])
        assert (outcome.skipped, outcome.changed) == (((late.id, "already closed"),), ()), (
            "its turn was brought forward"
        )
        gate.set()
        await until(pilot, lambda: statuses(world) == {"closed": 60} and "60 closed" in said(app))


async def test_leaving_stops_it_and_the_next_session_is_told_and_takes_it_back(
    world: World, gate: threading.Event
) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "*")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmMany))
        await pilot.press("enter")
        await until(pilot, lambda: statuses(world) == {"open": 50, "closed": 10})
        world.desk.bulk.stop(leaving=True)
        gate.set()
        await pilot.press("Q")
    (event,) = events.of(world.store.read(), min(world.ids().values()))
    assert (event.count, event.unfinished, event.detail["asked"]) == (10, True, 60)
    assert event_words(event, "jo") == "ana closed it (with 9 others), ended at 10 of 60"
    world.desk = world.desk_of("ana")
    again = world.app()
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "your close ended early, at 10 of 60; u takes it back" in said(again))
        await press(pilot, "u")
        assert statuses(world) == {"open": 60}
