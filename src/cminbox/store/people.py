"""Members, who is looking at what, and who holds what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from cminbox.model import Instant, Member
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.rows import AMONG, listed, to_json
from cminbox.store.sqlite import Connection

Activity = Literal["here", "viewing", "replying"]


class Presence(NamedTuple):
    """A member at a conversation."""

    member: str
    doing: Activity


class Claim(NamedTuple):
    """A member holds a conversation until a time."""

    member: str
    since: Instant
    until: Instant


_MEMBERS = rows.table("members", Member, teams=lambda text: tuple(parsed(text, [])))


def save(conn: Connection, members: Iterable[Member]) -> None:
    """Bring the store's members up to what the configuration says."""
    conn.executemany(
        "INSERT INTO members (handle, name, role, teams) VALUES (?, ?, ?, ?) ON CONFLICT (handle) DO UPDATE"
        " SET name = excluded.name, role = excluded.role, teams = excluded.teams",
        [(m.handle, m.name, m.role, to_json(m.teams)) for m in members],
    )


def members(conn: Connection) -> list[Member]:
    """Every member that the store has met, by handle."""
    return _MEMBERS.all(conn, "ORDER BY handle")


def team(conn: Connection, configured: Iterable[Member]) -> dict[str, Member]:
    """Every member by handle: those that the store has met, as the configuration has them now where it names them."""
    return {member.handle: member for member in (*members(conn), *configured)}


def touch_member(conn: Connection, handle: str, now: Instant) -> None:
    """Remember that a member did something now."""
    conn.execute("UPDATE members SET seen_at = ? WHERE handle = ?", (now, handle))


def seen(conn: Connection) -> dict[str, Instant]:
    """By handle, when each member was last seen doing something."""
    return dict(conn.execute("SELECT handle, seen_at FROM members WHERE seen_at IS NOT NULL").fetchall())


def note_returned(conn: Connection, handle: str, now: Instant) -> None:
    """Remember that work came back from a member who was there and did nothing."""
    conn.execute("UPDATE members SET returned_at = ? WHERE handle = ?", (now, handle))


def silent_since_returned(conn: Connection) -> set[str]:
    """Members from whom work came back because they did nothing, and who have done nothing since."""
    sql = "SELECT handle FROM members WHERE returned_at IS NOT NULL AND returned_at >= COALESCE(seen_at, 0)"
    return {row[0] for row in conn.execute(sql)}


def open_counts(conn: Connection, handles: Sequence[str]) -> dict[str, int]:
    """How many open conversations each of these members has."""
    sql = f"SELECT assignee, COUNT(*) FROM conversations WHERE status = 'open' AND assignee {AMONG} GROUP BY 1"
    return dict.fromkeys(handles, 0) | {row[0]: row[1] for row in conn.execute(sql, (listed(handles),))}


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
    sql = (
        f"SELECT conversation_id, member, doing FROM presence WHERE conversation_id {AMONG} AND until > ?"
        " AND session != ? AND doing != 'here' ORDER BY doing, member"
    )
    for row in conn.execute(sql, (listed(ids), now, besides)):
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
    return claims(conn, [conversation_id], now).get(conversation_id)


def claims(conn: Connection, ids: Iterable[int], now: Instant) -> dict[int, Claim]:
    """Who holds these conversations now."""
    sql = f"SELECT conversation_id, member, since, until FROM claims WHERE conversation_id {AMONG} AND until > ?"
    return {row[0]: Claim(row[1], row[2], row[3]) for row in conn.execute(sql, (listed(ids), now))}


def release(conn: Connection, ids: Iterable[int]) -> None:
    """Nobody holds these conversations any more."""
    conn.execute(f"DELETE FROM claims WHERE conversation_id {AMONG}", (listed(ids),))
