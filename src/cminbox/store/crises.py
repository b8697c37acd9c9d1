"""Crises and their timelines."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypedDict, cast

from cminbox.model import Instant
from cminbox.store import change_numbers
from cminbox.store.sqlite import Connection, Row

CrisisStatus = Literal["proposed", "running", "ended", "dismissed"]


class Crisis(NamedTuple):
    """A declared (or proposed) incident. Severity 1 is the highest, 4 the lowest."""

    id: int
    name: str
    severity: int
    status: CrisisStatus
    reason: str
    query: str
    lead: str
    approval: bool
    declared_by: str
    declared_at: Instant
    next_update_at: Instant | None
    ended_at: Instant | None
    conversation_count: int


class CrisisChanges(TypedDict, total=False):
    """New values of columns of a crisis."""

    name: str
    severity: int
    status: CrisisStatus
    reason: str
    query: str
    lead: str
    approval: bool
    declared_by: str
    declared_at: Instant
    next_update_at: Instant | None
    ended_at: Instant | None


class TimelineEntry(NamedTuple):
    """One row of a crisis's append-only timeline."""

    id: int
    at: Instant
    member: str
    what: str
    text: str


class CrisisVolume(NamedTuple):
    """How much is said in a crisis's conversations: messages of theirs, and how many of them since an instant."""

    messages: int
    since: int


_SELECT = "SELECT " + ", ".join(Crisis._fields) + " FROM crises"


def _from_row(row: Row) -> Crisis:
    crisis = Crisis(*row)
    return crisis._replace(approval=bool(crisis.approval))


def all(conn: Connection, *, running_only: bool = False) -> list[Crisis]:
    """Crises: running ones first by severity, then proposed ones, then the rest, newest first."""
    sql = f"{_SELECT} WHERE status = 'running' ORDER BY severity, declared_at DESC"
    if not running_only:
        sql = (
            f"{_SELECT} ORDER BY CASE status WHEN 'running' THEN 0 WHEN 'proposed' THEN 1 ELSE 2 END,"
            " CASE status WHEN 'running' THEN severity ELSE 0 END, declared_at DESC, id DESC"
        )
    return [_from_row(row) for row in conn.execute(sql)]


def get(conn: Connection, crisis_id: int) -> Crisis | None:
    """One crisis, or None."""
    row = conn.execute(f"{_SELECT} WHERE id = ?", (crisis_id,)).fetchone()
    return _from_row(row) if row else None


def by_name(conn: Connection, name: str) -> Crisis | None:
    """The running or proposed crisis of this name, or None."""
    sql = f"{_SELECT} WHERE name = ? COLLATE NOCASE AND status IN ('running', 'proposed') ORDER BY id DESC LIMIT 1"
    row = conn.execute(sql, (name,)).fetchone()
    return _from_row(row) if row else None


def insert(conn: Connection, values: CrisisChanges) -> int:
    """Add a crisis and return its id."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = conn.execute(f"INSERT INTO crises ({names}) VALUES ({marks})", list(values.values()))
    return cast(int, cursor.lastrowid)


def update(conn: Connection, crisis_id: int, changes: CrisisChanges) -> None:
    """Set columns of a crisis; a new name reaches its conversations."""
    names = ", ".join(f"{name} = ?" for name in changes)
    conn.execute(f"UPDATE crises SET {names} WHERE id = ?", (*changes.values(), crisis_id))
    if "name" in changes:
        sql = "UPDATE conversations SET crisis = ? WHERE crisis_id = ? AND crisis != ''"
        conn.execute(sql, (changes["name"], crisis_id))


def recount(conn: Connection, crisis_id: int) -> None:
    """Bring the number of attached conversations up to date."""
    conn.execute(
        "UPDATE crises SET conversation_count = (SELECT COUNT(*) FROM conversations WHERE crisis_id = ?1)"
        " WHERE id = ?1",
        (crisis_id,),
    )


def volume(conn: Connection, crisis_id: int, since: Instant) -> CrisisVolume:
    """Inbound messages of a crisis, in all and from an instant on. As slow as the crisis is large."""
    said = conn.execute("SELECT COALESCE(SUM(inbound), 0) FROM conversations WHERE crisis_id = ?", (crisis_id,))
    # The newest messages first, then whose they are: an hour is short, a crisis may be long.
    late = conn.execute(
        "SELECT COUNT(*) FROM messages m CROSS JOIN conversations c ON c.id = m.conversation_id"
        " WHERE m.created_at >= ? AND m.direction = 'in' AND m.deleted_at IS NULL AND c.crisis_id = ?",
        (since, crisis_id),
    )
    return CrisisVolume(cast(int, said.fetchone()[0]), cast(int, late.fetchone()[0]))


def add_entry(conn: Connection, crisis_id: int, at: Instant, member: str, what: str, text: str = "") -> None:
    """Append to a crisis's timeline."""
    conn.execute(
        "INSERT INTO crisis_timeline (crisis_id, at, member, what, text) VALUES (?, ?, ?, ?, ?)",
        (crisis_id, at, member, what, text),
    )


