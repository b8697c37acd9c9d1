"""What an action changes of many conversations, written with few statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cminbox.lifecycle import Step
from cminbox.model import Instant
from cminbox.store import events, lifecycle_rows, people
from cminbox.store.changes import ConversationChanges
from cminbox.store.rows import AMONG, listed, to_column
from cminbox.store.sqlite import Connection

_PLAIN = frozenset({str, int, float, type(None)})


def newest_messages(conn: Connection, ids: Iterable[int]) -> dict[int, int]:
    """The id of the message of each of these conversations that the store learnt of last."""
    sql = f"SELECT conversation_id, MAX(id) FROM messages WHERE conversation_id {AMONG} GROUP BY conversation_id"
    return {row[0]: row[1] for row in conn.execute(sql, (listed(ids),))}


def newest_message(conn: Connection) -> int:
    """The id of the message that the store learnt of last; 0 if it has none."""
    return conn.execute("SELECT MAX(id) FROM messages").fetchone()[0] or 0


@dataclass(slots=True)
class WriteBatch:
    """Rows that an action has worked out and not written yet; each conversation is touched once before a `flush`.

    Attributes:
        released: conversations that nobody holds any more.
        claims: conversation, the member who takes hold of it, since when and until when.
        steps: conversation, a step of its lifecycle, and the event.
        measures, ended_waits, ends: what steps have finished, as `lifecycle_rows` gives it.
        items: what events changed of conversations, as `events.item_row` gives it.
    """

    conn: Connection
    released: list[int] = field(default_factory=list)
    claims: list[tuple[int, str, Instant, Instant]] = field(default_factory=list)
    steps: list[tuple[int, Step, int]] = field(default_factory=list)
    measures: list[tuple[Any, ...]] = field(default_factory=list)
    ended_waits: list[tuple[Any, ...]] = field(default_factory=list)
    ends: list[tuple[Any, ...]] = field(default_factory=list)
    items: list[tuple[int, int, str, str]] = field(default_factory=list)
    _columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = field(default_factory=dict)

    def set_columns(self, conversation_id: int, changes: ConversationChanges) -> None:
        """New values of a row's columns."""
        values = [v if v.__class__ in _PLAIN else to_column(v) for v in changes.values()]
        self._columns.setdefault(tuple(changes), []).append((*values, conversation_id))

    def flush(self) -> None:
        """Write all that was gathered, and begin anew."""
        if self.released:
            people.release(self.conn, self.released)
        for claim in self.claims:
            people.claim(self.conn, *claim)
        lifecycle_rows.add_steps(self.conn, self.steps)
        lifecycle_rows.insert_measures(self.conn, self.measures)
        lifecycle_rows.end_waits(self.conn, self.ended_waits)
        lifecycle_rows.insert_ends(self.conn, self.ends)
        events.insert_items(self.conn, self.items)
        for names, rows in self._columns.items():
            sets = ", ".join(f"{name} = ?" for name in names)
            self.conn.executemany(f"UPDATE conversations SET {sets} WHERE id = ?", rows)
        measured = (self.measures, self.ended_waits, self.ends)
        for written in (self.released, self.claims, self.steps, *measured, self.items, self._columns):
            written.clear()
