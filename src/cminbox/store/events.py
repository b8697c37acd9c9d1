"""Events: the append-only audit log, what each changed, and what can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from cminbox.model import SECOND, Instant
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.changes import ConversationChanges
from cminbox.store.rows import AMONG, listed, to_json
from cminbox.store.sqlite import Connection

COMPOSE = "compose"
"""That a composer was opened: from then on an answer is being worked at."""
WARNING = "sla warning"
"""That the engine warned before an SLA ended; its detail has the `due_at`."""
FOLLOW_UP = "follow-up"
"""That a person's next follow-up came due; its detail has what is to be done, and whose it is."""
CAME_BACK = "came back"
"""That a conversation came back because nobody answered; its detail has the reason in words."""
LATELY = 5 * SECOND
"""A long action that gave a sign of life within this time is under way."""
SILENT = 30 * SECOND
"""An unfinished event that gave no sign of life for so long was cut off; no portion takes as long."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. `actor` is `member:<handle>`, `account:<name>`, `rule:<name>`, `engine` or `network`.

    `account` is that of the process in which a member acted; it may speak for somebody else.

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
    account: str


class Item(NamedTuple):
    """What an action's event changed of one conversation.

    Attributes:
        before, after: the columns that it changed, with tuples as lists.
        undo_data: what its undo needs besides.
    """

    conversation_id: int
    before: ConversationChanges
    after: ConversationChanges
    undo_data: Mapping[str, Any]


_NOTHING: dict[str, Any] = {}
_EVENTS = rows.table("events", Event, detail=lambda text: parsed(text, _NOTHING), unfinished=bool)
get = _EVENTS.get


def add(
    conn: Connection,
    at: Instant,
    actor: str,
    action: str,
    *,
    detail: Mapping[str, Any] | None = None,
    count: int = 1,
    session: str = "",
    account: str = "",
    undoes: int | None = None,
) -> int:
    """Append an event and return its id."""
    event = {"at": at, "actor": actor, "action": action, "detail": detail or {}, "count": count}
    event_id = rows.insert(conn, "events", {**event, "session": session, "account": account, "undoes": undoes})
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
    insert_items(conn, [(event_id, conversation_id, to_json(before or {}), to_json(after or {}))])


def insert_items(conn: Connection, items: Iterable[tuple[int, int, str, str]]) -> None:
    """Write items, each as `item_row` makes it."""
    conn.executemany("INSERT INTO event_items (event_id, conversation_id, before, after) VALUES (?, ?, ?, ?)", items)


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
    changes: dict[str, object] = {"count": count, "unfinished": unfinished}
    rows.update(conn, "events", event_id, changes if detail is None else {**changes, "detail": detail})


def of(conn: Connection, conversation_id: int, limit: int = 20) -> list[Event]:
    """The newest events of a conversation, oldest first."""
    rest = "JOIN event_items AS i ON i.event_id = events.id WHERE i.conversation_id = ? ORDER BY events.id DESC LIMIT ?"
    return _EVENTS.all(conn, rest, conversation_id, limit)[::-1]


def newest(conn: Connection, limit: int) -> list[Event]:
    """The newest events of all, oldest first."""
    return _EVENTS.all(conn, "ORDER BY id DESC LIMIT ?", limit)[::-1]


def latest(conn: Connection, action: str) -> Event | None:
    """The newest event of this kind, or None."""
    return _EVENTS.one(conn, "WHERE action = ? ORDER BY id DESC LIMIT 1", action)


def happened_since(conn: Connection, action: str, since: Instant) -> bool:
    """Whether there is an event of this kind from then on."""
    # The plus keeps it on the index of times.
    sql = "SELECT 1 FROM events WHERE at >= ? AND +action = ? LIMIT 1"
    return conn.execute(sql, (since, action)).fetchone() is not None


def _item_rows(conn: Connection, columns: str, event_id: int, among: Iterable[int] | None) -> Iterator[tuple[Any, ...]]:
    """Columns of an event's items (of the conversations `among` these), in the order of the conversations' ids."""
    sql, values = f"SELECT {columns} FROM event_items WHERE event_id = ?", list[object]([event_id])
    if among is not None:
        sql, values = f"{sql} AND conversation_id {AMONG}", [event_id, listed(among)]
    return conn.execute(f"{sql} ORDER BY conversation_id", values)


def items(conn: Connection, event_id: int, among: Iterable[int] | None = None) -> list[Item]:
    """What an event changed, a row for each conversation (or each `among` these), by their ids."""
    found: list[Item] = []
    for number, *texts in _item_rows(conn, "conversation_id, before, after", event_id, among):
        before, after = (parsed(text, _NOTHING) for text in texts)
        found.append(Item(number, before.get("columns", {}), after.get("columns", {}), before.get("kept", {})))
    return found


def item_row(event_id: int, item: Item) -> tuple[int, int, str, str]:
    """The row of the table that `items` reads as this item."""
    before, after = {"columns": item.before, "kept": item.undo_data}, {"columns": item.after}
    return event_id, item.conversation_id, to_json(before), to_json(after)


def item_ids(conn: Connection, event_id: int, among: Iterable[int] | None = None) -> list[int]:
    """The conversations (or those `among` these) of which an event has an item, by their ids."""
    return [row[0] for row in _item_rows(conn, "conversation_id", event_id, among)]


def first_item(conn: Connection, event_id: int) -> int | None:
    """The conversation of the lowest id that an event changed; None where it changed none."""
    row = conn.execute("SELECT MIN(conversation_id) FROM event_items WHERE event_id = ?", (event_id,)).fetchone()
    return cast("int | None", row[0])


def touched(conn: Connection, event_id: int) -> tuple[int, int | None]:
    """How many conversations an event has items of, and the one of the lowest id."""
    sql = "SELECT COUNT(*), MIN(conversation_id) FROM event_items WHERE event_id = ?"
    row = conn.execute(sql, (event_id,)).fetchone()
    return int(row[0]), row[1]


class Handed(NamedTuple):
    """What an event gave somebody: how many conversations, and the one of the lowest id."""

    assignee: str
    many: int
    first: int


def handed(conn: Connection, event_id: int) -> list[Handed]:
    """Whom an event gave conversations."""
    sql = (
        "SELECT json_extract(after, '$.columns.assignee') AS who, COUNT(*), MIN(conversation_id) FROM event_items"
        " WHERE event_id = ? GROUP BY 1 HAVING who <> '' ORDER BY 1"
    )
    return [Handed(*row) for row in conn.execute(sql, (event_id,))]


def settle(conn: Connection, event_id: int) -> None:
    """Nothing more is to come of an event that was cut off."""
    conn.execute("UPDATE events SET unfinished = 0 WHERE id = ? AND unfinished = 1", (event_id,))


def later(conn: Connection, event_id: int, ids: Iterable[int]) -> Iterator[tuple[int, int, str, str]]:
    """What happened to these conversations after an event: conversation, event, actor, action; the newest last."""
    sql = (
        "SELECT i.conversation_id, e.id, e.actor, e.action FROM event_items AS i JOIN events AS e ON e.id = i.event_id"
        f" WHERE i.conversation_id {AMONG} AND i.event_id > ? ORDER BY e.id"
    )
    for row in conn.execute(sql, (listed(ids), event_id)):
        yield row[0], row[1], row[2], row[3]


def last_undoable(conn: Connection, session: str, actions: frozenset[str], below: Iterable[int] = ()) -> Event | None:
    """The newest action of a session that can be undone and was not, or not wholly.

    Args:
        below: events that are passed over.
    """
    wanted = (
        f"WHERE session = ? AND undoes IS NULL AND action {AMONG} AND id NOT {AMONG} AND (undone_by IS NULL OR EXISTS"
        " (SELECT 1 FROM events AS u WHERE u.id = events.undone_by AND u.unfinished = 1)) ORDER BY id DESC LIMIT 1"
    )
    return _EVENTS.one(conn, wanted, session, listed(actions), listed(below))


def warned_of(conn: Connection, conversation_id: int, due_at: Instant) -> bool:
    """Whether the end of this SLA was warned of already: an undo may bring the same one back."""
    sql = (
        "SELECT 1 FROM event_items i CROSS JOIN events e ON e.id = i.event_id"
        " WHERE i.conversation_id = ? AND e.action = ? AND json_extract(e.detail, '$.due_at') = ? LIMIT 1"
    )
    return conn.execute(sql, (conversation_id, WARNING, due_at)).fetchone() is not None


def under_way(conn: Connection, now: Instant) -> bool:
    """Whether a long action is under way somewhere."""
    beats = conn.execute("SELECT json_extract(detail, '$.beat') FROM events WHERE unfinished = 1")
    return any(beat[0] is not None and beat[0] >= now - LATELY for beat in beats)


def any_of(conn: Connection, session: str) -> bool:
    """Whether a session has done anything."""
    return conn.execute("SELECT 1 FROM events WHERE session = ? LIMIT 1", (session,)).fetchone() is not None


def cut_off(conn: Connection, actor: str, now: Instant) -> Event | None:
    """The newest action of somebody, or undo of one, that was cut off: it is unfinished, and no more comes of it."""
    unfinished = _EVENTS.all(conn, "WHERE unfinished = 1 AND actor = ? ORDER BY id DESC", actor)
    return next((event for event in unfinished if int(event.detail.get("beat", 0)) < now - SILENT), None)


def newest_of(conn: Connection, conversation_id: int, actor: str, actions: Iterable[str]) -> Event | None:
    """What this actor did last of these actions to a conversation."""
    rest = (
        "JOIN event_items AS i ON i.event_id = events.id WHERE i.conversation_id = ? AND events.actor = ?"
        f" AND events.action {AMONG} ORDER BY events.id DESC LIMIT 1"
    )
    return _EVENTS.one(conn, rest, conversation_id, actor, listed(actions))


def happened(
    conn: Connection, conversation_id: int, actor: str, action: str, detail: Mapping[str, Any], since: Instant
) -> bool:
    """Whether this actor did this to this conversation, in these very details, since a time."""
    sql = (
        "SELECT 1 FROM events AS e JOIN event_items AS i ON i.event_id = e.id"
        " WHERE i.conversation_id = ? AND e.actor = ? AND e.action = ? AND e.at >= ? AND e.detail = ? LIMIT 1"
    )
    return conn.execute(sql, (conversation_id, actor, action, since, to_json(detail))).fetchone() is not None
