"""Events: the append-only audit log, what each changed, and what can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cminbox.model import SECOND, Instant
from cminbox.store.changes import ConversationChanges
from cminbox.store.sqlite import Connection, Row

LATELY = 5 * SECOND
"""A long action that gave a sign of life within this time is under way."""
SILENT = 30 * SECOND
"""An unfinished event that gave no sign of life for so long was cut off; no portion takes as long."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. `actor` is `member:<handle>`, `rule:<name>`, `engine` or `network`.

    One that is `unfinished` is under way or was cut off; its detail says how many of how many it has `reached`.
    """

    id: int
    at: Instant
    actor: str
    action: str
    detail: Mapping[str, Any]
    count: int
    undoes: int | None
    undone_by: int | None
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Item:
    """What an action's event changed of one conversation.

    Attributes:
        before, after: the columns that it changed, with tuples as lists.
        undo_data: what its undo needs besides.
    """

    conversation_id: int
    before: ConversationChanges
    after: ConversationChanges
    undo_data: Mapping[str, Any]


_text = json.JSONEncoder(ensure_ascii=False).encode
_COLUMNS = "e.id, e.at, e.actor, e.action, e.detail, e.count, e.undoes, e.undone_by, e.unfinished"
_SELECT = f"SELECT {_COLUMNS} FROM events AS e"


def _from_row(row: Row) -> Event:
    values: dict[str, Any] = dict(zip(row.keys(), row, strict=True))
    values |= {"detail": json.loads(values["detail"]), "unfinished": bool(values["unfinished"])}
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


def finish(
    conn: Connection, event_id: int, count: int, detail: Mapping[str, Any] | None = None, *, unfinished: bool = False
) -> None:
    """Say how many conversations an event has touched; one that touched none never was (its transaction made it).

    Args:
        detail: what it remembers now, where that has changed.
        unfinished: more are to come.
    """
    if not count and not unfinished:
        conn.execute("DELETE FROM events WHERE id = ?", (event_id,))
        return
    text = None if detail is None else json.dumps(dict(detail), ensure_ascii=False)
    sql = "UPDATE events SET count = ?, unfinished = ?, detail = COALESCE(?, detail) WHERE id = ?"
    conn.execute(sql, (count, int(unfinished), text, event_id))


def of(conn: Connection, conversation_id: int, limit: int = 20) -> list[Event]:
    """The newest events of a conversation, oldest first."""
    sql = f"{_SELECT} JOIN event_items AS i ON i.event_id = e.id WHERE i.conversation_id = ? ORDER BY e.id DESC LIMIT ?"
    return [_from_row(row) for row in conn.execute(sql, (conversation_id, limit))][::-1]


def get(conn: Connection, event_id: int) -> Event | None:
    """One event, or None."""
    row = conn.execute(f"{_SELECT} WHERE e.id = ?", (event_id,)).fetchone()
    return _from_row(row) if row else None


def items(conn: Connection, event_id: int, among: Iterable[int] | None = None) -> list[Item]:
    """What an event changed, a row for each conversation (or each `among` these), by their ids."""
    sql = "SELECT conversation_id, before, after FROM event_items WHERE event_id = ?"
    params: list[int | str] = [event_id]
    if among is not None:
        sql += " AND conversation_id IN (SELECT value FROM json_each(?))"
        params.append(json.dumps(list(among)))
    found = conn.execute(f"{sql} ORDER BY conversation_id", params)
    return [_item(row[0], json.loads(row[1]), json.loads(row[2])) for row in found]


def _item(conversation_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> Item:
    return Item(conversation_id, before.get("columns", {}), after.get("columns", {}), before.get("kept", {}))


def item_row(event_id: int, item: Item) -> tuple[int, int, str, str]:
    """The row of `event_items` that `items` reads as this."""
    before, after = {"columns": item.before, "kept": item.undo_data}, {"columns": item.after}
    return event_id, item.conversation_id, _text(before), _text(after)


def item_ids(conn: Connection, event_id: int) -> list[int]:
    """The conversations of which an event has an item, in order."""
    sql = "SELECT conversation_id FROM event_items WHERE event_id = ? ORDER BY conversation_id"
    return [row[0] for row in conn.execute(sql, (event_id,))]


def settle(conn: Connection, event_id: int) -> None:
    """Nothing more is to come of an event that was cut off."""
    conn.execute("UPDATE events SET unfinished = 0 WHERE id = ? AND unfinished = 1", (event_id,))


def touched(conn: Connection, event_id: int, ids: Iterable[int]) -> set[int]:
    """Those of these conversations that an event has an item of."""
    sql = (
        "SELECT conversation_id FROM event_items WHERE event_id = ?"
        " AND conversation_id IN (SELECT value FROM json_each(?))"
    )
    return {row[0] for row in conn.execute(sql, (event_id, json.dumps(list(ids))))}


def later(conn: Connection, event_id: int, ids: Iterable[int]) -> Iterator[tuple[int, int, str, str]]:
    """What happened to these conversations after an event: conversation, event, actor, action; the newest last."""
    sql = (
        "SELECT i.conversation_id, e.id, e.actor, e.action FROM event_items AS i JOIN events AS e ON e.id = i.event_id"
        " WHERE i.conversation_id IN (SELECT value FROM json_each(?)) AND i.event_id > ? ORDER BY e.id"
    )
    for row in conn.execute(sql, (json.dumps(list(ids)), event_id)):
        yield row[0], row[1], row[2], row[3]


_OPEN = "(e.undone_by IS NULL OR EXISTS (SELECT 1 FROM events AS u WHERE u.id = e.undone_by AND u.unfinished = 1))"
"""Not taken back, or not all of it: the undo was stopped or cut off."""


def last_undoable(conn: Connection, session: str, actions: frozenset[str], below: Iterable[int] = ()) -> Event | None:
    """The newest action of a session that can be undone and was not, or not wholly.

    Args:
        below: events that are passed over.
    """
    marks, passed = ", ".join("?" * len(actions)), json.dumps(list(below))
    sql = (
        f"{_SELECT} WHERE e.session = ? AND e.undoes IS NULL AND e.action IN ({marks}) AND {_OPEN}"
        " AND e.id NOT IN (SELECT value FROM json_each(?)) ORDER BY e.id DESC LIMIT 1"
    )
    row = conn.execute(sql, (session, *sorted(actions), passed)).fetchone()
    return _from_row(row) if row else None


def under_way(conn: Connection, now: Instant) -> bool:
    """Whether a long action is under way somewhere."""
    beats = conn.execute("SELECT json_extract(detail, '$.beat') FROM events WHERE unfinished = 1")
    return any(beat[0] is not None and beat[0] >= now - LATELY for beat in beats)


def any_of(conn: Connection, session: str) -> bool:
    """Whether a session has done anything."""
    return conn.execute("SELECT 1 FROM events WHERE session = ? LIMIT 1", (session,)).fetchone() is not None


def cut_off(conn: Connection, actor: str, now: Instant) -> Event | None:
    """The newest action of somebody, or undo of one, that was cut off: it is unfinished, and no more comes of it."""
    sql = f"{_SELECT} WHERE e.unfinished = 1 AND e.actor = ? ORDER BY e.id DESC"
    for event in map(_from_row, conn.execute(sql, (actor,))):
        if int(event.detail.get("beat", 0)) < now - SILENT:
            return event
    return None


def happened(conn: Connection, conversation_id: int, actor: str, action: str, since: Instant) -> bool:
    """Whether this actor did this to this conversation since a time."""
    sql = (
        "SELECT 1 FROM events AS e JOIN event_items AS i ON i.event_id = e.id"
        " WHERE i.conversation_id = ? AND e.actor = ? AND e.action = ? AND e.at >= ? LIMIT 1"
    )
    return conn.execute(sql, (conversation_id, actor, action, since)).fetchone() is not None
