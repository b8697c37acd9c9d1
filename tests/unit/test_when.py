"""Instants shown and typed: an answer for every instant, one zone, and clocks that are put forward and back."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cminbox
from cminbox import duration
from cminbox.errors import UsageError
from cminbox.hours import CalendarConfig, zone_of
from cminbox.model import DAY, EARLIEST, HOUR, MINUTE, from_iso, is_plausible, to_iso
from cminbox.query.values import day_of
from cminbox.reports import Calendar
from cminbox.reports.charts import _heat
from cminbox.when import HOST, full_time, local_midnight, local_time, parse_when, short_time

INT64 = st.integers(-(2**63), 2**63 - 1)
MADRID = ZoneInfo("Europe/Madrid")
ZONES = [UTC, MADRID, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"), HOST]
EDGES = [
    *(-(2**63), -(2**53), -62_135_596_800_001, -62_135_596_800_000, -1, 0, 999, 2**31 * 1000, 253_402_300_799_999),
    *(253_402_300_800_000, 2**53, 2**63 - 1),
]


@pytest.fixture
def host(request: pytest.FixtureRequest) -> object:
    """The host's own zone, as `TZ` says."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def shown(when: int) -> list[object]:
    """Every way in which an instant or a stretch of that length is shown."""
    hours = CalendarConfig("Europe/Madrid", {0: ((540, 1080),)})
    found: list[object] = [to_iso(when), short_time(when)]
    for zone in ZONES:
        found += [full_time(when, zone), short_time(when, zone), local_time(when, zone), day_of(when, zone)]
    found += [form(when) for name, form in vars(duration).items() if name.startswith("format_")]
    found += [Calendar(hours).between(when, when + HOUR)]
    return found


@given(INT64)
def test_every_instant_can_be_shown(when: int) -> None:
    assert all(each is not None for each in shown(when))


@given(st.lists(st.tuples(INT64, INT64), max_size=4), st.sampled_from(ZONES))
def test_every_wait_has_its_place_in_the_heat_map(waits: list[tuple[int, int]], zone: tzinfo) -> None:
    assert sum(cell.count for day in _heat(waits, zone) for cell in day) == len(waits)


