"""Figures of a person over time, as small bars with words: how they sound, how soon we answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from cminbox.duration import format_rough
from cminbox.model import DAY, Instant
from cminbox.number_format import count_of, signed
from cminbox.when import HOST, local_time

BARS = "▁▂▃▄▅▆▇█"
MOST = 12
"""Bars at most, the newest ones."""
TURN = 0.2
"""By how much the mood has to move to be told of."""


class Step(NamedTuple):
    """A month, a week or a day, with the figures that fall into it."""

    name: str
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of its figures."""
        return median(self.values)


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    place = len(ordered) // 2
    return ordered[place] if len(ordered) % 2 else (ordered[place - 1] + ordered[place]) / 2


def steps(points: Sequence[tuple[Instant, float]], zone: tzinfo = HOST) -> list[Step]:
    """Figures by month, or by week or day where all fall into few; what has none is left out.

    Args:
        points: each with its time, the oldest first.
    """
    if not points:
        return []
    span = points[-1][0] - points[0][0]
    name = _month if span > 120 * DAY else _week if span > 14 * DAY else _day
    found: dict[str, list[float]] = {}
    for at, value in points:
        found.setdefault(name(local_time(at, zone)), []).append(value)
    return [Step(word, tuple(values)) for word, values in found.items()][-MOST:]


def _month(at: datetime) -> str:
    return f"{at:%b %Y}"


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"week {week}, {year}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def bars(values: Sequence[float], low: float, high: float) -> str:
    """A bar for each value, between the lowest and the highest that there may be."""
    room = (high - low) or 1
    return "".join(BARS[min(7, max(0, round((value - low) / room * 7)))] for value in values)


def short(name: str) -> str:
    """A step without its year."""
    return name.rpartition(" ")[0].rstrip(",")


def mood_words(found: Sequence[Step]) -> str:
    """How somebody sounds, and where that goes: `neutral 0.04, getting better since May`."""
    if not found:
        return ""
    now = found[-1].middle
    sounds = "negative" if now <= -0.05 else "positive" if now >= 0.05 else "neutral"
    return ", ".join(filter(None, (f"{sounds} {signed(now, 2)}", direction(found))))


def direction(found: Sequence[Step]) -> str:
    """Where the mood goes: `getting better since May`; nothing where it stays as it was."""
    if len(found) < 2:
        return ""
    values = [step.middle for step in found]
    moved = values[-1] - (sum(values[:-1]) / len(values[:-1]))
    if abs(moved) < TURN:
        return ""
    better = moved > 0
    pick: Callable[[Sequence[float]], float] = min if better else max
    turn = len(values) - 1 - values[::-1].index(pick(values))
    return f"getting {'better' if better else 'worse'} since {short(found[turn].name)}"


def arrow(found: Sequence[Step]) -> str:
    """The same in a sign and few words: `↗ since May`."""
    words = direction(found)
    return f"{'↗' if 'better' in words else '↘'} since{words.partition('since')[2]}" if words else ""


def answer_words(found: Sequence[Step]) -> str:
    """How soon we answered: `2h (median of 7)`."""
    values = [value for step in found for value in step.values]
    return f"{format_rough(round(median(values)))} (median of {count_of(len(values), 'answer')})" if values else ""
