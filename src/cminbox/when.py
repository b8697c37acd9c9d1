"""Times as people type them (`2h`, `tomorrow 9:00`, `mon 14:30`, `18:00`, `2026-05-01 9:00`) and as they read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from cminbox.errors import UsageError
from cminbox.model import DAY, EPOCH, FIRST, LAST, UNITS, Instant, from_iso, to_instant

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LENGTH = re.compile(r"(?:in\s+)?(\d{1,5})\s*([smhdw])", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?", re.IGNORECASE)
MORNING = (9, 0)
"""The time of a day that is named without one."""


_FARTHEST = 100 * 365 * DAY


class HostZone(tzinfo):
    """The zone of this host's clock, with all its changes of the hour."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """How far its clock is ahead of UTC at a time that it shows."""
        if dt is None:
            return None
        # `timestamp` knows a time that was skipped and one that is shown twice; `astimezone` does not.
        shown = dt.replace(tzinfo=None, microsecond=0)
        return shown.replace(tzinfo=UTC) - (EPOCH + timedelta(seconds=round(shown.timestamp())))

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        """The zone's name at a time that its clock shows."""
        return None if dt is None else dt.replace(tzinfo=None).astimezone(UTC).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        """The time that its clock shows at one of UTC; `fold` says which of two times that it shows twice."""
        instant = dt.replace(tzinfo=UTC)
        shown = instant.astimezone().replace(tzinfo=None)
        return shown.replace(tzinfo=self, fold=shown.astimezone(UTC) != instant)


HOST = HostZone()


def local_time(when: Instant, zone: tzinfo = HOST) -> datetime:
    """An instant as the clock of a zone shows it.

    What lies outside the years that a calendar has counts as at their edge: there is an answer for every instant.
    """
    return (EPOCH + timedelta(milliseconds=max(FIRST + 2 * DAY, min(when, LAST - 2 * DAY)))).astimezone(zone)


def local_midnight(day: date, zone: tzinfo = HOST) -> Instant:
    """The first instant of a day in a zone."""
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=zone))


def full_time(when: Instant, zone: tzinfo = HOST) -> str:
    """An instant in words, with its day and zone: `Fri 2026-05-01 14:03 CEST`."""
    local = local_time(when, zone)
    return f"{local:%a} {_to_the_minute(local)} {local:%Z}"


def short_time(when: Instant | None, zone: tzinfo = HOST) -> str:
    """An instant to the minute: `2026-05-01 14:03`; a dash where there is none."""
    return "–" if when is None else _to_the_minute(local_time(when, zone))


def near_time(when: Instant, now: Instant, zone: tzinfo = HOST) -> str:
    """An instant as briefly as can be said now: `18:00` of today, `Tue 06:00` of the next days, else with its date."""
    local, today = local_time(when, zone), local_time(now, zone).date()
    days = (local.date() - today).days
    return f"{local:%H:%M}" if days == 0 else f"{local:%a %H:%M}" if 0 < days < 7 else _to_the_minute(local)


def _to_the_minute(local: datetime) -> str:
    return local.replace(tzinfo=None).isoformat(" ", "minutes")


def parse_when(text: str, now: Instant, zone: tzinfo = HOST) -> Instant:
    """The instant that a person means, always after `now`.

    Where a clock is put forward, a time that it skips is as long after the change as it would have been; where it is
    put back, a time that it shows twice is the first of the two, unless that is past.

    Args:
        text: a length from now, a time of today or (if that is past) tomorrow, a day with or without a time, or an
            ISO 8601 time.
        now: the present.
        zone: where days and clocks are.

    Raises:
        UsageError: it names no time, one that is past, or one more than a hundred years ahead.
    """
    words = " ".join(text.split()).casefold()
    when = _parse(words, text.strip(), now, zone)
    if when is None:
        raise UsageError(f"{text!r} is no time", "write 2h, tomorrow 9:00, mon, 18:00 or 2026-05-01")
    if when <= now:
        raise UsageError(f"{text!r} is past", "name a time to come")
    if when > now + _FARTHEST:
        raise UsageError(f"{text!r} is too far away", "name a time within the next years")
    return when


def is_time(text: str) -> bool:
    """Whether a text names a time at all, past or to come."""
    try:
        return _parse(" ".join(text.split()).casefold(), text.strip(), 0, UTC) is not None
    except UsageError:
        return False


def _parse(words: str, raw: str, now: Instant, zone: tzinfo) -> Instant | None:
    if length := _LENGTH.fullmatch(words):
        return now + int(length[1]) * UNITS[length[2]]
    try:
        return from_iso(raw)
    except ValueError:
        pass
    today = local_time(now, zone).date()
    day, _, clock = words.partition(" ")
    named = _day(day, today)
    if named is None:
        time = _clock(words)
        if time is None:
            return None
        return _next(today, time, zone, now) or _at(today + timedelta(days=1), time, zone)
    time = _clock(clock) if clock else MORNING
    if time is None:
        return None
    return _next(named, time, zone, now) or _at(named, time, zone)


def _next(day: date, time: tuple[int, int], zone: tzinfo, now: Instant) -> Instant | None:
    """When a clock shows a time of a day after `now`; None where that is past."""
    return next((when for fold in (0, 1) if (when := _at(day, time, zone, fold)) > now), None)


def _day(word: str, today: date) -> date | None:
    if len(word) >= 3:
        for days, name in enumerate(("today", "tomorrow")):
            if name.startswith(word):
                return today + timedelta(days=days)
        for index, name in enumerate(_DAYS):
            if name.startswith(word):
                return today + timedelta(days=(index - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def _clock(text: str) -> tuple[int, int] | None:
    found = _CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, time: tuple[int, int], zone: tzinfo, fold: int = 0) -> Instant:
    try:
        return to_instant(datetime(day.year, day.month, day.day, *time, tzinfo=zone, fold=fold))
    except (OverflowError, OSError, ValueError) as error:
        raise UsageError(f"{day.isoformat()} is too far away", "name a time within the next years") from error
