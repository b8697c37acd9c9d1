"""When an SLA of business hours is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.business_hours import Calendar
from cminbox.lifecycle import Lifecycle, Sla, due_at
from cminbox.model import DAY, HOUR, MINUTE, from_iso
from profiles import examples

NINE_TO_FIVE = {weekday: ((9 * 60, 17 * 60),) for weekday in range(5)}
FRIDAY = from_iso("2024-05-10T16:00:00+00:00")


@dataclass(frozen=True)
class Hours:
    """What the calendar asks of its configuration."""

    zone: str = "UTC"
    days: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=lambda: NINE_TO_FIVE)
    holidays: tuple[date, ...] = ()


def test_four_hours_from_friday_afternoon_end_on_monday():
    assert Calendar(Hours()).after(FRIDAY, 4 * HOUR) == from_iso("2024-05-13T12:00:00+00:00")


def test_a_holiday_and_a_closed_start_are_passed_over():
    calendar = Calendar(Hours(holidays=(date(2024, 5, 13),)))
    assert calendar.after(FRIDAY + 5 * HOUR, HOUR) == from_iso("2024-05-14T10:00:00+00:00")


def test_the_last_minute_of_a_day_belongs_to_it():
    assert Calendar(Hours()).after(FRIDAY, HOUR) == FRIDAY + HOUR


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@settings(max_examples=examples(60))
@given(st.integers(0, 800 * DAY // MINUTE), st.integers(1, 60 * 60))
def test_so_many_business_minutes_lie_before_it(zone, start, minutes):
    calendar, begun = Calendar(Hours(zone)), from_iso("2023-01-01T00:00:00+00:00") + start * MINUTE
    due = calendar.after(begun, minutes * MINUTE)
    assert calendar.between(begun, due) == minutes * MINUTE
    assert calendar.between(begun, due - 1) < minutes * MINUTE


def test_a_far_sla_is_found_and_one_that_never_ends_is_not_waited_for():
    calendar = Calendar(Hours())
    far = calendar.after(FRIDAY, 3000 * HOUR)
    assert calendar.between(FRIDAY, far) == 3000 * HOUR
    assert calendar.after(FRIDAY, 0) == FRIDAY


def test_an_sla_counts_what_it_says():
    life = Lifecycle(status="open", waiting_since=FRIDAY, needs_since=FRIDAY)
    assert due_at(life, Sla(4 * HOUR)) == FRIDAY + 4 * HOUR
    assert due_at(life, Sla(4 * HOUR, Calendar(Hours()))) == from_iso("2024-05-13T12:00:00+00:00")
