"""A store that was put back from a copy: what waits in it may have been sent since the copy was made."""

from __future__ import annotations

import logging

from cminbox.delivery_states import Event
from cminbox.model import Instant, NetworkAction, Reply
from cminbox.store import Connection, conversations, deliveries, events, network_actions, notices, replies, rows
from cminbox.store.changes import OutgoingChanges

LOG = logging.getLogger(__name__)
EVENT = "store put back"
_WHY = "the store was put back from a copy; the network is asked before anything is sent again"
_MAYBE_TOLD = "the store was put back from a copy: it may have been told since"


def look_up_what_waits(conn: Connection, now: Instant) -> None:
    """Let what is about to be sent be looked up on the network first, and write into the log why."""
    waiting = [reply for reply in replies.outbox(conn) if reply.status in ("held", "queued")]
    for reply in waiting:
        replies.move(conn, reply.id, "put back", now, **_tried(reply, now))
        conversations.touch(conn, reply.conversation_id)
    acts = [action for action in network_actions.outbox(conn) if action.status in ("held", "queued")]
    for action in acts:
        network_actions.move(conn, action.id, "put back", now, **_tried(action, now))
        conversations.touch(conn, action.conversation_id)
    for item in deliveries.still_queued(conn):
        deliveries.move(conn, item, Event("put back", _MAYBE_TOLD), now)
    for notice in notices.unplanned(conn, rows.LARGEST_ID, rows.LARGEST_ID):
        notices.plan(conn, notice.id, now, _MAYBE_TOLD)
    events.add(conn, now, "engine", EVENT, detail={"replies": len(waiting), "actions": len(acts)}, count=0)
    LOG.warning(
        "the store was put back from a copy; to look up before it is sent: %d replies, %d actions",
        *(len(waiting), len(acts)),
    )


def _tried(item: Reply | NetworkAction, now: Instant) -> OutgoingChanges:
    """The columns of what may have been tried a moment ago, for all that is known."""
    return {
        "sending_at": now,
        "first_try_at": item.first_try_at or item.created_at,
        "try_ended_at": now,
        "error": _WHY,
        "cause": _WHY,
    }
