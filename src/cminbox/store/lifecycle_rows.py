"""What a conversation's lifecycle is made of: its steps, its columns in the row, its measures, waits and ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from cminbox import lifecycle
from cminbox.lifecycle import CycleEnd, Findings, Lifecycle, Measure, Sla, Step, Wait
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
        "INSERT INTO life_steps (conversation_id, at, step, seen, until, member, reason, event_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, s.at, s.name, s.seen, s.until, s.member, s.reason, event) for number, s, event in made],
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


def undo_last(
    conn: Connection, event_id: int, taken: Iterable[tuple[int, Instant]], ended: Iterable[int], waited: Iterable[int]
) -> None:
    """Take back the last step of conversations, and what it measured.

    Args:
        taken: the conversations, each with the step's time.
        ended: those of them whose cycle it ended.
        waited: those of them in which it ended a wait.
    """
    rows, cycles, waits = list(taken), frozenset(ended), frozenset(waited)
    conn.executemany(
        "UPDATE life_steps SET undone = 1 WHERE conversation_id = ? AND at = ? AND event_id = ? AND undone = 0",
        [(number, at, event_id) for number, at in rows],
    )
    closed = [(number, at) for number, at in rows if number in cycles]
    conn.executemany("DELETE FROM measures WHERE conversation_id = ? AND measure = 'resolution' AND end_at = ?", closed)
    conn.executemany("DELETE FROM cycle_ends WHERE conversation_id = ? AND end_at = ?", closed)
    conn.executemany(
        "UPDATE waits SET end_at = NULL, outcome = '', member = '' WHERE id = (SELECT MAX(w.id) FROM waits AS w"
        " WHERE w.conversation_id = ? AND w.outcome IN ('none needed', 'unanswered', 'spam')"
        " AND w.end_at = MAX(w.start_at, ?))",
        [(number, at) for number, at in rows if number in waits],
    )


def steps(conn: Connection, conversation_id: int) -> list[Step]:
    """The steps of a conversation that were not undone."""
    sql = (
        "SELECT at, step, seen, member, until, id, reason FROM life_steps"
        " WHERE conversation_id = ? AND undone = 0 ORDER BY id"
    )
    return [Step(*row) for row in conn.execute(sql, (conversation_id,))]


def replay(conn: Connection, row: Conversation, sla: Sla, then: Iterable[Step] = ()) -> Lifecycle:
    """The lifecycle from the whole timeline.

    Measures, waits and ends are written anew, keeping the SLA and the language of each.

    Args:
        sla: that of those of whom nothing was written yet.
        then: steps that come last and are not written yet.
    """
    timeline = messages.facts(conn, row.id), [*steps(conn, row.id), *then]
    life, found = lifecycle.replay(*timeline, messages.asked_again(conn, row.id))
    sql = "SELECT measure, start_at, end_at, sla_target, lang FROM measures WHERE conversation_id = ?"
    known = {(m[0], m[1], m[2]): (m[3], m[4]) for m in conn.execute(sql, (row.id,))}
    conn.execute("DELETE FROM measures WHERE conversation_id = ?", (row.id,))
    for m in found.measures:
        target, lang = known.get((m.name, m.start, m.end), (sla.target, row.lang))
        insert_measures(conn, measure_rows(row._replace(lang=lang), [m], target))
    _rewrite_waits(conn, row, found.waits, sla)
    langs = dict(conn.execute("SELECT start_at, lang FROM cycle_ends WHERE conversation_id = ?", (row.id,)).fetchall())
    conn.execute("DELETE FROM cycle_ends WHERE conversation_id = ?", (row.id,))
    for end in found.ends:
        insert_ends(conn, end_rows(row._replace(lang=langs.get(end.start, row.lang)), [end]))
    return life


def _rewrite_waits(conn: Connection, row: Conversation, found: Iterable[Wait], sla: Sla) -> None:
    sql = (
        "SELECT w.message_id, w.target, w.due_at, w.lang, w.start_at, m.needs_answer, w.end_at, w.outcome, w.member"
        " FROM waits w LEFT JOIN asked_again a ON a.id = -w.message_id"
        " LEFT JOIN messages m ON m.id = COALESCE(a.message_id, w.message_id) WHERE w.conversation_id = ?"
    )
    stored = conn.execute(sql, (row.id,)).fetchall()
    known = {w[0]: (w[1], w[2], w[3]) for w in stored}
    conn.execute("DELETE FROM waits WHERE conversation_id = ?", (row.id,))
    waits = {wait.message_id: wait for wait in found}
    for message_id, _, due, _, start, needs, end, outcome, member in stored:
        if message_id in waits or needs != 0:
            continue
        # A rule or a person said since that it needs none: it was taken out, and stays counted as that. What was a miss
        # or an answer by then stays one.
        late = end is not None and due is not None and due < end
        decided = late or outcome in ("answered", "unanswered")
        waits[message_id] = (
            Wait(message_id, start, end, outcome, member) if decided else Wait(message_id, start, start, "none needed")
        )
    written = []
    for wait in waits.values():
        target, due, lang = known.get(wait.message_id, (sla.target, sla.due(wait.start), row.lang))
        written.append((row.id, row.source_id, *wait[:2], target, due, *wait[2:], lang))
    insert_waits(conn, written)


def waited(conn: Connection, conversation_id: int) -> set[int]:
    """The messages of a conversation that began a wait."""
    sql = "SELECT message_id FROM waits WHERE conversation_id = ?"
    return {row[0] for row in conn.execute(sql, (conversation_id,))}


def forget_wait(conn: Connection, conversation_id: int, message_id: int) -> None:
    """Have the wait that a message began as if it had never been."""
    conn.execute("DELETE FROM waits WHERE conversation_id = ? AND message_id = ?", (conversation_id, message_id))


def set_measure_language(conn: Connection, conversation_id: int, lang: str) -> None:
    """Count what was measured of a conversation under a language that a person corrected."""
    for table in ("measures", "waits", "cycle_ends"):
        conn.execute(f"UPDATE {table} SET lang = ? WHERE conversation_id = ?", (lang, conversation_id))


def measure_rows(row: Conversation, found: Iterable[Measure], target: int | None) -> list[tuple[Any, ...]]:
    """Measures of a conversation as `insert_measures` wants them.

    Args:
        target: the SLA in milliseconds.
    """
    return [(row.id, row.source_id, m.name, m.start, m.end, m.member, target, row.lang) for m in found]


def insert_measures(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write finished measures, each as `measure_rows` makes it."""
    conn.executemany(
        "INSERT INTO measures (conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def wait_rows(row: Conversation, found: Iterable[Wait], sla: Sla) -> list[tuple[Any, ...]]:
    """Waits of a conversation that begin here, as `insert_waits` wants them.

    Args:
        sla: the one in force in them.
    """
    return [
        (row.id, row.source_id, *wait[:2], sla.target, sla.due(wait.start), *wait[2:], row.lang)
        for wait in found
        if wait.message_id
    ]


def insert_waits(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write waits, each as `wait_rows` makes it. One that was closed unanswered before stays so."""
    conn.executemany(
        "INSERT OR IGNORE INTO waits (conversation_id, source_id, message_id, start_at, target, due_at, end_at,"
        " outcome, member, lang) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def ended_rows(row: Conversation, found: Iterable[Wait]) -> list[tuple[Any, ...]]:
    """How the wait ended that runs in the store, as `end_waits` wants it."""
    return [(wait.end, wait.outcome, wait.member, row.lang, row.id) for wait in found if not wait.message_id]


def end_waits(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write how running waits ended, each as `ended_rows` makes it."""
    conn.executemany(
        "UPDATE waits SET end_at = ?, outcome = ?, member = ?, lang = ? WHERE conversation_id = ? AND outcome = ''",
        rows,
    )


def set_sla(conn: Connection, row: Conversation, now: Instant) -> None:
    """Write the SLA of who waits now; one that is missed already stays as it was."""
    conn.execute(
        "UPDATE waits SET target = ?, due_at = ?, lang = ? WHERE conversation_id = ? AND outcome = ''"
        " AND (due_at IS NULL OR due_at >= ? OR due_at > ?)",
        (row.sla_target, row.due_at, row.lang, row.id, now, row.due_at),
    )


def end_rows(row: Conversation, found: Iterable[CycleEnd]) -> list[tuple[Any, ...]]:
    """Ends of a conversation's cycles as `insert_ends` wants them."""
    return [(row.id, row.source_id, *end, row.lang) for end in found]


def insert_ends(conn: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write how cycles ended, each as `end_rows` makes it."""
    conn.executemany(
        "INSERT INTO cycle_ends (conversation_id, source_id, start_at, end_at, end, reason, member, lang)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def insert_found(conn: Connection, row: Conversation, life: Lifecycle, found: Findings, sla: Sla) -> None:
    """Write what was found while messages were appended to a conversation that the store has.

    Args:
        row: as it is now.
        sla: what was in force while they waited who were answered.
    """
    insert_measures(conn, measure_rows(row, found.measures, sla.target))
    end_waits(conn, ended_rows(row, found.waits))
    insert_waits(conn, wait_rows(row, found.waits, sla))
    insert_ends(conn, end_rows(row, found.ends))
    if life.running is not None:
        (begun,) = wait_rows(row, [life.running], Sla(row.sla_target))
        insert_waits(conn, [(*begun[:5], row.due_at, *begun[6:])])
