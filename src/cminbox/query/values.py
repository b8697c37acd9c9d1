"""What stands behind a comparison: numbers, durations, days.

Durations are milliseconds in the tree and one number with a unit in the text. Days are calendar days in the zone of
the context in which a query is asked.
"""

from __future__ import annotations

import re
from datetime import date, timedelta, tzinfo
from typing import Any, NamedTuple, TypeVar

from cminbox.model import UNITS, Instant
from cminbox.when import local_midnight, local_time

_NUMBER = re.compile(r"([+-]?)(\d{1,15}(?:\.\d{1,30})?|\.\d{1,30})([kKmM]?)", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,9})([smhdwSMHDW])", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", re.ASCII)
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}
_WORDS = {"today": 0, "yesterday": -1}

T = TypeVar("T")


def _same(one: tuple[Any, ...], other: object) -> bool:
    return one.__class__ is other.__class__ and tuple.__eq__(one, other)


def _other(one: tuple[Any, ...], other: object) -> bool:
    return not _same(one, other)


def distinct(kind: type[T]) -> type[T]:
    """A named tuple that equals its own kind alone, and is true without fields too: `And` is never `Or`.

    A data class would be the same, but takes much longer to make, and every start makes a dozen.
    """
    kind.__eq__, kind.__ne__, kind.__hash__ = _same, _other, tuple.__hash__  # type: ignore[method-assign, assignment]
    kind.__bool__ = lambda _self: True  # type: ignore[attr-defined]
    return kind


@distinct
class Duration(NamedTuple):
    """A length of time in milliseconds; negative only for what is past its time."""

    ms: int


@distinct
class Days(NamedTuple):
    """The days from `first` to the day before `end`: one day or one month."""

    first: date
    end: date

    def span(self, now: Instant, zone: tzinfo) -> tuple[Instant, Instant]:
        """First instant of the days, and first instant after them."""
        return midnight(self.first, zone), midnight(self.end, zone)


@distinct
class NamedDay(NamedTuple):
    """Today (0) or yesterday (-1)."""

    offset: int

    def span(self, now: Instant, zone: tzinfo) -> tuple[Instant, Instant]:
        """First instant of the day, and first instant after it."""
        day = day_of(now, zone) + timedelta(days=self.offset)
        return midnight(day, zone), midnight(day + timedelta(days=1), zone)


Number = int | float
Value = Number | Duration | Days | NamedDay


def midnight(day: date, zone: tzinfo) -> Instant:
    """The first instant of a day in a zone."""
    return local_midnight(day, zone)


def day_of(when: Instant, zone: tzinfo) -> date:
    """The day on which an instant falls in a zone; what lies outside the calendar's years counts as at their edge."""
    return local_time(when, zone).date()


def read_number(text: str) -> Number | None:
    """`5`, `-0.5`, `10k`, `1.5M`; None if the text is no number."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, digits, scale = found.groups()
    value = float(digits) * _SCALE[scale.lower()] * (-1 if sign == "-" else 1)
    return int(value) if value == int(value) else value


def read_duration(text: str) -> Duration | None:
    """`30m`, `2h`, `3d`, `1w`, `90s`, `-1h`; None if the text is no duration."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    sign, digits, unit = found.groups()
    ms = int(digits) * UNITS[unit.lower()]
    return Duration(-ms if sign else ms)


def looks_like_day(text: str) -> bool:
    """Whether a text has the form of a day or month, existing or not."""
    return _DAY.fullmatch(text) is not None


def read_days(text: str) -> Days | NamedDay | None:
    """`2026-05-01`, `2026-05`, `today`, `yesterday`; None if the text is no day that exists."""
    offset = _WORDS.get(text.lower())
    if offset is not None:
        return NamedDay(offset)
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    # Near its ends the calendar has no day before or after in every zone.
    if not 1000 <= year <= 8000:
        return None
    try:
        if found.group(3) is None:
            return Days(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
        return Days(date(year, month, day), date(year, month, day) + timedelta(days=1))
    except ValueError:
        return None


def write_value(value: Value) -> str:
    """The text of a value, as it is read back."""
    match value:
        case Duration(ms):
            unit = next(unit for unit in "wdhms" if ms % UNITS[unit] == 0)
            return f"{ms // UNITS[unit]}{unit}"
        case Days(first, end):
            one_day = end - first == timedelta(days=1)
            return first.isoformat() if one_day else first.isoformat()[:7]
        case NamedDay(offset):
            return next(word for word, days in _WORDS.items() if days == offset)
        case _:
            return _decimal(value)


def _decimal(value: Number) -> str:
    """A number without an exponent, exact enough to be read back as the same."""
    text = repr(value)
    return format(value, ".30f").rstrip("0") if "e" in text else text
