"""What a key does not need waits for the pause behind it; nothing waits for ever."""

from __future__ import annotations

import time

import pytest
from driving import press, queue_of, until
from ui_world import World

from cminbox.desk import Close
from cminbox.screens.queue import counting, overview

HOUR = 3_600.0


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the views were counted."""
    found: list[float] = []
    read_overview = overview.read_overview

    def counted(*args):
        found.append(time.monotonic())
        return read_overview(*args)

    monkeypatch.setattr(overview, "read_overview", counted)
    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.0)
    return found


async def test_what_others_change_is_counted_in_a_pause_between_keys(
    world: World, counts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LATEST_SECONDS", HOUR)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: screen.state.counts.get("All") == 14)
        counts.clear()
        monkeypatch.setattr(counting, "PAUSE_SECONDS", HOUR)
        await press(pilot, "j")
        world.say([("late", "en", "hello?", 1)], prefix="late")
        await until(pilot, lambda: screen.counter.counting)
        await pilot.pause(0.3)
        assert not counts
        app.services.key_times.key_at -= 2 * HOUR
        screen.counter.count_soon()
        await until(pilot, lambda: screen.state.counts.get("All") == 15)


async def test_it_is_counted_after_a_while_even_if_the_keys_never_pause(
    world: World, counts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PAUSE_SECONDS", HOUR)
    monkeypatch.setattr(counting, "LATEST_SECONDS", 0.2)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: screen.state.counts.get("All") == 14)
        counts.clear()
        world.say([("late", "en", "hello?", 1)], prefix="late")
        await until(pilot, lambda: screen.state.counts.get("All") == 15)


async def test_what_this_member_does_is_counted_at_once(
    world: World, counts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "PAUSE_SECONDS", HOUR)
    monkeypatch.setattr(counting, "LATEST_SECONDS", HOUR)
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await until(pilot, lambda: screen.state.counts.get("All") == 14)
        await press(pilot, "e", "e")
        await until(pilot, lambda: screen.state.counts.get("All") == 13)


async def test_the_store_is_looked_at_when_the_key_is_answered(world: World) -> None:
    app = world.app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = queue_of(app)
        await pilot.pause()
        app.services.key_times.key_at = time.monotonic() + HOUR
        number = world.ids()["matt"]
        world.desk_of("jo").do(Close(), [number])
        app._watch()
        await pilot.pause(0.6)
        assert next(row for row in screen.queue.rows if row.id == number).status == "open"
        app.services.key_times.key_at = 0.0
        await until(pilot, lambda: next(row for row in screen.queue.rows if row.id == number).status == "closed")
