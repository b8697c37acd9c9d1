"""Durations as people write them: `90s`, `30m`, `2h`, `3d`, `1w`, `1h30m`. In code they are milliseconds."""

from __future__ import annotations

import math
import re

from cminbox.model import DAY, HOUR, MINUTE, SECOND, UNITS, WEEK

_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhdw])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
YEAR = 365 * DAY
_LONGEST = 100 * YEAR
_LADDER = (
    (SECOND, "s", MINUTE),
    (MINUTE, "m", HOUR),
    (HOUR, "h", 2 * DAY),
    (DAY, "d", 10 * WEEK),
    (WEEK, "w", YEAR),
)
"""Units of an age, each with its name and from what on the next one is used: each age takes three cells at most."""


def parse_duration(text: str) -> int:
    """The milliseconds of a duration such as `90s`, `30m`, `2h`, `3d`, `1w`, `1.5h` or `1h30m`.

    Raises:
        ValueError: not a duration, or longer than a hundred years.
    """
    plain = text.strip().lower()
    if not _WHOLE.fullmatch(plain):
        raise ValueError(f"{text!r} is no duration: write a number and a unit, such as 90s, 30m, 2h, 3d or 1w")
    total = sum(float(number) * UNITS[unit] for number, unit in _PART.findall(plain))
    if total > _LONGEST:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return round(total)


def format_duration(ms: int) -> str:
    """The duration as a person may write it, in its largest whole unit: `56m`, `3h`, `2d`; `-8m` where it is negative,
    `0s` where it is none."""
    sign, left = ("-", -ms) if ms <= -SECOND else ("", abs(ms))
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if left >= size:
            return f"{sign}{left // size}{unit}"
    return f"{sign}{left // SECOND}s"


def format_narrow(ms: int) -> str:
    """The duration in at most three cells, for columns: as `format_rough`, but `<1m` below a minute."""
    return "<1m" if ms < MINUTE else _in_one_unit(ms)


def format_rough(ms: int) -> str:
    """The duration as one short word of at most three cells, without its sign: `now`, `45s`, `8m`, `47h`, `69d`, `51w`,
    `9y`."""
    size = abs(ms)
    return "now" if size < 5 * SECOND else _in_one_unit(size)


def _in_one_unit(ms: int) -> str:
    for unit, name, limit in _LADDER:
        if ms < limit:
            return f"{ms // unit}{name}"
    return f"{min(ms // YEAR, 99)}y"


def format_ago(ms: int) -> str:
    """How long ago, as one would say it: `just now`, `8m ago`."""
    return "just now" if abs(ms) < 5 * SECOND else f"{format_rough(ms)} ago"


def format_figure(seconds: float) -> str:
    """A measured duration in seconds in its two largest units: `8s`, `4m30`, `12m`, `1h37`, `2d4h`, `12d`.

    It is rounded up, because a figure that is rounded down says that somebody waited less than they did.
    """
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 600:
        return _two(whole, 60, "m")
    minutes = math.ceil(whole / 60)
    if minutes < 24 * 60:
        return f"{minutes}m" if minutes < 60 else _two(minutes, 60, "h")
    days, hours = divmod(math.ceil(whole / 3600), 24)
    if days >= 10:
        return f"{days + (hours > 0)}d"
    return f"{days}d{hours}h" if hours else f"{days}d"


def _two(amount: int, size: int, unit: str) -> str:
    """An amount in a unit of so many, and the rest behind it."""
    large, rest = divmod(amount, size)
    return f"{large}{unit}{rest:02d}" if rest else f"{large}{unit}"
