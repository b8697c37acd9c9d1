"""The outbox: what goes out to networks, stored before anything is sent. `replies` and `network_actions` read their
kinds of it; what holds for all of them is here."""

from __future__ import annotations

from typing import NamedTuple, cast

from cminbox.model import MINUTE, Instant, OutgoingKind, OutgoingStatus
from cminbox.outbox_states import Move
from cminbox.store import rows
from cminbox.store.changes import NewOutgoing, OutgoingChanges
from cminbox.store.sqlite import Connection

TABLE = "outgoing"
IN_OUTBOX = "status NOT IN ('sent', 'draft', 'cancelled')"
"""In the words of the index `outgoing_outbox`."""
_FOR_THE_ENGINE = "status IN ('held', 'queued', 'unknown', 'sending') AND kind IN ('reply', 'action')"
"""What an engine sends; nothing sends posts yet."""
NEW_TRIES: OutgoingChanges = {
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
"""The columns of what was never tried."""


class Due(NamedTuple):
    """Something in the outbox that the engine must look at."""

    id: int
    kind: OutgoingKind
    source_id: int
    status: OutgoingStatus


def due(conn: Connection, now: Instant) -> list[Due]:
    """What the engine must look at now, the longest due first: what is held and whose countdown is over, what is queued
    or unknown and whose time has come, and what a killed engine left in `sending`."""
    come = "CASE status WHEN 'held' THEN held_until WHEN 'sending' THEN 0 ELSE COALESCE(next_try_at, 0) END"
    sql = f"SELECT id, kind, source_id, status FROM outgoing WHERE {IN_OUTBOX} AND {_FOR_THE_ENGINE} AND {come} <= ?"
    return [Due(*row) for row in conn.execute(f"{sql} ORDER BY {come}, id", (now,))]


def next_due(conn: Connection) -> Instant | None:
    """When the outbox next needs the engine, or None."""
    sql = (
        "SELECT MIN(CASE status WHEN 'held' THEN held_until ELSE COALESCE(next_try_at, 0) END) FROM outgoing"
        f" WHERE {IN_OUTBOX} AND {_FOR_THE_ENGINE}"
    )
    return cast("Instant | None", conn.execute(sql).fetchone()[0])


def of_a_later_clock(conn: Connection, now: Instant) -> int:
    """By how much this host's clock was set back since something in the outbox was last written; 0: not at all."""
    sql = f"SELECT MAX(updated_at) FROM outgoing WHERE {IN_OUTBOX} AND {_FOR_THE_ENGINE}"
    newest = conn.execute(sql).fetchone()[0]
    return 0 if newest is None or newest - now < MINUTE else int(newest - now)


def set_back(conn: Connection, by: int, now: Instant) -> None:
    """Bring what the outbox wrote by the clock as it was before to the clock as it is: its waits stay as long."""
    times = ("held_until", "next_try_at", "sending_at", "first_try_at", "try_ended_at", "updated_at")
    shifted = ", ".join(f"{column} = {column} - ?" for column in times)
    sql = f"UPDATE outgoing SET {shifted} WHERE {IN_OUTBOX} AND {_FOR_THE_ENGINE} AND updated_at > ?"
    conn.execute(sql, (*(by for _ in times), now))


def any_unknown(conn: Connection) -> bool:
    """Whether nobody knows of anything in it whether it arrived."""
    sql = f"SELECT 1 FROM outgoing WHERE {IN_OUTBOX} AND status = 'unknown' LIMIT 1"
    return conn.execute(sql).fetchone() is not None


def wait_longer(conn: Connection, by: int, now: Instant) -> None:
    """Keep the time in which what is unknown may still be accepted as long as it was: the clock went ahead by so much
    of the time that passed. None waits for longer than if its try had ended now."""
    sql = (
        "UPDATE outgoing SET try_ended_at = MIN(COALESCE(try_ended_at, sending_at) + ?, ?)"
        f" WHERE {IN_OUTBOX} AND status = 'unknown' AND COALESCE(try_ended_at, sending_at) < ?"
    )
    conn.execute(sql, (by, now, now))


def insert(conn: Connection, kind: OutgoingKind, values: NewOutgoing) -> int:
    """Store something that is to go out, and return its id."""
    row_id = rows.insert(conn, TABLE, {"kind": kind, **values})
    show(conn, values.get("conversation_id"))
    return row_id


def write(
    conn: Connection, row_id: int, conversation_id: int | None, move: Move, now: Instant, changes: OutgoingChanges
) -> None:
    """Write a move with the columns that come with it. No other statement changes a status in the outbox."""
    moved = {"status": move.status, "next_try_at": move.next_try_at, "error": move.error, "rejected": False, **changes}
    rows.update(conn, TABLE, row_id, {**moved, "updated_at": now})
    show(conn, conversation_id)


def show(conn: Connection, conversation_id: int | None) -> None:
    """Bring the conversation's `outbox` column up to date.

    Of several replies that are neither sent nor cancelled the row shows the one that needs a person most: what somebody
    else begins to write hides neither one that failed nor one that awaits approval. A draft that was given back is
    shown as `rejected` until its writer has looked at it. A verb that failed, or of which
    nobody knows whether it was done, comes after what is on its way, and before a draft.
    """
    if conversation_id is None:
        return
    conn.execute(
        "UPDATE conversations SET outbox = COALESCE((SELECT CASE kind WHEN 'action' THEN 'action ' ELSE '' END"
        " || iif(rejected, 'rejected', status) FROM outgoing"
        " WHERE conversation_id = conversations.id AND status NOT IN ('sent', 'cancelled')"
        " AND (kind = 'reply' OR kind = 'action' AND status IN ('unknown', 'failed'))"
        " ORDER BY CASE status WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1 WHEN 'awaiting approval' THEN 2"
        " WHEN 'draft' THEN iif(rejected, 3, 10) ELSE 4 END + CASE kind WHEN 'action' THEN 5 ELSE 0 END, id DESC"
        " LIMIT 1), '') WHERE id = ?",
        (conversation_id,),
    )
