"""What an action changes of many conversations, written with few statements."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cminbox.lifecycle import Measure, Step
from cminbox.model import Conversation, Instant
from cminbox.store import events, lifecycle_rows, people
from cminbox.store.changes import ConversationChanges
from cminbox.store.events import Item
from cminbox.store.records import to_column
from cminbox.store.sqlite import Connection

_PLAIN = frozenset({str, int, float, type(None)})


def newest_messages(conn: Connection, ids: Iterable[int]) -> dict[int, int]:
    """The id of the message of each of these conversations that the store learnt of last."""
    sql = (
        "SELECT conversation_id, MAX(id) FROM messages WHERE conversation_id IN (SELECT value FROM json_each(?))"
        " GROUP BY conversation_id"
    )
    return {row[0]: row[1] for row in conn.execute(sql, (json.dumps(list(ids)),))}


def newest_message(conn: Connection) -> int:
    """The id of the message that the store learnt of last; 0 if it has none."""
    row = conn.execute("SELECT MAX(id) FROM messages").fetchone()
    return int(row[0] or 0)


@dataclass(slots=True)
class WriteBatch:
    """Rows that an action has worked out and not written yet; each conversation is touched once before a `flush`."""

    conn: Connection
    _released: list[int] = field(default_factory=list)
    _claims: list[tuple[int, str, Instant, Instant]] = field(default_factory=list)
    _steps: list[tuple[int, Step, int]] = field(default_factory=list)
    _measures: list[tuple[Any, ...]] = field(default_factory=list)
    _items: list[tuple[int, int, str, str]] = field(default_factory=list)
    _columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = field(default_factory=dict)

    def release(self, conversation_id: int) -> None:
        """Nobody holds a conversation any more."""
        self._released.append(conversation_id)

    def claim(self, conversation_id: int, member: str, now: Instant, until: Instant) -> None:
        """A member takes hold of a conversation."""
        self._claims.append((conversation_id, member, now, until))

    def step(self, conversation_id: int, step: Step, event_id: int) -> None:
        """A step of a conversation's lifecycle."""
        self._steps.append((conversation_id, step, event_id))

    def measures(self, row: Conversation, found: Iterable[Measure]) -> None:
        """Measures that a step has finished, under the promise of the row."""
        self._measures += [lifecycle_rows.measure_row(row, m, row.sla_target, row.lang) for m in found]

    def item(self, event_id: int, item: Item) -> None:
        """What an event changed of a conversation."""
        self._items.append(events.item_row(event_id, item))

    def touched(self, event_id: int, conversation_id: int) -> None:
        """An event came to a conversation; nobody will ask what it changed."""
        self._items.append((event_id, conversation_id, "{}", "{}"))

    def columns(self, conversation_id: int, changes: ConversationChanges) -> None:
        """New values of a row's columns."""
        values = [v if v.__class__ in _PLAIN else to_column(v) for v in changes.values()]
        self._columns.setdefault(tuple(changes), []).append((*values, conversation_id))

    def flush(self) -> None:
        """Write everything."""
        if self._released:
            people.release_all(self.conn, self._released)
        for claim in self._claims:
            people.claim(self.conn, *claim)
        lifecycle_rows.add_steps(self.conn, self._steps)
        lifecycle_rows.insert_measures(self.conn, self._measures)
        if self._items:
            sql = "INSERT INTO event_items (event_id, conversation_id, before, after) VALUES (?, ?, ?, ?)"
            self.conn.executemany(sql, self._items)
        for names, rows in self._columns.items():
            sets = ", ".join(f"{name} = ?" for name in names)
            self.conn.executemany(f"UPDATE conversations SET {sets} WHERE id = ?", rows)
        for written in (self._released, self._claims, self._steps, self._measures, self._items, self._columns):
            written.clear()
