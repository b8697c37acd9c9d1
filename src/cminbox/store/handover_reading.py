"""What a handover tells of, read from the store: what is stuck, what wakes, what was done since an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cminbox.model import Instant
from cminbox.store import outgoing, rows
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

MANY = 500
"""So many of a kind are read at most; whatever is more is counted."""


class Stuck(NamedTuple):
    """A reply, or a verb, that needs a person: it awaits approval, failed, is unknown, or was given back."""

    id: int
    conversation_id: int
    status: str
    member: str
    verb: str
    error: str
    next_try_at: Instant | None
    rejected: bool


_STUCK = rows.table(outgoing.TABLE, Stuck, rejected=bool)


def stuck(conn: Connection) -> list[Stuck]:
    """What is stuck in the outbox, the worst first, then the oldest."""
    rest = (
        f"WHERE {outgoing.IN_OUTBOX} AND status IN ('unknown', 'failed', 'awaiting approval')"
        " AND conversation_id IS NOT NULL"
        " ORDER BY CASE status WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END, id LIMIT ?"
    )
    return _STUCK.all(conn, rest, MANY)


def stuck_counts(conn: Connection) -> dict[str, int]:
    """How many are stuck in the outbox, by their status."""
    sql = (
        f"SELECT status, COUNT(*) FROM outgoing WHERE {outgoing.IN_OUTBOX}"
        " AND status IN ('unknown', 'failed', 'awaiting approval') AND conversation_id IS NOT NULL GROUP BY status"
    )
    return dict(conn.execute(sql).fetchall())


def given_back(conn: Connection) -> list[Stuck]:
    """Drafts that were given back to their writers, who have not looked at them since."""
    return _STUCK.all(conn, "WHERE rejected <> 0 AND member <> '' ORDER BY id LIMIT ?", MANY)


def outgoing_status(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """How things in the outbox stand now, by their ids; what is gone is left out."""
    sql = f"SELECT id, status FROM outgoing WHERE id {AMONG}"
    return dict(conn.execute(sql, (listed(ids),)).fetchall())


def drafts_of(conn: Connection, member: str) -> list[int]:
    """The conversations in which a member has begun a reply and not sent it."""
    sql = "SELECT conversation_id FROM outgoing WHERE status = 'draft' AND member = ? AND rejected = 0 ORDER BY id"
    return [row[0] for row in conn.execute(f"{sql} LIMIT ?", (member, MANY))]


def waking(conn: Connection, until: Instant) -> list[int]:
    """The snoozed conversations that wake until then, the first first."""
    sql = (
        "SELECT id FROM conversations WHERE snoozed_until IS NOT NULL AND snoozed_until <= ? AND status = 'snoozed'"
        " AND gone = 0 ORDER BY snoozed_until, id LIMIT ?"
    )
    return [row[0] for row in conn.execute(sql, (until, MANY))]


def had_by(conn: Connection, member: str) -> dict[str, int]:
    """How many conversations a member has, by their state."""
    sql = (
        "SELECT status, COUNT(*) FROM conversations WHERE assignee = ? COLLATE NOCASE AND assignee <> ''"
        " AND gone = 0 AND status IN ('open', 'pending', 'snoozed') GROUP BY status"
    )
    return dict(conn.execute(sql, (member,)).fetchall())


def last_notes(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The newest note of each of these conversations: who wrote it, and what."""
    sql = (
        "SELECT conversation_id, member, text FROM notes WHERE removed_at IS NULL AND id IN (SELECT MAX(id) FROM notes"
        f" WHERE conversation_id {AMONG} AND removed_at IS NULL GROUP BY conversation_id)"
    )
    return {row[0]: f"{row[1]}: {row[2]}" for row in conn.execute(sql, (listed(ids),))}


def acted_on(conn: Connection, ids: Iterable[int], since: Instant, besides: Iterable[str]) -> set[int]:
    """Those of these conversations to which a member did something since then, other than `besides`."""
    sql = (
        "SELECT DISTINCT i.conversation_id FROM event_items i CROSS JOIN events e ON e.id = i.event_id"
        f" WHERE i.conversation_id {AMONG} AND e.at > ? AND e.actor >= 'member:' AND e.actor < 'member;'"
        f" AND e.undoes IS NULL AND e.undone_by IS NULL AND e.action NOT {AMONG}"
    )
    return {row[0] for row in conn.execute(sql, (listed(ids), since, listed(besides)))}


def crises_acted_on(conn: Connection, ids: Iterable[int], since: Instant) -> set[int]:
    """Those of these crises in whose timeline a member wrote since then."""
    sql = (
        f"SELECT DISTINCT crisis_id FROM crisis_timeline WHERE crisis_id {AMONG} AND at > ? AND member <> ''"
        " AND what <> 'lead'"
    )
    return {row[0] for row in conn.execute(sql, (listed(ids), since))}


class Ended(NamedTuple):
    """A promise or a question that ended: its id, whose conversation, its text, how, who said so or answered."""

    id: int
    conversation_id: int
    text: str
    how: str
    by: str


