"""Watchers: who is told of what happens in a conversation. Its row lists them too (`watchers`)."""

from __future__ import annotations

from cminbox.model import Instant
from cminbox.store.sqlite import Connection


def watch(conn: Connection, conversation_id: int, member: str, since: Instant) -> None:
    """A member watches a conversation."""
    conn.execute(
        "INSERT OR IGNORE INTO watchers (conversation_id, member, since) VALUES (?, ?, ?)",
        (conversation_id, member, since),
    )


def unwatch(conn: Connection, conversation_id: int, member: str) -> Instant | None:
    """A member watches a conversation no more; since when they did, None where they did not."""
    row = conn.execute(
        "DELETE FROM watchers WHERE conversation_id = ? AND member = ? RETURNING since", (conversation_id, member)
    ).fetchone()
    return None if row is None else int(row[0])
