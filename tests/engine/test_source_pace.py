"""How often a source is asked, when not at all, and what is known of it: its budget, its lag, its silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import token_network
from hypothesis import given
from hypothesis import strategies as st
from token_world import NOW

from cminbox.engine.poll_schedule import adapted, after_error, is_due, kept_for_people
from cminbox.engine.silence import silence
from cminbox.errors import RateLimited, Refused
from cminbox.model import DAY, HOUR, MINUTE, SECOND
from cminbox.sources import registry
from cminbox.sources.http import HostBudget
from cminbox.sources.limits import LONGEST
from cminbox.store import allowances, sources
from cminbox.store.sources import Schedule


@pytest.mark.parametrize(
    ("since", "wait"),
    [
        (None, 4 * MINUTE),
        (0, 2 * MINUTE),
        (10 * MINUTE - 1, 2 * MINUTE),
        (10 * MINUTE, 4 * MINUTE),
        (2 * HOUR, 8 * MINUTE),
        (DAY, 16 * MINUTE),
        (90 * DAY, 16 * MINUTE),
        (-HOUR, 4 * MINUTE),  # the clock was set back
    ],
)
def test_a_busy_source_is_asked_oftener_and_a_quiet_one_rarer(since: int | None, wait: int) -> None:
    assert adapted(4 * MINUTE, MINUTE, since) == wait


@given(st.integers(1, 10), st.integers(1, 10), st.none() | st.integers(0, 100 * DAY))
def test_never_below_the_floor_nor_rarer_than_four_intervals(times: int, floor: int, since: int | None) -> None:
    interval = max(times, floor) * MINUTE
    assert floor * MINUTE <= adapted(interval, floor * MINUTE, since) <= 4 * interval


async def test_the_store_says_when_the_next_poll_is(world, monkeypatch) -> None:
    """On this machine the floor is a second, and the usual interval a minute."""
    world.secret(expires_at=None)

    async def wait() -> int:
        assert await world.poll() is None
        return world.row.next_poll_at - world.now

    assert await wait() == MINUTE
    world.server.post("hello?", world.now)
    assert await wait() == MINUTE // 2
    world.now += HOUR
    assert await wait() == MINUTE
    world.now += DAY
    assert await wait() == 4 * MINUTE
    plan = sources.schedules(world.store.read())["shop"]
    assert not is_due(plan, 4 * MINUTE, world.now + 4 * MINUTE - 1)
    engine = world.engine()
    world.now += 4 * MINUTE - SECOND
    assert engine._due_sources(world.now) == []
    world.now += SECOND
    assert [source.name for source in engine._due_sources(world.now)] == ["shop"]
    world.configure('interval = "10m"')  # what a person said is kept
    assert await wait() == 10 * MINUTE


def test_what_is_used_up_for_a_month_is_looked_at_again_within_a_day() -> None:
    changes = after_error(RateLimited("no more", until=NOW + 20 * DAY), NOW, MINUTE, 1)
    assert changes["limited_until"] == NOW + LONGEST
    plan = Schedule("s", "limited", NOW, changes["next_poll_at"], None, changes["limited_until"])
    assert not is_due(plan, MINUTE, NOW + LONGEST - 1)
    assert is_due(plan, MINUTE, NOW + LONGEST)


# Off, and paused.


async def test_a_network_that_has_to_be_allowed_is_not_polled_before(world, monkeypatch) -> None:
    monkeypatch.setattr(token_network, "INFO", replace(token_network.INFO, off="each post that is read costs money"))
    engine = world.engine()
    assert await engine.once() == []
    assert world.server.asked == []
    assert world.row.off == "each post that is read costs money"
    assert engine._due_sources(world.now) == []
    (polled,) = await world.engine().once("shop")
    assert isinstance(polled.error, Refused)
    assert "costs money" in polled.error.message
    assert "enabled = true" in polled.error.hint
    world.configure("enabled = true")
    assert await world.poll() is None
    assert world.row.off == ""
    assert world.server.asked


async def test_any_source_can_be_switched_off(world) -> None:
    world.configure("enabled = false")
    assert await world.engine().once() == []
    assert world.row.off == "enabled = false in its [[source]]"
    assert registry.why_off("no such network", None) == ""


async def test_a_paused_source_is_not_polled_and_nobody_else_is(world) -> None:
    assert await world.poll() is None
    world.store.write(lambda conn: sources.pause(conn, "shop", "mina"))
    world.now += DAY
    asked = len(world.server.asked)
    engine = world.engine()
    assert engine._due_sources(world.now) == []
    assert await engine.once() == []
    assert world.store.write(lambda conn: sources.want(conn, "shop", world.now)) == 0
    (polled,) = await world.engine().once("shop")
    assert "paused by mina" in polled.error.message
    assert len(world.server.asked) == asked
    world.store.write(lambda conn: sources.pause(conn, "shop", ""))
    assert [source.name for source in world.engine()._due_sources(world.now)] == ["shop"]


# What is known of it.


async def test_the_budget_that_the_network_tells_is_kept(world) -> None:
    head = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "60"}
    world.server.headers = head
    assert await world.poll() is None
    assert world.row.told == {"limit": 300, "remaining": 12, "resets_at": NOW + MINUTE}
    world.server.headers = {}
    assert await world.poll() is None
    assert world.row.told["remaining"] == 12  # nobody said otherwise


@pytest.mark.parametrize(
    ("budget", "until"),
    [
        (None, None),
        (HostBudget(300, 31, NOW + HOUR), None),
        (HostBudget(300, 30, NOW + HOUR), NOW + HOUR),
        (HostBudget(300, 0, NOW + 90 * DAY), NOW + LONGEST),
        (HostBudget(300, 0, NOW), None),
        (HostBudget(300, 0, None), None),
        (HostBudget(None, 0, NOW + HOUR), None),
        (HostBudget(5, 1, NOW + HOUR), None),
    ],
)
def test_the_last_of_a_budget_is_left_to_people(budget: HostBudget | None, until: int | None) -> None:
    assert kept_for_people(budget, NOW) == until


async def test_polling_waits_while_little_is_left_and_goes_on_then(world) -> None:
    world.server.headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "600"}
    engine = world.engine()
    assert await world.poll(engine) is None
    assert world.row.health == "ok"
    world.store.write(lambda conn: sources.want(conn, "shop", NOW + 1))
    assert engine._due_sources(NOW + 10 * MINUTE - 1) == []
    assert [source.name for source in engine._due_sources(NOW + 10 * MINUTE)] == ["shop"]
    world.server.headers = {}
    world.now += 10 * MINUTE
    assert await world.poll(engine) is None
    assert world.row.limited_until is None


async def test_lag_is_how_old_the_newest_message_was_when_it_came(world) -> None:
    world.server.post("of the past", NOW - DAY)
    assert await world.poll() is None
    assert world.row.lag is None  # a backlog says nothing of it
    world.server.post("hello?", NOW - 3 * MINUTE)
    world.server.post("hello??", NOW - 2 * MINUTE)
    assert await world.poll() is None
    assert world.row.lag == 2 * MINUTE
    world.server.post("by a clock that is ahead", NOW + MINUTE)
    assert await world.poll() is None
    assert world.row.lag == 0


def hours(*found: int) -> list[tuple[int, int]]:
    return [(NOW // HOUR + hour, 3) for hour in found]


def test_a_source_is_silent_against_its_own_past_alone() -> None:
    every_day = hours(*(day * 24 + hour for day in range(-20, 0) for hour in (9, 15)))  # newest: 9 hours ago
    assert silence(every_day, NOW) == ""
    last = every_day[-1][0] * HOUR + HOUR
    assert silence(every_day, last + 36 * HOUR - 1) == ""  # it was silent for 18 hours each night
    said = silence(every_day, last + 36 * HOUR)
    assert said == "nothing new for 36h: it brings 6 messages a day, and was silent 18h at most"
    assert silence([], NOW) == ""
    assert silence(every_day[:6], NOW + 90 * DAY) == ""  # too little
    assert silence(hours(*range(-72, 0)), NOW + 5 * DAY) == ""  # not for long enough
    assert silence(every_day, NOW + 90 * DAY) == ""  # that past is over


async def test_silence_is_told_and_ends_with_the_next_message(world) -> None:
    world.secret(expires_at=None)
    assert await world.poll() is None
    for _ in range(10):
        world.now += DAY
        for n in range(3):
            world.server.post(f"hello {n}?", world.now)
        assert await world.poll() is None
    assert world.row.silence == ""
    world.now += 3 * DAY
    assert await world.poll() is None
    assert world.row.silence.startswith("nothing new for")
    world.server.post("hello again?", world.now)
    assert await world.poll() is None
    assert world.row.silence == ""
    assert world.row.last_new_at == world.now
    assert sum(count for _, count in allowances.arrivals(world.store.read(), world.row.id)) == 31
