"""Notes: what members write for each other at a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from cminbox.model import Instant
from cminbox.store.sqlite import Connection


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a member at a conversation."""

    id: int
    member: str
    text: str
    created_at: Instant


def of(conn: Connection, conversation_id: int) -> list[Note]:
    """The notes of a conversation, oldest first."""
    sql = (
        "SELECT id, member, text, created_at FROM notes WHERE conversation_id = ? AND removed_at IS NULL"
        " ORDER BY created_at, id"
    )
    return [Note(*row) for row in conn.execute(sql, (conversation_id,))]


def add(conn: Connection, conversation_id: int, member: str, text: str, now: Instant) -> int:
    """Add a note and return its id."""
    cursor = conn.execute(
        "INSERT INTO notes (conversation_id, member, text, created_at) VALUES (?, ?, ?, ?)",
        (conversation_id, member, text, now),
    )
    conn.execute("UPDATE conversations SET notes = notes + 1 WHERE id = ?", (conversation_id,))
    return cast(int, cursor.lastrowid)


def remove(conn: Connection, note_id: int, now: Instant) -> None:
    """Take a note back; its text stays in the store."""
    row = conn.execute(
        "UPDATE notes SET removed_at = ? WHERE id = ? AND removed_at IS NULL RETURNING conversation_id", (now, note_id)
    ).fetchone()
    if row:
        conn.execute("UPDATE conversations SET notes = notes - 1 WHERE id = ?", (row[0],))
