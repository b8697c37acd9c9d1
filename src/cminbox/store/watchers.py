"""Watchers: who is told of what happens in a conversation. Its row lists them too (`watchers`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cminbox.model import Conversation, Instant
from cminbox.store.broken_values import parsed
from cminbox.store.events import LATELY
from cminbox.store.rows import AMONG, listed
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


class Happened(NamedTuple):
    """Something that happened in a conversation that somebody watches.

    Attributes:
        actor: as events have it (`member:jo`, `rule:…`), or a member's handle for a message of ours.
        action: of an event; `wrote` or `answered` for a message.
        detail: of an event; of a message its id.
    """

    conversation_id: int
    at: Instant
    actor: str
    action: str
    detail: str


TOLD: Mapping[str, str] = {
    "close": "closed",
    "none-needed": "closed: no answer needed",
    "spam": "called spam",
    "take": "taken",
    "assign": "assigned",
    "unassign": "given back to the queue",
    "escalate": "escalated",
    "came back": "came back without an answer",
}
"""Events that watchers are told of, and what they say of the conversation."""
_KEY = "watched"


def seen(conn: Connection) -> tuple[int, int]:
    """The newest event and the newest message that watchers were told of, or need not be."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (_KEY,)).fetchone()
    known: list[int] = parsed(row[0], [0, 0]) if row else [0, 0]
    return known[0], known[1]


def keep_seen(conn: Connection, event: int, message: int) -> None:
    """Watchers were told of all up to these."""
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (_KEY, json.dumps([event, message])))


def newest(conn: Connection, now: Instant) -> tuple[int, int]:
    """Up to which event and which message all is there: a long action that is under way has more to come."""
    event = conn.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()[0]
    beats = conn.execute("SELECT id, json_extract(detail, '$.beat') FROM events WHERE unfinished = 1").fetchall()
    under_way = [number for number, beat in beats if beat is not None and beat >= now - LATELY]
    message = conn.execute("SELECT COALESCE(MAX(id), 0) FROM messages").fetchone()[0]
    return min([event, *(number - 1 for number in under_way)]), message


def any_news(conn: Connection, now: Instant) -> bool:
    """Whether somebody watches, and anything was written or done since they were told; cheap."""
    if conn.execute("SELECT 1 FROM watchers LIMIT 1").fetchone() is None:
        return False
    known, latest = seen(conn), newest(conn, now)
    return latest[0] > known[0] or latest[1] > known[1]


def news(conn: Connection, after: tuple[int, int], until: tuple[int, int]) -> list[Happened]:
    """What happened in watched conversations after one event and message and up to others, since each was watched."""
    events = (
        "SELECT DISTINCT i.conversation_id, e.at, e.actor, e.action, e.detail, e.id FROM watchers AS w"
        " JOIN event_items AS i ON i.conversation_id = w.conversation_id AND i.event_id > ? AND i.event_id <= ?"
        f" JOIN events AS e ON e.id = i.event_id WHERE e.action {AMONG} AND e.undone_by IS NULL AND e.at > w.since"
        " ORDER BY e.id"
    )
    found = [Happened(*row[:5]) for row in conn.execute(events, (after[0], until[0], listed(TOLD)))]
    said = (
        "SELECT DISTINCT m.conversation_id, m.fetched_at, m.member, m.direction, m.id FROM watchers AS w"
        " JOIN messages AS m ON m.conversation_id = w.conversation_id AND m.id > ? AND m.id <= ?"
        " WHERE m.history = 0 AND m.deleted_at IS NULL AND m.fetched_at > w.since ORDER BY m.id"
    )
    for number, at, member, direction, message in conn.execute(said, (after[1], until[1])):
        action = "wrote" if direction == "in" else "answered"
        found.append(Happened(number, at, f"member:{member}" if member else "", action, str(message)))
    return sorted(found, key=lambda one: one.at)


def wrote_before(conn: Connection, row: Conversation, message_id: int, since: Instant) -> bool:
    """Whether they wrote another message before this one, since an instant, that waits for an answer too."""
    sql = (
        "SELECT 1 FROM messages WHERE conversation_id = ? AND direction = 'in' AND id < ? AND fetched_at > ?"
        " AND created_at >= ? AND history = 0 LIMIT 1"
    )
    if row.waiting_since is None:
        return False
    return conn.execute(sql, (row.id, message_id, since, row.waiting_since)).fetchone() is not None


def of(conn: Connection, conversation_ids: Iterable[int]) -> dict[int, list[tuple[str, Instant]]]:
    """Who watches each of these conversations, and since when."""
    found: dict[int, list[tuple[str, Instant]]] = {}
    sql = f"SELECT conversation_id, member, since FROM watchers WHERE conversation_id {AMONG} ORDER BY member"
    for number, member, since in conn.execute(sql, (listed(conversation_ids),)):
        found.setdefault(number, []).append((member, since))
    return found
