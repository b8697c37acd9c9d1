"""What a report reads: finished measures, waits, ends, waiting conversations, volume.

A million messages have some 700,000 finished measures. Handing each to Python as a row would cost more than all the
arithmetic, so SQLite joins the numbers of a group to one string, which is parsed as a JSON array.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

from cminbox.model import DAY, HOUR, End, Instant
from cminbox.store.sqlite import Connection
from cminbox.store.sqlite.connection import plain_rows
from cminbox.store.sqlite.schema import LAST

Measured = Literal["first_response", "first_useful", "reply", "resolution"]
MEASURES: tuple[Measured, ...] = ("first_response", "first_useful", "reply", "resolution")
Cohort = Literal["written", "ended"]
"""Whose period it is: when they wrote, or when it ended."""
COUNTS_AS: Mapping[str, tuple[Measured, ...]] = {
    "first_response": ("first_response", "first_useful"),
    "first_holding": ("first_response",),
    "first_useful": ("first_useful",),
    "reply": ("reply",),
    "resolution": ("resolution",),
}
"""What a row of the table of measures counts as."""

_WAITS = f"COALESCE(c.waiting_since, {LAST}) < {LAST} AND c.gone = 0 AND c.status IN ('open', 'pending', 'snoozed')"
# The index of this order has those who wait before all others, and few of the conversations wait.
WAITING = f"conversations c INDEXED BY conversations_all_waiting WHERE {_WAITS}"
INBOUND = "m.direction = 'in' AND m.deleted_at IS NULL"
_SMALL_PART = 5
"""A part of so many is small: one by one it is read as quickly as all of them together."""


class MeasureRuns(NamedTuple):
    """Finished measures that share everything but their times.

    Attributes:
        counts_as: which measures they are.
        target: the SLA in milliseconds.
        lengths: milliseconds from start to end.
        starts: when each began, in the same order; empty unless asked for.
    """

    counts_as: tuple[Measured, ...]
    source_id: int
    member: str
    lang: str
    target: int | None
    lengths: list[int]
    starts: list[Instant]


class Sums(NamedTuple):
    """Conversations that share source, assignee and language (or a label): who waits, and how much came in.

    Attributes:
        since: since when the one that waits longest has waited.
        needing: of those that wait, how many need an answer.
    """

    source_id: int = 0
    assignee: str = ""
    lang: str = ""
    waiting: int = 0
    since: Instant | None = None
    needing: int = 0
    volume: int = 0


LIMITS: tuple[int, ...] = (HOUR, 4 * HOUR, DAY)
"""How soon people are said to have been answered, in milliseconds."""


class WaitSums(NamedTuple):
    """Waits that share source, member and language (or a label).

    An SLA is decided when it is hit, when it is missed by its time, or when somebody is closed unanswered; it
    belongs to the period in which that was. What took out a wait that was not late (none needed, spam, deleted)
    counts in no SLA. Of answers, those to waits that began in the period count.

    Attributes:
        member: who ended them; of those that run, whom their conversations are assigned to.
        hit, missed, running: SLAs hit, missed, and still running.
        needed, answered: waits that began in the period, and how many of them were answered.
        taken_out: how many more began in it and were taken out before they were late.
        within: for each of `LIMITS` how many were answered so soon.
    """

    source_id: int = 0
    member: str = ""
    lang: str = ""
    hit: int = 0
    missed: int = 0
    running: int = 0
    needed: int = 0
    taken_out: int = 0
    answered: int = 0
    within: tuple[int, ...] = ()


class EndSums(NamedTuple):
    """Cycles that ended in the period, by source, who ended them, and language (or a label)."""

    source_id: int
    member: str
    lang: str
    end: End
    cycles: int


class HourCount(NamedTuple):
    """Inbound messages written within an hour, and how many of them belong to conversations where nobody waits."""

    start: Instant
    inbound: int
    answered: int


def span(conn: Connection) -> tuple[Instant, Instant] | None:
    """The times of the first and the last message of the store; None when it has none."""
    times = "SELECT (SELECT min(created_at) FROM messages), (SELECT max(created_at) FROM messages)"
    first, last = conn.execute(times).fetchone()
    if not (first is None or isinstance(first, int)) or not (last is None or isinstance(last, int)):
        # A time that is none: the others are looked at one by one.
        times = "SELECT min(created_at), max(created_at) FROM messages WHERE typeof(created_at) = 'integer'"
        first, last = conn.execute(times).fetchone()
    return None if first is None else (first, last)


def labels(conn: Connection) -> list[str]:
    """The labels that some conversation carries."""
    found = conn.execute("SELECT DISTINCT label FROM labels ORDER BY label").fetchall()
    alive = "SELECT 1 FROM labels WHERE label = ? AND removed = 0 LIMIT 1"
    return [row[0] for row in found if conn.execute(alive, (row[0],)).fetchone()]


def measure_runs(
    conn: Connection, since: Instant, until: Instant, *, starts: bool, label: str = "", written: bool = False
) -> Iterator[MeasureRuns]:
    """Every measure that ended in the period, grouped by source, member, language and SLA.

    Args:
        starts: the starts are wanted too.
        written: those that began in the period instead, and have ended.
        label: only those of the conversations with this label, grouped by SLA alone.
    """
    column = "start_at" if written else "end_at"
    lists = f"group_concat(s.end_at - s.start_at), {'group_concat(s.start_at)' if starts else 'NULL'}"
    if label:
        sql = (
            f"SELECT s.measure, 0, '', '', s.sla_target, {lists} FROM labels l"
            " CROSS JOIN measures s ON s.conversation_id = l.conversation_id"
            f" WHERE l.label = ? AND l.removed = 0 AND s.{column} >= ? AND s.{column} < ?"
            " GROUP BY s.measure, s.sla_target"
        )
        rows = conn.execute(sql, (label, since, until))
    else:
        group = "s.measure, s.source_id, s.member, s.lang, s.sla_target"
        # Reading most rows by way of the index on their end takes much longer than reading all of them.
        most = written or _mostly(conn, "measures", "end_at", since, until)
        at = f"{'+' if most else ''}s.{column}"
        sql = f"SELECT {group}, {lists} FROM measures s WHERE {at} >= ? AND {at} < ? GROUP BY {group}"
        rows = conn.execute(sql, (since, until))
    for measure, source_id, member, lang, target, lengths, begun in rows:
        yield MeasureRuns(COUNTS_AS[measure], source_id, member, lang, target, _list(lengths), _list(begun))


_LATE = "COALESCE(due_at < COALESCE(end_at, :now), 0)"
"""The SLA was missed before the wait ended."""
_IN_TIME = "end_at <= due_at"
_FORGOTTEN = (
    "(outcome = 'gone' AND EXISTS (SELECT 1 FROM messages AS m WHERE m.id = COALESCE((SELECT a.message_id FROM"
    " asked_again AS a WHERE a.id = -waits.message_id), waits.message_id) AND m.forgotten_at IS NOT NULL))"
)
"""Who waited was forgotten: they got no answer, which stays counted."""
_COUNTS = f"(outcome IN ('', 'answered', 'unanswered') OR {_LATE} OR {_FORGOTTEN})"
_ANSWERED = "outcome = 'answered'"
WITHIN: Mapping[Cohort, str] = {
    "written": "start_at >= :since AND start_at < :until",
    "ended": "end_at >= :since AND end_at < :until",
}


class WaitConditions(NamedTuple):
    """Which waits count as what: conditions with `:since`, `:until` and `:now`, as `WaitSums` says."""

    hit: str
    missed: str
    running: str
    needed: str
    taken_out: str
    answered: str


WAITED_FOR = (
    "CASE WHEN outcome IN ('', 'gone') THEN (SELECT c.assignee FROM conversations AS c WHERE c.id = conversation_id)"
    " ELSE member END"
)
"""To whom a wait is counted: who ended it; of one that runs, whom its conversation is assigned to."""


def wait_conditions(by: Cohort | None) -> WaitConditions:
    """What is added up of waits; `by` as `wait_sums` says."""
    slas, answers = by or "ended", by or "written"
    of, kept = WITHIN[answers], WITHIN[slas]
    broken = kept if slas == "written" else "due_at >= :since AND due_at < :until"
    begun = kept if slas == "written" else "1"
    return WaitConditions(
        hit=f"{_ANSWERED} AND {_IN_TIME} AND {kept}",
        missed=f"({_LATE} AND {broken}) OR (outcome = 'unanswered' AND {_IN_TIME} AND {kept})",
        running=f"outcome = '' AND due_at >= :now AND {begun}",
        needed=f"{of} AND {_COUNTS}",
        taken_out=f"{of} AND NOT {_COUNTS}",
        answered=f"{of} AND {_ANSWERED}",
    )


def _wait_columns(by: Cohort | None) -> str:
    counted = wait_conditions(by)
    columns = [*counted, *(f"{counted.answered} AND end_at - start_at <= {limit}" for limit in LIMITS)]
    return ", ".join(f"total({column})" for column in columns)


def wait_sums(
    conn: Connection, since: Instant, until: Instant, now: Instant, *, label: str = "", by: Cohort | None = None
) -> Iterator[WaitSums]:
    """SLAs and answers of a period, grouped by source, member and language.

    Args:
        now: the instant for which it is told what is late and what still runs.
        label: only those of the conversations with this label, all together.
        by: which waits are the period's; unless given, SLAs count by when they were decided, answers by when
            those wrote who waited.
    """
    values = {"since": since, "until": until, "now": now, "label": label}
    columns = _wait_columns(by)
    if label:
        sql = (
            f"SELECT 0, '', '', {columns} FROM labels AS l CROSS JOIN waits ON waits.conversation_id"
            " = l.conversation_id WHERE l.label = :label AND l.removed = 0"
        )
    else:
        sql = (
            f"SELECT source_id, {WAITED_FOR} AS who, lang, {columns} FROM waits WHERE outcome = ''"
            f" OR ({WITHIN['written']}) OR ({WITHIN['ended']}) OR (due_at >= :since AND due_at < :until)"
            " GROUP BY source_id, who, lang"
        )
    for source_id, member, lang, *sums in conn.execute(sql, values):
        hit, missed, running, needed, taken_out, answered, *within = map(int, sums)
        yield WaitSums(source_id, member, lang, hit, missed, running, needed, taken_out, answered, tuple(within))


def sla_counts(conn: Connection, since: Instant, until: Instant, now: Instant) -> tuple[int, int]:
    """How many SLAs of a period were hit, and how many were missed."""
    found = list(wait_sums(conn, since, until, now))
    return sum(sums.hit for sums in found), sum(sums.missed for sums in found)


def overdue(conn: Connection, now: Instant) -> int:
    """In how many conversations somebody still waits though the SLA is missed."""
    sql = "SELECT count(DISTINCT conversation_id) FROM waits WHERE outcome = '' AND due_at < ?"
    return int(conn.execute(sql, (now,)).fetchone()[0])


def end_sums(
    conn: Connection, since: Instant, until: Instant, *, label: str = "", by: Cohort = "ended"
) -> Iterator[EndSums]:
    """How the cycles ended that ended in the period.

    Args:
        label: only those of the conversations with this label, all together.
        by: those that began in it instead.
    """
    within = {"since": since, "until": until, "label": label}
    if label:
        sql = (
            "SELECT 0, '', '', e.end, COUNT(*) FROM labels AS l CROSS JOIN cycle_ends AS e ON e.conversation_id"
            " = l.conversation_id WHERE l.label = :label AND l.removed = 0"
            f" AND {WITHIN[by]}"
            " GROUP BY e.end"
        )
        rows = conn.execute(sql, within)
    else:
        sql = (
            f"SELECT source_id, member, lang, end, COUNT(*) FROM cycle_ends WHERE {WITHIN[by]}"
            " GROUP BY source_id, member, lang, end"
        )
        rows = conn.execute(sql, within)
    yield from (EndSums(*row) for row in rows)


def sums(conn: Connection, since: Instant, until: Instant) -> Iterator[Sums]:
    """Who waits now, and the period's inbound messages, grouped by source, assignee and language."""
    # Counting here is quicker than a GROUP BY, which sorts the whole table first.
    waits: defaultdict[tuple[int, str, str], list[tuple[Instant, bool]]] = defaultdict(list)
    sql = f"SELECT c.source_id, c.assignee, c.lang, c.waiting_since, c.needs_since IS NOT NULL FROM {WAITING}"
    for source_id, assignee, lang, waited, needs in _plain(conn, sql):
        waits[source_id, assignee, lang].append((waited, bool(needs)))
    for key, found in waits.items():
        first = min(waited for waited, _ in found)
        yield Sums(*key, waiting=len(found), since=first, needing=sum(needs for _, needs in found))
    inbound = (
        "SELECT c.source_id, c.assignee, c.lang, ? FROM messages m CROSS JOIN conversations c"
        f" ON c.id = m.conversation_id WHERE {INBOUND} AND m.created_at >= ? AND m.created_at < ?"
    )
    most = _mostly(conn, "messages", "created_at", since, until)
    # All, without the few that are not of the period, is quicker than most of them one by one.
    parts = ((-1, -LAST, since), (-1, until, LAST)) if most else ((1, since, until),)
    counts = [_plain(conn, inbound, part) for part in parts]
    if most:
        counts.append(_plain(conn, "SELECT source_id, assignee, lang, inbound FROM volumes"))
    volumes: Counter[tuple[int, str, str]] = Counter()
    for source_id, assignee, lang, count in chain(*counts):
        volumes[source_id, assignee, lang] += count
    yield from (Sums(*key, volume=volume) for key, volume in volumes.items() if volume)


