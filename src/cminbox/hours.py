"""Business hours as the configuration gives them: a time zone, ranges by weekday, holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from cminbox.suggest import suggest
from cminbox.tomlfile import Table, all_of
from cminbox.when import HOST

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DAY_MINUTES = 24 * 60


class CalendarConfig(NamedTuple):
    """When the team works.

    Attributes:
        zone: an IANA name such as "Europe/Madrid"; it exists.
        days: by weekday (Monday is 0), ranges in minutes from local midnight, sorted, without overlap; a weekday
            without work is missing.
        holidays: local dates without work, sorted.
    """

    zone: str
    days: Mapping[int, tuple[tuple[int, int], ...]]
    holidays: tuple[date, ...] = ()


def zone_of(calendar: CalendarConfig | None) -> tzinfo:
    """The one zone of days and clock times, typed or shown: the calendar's, or the host's where there is none."""
    if calendar is None:
        return HOST
    from zoneinfo import ZoneInfo

    return ZoneInfo(calendar.zone)


def read_calendar(table: Table) -> CalendarConfig:
    """The calendar of a `[calendar]` table.

    Raises:
        ConfigError: an unknown zone or key, a range that is none, ranges that overlap, a date that is none.
    """
    # The zone behind what has mistakes of its own: nothing can stand in for one.
    days, holidays = read_days(table), read_holidays(table)
    table.has("zone")
    table.done()
    zone = read_zone(table)
    if not days:
        raise table.error(None, "[calendar] has no working hours", 'write for example mon = ["09:00-17:00"]')
    return CalendarConfig(zone, days, holidays)


def read_zone(table: Table) -> str:
    """The time zone that a table names.

    Raises:
        ConfigError: there is no such zone.
    """
    # Loading the time zones would cost everybody's start who has no calendar.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    zone = table.text("zone")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        names = available_timezones()
        hint = suggest(zone, names) if len(names) < 50 else suggest(zone, names).partition("known:")[0]
        raise table.error(
            "zone", f'"{zone}" is no time zone', hint or 'write an IANA name such as "Europe/Madrid"'
        ) from None
    return zone


def read_days(table: Table, longest_night: int = 0) -> Mapping[int, tuple[tuple[int, int], ...]]:
    """The ranges of each weekday, as `CalendarConfig.days` has them.

    Args:
        longest_night: a range may go on after midnight, and be so many minutes long then; its end counts from the
            midnight before it, as its start does.

    Raises:
        ConfigError: a range that is none, ranges that overlap.
    """
    days = {}
    for weekday, key in enumerate(WEEKDAYS):
        texts = all_of(table.texts(key), partial(_range, table, key, longest_night))
        ranges = tuple(sorted(texts))
        for (_, end), (start, _) in pairwise(ranges):
            if start < end:
                raise table.error(key, f"the ranges of {key} overlap")
        if ranges:
            days[weekday] = ranges
    return days


def read_holidays(table: Table) -> tuple[date, ...]:
    """The dates of a table's `holidays`, sorted.

    Raises:
        ConfigError: one of them is no date.
    """
    return tuple(sorted(set(all_of(table.items("holidays", "a list of dates"), partial(_date, table)))))


def _range(table: Table, key: str, longest_night: int, text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise table.error(key, f'{key}: "{text}" is no range of hours', 'write it as "09:00-17:30"')
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or end > _DAY_MINUTES:
        raise table.error(key, f'{key}: "{text}" has a time that no clock shows', "a day ends at 24:00")
    if end < start < _DAY_MINUTES and end + _DAY_MINUTES - start <= longest_night:
        return start, end + _DAY_MINUTES
    if start >= end:
        longest = f"a night may have {longest_night // 60} hours; " if longest_night else ""
        raise table.error(key, f'{key}: "{text}" ends before it starts', f"{longest}split a night at 24:00 and 00:00")
    return start, end


def _date(table: Table, item: object) -> date:
    if isinstance(item, date) and not isinstance(item, datetime):
        return item
    try:
        return date.fromisoformat(str(item))
    except ValueError:
        raise table.error("holidays", f'"{item}" is no date', "write it as 2026-12-25") from None
