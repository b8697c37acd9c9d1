"""What time alone brings: rows whose snooze, score or SLA has come due."""

from __future__ import annotations

from cminbox.model import Conversation, Instant
from cminbox.store import watchers
from cminbox.store.records import CONVERSATIONS
from cminbox.store.search import Condition
from cminbox.store.sqlite import Connection

WAKE = "snoozed_until IS NOT NULL AND snoozed_until <= ?"
"""Snoozed, and the time has come."""
RESCORE = "rescore_at IS NOT NULL AND rescore_at <= ?"
"""Time or a person's action may have changed the priority."""
WARNING_AT = "due_at - MIN(900000, sla_target / 10)"
"""When to warn before a miss: 15 minutes or a tenth of the target before it, whichever is shorter; as it is indexed."""
WARN = f"due_at IS NOT NULL AND warned_at IS NULL AND sla_target IS NOT NULL AND {WARNING_AT} <= ?"
"""The SLA is near its end, or past it, and nobody was warned."""


BACK = "back_at IS NOT NULL AND back_at <= ?"
"""They did not answer in the time that somebody set."""
RING = "ring_at IS NOT NULL AND ring_at <= ?"
"""The owner of a promise is to be told of it."""
FOLLOW_UP = "follow_up_at IS NOT NULL AND followed_up_at IS NULL AND merged_into IS NULL AND follow_up_at <= ?"
"""What was to be done next with a contact has come due."""


def any_due(conn: Connection, now: Instant) -> bool:
    """Whether anything has come due; cheap."""
    conditions = [("conversations", part) for part in (WAKE, RESCORE, WARN, BACK)]
    conditions += [("contacts", FOLLOW_UP), ("promises", RING)]
    parts = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {part})" for table, part in conditions)
    found = conn.execute(f"SELECT {parts}", [now] * len(conditions)).fetchone()[0]
    return bool(found) or watchers.any_news(conn, now)


def due(conn: Connection, condition: str, now: Instant, limit: int) -> list[Conversation]:
    """Conversations for which something has come due: `WAKE`, `RESCORE`, `WARN` or `BACK`."""
    return CONVERSATIONS.all(conn, f"WHERE {condition} LIMIT ?", now, limit)


def rescore_matching(conn: Connection, where: Condition) -> None:
    """Have those judged again that matter, are in no crisis yet and match."""
    conn.execute(
        "UPDATE conversations AS c SET rescore_at = 1 WHERE c.status IN ('open', 'snoozed') AND c.gone = 0"
        f" AND c.crisis_id IS NULL AND ({where.sql or '1'})",
        where.params,
    )


def rescore_all(conn: Connection) -> None:
    """Have every conversation that still matters judged again: the rules changed."""
    conn.execute("UPDATE conversations SET rescore_at = 1 WHERE status IN ('open', 'snoozed')")
