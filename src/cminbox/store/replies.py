"""Replies: those rows of the outbox that answer somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Unpack, cast

from cminbox.errors import ActionError
from cminbox.model import MINUTE, Instant, Reply, ToPromise
from cminbox.outbox_states import DEFAULT_TIMING, Event, EventName, Move, step
from cminbox.store import conversations, notices, outgoing, rows
from cminbox.store.broken_values import parsed
from cminbox.store.changes import NewOutgoing, OutgoingChanges
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection

PAUSE = 5 * MINUTE
"""Whoever writes nothing for longer than this was not at it."""


def _promises(text: str) -> tuple[ToPromise, ...]:
    """What a reply promises; what cannot be read is none."""
    found = parsed(text, _NONE)
    return tuple(ToPromise(*one) for one in found if isinstance(one, list) and list(map(type, one)) == [str, int, str])


_NONE: list[Any] = []
_REPLIES = rows.table(outgoing.TABLE, Reply, holding=bool, rejected=bool, private=bool, promises=_promises)
_KIND = "kind = 'reply'"


def get(conn: Connection, reply_id: int) -> Reply | None:
    """The reply with this id, or None."""
    return _REPLIES.one(conn, f"WHERE id = ? AND {_KIND}", reply_id) if abs(reply_id) <= rows.LARGEST_ID else None


def of(conn: Connection, conversation_id: int) -> list[Reply]:
    """The replies of a conversation, oldest first; drafts and cancelled ones too."""
    return _REPLIES.all(conn, f"WHERE conversation_id = ? AND {_KIND} ORDER BY id", conversation_id)


def draft(conn: Connection, conversation_id: int, member: str) -> Reply | None:
    """A member's draft in a conversation, or None."""
    return _REPLIES.one(conn, "WHERE conversation_id = ? AND member = ? AND status = 'draft'", conversation_id, member)


def outbox(conn: Connection) -> list[Reply]:
    """Every reply that is neither sent nor a draft nor cancelled, oldest first."""
    return _REPLIES.all(conn, f"WHERE {outgoing.IN_OUTBOX} AND {_KIND} ORDER BY id")


def look_up_now(conn: Connection, conversation_ids: Iterable[int]) -> None:
    """Have the engine ask at once for the unknown replies of these conversations."""
    sql = f"UPDATE outgoing SET next_try_at = NULL WHERE status = 'unknown' AND conversation_id {AMONG}"
    conn.execute(sql, (listed(conversation_ids),))


def insert(conn: Connection, values: NewOutgoing) -> int:
    """Store a reply and return its id."""
    return outgoing.insert(conn, "reply", values)


def move(conn: Connection, reply_id: int, event: EventName, now: Instant, **changes: Unpack[OutgoingChanges]) -> Reply:
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
    if reply.status == "awaiting approval":
        notices.take_back_all(conn, f"approval:{reply_id}:", now)
    return write(conn, reply, next_move, now, **changes)


def write(conn: Connection, reply: Reply, move: Move, now: Instant, **changes: Unpack[OutgoingChanges]) -> Reply:
    """Write a move of a reply with the columns that come with it."""
    outgoing.write(conn, reply.id, reply.conversation_id, move, now, changes)
    return cast(Reply, get(conn, reply.id))


def mark_rejected(conn: Connection, reply_id: int, rejected: bool) -> None:
    """Whether a draft was given back to its writer, and they have not looked at it since."""
    reply = get(conn, reply_id)
    if reply is not None and reply.rejected != rejected:
        rows.update(conn, outgoing.TABLE, reply_id, {"rejected": rejected})
        outgoing.show(conn, reply.conversation_id)
        conversations.touch(conn, reply.conversation_id)


def rejected(conn: Connection, member: str) -> list[Awaiting]:
    """The drafts of a member that were given back, and that they have not looked at since, oldest first."""
    sql = "SELECT id, member, conversation_id FROM outgoing WHERE member = ? AND rejected <> 0 ORDER BY id"
    return [Awaiting(*row) for row in conn.execute(sql, (member,))]


def come_back_after(conn: Connection, reply_id: int, after: int | None) -> None:
    """Say how long without an answer a reply's conversation comes back once it is sent; None: it does not."""
    rows.update(conn, outgoing.TABLE, reply_id, {"back_after": after})


def released(conn: Connection, reply_id: int, remote_id: str = "", url: str = "") -> None:
    """Everybody sees a sent reply that the network held: nothing more is to be told of it.

    Args:
        remote_id, url: where it stands now; as before where they are empty.
    """
    sql = "remote_id = COALESCE(NULLIF(?, ''), remote_id), url = COALESCE(NULLIF(?, ''), url)"
    conn.execute(f"UPDATE outgoing SET error = '', {sql} WHERE id = ? AND status = 'sent'", (remote_id, url, reply_id))


def held(conn: Connection, source_id: int, limit: int, below: int | None = None) -> list[tuple[int, str]]:
    """Sent replies that the network holds for its review, the newest first, each with its id there.

    Args:
        below: only those with a smaller number, so that one look after another goes through all of them.
    """
    sql = (
        "SELECT o.id, o.remote_id FROM outgoing AS o JOIN messages AS m"
        " ON m.source_id = o.source_id AND m.remote_id = o.remote_id"
        " WHERE o.source_id = ? AND o.kind = 'reply' AND o.status = 'sent' AND o.error <> ''"
        " AND m.held = 1 AND m.deleted_at IS NULL AND o.id < ? ORDER BY o.id DESC LIMIT ?"
    )
    return [(row[0], row[1]) for row in conn.execute(sql, (source_id, 1 << 62 if below is None else below, limit))]


def turned_down(conn: Connection, source_id: int, limit: int, since: Instant) -> list[tuple[int, str]]:
    """Failed replies that the network's review turned down from then on, the latest first, each with the id that it
    had there."""
    sql = (
        "SELECT o.id, m.remote_id FROM outgoing AS o JOIN messages AS m"
        " ON m.conversation_id = o.conversation_id AND m.reply_id = o.id"
        " WHERE o.source_id = ? AND o.kind = 'reply' AND o.status = 'failed'"
        " AND m.held = 1 AND m.deleted_at >= ? ORDER BY o.id DESC LIMIT ?"
    )
    return [(row[0], row[1]) for row in conn.execute(sql, (source_id, since, limit))]


class Awaiting(NamedTuple):
    """A reply that waits for another member's approval, or for its writer: its id, who wrote it, in which
    conversation."""

    id: int
    member: str
    conversation_id: int


def awaiting(conn: Connection) -> list[Awaiting]:
    """The replies that await approval, oldest first."""
    sql = (
        f"SELECT id, member, conversation_id FROM outgoing WHERE {outgoing.IN_OUTBOX} AND status = 'awaiting approval'"
    )
    return [Awaiting(*row) for row in conn.execute(f"{sql} ORDER BY id")]


def handled(conn: Connection, reply_id: int, now: Instant) -> None:
    """A member was at a reply until now: what passed since it was last counted was work, unless it was a pause."""
    conn.execute(
        "UPDATE outgoing SET handled_at = :now, handle_ms = handle_ms"
        " + iif(handled_at IS NOT NULL AND :now - handled_at BETWEEN 0 AND :pause, :now - handled_at, 0)"
        " WHERE id = :reply",
        {"now": now, "pause": PAUSE, "reply": reply_id},
    )


def handle_from(conn: Connection, reply_id: int, since: Instant | None) -> None:
    """Somebody begins to write at a reply at this time; None: nobody is at it any more."""
    conn.execute("UPDATE outgoing SET handled_at = ? WHERE id = ?", (since, reply_id))


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
