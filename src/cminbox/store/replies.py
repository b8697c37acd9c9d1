"""Replies: the outbox, stored before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from cminbox.errors import ActionError
from cminbox.model import MINUTE, Instant, Reply
from cminbox.outbox_states import DEFAULT_TIMING, Event, EventName, Move, step
from cminbox.store import rows
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

PAUSE = 5 * MINUTE
"""Whoever writes nothing for longer than this was not at it."""

_REPLIES = rows.table("replies", Reply, holding=bool, rejected=bool)
get = _REPLIES.get


def of(conn: Connection, conversation_id: int) -> list[Reply]:
    """The replies of a conversation, oldest first; drafts and cancelled ones too."""
    return _REPLIES.all(conn, "WHERE conversation_id = ? ORDER BY id", conversation_id)


def draft(conn: Connection, conversation_id: int, member: str) -> Reply | None:
    """A member's draft in a conversation, or None."""
    return _REPLIES.one(conn, "WHERE conversation_id = ? AND member = ? AND status = 'draft'", conversation_id, member)


_IN_OUTBOX = "status NOT IN ('sent', 'draft', 'cancelled')"
"""In the words of the index `replies_outbox`."""
_FOR_THE_ENGINE = "status IN ('held', 'queued', 'unknown', 'sending')"


def outbox(conn: Connection) -> list[Reply]:
    """Everything that is neither sent nor a draft nor cancelled, oldest first."""
    return _REPLIES.all(conn, f"WHERE {_IN_OUTBOX} ORDER BY id")


def due(conn: Connection, now: Instant) -> list[Reply]:
    """What the engine must look at now, the longest due first: held ones whose countdown is over, queued and unknown
    ones whose time has come, and those that a killed engine left in `sending`."""
    come = "CASE status WHEN 'held' THEN held_until WHEN 'sending' THEN 0 ELSE COALESCE(next_try_at, 0) END"
    return _REPLIES.all(conn, f"WHERE {_IN_OUTBOX} AND {_FOR_THE_ENGINE} AND {come} <= ? ORDER BY {come}, id", now)


def of_a_later_clock(conn: Connection, now: Instant) -> int:
    """By how much this host's clock was set back since something in the outbox was last written; 0: not at all."""
    sql = f"SELECT MAX(updated_at) FROM replies WHERE {_IN_OUTBOX} AND {_FOR_THE_ENGINE}"
    newest = conn.execute(sql).fetchone()[0]
    return 0 if newest is None or newest - now < MINUTE else int(newest - now)


def set_back(conn: Connection, by: int, now: Instant) -> None:
    """Bring what the outbox wrote by the clock as it was before to the clock as it is: its waits stay as long."""
    times = ("held_until", "next_try_at", "sending_at", "first_try_at", "try_ended_at", "updated_at")
    shifted = ", ".join(f"{column} = {column} - ?" for column in times)
    sql = f"UPDATE replies SET {shifted} WHERE {_IN_OUTBOX} AND {_FOR_THE_ENGINE} AND updated_at > ?"
    conn.execute(sql, (*(by for _ in times), now))


def any_unknown(conn: Connection) -> bool:
    """Whether nobody knows of any reply whether it arrived."""
    sql = f"SELECT 1 FROM replies WHERE {_IN_OUTBOX} AND status = 'unknown' LIMIT 1"
    return conn.execute(sql).fetchone() is not None


def wait_longer(conn: Connection, by: int, now: Instant) -> None:
    """Keep the time in which unknown replies may still be accepted as long as it was: the clock went ahead by so much
    of the time that passed. None waits for longer than if its try had ended now."""
    sql = (
        "UPDATE replies SET try_ended_at = MIN(COALESCE(try_ended_at, sending_at) + ?, ?)"
        f" WHERE {_IN_OUTBOX} AND status = 'unknown' AND COALESCE(try_ended_at, sending_at) < ?"
    )
    conn.execute(sql, (by, now, now))


def look_up_now(conn: Connection, conversation_ids: Iterable[int]) -> None:
    """Have the engine ask at once for the unknown replies of these conversations."""
    sql = f"UPDATE replies SET next_try_at = NULL WHERE status = 'unknown' AND conversation_id {AMONG}"
    conn.execute(sql, (listed(conversation_ids),))


NEW_TRIES: Mapping[str, Any] = {
    "tries": 0,
    "first_try_at": None,
    "try_ended_at": None,
    "cause": "",
    "look_ups": 0,
    "seen": "",
    "seen_id": "",
    "arrived_by": "",
    "answer_seen_id": 0,
}
"""The columns of a reply that was never tried."""


def next_due(conn: Connection) -> Instant | None:
    """When the outbox next needs the engine, or None."""
    sql = (
        "SELECT MIN(CASE status WHEN 'held' THEN held_until ELSE COALESCE(next_try_at, 0) END) FROM replies"
        f" WHERE {_FOR_THE_ENGINE}"
    )
    return cast("Instant | None", conn.execute(sql).fetchone()[0])


