"""Whether a source is silent against its own past. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cminbox.duration import format_rough
from cminbox.model import DAY, HOUR, Instant
from cminbox.number_format import count_of
from cminbox.store.allowances import ARRIVALS_KEPT

LEAST_MESSAGES = 20
LEAST_PAST = 8 * DAY
"""A past in which there was a weekend."""
TIMES_LONGER = 2
SHORTEST = 3 * HOUR


def silence(arrivals: Sequence[tuple[int, int]], now: Instant) -> str:
    """What to say of a silence that is more than twice as long as the longest before it; empty where there is none.

    A source that has brought little, or not for long, has no past to compare with.

    Args:
        arrivals: the hours in which it brought something, since the epoch, each with how much; the oldest first.
    """
    past = [(hour, count) for hour, count in arrivals if now - ARRIVALS_KEPT <= hour * HOUR <= now]
    total = sum(count for _, count in past)
    if total < LEAST_MESSAGES or past[-1][0] * HOUR - past[0][0] * HOUR < LEAST_PAST:
        return ""
    longest = max(later - earlier for (earlier, _), (later, _) in pairwise(past)) * HOUR
    away = now - (past[-1][0] + 1) * HOUR
    if away < max(TIMES_LONGER * longest, SHORTEST):
        return ""
    days = max(1, round((past[-1][0] - past[0][0]) * HOUR / DAY))
    usual = count_of(max(1, round(total / days)), "message")
    return (
        f"nothing new for {format_rough(away)}: it brings {usual} a day, and was silent {format_rough(longest)} at most"
    )
