"""What waits to be told to a member whose shift another took: it is told to that one, and back again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cminbox.delivery_states import Event
from cminbox.model import Instant
from cminbox.store import deliveries, notices, rows
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


class Moved(NamedTuple):
    """A notice that another is told now: it, the delivery that it waited in, and the notice in its place or 0."""

    notice: int
    delivery: int
    instead: int


def move_told(
    conn: Connection,
    leaving: str,
    to: str,
    conversations: Sequence[int],
    crises: Sequence[int],
    now: Instant,
    *,
    dropped: Sequence[str] = (),
) -> list[Moved]:
    """Have told to another what waits for a member, of these conversations and crises, and was not tried.

    Args:
        dropped: how the keys of notices begin that the other hears anyway.
    """
    sql = (
        "SELECT t.notice_id, t.delivery_id FROM deliveries AS d JOIN told AS t ON t.delivery_id = d.id"
        f" JOIN notices AS n ON n.id = t.notice_id WHERE d.{deliveries.WAITING} AND d.status = 'queued' AND d.tries = 0"
        " AND d.member = ? AND t.acknowledged_at IS NULL"
        f" AND (n.conversation_id {AMONG} OR n.crisis_id {AMONG}) ORDER BY t.notice_id"
    )
    moved: dict[int, Moved] = {}
    for notice_id, delivery_id in conn.execute(sql, (leaving, listed(conversations), listed(crises))).fetchall():
        notice = notices.get(conn, notice_id)
        if notice is None:
            continue
        _drop(conn, delivery_id, notice_id, now)
        if notice_id in moved:  # by another channel of theirs
            continue
        anew = not notice.key.startswith(tuple(dropped))
        instead = _tell(conn, notice, to, now) if anew else 0
        moved[notice_id] = Moved(notice_id, delivery_id, instead)
    return list(moved.values())


def give_back(conn: Connection, moved: Iterable[Sequence[int]], to: str, now: Instant) -> None:
    """Have it told to whom it was to be told first, as far as the other was not told yet."""
    for one in map(Moved._make, moved):
        notice, instead = notices.get(conn, one.notice), notices.get(conn, one.instead)
        if notice is None or (instead is not None and deliveries.take_back(conn, instead.key, now)):
            continue
        delivery = deliveries.get(conn, one.delivery)
        if delivery is not None and delivery.status == "queued" and delivery.tries == 0:
            deliveries.carry(conn, delivery.id, notice.id)
        else:
            _tell(conn, notice, to, now)


def _drop(conn: Connection, delivery_id: int, notice_id: int, now: Instant) -> None:
    conn.execute("DELETE FROM told WHERE delivery_id = ? AND notice_id = ?", (delivery_id, notice_id))
    delivery = deliveries.get(conn, delivery_id)
    if delivery is not None and not deliveries.carried(conn, delivery_id):
        deliveries.move(conn, delivery, Event("withdrawn"), now)


def _tell(conn: Connection, notice: notices.Notice, to: str, now: Instant) -> int:
    """A notice like another one, to one member alone."""
    row = {
        **{name: getattr(notice, name) for name in ("kind", "title", "text", "conversation_id", "crisis_id", "by")},
        "at": now,
        # It may go there and back within an instant.
        "key": f"{notice.key}:to:{to}:{uuid.uuid4().hex}",
        "people": "{}",
        "recipients": (to,),
        "named_only": True,
    }
    return rows.insert(conn, "notices", row)
