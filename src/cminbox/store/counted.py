"""Which conversations a figure of a report counts: the rows that its number is made of, each with whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cminbox.model import Instant
from cminbox.store import work
from cminbox.store.reporting import COUNTS_AS, INBOUND, WAITED_FOR, WAITING, WITHIN, Cohort, wait_conditions
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection
from cminbox.store.sqlite.connection import plain_rows


class Counted(NamedTuple):
    """Something that is counted in a conversation; source, member and language as its figure groups it by them."""

    conversation_id: int
    source_id: int
    member: str
    lang: str


class _Period(NamedTuple):
    since: Instant
    until: Instant
    now: Instant


def counted(
    conn: Connection, key: str, since: Instant, until: Instant, now: Instant, cohort: Cohort | None
) -> Iterator[Counted]:
    """What a figure counts, at least once for each conversation.

    Args:
        key: the figure's key, as `reports.definitions` has it.
        now, cohort: as `reports.compute` takes them.
    """
    period, written = _Period(since, until, now), cohort == "written"
    match key:
        case "sla":
            of = wait_conditions(cohort)
            return _waits(conn, f"({of.hit}) OR ({of.missed})", period)
        case "answer_rate":
            of = wait_conditions(cohort)
            return _waits(conn, f"({of.needed}) OR ({of.taken_out})", period)
        case "ends":
            sql = f"SELECT conversation_id, source_id, member, lang FROM cycle_ends WHERE {WITHIN[cohort or 'ended']}"
            return _rows(conn, sql, period)
        case "touches" | "back":
            return _done(work.ended(conn, since, until, written=written))
        case "first_act":
            acted = work.acted(conn, since, None if written else until)
            return _done(work.first_acts(conn, since, until, acted, work.Acts(conn, acted), written=written))
        case "handle":
            return _done(work.handled(conn, since, until, written=written))
        case "waiting":
            return _rows(conn, f"SELECT c.id, c.source_id, c.assignee, c.lang FROM {WAITING}", period)
        case "volume":
            sql = (
                "SELECT DISTINCT c.id, c.source_id, c.assignee, c.lang FROM messages m CROSS JOIN conversations c"
                f" ON c.id = m.conversation_id WHERE {INBOUND} AND m.created_at >= :since AND m.created_at < :until"
            )
            return _rows(conn, sql, period)
        case "answers":
            sql = (
                "SELECT DISTINCT conversation_id, source_id, member, lang FROM messages WHERE direction = 'out'"
                " AND history = 0 AND created_at >= :since AND created_at < :until"
            )
            return _rows(conn, sql, period)
    measures = [name for name, counts_as in COUNTS_AS.items() if key in counts_as]
    sql = (
        "SELECT DISTINCT conversation_id, source_id, member, lang FROM measures"
        f" WHERE {WITHIN['written' if written else 'ended']} AND measure IN (SELECT value FROM json_each(:measures))"
    )
    return _rows(conn, sql, period, measures=listed(measures))


def _waits(conn: Connection, condition: str, period: _Period) -> Iterator[Counted]:
    sql = f"SELECT conversation_id, source_id, {WAITED_FOR}, lang FROM waits WHERE {condition}"
    return _rows(conn, sql, period)


def _rows(conn: Connection, sql: str, period: _Period, **more: str) -> Iterator[Counted]:
    return map(Counted._make, conn.execute(sql, {**period._asdict(), **more}))


def _done(found: Iterable[work.Done | work.Ended]) -> Iterator[Counted]:
    return (Counted(one.conversation_id, one.source_id, one.member, one.lang) for one in found)


def gone(conn: Connection, ids: Iterable[int]) -> set[int]:
    """Those of these conversations that no list shows: their network has nothing of them any more."""
    sql = f"SELECT id FROM conversations WHERE gone <> 0 AND id {AMONG}"
    return {row[0] for row in plain_rows(conn, sql, (listed(ids),))}
