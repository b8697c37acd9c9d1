"""Durations as people write them: `90s`, `30m`, `2h`, `3d`, `1w`, `1h30m`. In code they are milliseconds."""

from __future__ import annotations

import re

from cminbox.model import DAY, HOUR, MINUTE, SECOND, WEEK

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhdw])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_LONGEST = 100 * 365 * DAY


def parse_duration(text: str) -> int:
    """The milliseconds of a duration such as `90s`, `30m`, `2h`, `3d`, `1w`, `1.5h` or `1h30m`.

    Raises:
        ValueError: not a duration, or longer than a hundred years.
    """
    plain = text.strip().lower()
    if not _WHOLE.fullmatch(plain):
        raise ValueError(f"{text!r} is no duration: write a number and a unit, such as 90s, 30m, 2h, 3d or 1w")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(plain))
    if total > _LONGEST:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return round(total)


def format_duration(ms: int) -> str:
    """The duration in its largest whole unit: `56m`, `3h`, `2d`; `-8m` where it is negative, `0s` where it is none."""
    sign, left = ("-", -ms) if ms <= -SECOND else ("", abs(ms))
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if left >= size:
            return f"{sign}{left // size}{unit}"
    return f"{sign}{left // SECOND}s"
