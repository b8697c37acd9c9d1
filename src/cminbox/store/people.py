"""Members, who is looking at what, and who holds what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cminbox.model import Instant, Member
from cminbox.store.conversations import chunks
from cminbox.store.sqlite import Connection

Activity = Literal["here", "viewing", "replying"]


@dataclass(frozen=True, slots=True)
class Presence:
    """A member at a conversation."""

    member: str
    doing: Activity


@dataclass(frozen=True, slots=True)
class Claim:
    """A member holds a conversation until a time."""

    member: str
    since: Instant
    until: Instant


def save(conn: Connection, members: Iterable[Member]) -> None:
    """Bring the store's members up to what the configuration says."""
    for m in members:
        conn.execute(
            "INSERT INTO members (handle, name, role, teams) VALUES (?, ?, ?, ?) ON CONFLICT (handle) DO UPDATE"
            " SET name = excluded.name, role = excluded.role, teams = excluded.teams",
            (m.handle, m.name, m.role, json.dumps(m.teams)),
        )


def members(conn: Connection) -> list[Member]:
    """Every member that the store has met, by handle."""
    rows = conn.execute("SELECT handle, name, role, teams FROM members ORDER BY handle")
    return [Member(row[0], row[1], row[2], tuple(json.loads(row[3]))) for row in rows]


def team(conn: Connection, configured: Iterable[Member]) -> dict[str, Member]:
    """Every member by handle: those that the store has met, as the configuration has them now where it names them."""
    return {member.handle: member for member in (*members(conn), *configured)}


def touch_member(conn: Connection, handle: str, now: Instant) -> None:
    """Remember that a member did something now."""
    conn.execute("UPDATE members SET seen_at = ? WHERE handle = ?", (now, handle))


def open_counts(conn: Connection, handles: Sequence[str]) -> dict[str, int]:
    """How many open conversations each of these members has."""
    found = dict.fromkeys(handles, 0)
    marks = ", ".join("?" * len(handles))
    sql = f"SELECT assignee, COUNT(*) FROM conversations WHERE status = 'open' AND assignee IN ({marks}) GROUP BY 1"
    for handle, number in conn.execute(sql, list(handles)):
        found[handle] = number
    return found


def set_presence(
    conn: Connection, session: str, member: str, conversation_id: int, doing: Activity, until: Instant
) -> None:
    """A screen says what it is at, until a time."""
    conn.execute(
        "INSERT OR REPLACE INTO presence (session, member, conversation_id, doing, until) VALUES (?, ?, ?, ?, ?)",
        (session, member, conversation_id, doing, until),
    )


def clear_presence(conn: Connection, session: str) -> None:
    """A screen was closed: it is at nothing any more."""
    conn.execute("DELETE FROM presence WHERE session = ?", (session,))


def present(conn: Connection, ids: Sequence[int], now: Instant, besides: str = "") -> dict[int, list[Presence]]:
    """Who is at these conversations now, without the session `besides`."""
    found: dict[int, list[Presence]] = {}
    for part in chunks(ids):
        marks = ", ".join("?" * len(part))
        sql = (
            f"SELECT conversation_id, member, doing FROM presence WHERE conversation_id IN ({marks}) AND until > ?"
            " AND session != ? AND doing != 'here' ORDER BY doing, member"
        )
        for row in conn.execute(sql, (*part, now, besides)):
            found.setdefault(row[0], []).append(Presence(row[1], row[2]))
    return found


def open_screens(conn: Connection, now: Instant) -> int:
    """How many screens are open."""
    return int(conn.execute("SELECT COUNT(*) FROM presence WHERE until > ?", (now,)).fetchone()[0])


def claim(conn: Connection, conversation_id: int, member: str, now: Instant, until: Instant) -> None:
    """A member takes hold of a conversation, or holds it longer."""
    conn.execute(
        "INSERT INTO claims (conversation_id, member, since, until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (conversation_id) DO UPDATE SET until = excluded.until,"
        " since = CASE WHEN claims.member = excluded.member THEN claims.since ELSE excluded.since END,"
        " member = excluded.member",
        (conversation_id, member, now, until),
    )


def claimed(conn: Connection, conversation_id: int, now: Instant) -> Claim | None:
    """Who holds a conversation now, or None."""
    row = conn.execute(
        "SELECT member, since, until FROM claims WHERE conversation_id = ? AND until > ?", (conversation_id, now)
    ).fetchone()
    return Claim(*row) if row else None


def claims(conn: Connection, ids: Iterable[int], now: Instant) -> dict[int, Claim]:
    """Who holds these conversations now."""
    sql = (
        "SELECT conversation_id, member, since, until FROM claims"
        " WHERE conversation_id IN (SELECT value FROM json_each(?)) AND until > ?"
    )
    return {row[0]: Claim(row[1], row[2], row[3]) for row in conn.execute(sql, (json.dumps(list(ids)), now))}


def release(conn: Connection, conversation_id: int) -> None:
    """Nobody holds a conversation any more."""
    release_all(conn, [conversation_id])


def release_all(conn: Connection, ids: Iterable[int]) -> None:
    """Nobody holds these conversations any more."""
    sql = "DELETE FROM claims WHERE conversation_id IN (SELECT value FROM json_each(?))"
    conn.execute(sql, (json.dumps(list(ids)),))


def set_vip(conn: Connection, author_id: int, name: str, on: bool, now: Instant) -> list[int]:
    """Mark the contact behind an author as a VIP or not; the contact is made where there is none.

    Returns:
        The conversations that show this person otherwise than they should now.
    """
    row = conn.execute("SELECT contact_id FROM authors WHERE id = ?", (author_id,)).fetchone()
    contact_id = row[0] if row else None
    if contact_id is None:
        cursor = conn.execute("INSERT INTO contacts (name, vip, created_at) VALUES (?, ?, ?)", (name, int(on), now))
        conn.execute("UPDATE authors SET contact_id = ? WHERE id = ?", (cursor.lastrowid, author_id))
    else:
        conn.execute("UPDATE contacts SET vip = ? WHERE id = ?", (int(on), contact_id))
    sql = (
        "SELECT c.id FROM conversations AS c JOIN authors AS a ON a.id = c.author_id WHERE c.vip != ?1"
        " AND a.contact_id = (SELECT contact_id FROM authors WHERE id = ?2)"
    )
    return [row[0] for row in conn.execute(sql, (int(on), author_id))]
