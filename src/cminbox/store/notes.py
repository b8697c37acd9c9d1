"""Notes: what members write for each other at a conversation."""

from __future__ import annotations

from typing import NamedTuple

from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.sqlite import Connection


class Note(NamedTuple):
    """A note of a member at a conversation; `message_id` is the message that it is about, if it is about one."""

    id: int
    member: str
    text: str
    created_at: Instant
    message_id: int | None = None


_NOTES = rows.table("notes", Note)


def of(conn: Connection, conversation_id: int) -> list[Note]:
    """The notes of a conversation, oldest first."""
    rest = "WHERE conversation_id = ? AND removed_at IS NULL ORDER BY created_at, id"
    return _NOTES.all(conn, rest, conversation_id)


def add(
    conn: Connection, conversation_id: int, member: str, text: str, now: Instant, message_id: int | None = None
) -> int:
    """Add a note and return its id."""
    conn.execute("UPDATE conversations SET notes = notes + 1 WHERE id = ?", (conversation_id,))
    note = {
        "conversation_id": conversation_id,
        "member": member,
        "text": text,
        "created_at": now,
        "message_id": message_id,
    }
    return rows.insert(conn, "notes", note)


def remove(conn: Connection, note_id: int, now: Instant) -> None:
    """Take a note back; its text stays in the store."""
    row = conn.execute(
        "UPDATE notes SET removed_at = ? WHERE id = ? AND removed_at IS NULL RETURNING conversation_id", (now, note_id)
    ).fetchone()
    if row:
        conn.execute("UPDATE conversations SET notes = notes - 1 WHERE id = ?", (row[0],))
