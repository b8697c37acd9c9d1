"""How many conversations each rule began to match, by the hour.

A hit is a conversation that a rule begins to match: with a message, a change, or as time goes by. It is one hit until
the rule no longer matches it. It counts in the hour of the message that brought it, else in the hour in which it was
judged, so that a backlog which is taken in late counts where it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cminbox.model import DAY, HOUR, Conversation, Instant
from cminbox.store.sqlite import Connection

USUAL_DAYS, LEAST_DAYS = 14, 3
"""Days before the last one whose mean is what a rule usually hits; with fewer nothing is known of that."""
KEPT = (1 + USUAL_DAYS) * DAY
TIMES, MORE = 3, 10
"""Far more than it used to is more than so many times a usual day, and so many on top, in the last day."""

_DAY, _WEEK = 24, 7 * 24

Counts = Mapping[tuple[int, str], int]
"""Hits by hour since the epoch and rule."""


class Hits(NamedTuple):
    """What a rule hit.

    Attributes:
        day, week: conversations in the last 24 hours and in the last seven days, the running hour included.
        usual: the mean of a day of the 14 before the last, from its first hit on; None where that is fewer than three
            days: a new rule has no past.
    """

    day: int = 0
    week: int = 0
    usual: float | None = None

    @property
    def alarm(self) -> bool:
        """Whether it hits far more than it used to."""
        return self.usual is not None and self.day > TIMES * self.usual + MORE


NO_HITS = Hits()


def found(before: Conversation, row: Conversation, now: Instant) -> dict[tuple[int, str], int]:
    """The hits of a conversation that was judged again: one for each rule that matches it now and did not before.

    Args:
        before: the row as it was; where nobody wrote down yet which rules match it, nothing is counted.
        row: as it is now.
    """
    if row.rules == before.rules or (before.reasons and not before.rules):
        return {}
    brought = row.inbound_at is not None and row.inbound_at != before.inbound_at
    at = min(row.inbound_at, now) if brought and row.inbound_at is not None else now
    return {} if at < now - KEPT else {(at // HOUR, rule): 1 for rule in row.rules if rule not in before.rules}


def add(conn: Connection, counts: Counts, now: Instant) -> None:
    """Count hits; hours that are long past are forgotten."""
    sql = (
        "INSERT INTO rule_hits (hour, rule, hits) VALUES (?, ?, ?)"
        " ON CONFLICT (hour, rule) DO UPDATE SET hits = hits + excluded.hits"
    )
    conn.executemany(sql, [(hour, rule, hits) for (hour, rule), hits in counts.items()])
    conn.execute("DELETE FROM rule_hits WHERE hour < ?", ((now - KEPT) // HOUR,))


def of_all(conn: Connection, now: Instant) -> dict[str, Hits]:
    """What each rule hit, by its name."""
    hour = now // HOUR
    since = hour - _DAY - USUAL_DAYS * _DAY
    sql = (
        "SELECT rule, SUM(CASE WHEN hour > ? THEN hits ELSE 0 END), SUM(CASE WHEN hour > ? THEN hits ELSE 0 END),"
        " SUM(CASE WHEN hour <= ? THEN hits ELSE 0 END), MIN(hour) FROM rule_hits WHERE hour > ? AND hour <= ?"
        " GROUP BY rule"
    )
    found = {}
    for rule, day, week, earlier, first in conn.execute(sql, (hour - _DAY, hour - _WEEK, hour - _DAY, since, hour)):
        days = min((hour - _DAY + 1 - first) / _DAY, USUAL_DAYS)
        found[rule] = Hits(day, week, earlier / days if days >= LEAST_DAYS else None)
    return found
