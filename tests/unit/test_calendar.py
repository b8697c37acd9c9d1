"""Business time against a clock on the wall read minute by minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cminbox.business_hours import Calendar
from cminbox.model import DAY, HOUR, MINUTE, from_iso
from profiles import examples

NINE_TO_FIVE = {weekday: ((9 * 60, 17 * 60),) for weekday in range(5)}
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]


@dataclass(frozen=True)
class Hours:
    """What the calendar asks of its configuration."""

    zone: str
    days: Mapping[int, tuple[tuple[int, int], ...]]
    holidays: tuple[date, ...] = field(default=())


def by_the_clock(hours: Hours, start: int, end: int) -> int:
    """Counts the minutes whose local time of day lies in a range of its weekday; the slow, plain second opinion."""
    zone = ZoneInfo(hours.zone)
    here, minutes = datetime.fromtimestamp(start / 1000, UTC), 0
    last = datetime.fromtimestamp(end / 1000, UTC)
    while here < last:
        local = here.astimezone(zone)
        minute = local.hour * 60 + local.minute
        ranges = hours.days.get(local.weekday(), ())
        if local.date() not in hours.holidays and any(a <= minute < b for a, b in ranges):
            minutes += 1
        here += timedelta(minutes=1)
    return minutes * MINUTE


ranges = st.lists(
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda pair: pair[0] < pair[1]), max_size=3
).map(tuple)
starts = st.one_of(
    # Near the changes of the clock in both hemispheres, and anywhere.
    *(
        st.integers(0, 3 * 1440).map(lambda minute, at=at: from_iso(at) + minute * MINUTE)
        for at in (
            "2024-03-30T00:00:00+00:00",
            "2024-10-26T00:00:00+00:00",
            "2024-03-09T12:00:00+00:00",
            "2024-11-02T12:00:00+00:00",
            "2017-10-14T00:00:00+00:00",
            "2024-04-05T12:00:00+00:00",
        )
    ),
    st.integers(1_300_000_000 // 60, 1_900_000_000 // 60).map(lambda minute: minute * MINUTE),
)


@settings(max_examples=examples(150))
@given(
    zone=st.sampled_from(ZONES),
    days=st.dictionaries(st.integers(0, 6), ranges),
    start=starts,
    minutes=st.integers(0, 4 * 1440),
    holiday=st.integers(-1, 3),
)
@example("America/New_York", {6: ((90, 150),)}, from_iso("2024-11-03T00:00:00+00:00"), 2880, -1)
@example("Australia/Lord_Howe", {6: ((60, 180),)}, from_iso("2024-04-06T00:00:00+00:00"), 2880, -1)
def test_equals_the_clock_on_the_wall(
    zone: str, days: dict[int, tuple[tuple[int, int], ...]], start: int, minutes: int, holiday: int
) -> None:
    off = (datetime.fromtimestamp(start / 1000, UTC).date() + timedelta(days=holiday),) if holiday >= 0 else ()
    hours = Hours(zone, days, off)
    end = start + minutes * MINUTE
    assert Calendar(hours).between(start, end) == by_the_clock(hours, start, end)


@settings(max_examples=examples(50))
@given(st.lists(st.integers(1_400_000_000_000, 1_500_000_000_000), min_size=3, max_size=3).map(sorted))
def test_parts_add_up_whatever_was_asked_before(points: list[int]) -> None:
    calendar = Calendar(Hours("Europe/Berlin", NINE_TO_FIVE))
    first, middle, last = points
    parts = calendar.between(middle, last) + calendar.between(first, middle)
    assert parts == calendar.between(first, last) == Calendar(Hours("Europe/Berlin", NINE_TO_FIVE)).between(first, last)


def test_a_night_between_two_days_costs_nothing() -> None:
    calendar = Calendar(Hours("Europe/Berlin", NINE_TO_FIVE))
    evening, morning = from_iso("2024-05-07T16:30:00+02:00"), from_iso("2024-05-08T09:15:00+02:00")
    assert calendar.between(evening, morning) == 45 * MINUTE


def test_ranges_that_overlap_count_once() -> None:
    calendar = Calendar(Hours("UTC", {0: ((60, 180), (120, 240), (240, 300))}))
    monday = from_iso("2024-05-06T00:00:00+00:00")
    assert calendar.between(monday, monday + DAY) == 4 * HOUR


def test_milliseconds_are_kept() -> None:
    calendar = Calendar(Hours("UTC", NINE_TO_FIVE))
    opening = from_iso("2024-05-06T09:00:00+00:00")
    assert calendar.between(opening - 7, opening + 13) == 13


def test_backwards_is_nothing() -> None:
    calendar = Calendar(Hours("UTC", NINE_TO_FIVE))
    assert calendar.between(2_000_000_000_000, 1_000_000_000_000) == 0


@pytest.mark.parametrize("start", [-(10**15), 0])
def test_a_nonsense_time_costs_no_minutes(start: int) -> None:
    calendar = Calendar(Hours("UTC", NINE_TO_FIVE))
    week = calendar.between(from_iso("2024-05-06T00:00:00+00:00"), from_iso("2024-05-13T00:00:00+00:00"))
    assert week == 40 * HOUR
    assert calendar.between(start, 10**16) > 200 * 52 * week