def insert(conn: Connection, values: Mapping[str, Any]) -> int:
    """Store a reply and return its id."""
    reply_id = rows.insert(conn, "replies", values)
    show(conn, values["conversation_id"])
    return reply_id


def move(conn: Connection, reply_id: int, event: EventName, now: Instant, **changes: Any) -> Reply:
    """What a person did to a reply: bring it into the status that follows, setting columns with it.

    Raises:
        ActionError: the reply is gone, or nothing of the kind can be done to it as it stands.
    """
    reply = get(conn, reply_id)
    if reply is None:
        raise ActionError(f"there is no reply {reply_id}")
    next_move = step(reply, Event(event), now, DEFAULT_TIMING)
    if next_move is None:
        raise ActionError(f"reply {reply_id} is {reply.status}: it cannot be {event}")
    return write(conn, reply, next_move, now, **changes)


def write(conn: Connection, reply: Reply, move: Move, now: Instant, **changes: Any) -> Reply:
    """Write a move of a reply with the columns that come with it. No other statement changes a reply's status."""
    moved = {"status": move.status, "next_try_at": move.next_try_at, "error": move.error, "rejected": False, **changes}
    rows.update(conn, "replies", reply.id, {**moved, "updated_at": now})
    show(conn, reply.conversation_id)
    return cast(Reply, get(conn, reply.id))


def show(conn: Connection, conversation_id: int) -> None:
    """Bring the conversation's `outbox` column up to date.

    Of several replies that are neither sent nor cancelled the row shows the one that needs a person most: what somebody
    else begins to write hides neither one that failed nor one that awaits approval. A draft that was given back is
    shown as `rejected` until its writer has looked at it.
    """
    conn.execute(
        "UPDATE conversations SET outbox = COALESCE((SELECT iif(rejected, 'rejected', status) FROM replies"
        " WHERE conversation_id = conversations.id AND status NOT IN ('sent', 'cancelled')"
        " ORDER BY CASE status WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1 WHEN 'awaiting approval' THEN 2"
        " WHEN 'draft' THEN 5 - rejected * 2 ELSE 4 END, id DESC LIMIT 1), '') WHERE id = ?",
        (conversation_id,),
    )


def mark_rejected(conn: Connection, reply_id: int, rejected: bool) -> None:
    """Whether a draft was given back to its writer, and they have not looked at it since."""
    reply = get(conn, reply_id)
    if reply is not None and reply.rejected != rejected:
        rows.update(conn, "replies", reply_id, {"rejected": rejected})
        show(conn, reply.conversation_id)


def rejected(conn: Connection, member: str) -> list[Awaiting]:
    """The drafts of a member that were given back, and that they have not looked at since, oldest first."""
    sql = "SELECT id, member, conversation_id FROM replies WHERE member = ? AND rejected <> 0 ORDER BY id"
    return [Awaiting(*row) for row in conn.execute(sql, (member,))]


class Awaiting(NamedTuple):
    """A reply that waits for another member's approval, or for its writer: its id, who wrote it, in which
    conversation."""

    id: int
    member: str
    conversation_id: int


def awaiting(conn: Connection) -> list[Awaiting]:
    """The replies that await approval, oldest first."""
    sql = f"SELECT id, member, conversation_id FROM replies WHERE {_IN_OUTBOX} AND status = 'awaiting approval'"
    return [Awaiting(*row) for row in conn.execute(f"{sql} ORDER BY id")]


def handled(conn: Connection, reply_id: int, now: Instant) -> None:
    """A member was at a reply until now: what passed since it was last counted was work, unless it was a pause."""
    conn.execute(
        "UPDATE replies SET handled_at = :now, handle_ms = handle_ms"
        " + iif(handled_at IS NOT NULL AND :now - handled_at BETWEEN 0 AND :pause, :now - handled_at, 0)"
        " WHERE id = :reply",
        {"now": now, "pause": PAUSE, "reply": reply_id},
    )


def handle_from(conn: Connection, reply_id: int, since: Instant | None) -> None:
    """Somebody begins to write at a reply at this time; None: nobody is at it any more."""
    conn.execute("UPDATE replies SET handled_at = ? WHERE id = ?", (since, reply_id))


def used(conn: Connection, template: str, member: str, now: Instant) -> None:
    """Count a template's use."""
    conn.execute(
        "INSERT INTO template_uses (template, member, uses, used_at) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (template, member) DO UPDATE SET uses = uses + 1, used_at = excluded.used_at",
        (template, member, now),
    )


def uses(conn: Connection) -> dict[str, int]:
    """How often each template was used."""
    return {row[0]: row[1] for row in conn.execute("SELECT template, SUM(uses) FROM template_uses GROUP BY template")}