def labelled_sums(conn: Connection, label: str, since: Instant, until: Instant) -> Sums:
    """The same for the conversations with a label."""
    waiting, first, needing, volume = conn.execute(
        f"SELECT total({_WAITS}), min(iif({_WAITS}, c.waiting_since, NULL)),"
        f" total({_WAITS} AND c.needs_since IS NOT NULL), total(c.inbound) FROM labels l"
        " CROSS JOIN conversations c ON c.id = l.conversation_id WHERE l.label = ? AND l.removed = 0",
        (label,),
    ).fetchone()
    times = span(conn)
    if times is not None and not (since <= times[0] and times[1] < until):
        # Not every message is of the period, so that the sums kept with each conversation are no answer.
        (volume,) = conn.execute(
            "SELECT count(*) FROM labels l CROSS JOIN messages m ON m.conversation_id = l.conversation_id"
            f" WHERE l.label = ? AND l.removed = 0 AND {INBOUND} AND m.created_at >= ? AND m.created_at < ?",
            (label, since, until),
        ).fetchone()
    return Sums(0, "", "", int(waiting), first, int(needing), int(volume))


def hours(conn: Connection, since: Instant, until: Instant) -> list[HourCount]:
    """Inbound messages of each hour of the period in which there were some, oldest first.

    Hours are whole ones of UTC. A message counts as answered when its conversation is not waiting, or waits only for
    what came after it; not where its author was forgotten while they waited.
    """
    rows = conn.execute(
        "SELECT m.created_at / ? AS hour, count(*),"
        " total(m.forgotten_at IS NULL AND (c.waiting_since IS NULL OR m.created_at < c.waiting_since)) FROM messages m"
        f" CROSS JOIN conversations c ON c.id = m.conversation_id WHERE {INBOUND}"
        " AND m.created_at >= ? AND m.created_at < ? GROUP BY hour ORDER BY hour",
        (HOUR, since, until),
    )
    return [HourCount(row[0] * HOUR, row[1], int(row[2])) for row in rows]