def promises_ended(conn: Connection, since: Instant) -> list[Ended]:
    """Promises that were kept, broken or withdrawn since then, the newest first."""
    sql = (
        "SELECT id, conversation_id, text, status, ended_by FROM promises WHERE ended_at >= ? AND status <> 'open'"
        " ORDER BY ended_at DESC, id DESC LIMIT ?"
    )
    return [Ended(*row) for row in conn.execute(sql, (since, MANY))]


def questions_ended(conn: Connection, since: Instant) -> list[Ended]:
    """Questions that were answered or withdrawn since then, the newest first."""
    sql = (
        "SELECT id, conversation_id, text, status, expert FROM questions WHERE answered_at >= ? AND status <> 'open'"
        " ORDER BY id DESC LIMIT ?"
    )
    return [Ended(*row) for row in conn.execute(sql, (since, MANY))]


def figures(conn: Connection, since: Instant, until: Instant) -> dict[str, int]:
    """How much happened from one instant to another, by what: only what there was."""
    found: dict[str, int] = {}

    def count(name: str, sql: str, *values: object) -> None:
        number = int(conn.execute(sql, values).fetchone()[0] or 0)
        if number:
            found[name] = number

    within = (since, until)
    count(
        "came", "SELECT COUNT(*) FROM messages WHERE created_at >= ? AND created_at < ? AND direction = 'in'", *within
    )
    count(
        "answered",
        "SELECT COUNT(*) FROM measures WHERE +measure = 'reply' AND end_at >= ? AND end_at < ?",
        *within,
    )
    for end in ("none needed", "unanswered"):
        count(end, "SELECT COUNT(*) FROM cycle_ends WHERE end_at >= ? AND end_at < ? AND end = ?", *within, end)
    for status in ("kept", "broken"):
        count(
            f"promises {status}",
            "SELECT COUNT(*) FROM promises WHERE status = ? AND ended_at >= ? AND ended_at < ?",
            status,
            *within,
        )
    count("promises made", "SELECT COUNT(*) FROM promises WHERE made_at >= ? AND made_at < ?", *within)
    count("returned", "SELECT SUM(count) FROM events WHERE at >= ? AND at < ? AND action = 'returned'", *within)
    count(
        "questions answered",
        "SELECT COUNT(*) FROM questions WHERE status = 'answered' AND answered_at >= ? AND answered_at < ?",
        *within,
    )
    return found


def did(conn: Connection, since: Instant, until: Instant) -> Mapping[str, int]:
    """How many conversations each member did something to, one more each time; most first."""
    sql = (
        "SELECT substr(actor, 8), SUM(count) FROM events WHERE at >= ? AND at < ? AND actor >= 'member:'"
        " AND actor < 'member;' AND undoes IS NULL AND undone_by IS NULL"
        " AND action NOT IN ('compose', 'sent', 'handover taken')"
        " GROUP BY actor HAVING SUM(count) > 0 ORDER BY 2 DESC, 1"
    )
    return dict(conn.execute(sql, (since, until)).fetchall())


def given_to(conn: Connection, member: str, since: Instant, until: Instant) -> list[int]:
    """The conversations that somebody else gave to a member from one instant to another, and that still are theirs."""
    sql = (
        "SELECT DISTINCT i.conversation_id FROM events e CROSS JOIN event_items i ON i.event_id = e.id"
        " JOIN conversations c ON c.id = i.conversation_id"
        " WHERE e.at >= ? AND e.at < ? AND e.actor <> ? AND e.undone_by IS NULL AND c.assignee = ?"
        " AND json_valid(i.after) AND json_extract(i.after, '$.columns.assignee') = ? LIMIT ?"
    )
    return [row[0] for row in conn.execute(sql, (since, until, f"member:{member}", member, member, MANY))]


def noted_to(conn: Connection, member: str, since: Instant, until: Instant) -> list[tuple[int, str, str]]:
    """Notes that name a member, from one instant to another: conversation, who wrote it, text; the newest first."""
    sql = (
        "SELECT i.conversation_id, n.member, n.text FROM events e CROSS JOIN event_items i ON i.event_id = e.id"
        " CROSS JOIN notes n ON n.conversation_id = i.conversation_id AND n.created_at = e.at"
        " WHERE e.at >= ? AND e.at < ? AND e.action = 'note' AND n.removed_at IS NULL AND n.member <> ?"
        " AND instr(lower(n.text), ?) > 0 ORDER BY n.id DESC LIMIT ?"
    )
    values: tuple[Any, ...] = (since, until, member, f"@{member.lower()}", 20)
    return [(row[0], row[1], row[2]) for row in conn.execute(sql, values)]


def crisis_news(conn: Connection, since: Instant, until: Instant) -> list[tuple[str, str, str, str]]:
    """What was written into the timelines of crises: crisis, who, what, text; the newest first."""
    sql = (
        "SELECT c.name, t.member, t.what, t.text FROM crises c CROSS JOIN crisis_timeline t ON t.crisis_id = c.id"
        " WHERE t.at >= ? AND t.at < ? AND (c.status IN ('running', 'proposed') OR c.ended_at >= ?)"
        " ORDER BY t.id DESC LIMIT ?"
    )
    return [(row[0], row[1], row[2], row[3]) for row in conn.execute(sql, (since, until, since, 20))]
