"""What a network allows in a period: never more is used, whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.errors import RateLimited
from cminbox.model import DAY, HOUR, MINUTE, from_iso
from cminbox.sources.ledger import Allowance, Ledger, Used, period_end

NOON = from_iso("2026-03-08T12:00:00+00:00")
UNITS = Allowance("units", 100, reserve=20)
PERIODS = ("minute", "hour", "day", "month", "rolling day")
ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")


class Clock:
    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def spends(ledger: Ledger, allowance: Allowance, amount: int, *, for_people: bool = False) -> bool:
    """Whether it was allowed."""
    try:
        await ledger.spend(allowance, amount, for_people=for_people)
    except RateLimited:
        return False
    return True


async def test_polling_stops_at_the_reserve_and_people_go_on(clock: Clock) -> None:
    ledger = Ledger(clock=clock)
    await ledger.spend(UNITS, 80)
    with pytest.raises(RateLimited, match=r"units: 80 of 100 used, the rest is kept for replies") as got:
        await ledger.spend(UNITS, 1)
    assert got.value.until == from_iso("2026-03-09T00:00:00+00:00") == ledger.resets_at(UNITS)
    assert ledger.left(UNITS) == 20
    await ledger.spend(UNITS, 20, for_people=True)
    with pytest.raises(RateLimited, match=r"100 of 100 used, until"):
        await ledger.spend(UNITS, 1, for_people=True)
    clock.now += DAY
    assert ledger.left(UNITS) == 100
    assert await spends(ledger, UNITS, 80)


async def test_what_is_refused_is_not_noted_and_more_than_all_never_fits(clock: Clock) -> None:
    ledger = Ledger(clock=clock)
    assert not await spends(ledger, UNITS, 101, for_people=True)
    assert ledger.used == {}
    assert ledger.left(UNITS) == 100


async def test_the_configuration_says_another_limit(clock: Clock) -> None:
    ledger = Ledger(clock=clock, limits={"units": 30})
    assert await spends(ledger, UNITS, 10)
    assert not await spends(ledger, UNITS, 1)
    assert ledger.left(UNITS) == 20
    assert not await spends(Ledger(clock=clock, limits={"units": 0}), UNITS, 1, for_people=True)


async def test_money_is_told_in_dollars(clock: Clock) -> None:
    money = Allowance("money", 5_000, "money", "month")
    ledger = Ledger(clock=clock)
    await ledger.spend(money, 4_990)
    with pytest.raises(RateLimited, match=r"money: \$4\.99 of \$5\.00 used, until 2026-04-01"):
        await ledger.spend(money, 15)


async def test_the_networks_word_goes_before_our_count(clock: Clock) -> None:
    ledger = Ledger(clock=clock)
    await ledger.exhausted(UNITS)
    assert ledger.left(UNITS) == 0
    assert not await spends(ledger, UNITS, 1, for_people=True)
    await ledger.exhausted(UNITS, NOON + HOUR)
    assert ledger.resets_at(UNITS) == NOON + HOUR
    clock.now += HOUR
    assert ledger.left(UNITS) == 100
    await ledger.exhausted(UNITS, NOON + 400 * DAY)  # no word lasts longer than a period does
    assert ledger.resets_at(UNITS) <= clock.now + DAY + HOUR


async def test_a_network_that_says_that_all_is_used_takes_nothing_back(clock: Clock) -> None:
    ledger = Ledger({"units": Used(150, NOON + HOUR)}, clock=clock)  # the limit was larger before
    await ledger.exhausted(UNITS)
    assert ledger.used["units"].used == 150


async def test_a_clock_set_back_begins_no_new_period(clock: Clock) -> None:
    ledger = Ledger(clock=clock)
    assert await spends(ledger, UNITS, 80)
    for back in (HOUR, 13 * HOUR, 30 * DAY):
        clock.now = NOON - back
        assert not await spends(ledger, UNITS, 1)
    # That far back it counts until the day ends that runs by this clock, not until that other day.
    assert ledger.resets_at(UNITS) == period_end(clock.now, "day", "UTC")
    clock.now = ledger.resets_at(UNITS)
    ledger.used.clear()
    assert await spends(ledger, UNITS, 80)


@settings(max_examples=150, deadline=None)
@given(
    allowance=st.builds(
        Allowance,
        name=st.just("a"),
        limit=st.integers(0, 50),
        period=st.sampled_from(PERIODS),
        zone=st.sampled_from(ZONES),
        reserve=st.integers(0, 20),
    ),
    begun=st.integers(from_iso("2026-01-01T00:00:00+00:00"), from_iso("2027-12-31T00:00:00+00:00")),
    steps=st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(1, 20), st.booleans()), max_size=40),
)
async def test_never_more_than_the_limit_is_used_in_a_period(
    allowance: Allowance, begun: int, steps: list[tuple[int, int, bool]]
) -> None:
    clock = Clock(begun)
    ledger = Ledger(clock=clock)
    spent: dict[int, int] = {}
    by_polls: dict[int, int] = {}
    for later, amount, for_people in steps:
        clock.now += later
        ends = ledger.resets_at(allowance)
        assert clock.now < ends
        if await spends(ledger, allowance, amount, for_people=for_people):
            spent[ends] = spent.get(ends, 0) + amount
            by_polls[ends] = max(by_polls.get(ends, 0), 0 if for_people else spent[ends])
        assert ledger.left(allowance) == allowance.limit - spent.get(ends, 0)
    assert max(spent.values(), default=0) <= allowance.limit
    assert max(by_polls.values(), default=0) <= max(0, allowance.limit - allowance.reserve)


@settings(max_examples=200, deadline=None)
@given(
    present=st.integers(from_iso("2026-01-01T00:00:00+00:00"), from_iso("2030-01-01T00:00:00+00:00")),
    period=st.sampled_from(PERIODS),
    zone=st.sampled_from(ZONES),
)
def test_a_period_ends_later_than_now_and_the_next_begins_there(present: int, period: str, zone: str) -> None:
    ends = period_end(present, period, zone)
    longest = {"minute": MINUTE, "hour": HOUR, "day": DAY + HOUR, "month": 31 * DAY + HOUR, "rolling day": DAY}
    assert 0 < ends - present <= longest[period]
    if period != "rolling day":
        assert period_end(ends - 1, period, zone) == ends
        assert period_end(ends, period, zone) > ends


@pytest.mark.parametrize(
    ("at", "period", "zone", "ends"),
    [
        # The Pacific's clocks go forward at 2:00 on 8 March 2026, back on 1 November: days of 23 and 25 hours.
        ("2026-03-08T08:00:00+00:00", "day", "America/Los_Angeles", "2026-03-09T07:00:00+00:00"),
        ("2026-03-09T06:59:59+00:00", "day", "America/Los_Angeles", "2026-03-09T07:00:00+00:00"),
        ("2026-11-01T07:00:00+00:00", "day", "America/Los_Angeles", "2026-11-02T08:00:00+00:00"),
        ("2026-12-31T23:59:59+00:00", "month", "UTC", "2027-01-01T00:00:00+00:00"),
        ("2028-02-29T12:00:00+00:00", "month", "UTC", "2028-03-01T00:00:00+00:00"),
        ("2026-01-31T20:00:00+00:00", "month", "Asia/Kolkata", "2026-02-28T18:30:00+00:00"),
        ("2026-03-08T12:34:56+00:00", "hour", "UTC", "2026-03-08T13:00:00+00:00"),
        ("2026-03-08T12:34:56+00:00", "minute", "UTC", "2026-03-08T12:35:00+00:00"),
        ("2026-03-08T12:34:56+00:00", "rolling day", "UTC", "2026-03-09T12:34:56+00:00"),
        ("2026-03-08T12:34:56+00:00", "day", "Nowhere/Atall", "2026-03-09T12:34:56+00:00"),
    ],
)
def test_where_periods_end(at: str, period: str, zone: str, ends: str) -> None:
    assert period_end(from_iso(at), period, zone) == from_iso(ends)


async def test_a_rolling_day_begins_with_its_first_use(clock: Clock) -> None:
    posts = Allowance("posts", 2, "replies", "rolling day")
    ledger = Ledger(clock=clock)
    await ledger.spend(posts, 1)
    clock.now += 23 * HOUR
    await ledger.spend(posts, 1)
    clock.now += HOUR - 1
    assert not await spends(ledger, posts, 1)
    clock.now += 1
    assert await spends(ledger, posts, 1)


async def test_what_another_process_used_counts(clock: Clock) -> None:
    kept: dict[str, Used] = {}

    async def keep(allowance: Allowance, change) -> Used:
        kept[allowance.name] = change(kept.get(allowance.name))
        return kept[allowance.name]

    one, other = Ledger(keep=keep, clock=clock), Ledger(keep=keep, clock=clock)
    await one.spend(UNITS, 50)
    assert not await spends(other, UNITS, 31)
    await other.spend(UNITS, 30)
    assert kept["units"].used == 80
    assert not await spends(one, UNITS, 1)
