"""A reply that a network held for its review, and that everybody sees now."""

from __future__ import annotations

from cminbox.engine.attempt import Logged
from cminbox.engine.reply_attempt import ReplyAttempt
from cminbox.engine.transaction import Transaction
from cminbox.model import Instant
from cminbox.outbox_states import DEFAULT_TIMING, Event, step
from cminbox.store import events, outgoing, replies
from cminbox.store.changes import OutgoingChanges


def let_through(tx: Transaction, reply_id: int, remote_id: str, url: str, sent_at: Instant) -> None:
    """Write that everybody sees a reply: also where the review turned it down before, if nothing became of it since.

    Args:
        remote_id, url, sent_at: where it stands now, and since when.
    """
    reply = replies.get(tx.conn, reply_id)
    if reply is None or reply.status != "failed":
        replies.released(tx.conn, reply_id, remote_id, url)
        return
    move = step(reply, Event("let through"), tx.now, DEFAULT_TIMING)
    if move is None:
        return
    found: OutgoingChanges = {"remote_id": remote_id, "url": url, "sent_at": sent_at}
    outgoing.write(tx.conn, reply.id, reply.conversation_id, move, tx.now, found)
    logged: Logged = ReplyAttempt.logged(reply._replace(error=move.error), move.logged)
    number = events.add(tx.conn, tx.now, logged.actor, logged.action, detail=logged.detail)
    events.add_item(tx.conn, number, reply.conversation_id)