def waiting_since(conn: Connection) -> list[Instant]:
    """Since when each waiting conversation has waited, oldest first."""
    return [row[0] for row in conn.execute(f"SELECT c.waiting_since FROM {WAITING} ORDER BY 1")]


def _mostly(conn: Connection, table: str, column: str, since: Instant, until: Instant) -> bool:
    """Whether all but a small part of a table's rows lie in a period."""
    few = (conn.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0) // _SMALL_PART
    outside = (
        conn.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {column} {side} ? LIMIT ?)", (end, few + 1))
        for side, end in (("<", since), (">=", until))
    )
    return int(sum(found.fetchone()[0] for found in outside)) <= few


def _plain(conn: Connection, sql: str, values: tuple[int, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows as plain tuples, which are a good deal quicker than named ones when there are a million."""
    return plain_rows(conn, sql, values)


def _list(joined: str | None) -> list[int]:
    found: list[int] = json.loads(f"[{joined}]") if joined else []
    return found


def exported(conn: Connection, ids: Sequence[int], only: int | None = None) -> Iterator[dict[str, Any]]:
    """The messages of some conversations with all that JSON Lines has of them, in order of time.

    Those that the network no longer has are left out: what a person took back is not handed on. So are those whose text
    was erased.

    Args:
        only: the id of the one message that is wanted.
    """
    marks = ",".join("?" * len(ids))
    cursor = conn.execute(
        "SELECT c.network, c.source, m.remote_id AS id, c.remote_id AS conversation, m.parent, m.kind, m.direction,"
        " COALESCE(a.remote_id, '') AS author_id, COALESCE(a.handle, '') AS author_handle,"
        " COALESCE(a.name, '') AS author_name, a.followers AS author_followers, m.title, m.text, m.created_at, m.url,"
        " m.lang, m.signals, m.attachments, m.stars, m.held, m.hidden, m.ad, p.remote_id AS post_id,"
        " p.title AS post_title, p.url AS post_url FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " LEFT JOIN authors a ON a.id = m.author_id LEFT JOIN posts p ON p.id = m.post_id"
        f" WHERE m.conversation_id IN ({marks}) AND m.deleted_at IS NULL AND m.erased = 0"
        f"{'' if only is None else ' AND m.id = ?'} ORDER BY m.conversation_id, m.created_at, m.id",
        (*ids, *(() if only is None else (only,))),
    )
    for row in cursor:
        yield {name: row[name] for name in row.keys()}  # noqa: SIM118 - a row is no mapping


def size(conn: Connection) -> tuple[int, int]:
    """How many messages and conversations the store has."""
    counts = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM conversations)"
    messages, conversations = conn.execute(counts).fetchone()
    return messages, conversations
