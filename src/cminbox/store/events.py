"""Events: the append-only audit log, what each changed, and what can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import Any, cast

from cminbox.model import Instant


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. `actor` is `member:<handle>`, `rule:<name>`, `engine` or `network`."""

    id: int
    at: Instant
    actor: str
    action: str
    detail: Mapping[str, Any]
    count: int
    undoes: int | None
    undone_by: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """What an event changed of one conversation: the values before and after."""

    conversation_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


_SELECT = "SELECT e.id, e.at, e.actor, e.action, e.detail, e.count, e.undoes, e.undone_by FROM events AS e"


def _from_row(row: Row) -> Event:
    values: dict[str, Any] = dict(zip(row.keys(), row, strict=True))
    values["detail"] = json.loads(values["detail"])
    return Event(**values)


def add(
    conn: Connection,
    at: Instant,
    actor: str,
    action: str,
    *,
    detail: Mapping[str, Any] | None = None,
    count: int = 1,
    session: str = "",
    undoes: int | None = None,
) -> int:
    """Append an event and return its id."""
    text = json.dumps(dict(detail or {}), ensure_ascii=False)
    cursor = conn.execute(
        "INSERT INTO events (at, actor, action, detail, count, session, undoes) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (at, actor, action, text, count, session, undoes),
    )
    event_id = cast(int, cursor.lastrowid)
    if undoes is not None:
        conn.execute("UPDATE events SET undone_by = ? WHERE id = ?", (event_id, undoes))
    return event_id


def add_item(
    conn: Connection,
    event_id: int,
    conversation_id: int,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Say what an event changed of one conversation."""
    conn.execute(
        "INSERT INTO event_items (event_id, conversation_id, before, after) VALUES (?, ?, ?, ?)",
        (
            event_id,
            conversation_id,
            json.dumps(dict(before or {}), ensure_ascii=False),
            json.dumps(dict(after or {}), ensure_ascii=False),
        ),
    )


def finish(conn: Connection, event_id: int, count: int) -> None:
    """Say how many conversations an event touched; one that touched none never was (its transaction made it)."""
    if count:
        conn.execute("UPDATE events SET count = ? WHERE id = ?", (count, event_id))
    else:
        conn.execute("DELETE FROM events WHERE id = ?", (event_id,))


def of(conn: Connection, conversation_id: int, limit: int = 20) -> list[Event]:
    """The newest events of a conversation, oldest first."""
    sql = f"{_SELECT} JOIN event_items AS i ON i.event_id = e.id WHERE i.conversation_id = ? ORDER BY e.id DESC LIMIT ?"
    return [_from_row(row) for row in conn.execute(sql, (conversation_id, limit))][::-1]


def get(conn: Connection, event_id: int) -> Event | None:
    """One event, or None."""
    row = conn.execute(f"{_SELECT} WHERE e.id = ?", (event_id,)).fetchone()
    return _from_row(row) if row else None


def items(conn: Connection, event_id: int) -> list[Item]:
    """What an event changed, a row for each conversation."""
    sql = "SELECT conversation_id, before, after FROM event_items WHERE event_id = ? ORDER BY conversation_id"
    return [Item(row[0], json.loads(row[1]), json.loads(row[2])) for row in conn.execute(sql, (event_id,))]


def last_undoable(conn: Connection, session: str, actions: frozenset[str]) -> Event | None:
    """The newest action of a session that can be undone and was not."""
    marks = ", ".join("?" * len(actions))
    sql = (
        f"{_SELECT} WHERE e.session = ? AND e.undone_by IS NULL AND e.undoes IS NULL AND e.action IN ({marks})"
        " ORDER BY e.id DESC LIMIT 1"
    )
    row = conn.execute(sql, (session, *sorted(actions))).fetchone()
    return _from_row(row) if row else None


def happened(conn: Connection, conversation_id: int, actor: str, action: str, since: Instant) -> bool:
    """Whether this actor did this to this conversation since a time."""
    sql = (
        "SELECT 1 FROM events AS e JOIN event_items AS i ON i.event_id = e.id"
        " WHERE i.conversation_id = ? AND e.actor = ? AND e.action = ? AND e.at >= ? LIMIT 1"
    )
    return conn.execute(sql, (conversation_id, actor, action, since)).fetchone() is not None
