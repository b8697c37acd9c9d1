"""Promises: what a member told a person they would do, until when, and whose it is to do."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.sqlite import Connection

PromiseStatus = Literal["open", "kept", "broken", "withdrawn"]


class Promise(NamedTuple):
    """What was promised in a conversation.

    Attributes:
        owner: handle of the member whose it is to do.
        word: what was said of its end.
    """

    id: int
    conversation_id: int
    text: str
    due_at: Instant
    owner: str
    made_by: str
    made_at: Instant
    status: PromiseStatus
    ended_at: Instant | None
    ended_by: str
    word: str


_PROMISES = rows.table("promises", Promise)
get = _PROMISES.get


def add(conn: Connection, conversation_id: int, text: str, due_at: Instant, owner: str, by: str, now: Instant) -> int:
    """Write a promise down; its id."""
    promise = {"conversation_id": conversation_id, "text": text, "due_at": due_at, "owner": owner}
    return rows.insert(conn, "promises", {**promise, "made_by": by, "made_at": now})


def of(conn: Connection, conversation_id: int) -> list[Promise]:
    """The promises of a conversation, the one that is due first at the top; those that ended behind."""
    return _PROMISES.all(conn, "WHERE conversation_id = ? ORDER BY status <> 'open', due_at, id", conversation_id)


def open_until(conn: Connection, until: Instant, limit: int) -> list[Promise]:
    """Open promises that are due until then, the first due first; overdue ones are among them."""
    return _PROMISES.all(conn, "WHERE status = 'open' AND due_at <= ? ORDER BY due_at, id LIMIT ?", until, limit)