def timeline(conn: Connection, crisis_id: int, limit: int = 500) -> list[TimelineEntry]:
    """The newest entries of a crisis's timeline, oldest first."""
    sql = "SELECT id, at, member, what, text FROM crisis_timeline WHERE crisis_id = ? ORDER BY id DESC LIMIT ?"
    return [TimelineEntry(*row) for row in conn.execute(sql, (crisis_id, limit))][::-1]


def dismiss_if_empty(conn: Connection, crisis_id: int, at: Instant, member: str) -> None:
    """Dismiss a running crisis that holds nothing and in whose timeline nothing stands since it was declared.

    It is how undoing the action that declared a crisis takes the crisis back too; its timeline stays.
    """
    crisis = get(conn, crisis_id)
    if crisis is None or not _untouched(conn, crisis, "declared"):
        return
    update(conn, crisis_id, {"status": "dismissed", "ended_at": at})
    add_entry(conn, crisis_id, at, member, "dismissed", "undone")


def propose_again_if_empty(conn: Connection, crisis_id: int, before: CrisisChanges, at: Instant, member: str) -> None:
    """Make a crisis a proposed one again that holds nothing and in whose timeline nothing stands since confirming it.

    Args:
        before: the columns that confirming it changed, as they were.
    """
    crisis = get(conn, crisis_id)
    if crisis is None or not _untouched(conn, crisis, "confirmed"):
        return
    update(conn, crisis_id, before)
    add_entry(conn, crisis_id, at, member, "proposed", "confirming it was undone")


def _untouched(conn: Connection, crisis: Crisis, since: str) -> bool:
    last = timeline(conn, crisis.id, limit=1)
    return crisis.status == "running" and not crisis.conversation_count and [e.what for e in last] == [since]


def count_attached(conn: Connection, crisis_id: int) -> None:
    """One more conversation was attached."""
    conn.execute("UPDATE crises SET conversation_count = conversation_count + 1 WHERE id = ?", (crisis_id,))


def known_since(conn: Connection, name: str, since: Instant) -> bool:
    """Whether a crisis of this name runs, is proposed, or was declared or proposed since a time."""
    sql = "SELECT 1 FROM crises WHERE name = ? AND (status IN ('running', 'proposed') OR declared_at > ?) LIMIT 1"
    return conn.execute(sql, (name, since)).fetchone() is not None


def attach_again(conn: Connection, crisis: Crisis) -> None:
    """Ending a crisis was taken back: the conversations that it kept are in it again, save those in another."""
    conn.execute(
        "UPDATE conversations SET crisis = ?, rescore_at = 1, changed = ? WHERE crisis_id = ? AND crisis = ''",
        (crisis.name, change_numbers.advance(conn), crisis.id),
    )


def detach_all(conn: Connection, crisis_id: int) -> None:
    """A crisis ended: its conversations keep its id, for the report, and are in no crisis any more."""
    conn.execute(
        "UPDATE conversations SET crisis = '', rescore_at = 1, changed = ? WHERE crisis_id = ?",
        (change_numbers.advance(conn), crisis_id),
    )
