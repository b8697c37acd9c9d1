"""Crises and their timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict, cast

from cminbox.model import Conversation, Instant
from cminbox.store import change_numbers, notices, rows
from cminbox.store.sqlite import Connection
from cminbox.text import one_line

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges

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


TOLD = frozenset({"proposed", "declared", "confirmed", "update", "ended", "dismissed", "undone"})
"""The entries of a timeline of which people are told."""
_CRISES = rows.table("crises", Crisis, approval=bool)
_TIMELINE = rows.table("crisis_timeline", TimelineEntry)
get = _CRISES.get


def all(conn: Connection, *, running_only: bool = False) -> list[Crisis]:
    """Crises: running ones first by severity, then proposed ones, then the rest, newest first."""
    order = (
        "ORDER BY CASE status WHEN 'running' THEN 0 WHEN 'proposed' THEN 1 ELSE 2 END,"
        " CASE status WHEN 'running' THEN severity ELSE 0 END, declared_at DESC, id DESC"
    )
    return _CRISES.all(conn, f"WHERE status = 'running' {order}" if running_only else order)


def by_name(conn: Connection, name: str) -> Crisis | None:
    """The running or proposed crisis of this name, or None."""
    wanted = "WHERE name = ? COLLATE NOCASE AND status IN ('running', 'proposed') ORDER BY id DESC LIMIT 1"
    return _CRISES.one(conn, wanted, name)


def insert(conn: Connection, values: CrisisChanges) -> int:
    """Add a crisis and return its id."""
    return rows.insert(conn, "crises", values)


def begin(conn: Connection, values: CrisisChanges, words: str) -> int:
    """Add a crisis and return its id. Its timeline begins with how it came, in words.

    Args:
        values: its columns. It was declared by `declared_by`, or is proposed.
    """
    crisis_id = insert(conn, values)
    what = "proposed" if values.get("status") == "proposed" else "declared"
    add_entry(conn, crisis_id, values["declared_at"], values.get("declared_by", ""), what, words)
    return crisis_id


def update(conn: Connection, crisis_id: int, changes: CrisisChanges) -> None:
    """Set columns of a crisis; a new name reaches its conversations."""
    rows.update(conn, "crises", crisis_id, changes)
    if "name" in changes:
        sql = (
            "UPDATE conversations SET crisis = CASE crisis WHEN '' THEN '' ELSE ? END,"
            " crises = json_set(crises, '$[#-1]', ?) WHERE crisis_id = ?"
        )
        conn.execute(sql, (changes["name"], changes["name"], crisis_id))


def joined(row: Conversation, crisis_id: int, name: str) -> ConversationChanges:
    """What a row says as its conversation joins a crisis that runs: it leaves one that runs, none that ended."""
    kept = row.crises[:-2] if row.crisis else row.crises
    return {"crisis_id": crisis_id, "crisis": name, "crises": (*kept, f"#{crisis_id}", name)}


def columns_of(crisis: Crisis | None) -> ConversationChanges:
    """What a conversation's row says of the crisis that it is in; None: of none. Only one that runs is so named."""
    if crisis is None:
        return {"crisis_id": None, "crisis": ""}
    return {"crisis_id": crisis.id, "crisis": crisis.name if crisis.status == "running" else ""}


def recount(conn: Connection, crisis_id: int) -> None:
    """Bring the number of attached conversations up to date, those that joined another one since with them."""
    conn.execute(
        "UPDATE crises SET conversation_count = (SELECT COUNT(*) FROM conversations AS c WHERE c.crises <> '[]' AND"
        " EXISTS (SELECT 1 FROM json_each(c.crises) AS j WHERE j.value = '#' || crises.id)) WHERE id = ?",
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
    entry = {"crisis_id": crisis_id, "at": at, "member": member, "what": what, "text": text}
    number = rows.insert(conn, "crisis_timeline", entry)
    crisis = get(conn, crisis_id)
    if crisis is not None and what in TOLD:
        title = f"Crisis {one_line(crisis.name)} (severity {crisis.severity}): {what}"
        key = f"{notice_key(crisis_id)}{number}"
        notices.tell(conn, at, "crisis", title, key=key, text=text, crisis_id=crisis_id, by=member)


def notice_key(crisis_id: int) -> str:
    """How the keys of all notices about a crisis begin."""
    return f"crisis:{crisis_id}:"


def timeline(conn: Connection, crisis_id: int, limit: int = 500) -> list[TimelineEntry]:
    """The newest entries of a crisis's timeline, oldest first."""
    return _TIMELINE.all(conn, "WHERE crisis_id = ? ORDER BY id DESC LIMIT ?", crisis_id, limit)[::-1]


def take_back(conn: Connection, crisis_id: int, before: CrisisChanges | None, at: Instant, member: str) -> None:
    """Undo that an action declared or confirmed a crisis, unless it holds something or its timeline has gone on since.

    Args:
        before: the columns that confirming it changed, as they were: it is a proposed one again. None: it was declared,
            and is dismissed.
    """
    crisis, last = get(conn, crisis_id), timeline(conn, crisis_id, limit=1)
    made = "declared" if before is None else "confirmed"
    if crisis is None or crisis.status != "running" or crisis.conversation_count or [e.what for e in last] != [made]:
        return
    update(conn, crisis_id, {"status": "dismissed", "ended_at": at} if before is None else before)
    what, text = ("dismissed", "undone") if before is None else ("proposed", "confirming it was undone")
    add_entry(conn, crisis_id, at, member, what, text)


def count_attached(conn: Connection, crisis_id: int) -> None:
    """One more conversation was attached."""
    conn.execute("UPDATE crises SET conversation_count = conversation_count + 1 WHERE id = ?", (crisis_id,))


def known_since(conn: Connection, name: str, since: Instant) -> bool:
    """Whether a crisis of this name runs, is proposed, or was declared or proposed since a time."""
    sql = "SELECT 1 FROM crises WHERE name = ? AND (status IN ('running', 'proposed') OR declared_at > ?) LIMIT 1"
    return conn.execute(sql, (name, since)).fetchone() is not None


def attach_again(conn: Connection, crisis: Crisis) -> None:
    """A crisis runs again: the conversations that it kept are in it, save those in another."""
    conn.execute(
        "UPDATE conversations SET crisis = ?, rescore_at = 1, changed = ? WHERE crisis_id = ? AND crisis = ''",
        (crisis.name, change_numbers.advance(conn), crisis.id),
    )


def detach_all(conn: Connection, crisis_id: int) -> None:
    """A crisis does not run any more: its conversations keep its id and its name, and are in no running crisis."""
    conn.execute(
        "UPDATE conversations SET crisis = '', rescore_at = 1, changed = ? WHERE crisis_id = ?",
        (change_numbers.advance(conn), crisis_id),
    )
