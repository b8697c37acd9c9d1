"""Times as people type them (`2h`, `tomorrow 9:00`, `mon 14:30`, `18:00`, `2026-05-01 9:00`) and as they read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from cminbox.errors import UsageError
from cminbox.model import UNITS, Instant, from_iso

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LENGTH = re.compile(r"(?:in\s+)?(\d{1,5})\s*([smhdw])", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?", re.IGNORECASE)
MORNING = (9, 0)
"""The time of a day that is named without one."""


def full_time(when: Instant) -> str:
    """An instant in the reader's own zone, with it: `Fri 2026-05-01 14:03 CEST`."""
    return datetime.fromtimestamp(when / 1000).astimezone().strftime("%a %Y-%m-%d %H:%M %Z")


def parse_when(text: str, now: Instant, zone: tzinfo | None = None) -> Instant:
    """The instant that a person means, always after `now`.

    Args:
        text: a length from now, a time of today or (if that is past) tomorrow, a day with or without a time, or an
            ISO 8601 time.
        now: the present.
        zone: where days and clocks are; the machine's own zone where it is None.

    Raises:
        UsageError: it names no time, or one that is past.
    """
    words = " ".join(text.split()).casefold()
    when = _parse(words, text.strip(), now, zone)
    if when is None:
        raise UsageError(f"{text!r} is no time", "write 2h, tomorrow 9:00, mon, 18:00 or 2026-05-01")
    if when <= now:
        raise UsageError(f"{text!r} is past", "name a time to come")
    return when


def is_time(text: str) -> bool:
    """Whether a text names a time at all, past or to come."""
    try:
        return _parse(" ".join(text.split()).casefold(), text.strip(), 0, UTC) is not None
    except UsageError:
        return False


def _parse(words: str, raw: str, now: Instant, zone: tzinfo | None) -> Instant | None:
    if length := _LENGTH.fullmatch(words):
        return now + int(length[1]) * UNITS[length[2]]
    try:
        return from_iso(raw)
    except ValueError:
        pass
    here = datetime.fromtimestamp(now / 1000, zone).astimezone(zone)
    day, _, clock = words.partition(" ")
    named = _day(day, here.date())
    if named is None:
        time = _clock(words)
        if time is None:
            return None
        when = _at(here.date(), time, zone)
        return when if when > now else _at(here.date() + timedelta(days=1), time, zone)
    time = _clock(clock) if clock else MORNING
    return None if time is None else _at(named, time, zone)


def _day(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    if len(word) >= 3:
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


def _at(day: date, time: tuple[int, int], zone: tzinfo | None) -> Instant:
    try:
        clock = datetime.combine(day, datetime.min.time().replace(hour=time[0], minute=time[1]), zone)
        return round(clock.astimezone(zone).timestamp() * 1000)
    except (OverflowError, OSError, ValueError) as error:
        raise UsageError(f"{day.isoformat()} is too far away", "name a time within the next years") from error
