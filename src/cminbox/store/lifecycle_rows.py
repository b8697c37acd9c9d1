"""What a conversation's lifecycle is made of: its steps, its columns in the row, its measures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from cminbox import lifecycle
from cminbox.lifecycle import Lifecycle, Measure, Step
from cminbox.model import Conversation, Instant
from cminbox.store import messages
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges


COLUMNS = tuple(f.name for f in fields(Lifecycle) if f.name in Conversation._fields)
"""The columns of a conversation that hold its lifecycle."""
_values = attrgetter(*COLUMNS)


def lifecycle_of(row: Conversation) -> Lifecycle:
    """The lifecycle that a row stands for (without what only a replay knows)."""
    return Lifecycle(*_values(row))


def columns(life: Lifecycle) -> ConversationChanges:
    """The columns that hold a lifecycle."""
    return cast("ConversationChanges", dict(zip(COLUMNS, _values(life), strict=True)))


def add_steps(conn: Connection, made: Iterable[tuple[int, Step, int | None]]) -> None:
    """Write down steps that a person or the clock made, each with its conversation and its event."""
    conn.executemany(
        "INSERT INTO life_steps (conversation_id, at, step, seen, until, member, event_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(number, step.at, step.name, step.seen, step.until, step.member, event) for number, step, event in made],
    )


def newest_steps(conn: Connection, conversation_ids: Iterable[int]) -> dict[int, tuple[int | None, Instant]]:
    """Of each of these conversations the step made last, undone ones too: its event and its time."""
    sql = (
        "SELECT conversation_id, event_id, at, MAX(id) FROM life_steps"
        f" WHERE conversation_id {AMONG} GROUP BY conversation_id"
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(sql, (listed(conversation_ids),))}


def undo_steps(conn: Connection, event_id: int, conversation_id: int) -> bool:
    """Mark the steps of an event as undone; whether there were any."""
    cursor = conn.execute(
        "UPDATE life_steps SET undone = 1 WHERE event_id = ? AND conversation_id = ? AND undone = 0",
        (event_id, conversation_id),
    )
    return cursor.rowcount > 0


def undo_last(conn: Connection, event_id: int, taken: Iterable[tuple[int, Instant]], measured: Iterable[int]) -> None:
    """Take back the last step of conversations, each given with the step's time, and what it measured in some."""
    rows, some = list(taken), frozenset(measured)
    conn.executemany(
        "UPDATE life_steps SET undone = 1 WHERE conversation_id = ? AND at = ? AND event_id = ? AND undone = 0",
        [(number, at, event_id) for number, at in rows],
    )
    conn.executemany(
        "DELETE FROM measures WHERE conversation_id = ? AND measure = 'resolution' AND end_at = ?",
        [(number, at) for number, at in rows if number in some],
    )


def steps(conn: Connection, conversation_id: int) -> list[Step]:
    """The steps of a conversation that were not undone."""
    sql = (
        "SELECT at, step, seen, member, until, id FROM life_steps WHERE conversation_id = ? AND undone = 0 ORDER BY id"
    )
    return [Step(*row) for row in conn.execute(sql, (conversation_id,))]


def replay(conn: Connection, row: Conversation, then: Iterable[Step] = ()) -> Lifecycle:
    """The lifecycle from the whole timeline; measures are written anew, keeping the promise and the language of each.

    Args:
        then: steps that come last and are not written yet.
    """
    life, found = lifecycle.replay(messages.facts(conn, row.id), [*steps(conn, row.id), *then])
    sql = "SELECT measure, start_at, end_at, sla_target, lang FROM measures WHERE conversation_id = ?"
    known = {(m[0], m[1], m[2]): (m[3], m[4]) for m in conn.execute(sql, (row.id,))}
    conn.execute("DELETE FROM measures WHERE conversation_id = ?", (row.id,))
    for m in found:
        target, lang = known.get((m.name, m.start, m.end), (row.sla_target, row.lang))
        insert_measures(conn, measure_rows(row._replace(lang=lang), [m], target))
    return life


def set_measure_language(conn: Connection, conversation_id: int, lang: str) -> None:
    """Count the measures of a conversation under a language that a person corrected."""
    conn.execute("UPDATE measures SET lang = ? WHERE conversation_id = ?", (lang, conversation_id))


def measure_rows(row: Conversation, found: Iterable[Measure], target: int | None) -> list[tuple[Any, ...]]:
    """Measures of a conversation as `insert_measures` wants them.

    Args:
        target: the milliseconds that were promised.
    """
    return [(row.id, row.source_id, m.name, m.start, m.end, m.member, target, row.lang) for m in found]


def insert_measures(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write finished measures, each as `measure_rows` makes it."""
    conn.executemany(
        "INSERT INTO measures (conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