@pytest.mark.parametrize("when", EDGES)
def test_the_edges_of_calendars_can_be_shown(when: int) -> None:
    assert shown(when)
    assert from_iso(to_iso(when)) == max(-62_135_596_800_000, min(when, 253_402_300_799_999))


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_an_instant_is_read_as_it_was_written(when: int) -> None:
    assert from_iso(to_iso(when)) == when


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2016-12-31T23:59:60.5+00:00", "2017-01-01T00:00:00.500+00:00"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00+00:00"),
        ("2026-05-01T24:00:00Z", "2026-05-02T00:00:00+00:00"),
        ("2026-05-01T24:00+02:00", "2026-05-01T22:00:00+00:00"),
        ("2026-05-01T10:00:00+14:00", "2026-04-30T20:00:00+00:00"),
        ("2026-05-01t10:00:00z", "2026-05-01T10:00:00+00:00"),
        ("2026-05-01T10:00:00.123456789Z", "2026-05-01T10:00:00.123+00:00"),
        ("2026-05-01T10:00:00.999999Z", "2026-05-01T10:00:00.999+00:00"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_iso_times_at_their_edges(text: str, iso: str) -> None:
    assert to_iso(from_iso(text)) == iso


@pytest.mark.parametrize(
    "text",
    ["2026-05-01T24:00:01Z", "2026-05-01T25:00Z", "2026-05-01T10:60:00Z", "2026-05-01T10:00", "0000-01-01T00:00Z"],
)
def test_what_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is fromisoformat's own
        from_iso(text)


def test_a_time_is_plausible_from_1990_to_tomorrow() -> None:
    now = from_iso("2026-05-01T12:00:00Z")
    assert is_plausible(EARLIEST, now)
    assert is_plausible(now + DAY, now)
    assert not is_plausible(EARLIEST - 1, now)
    assert not is_plausible(now + DAY + 1, now)


@pytest.mark.parametrize("text", ["tomorrow 9:00", "tom 9:00", "tom", "sun 9:00", "sunday 9am", "2026-03-29 9:00"])
def test_a_day_may_be_named_by_its_beginning(text: str) -> None:
    assert to_iso(parse_when(text, SPRING, MADRID)) == "2026-03-29T07:00:00+00:00"


SPRING = from_iso("2026-03-28T12:00:00Z")  # the clocks of Madrid go from 2:00 to 3:00 on the 29th
AUTUMN = from_iso("2026-10-24T12:00:00Z")  # and from 3:00 to 2:00 on the 25th of October


@pytest.mark.parametrize(
    ("text", "now", "iso"),
    [
        ("tomorrow 2:30", SPRING, "2026-03-29T01:30:00+00:00"),  # 3:30, half an hour after the change
        ("tomorrow 3:00", SPRING, "2026-03-29T01:00:00+00:00"),
        ("tomorrow 9:00", SPRING, "2026-03-29T07:00:00+00:00"),
        ("tomorrow 2:30", AUTUMN, "2026-10-25T00:30:00+00:00"),  # the first of the two
        ("2:30", from_iso("2026-10-25T00:45:00Z"), "2026-10-25T01:30:00+00:00"),  # the first is past: the second
        ("2026-10-25 2:30", from_iso("2026-10-25T00:45:00Z"), "2026-10-25T01:30:00+00:00"),
        ("2:30", from_iso("2026-10-25T01:45:00Z"), "2026-10-26T01:30:00+00:00"),
        ("0:30", from_iso("2026-10-24T21:00:00Z"), "2026-10-24T22:30:00+00:00"),
    ],
)
@pytest.mark.parametrize("zone", ["calendar", "host"])
def test_clocks_that_are_put_forward_and_back(text: str, now: int, iso: str, zone: str) -> None:
    if zone == "host":
        before = os.environ.get("TZ")
        os.environ["TZ"] = "Europe/Madrid"
        time.tzset()
        try:
            assert to_iso(parse_when(text, now)) == iso
        finally:
            os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
            time.tzset()
    else:
        assert to_iso(parse_when(text, now, MADRID)) == iso


@pytest.mark.parametrize("host", ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "UTC"], indirect=True)
def test_the_hosts_zone_is_that_of_the_time_zone_database(host: str) -> None:
    """Every hour of a year, both ways; also those that the clock shows twice."""
    zone, start = ZoneInfo(host), from_iso("2026-01-01T00:00:00Z")
    for hours in range(0, 366 * 24):
        when = start + hours * HOUR + 30 * MINUTE
        here, there = local_time(when), local_time(when, zone)
        assert (here.replace(tzinfo=None), here.fold, here.utcoffset()) == (
            there.replace(tzinfo=None),
            there.fold,
            there.utcoffset(),
        )
        assert here.timestamp() == there.timestamp()
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)):
        assert local_midnight(day) == local_midnight(day, zone)
        skipped = datetime(day.year, day.month, day.day, 2, 30)  # noqa: DTZ001 - it gets both zones
        assert skipped.replace(tzinfo=HOST).timestamp() == skipped.replace(tzinfo=zone).timestamp()


def test_a_calendar_says_the_zone_and_else_the_host_does() -> None:
    assert zone_of(CalendarConfig("Europe/Madrid", {})) == MADRID
    assert zone_of(None) is HOST
    assert full_time(from_iso("2026-05-01T12:03:00Z"), MADRID) == "Fri 2026-05-01 14:03 CEST"


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T00:00:00Z", "2900-01-01 9:00", "99999w"])
def test_nobody_sleeps_for_centuries(text: str) -> None:
    with pytest.raises(UsageError, match="too far away"):
        parse_when(text, SPRING, MADRID)


def test_dates_are_made_of_instants_in_one_place_alone() -> None:
    """What is made elsewhere raises on some instant, or has a zone of its own."""
    source = Path(cminbox.__file__).parent
    own_clock = {"when.py", "demo/entities.py"}  # the demo network is a stranger
    found = {
        file.relative_to(source).as_posix()
        for file in source.rglob("*.py")
        if re.search(r"\.(fromtimestamp|astimezone)\(", file.read_text(encoding="utf-8"))
    }
    assert found <= own_clock
