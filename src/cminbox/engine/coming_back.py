"""What comes back to the queue when they do not answer: from when, and that it does."""

from __future__ import annotations

from cminbox.engine.conversation_refresh import refresh
from cminbox.engine.transaction import Transaction
from cminbox.lifecycle import Step
from cminbox.model import Reply
from cminbox.store import coming_back, conversations, events, lifecycle_rows, messages, timers


def bring_back(tx: Transaction, limit: int) -> int:
    """Open conversations of which the time for an answer has passed; how many were looked at.

    Where somebody waits it is in the queue already, and spam stays where it is: these come back no more.
    """
    found = timers.due(tx.conn, timers.BACK, tx.now, limit)
    for row in found:
        if row.waiting_since is not None or row.status == "spam" or row.gone:
            conversations.update(tx.conn, row.id, {"back_at": None, "back_why": "", "changed": tx.changed})
            continue
        event = events.add(tx.conn, tx.now, "engine", events.CAME_BACK, detail={"reason": row.back_why})
        events.add_item(tx.conn, event, row.id, {"columns": {"status": row.status}}, {"columns": {"status": "open"}})
        if row.status == "open":
            conversations.update(tx.conn, row.id, {"back_at": None, "changed": tx.changed})
            continue
        step = Step(tx.now, "opened", messages.newest_id(tx.conn, row.id))
        lifecycle_rows.add_steps(tx.conn, [(row.id, step, event)])
        refresh(tx, row, lifecycle_rows.replay(tx.conn, row, tx.sla_of(row)), {"back_at": None})
    return len(found)


def count_from(tx: Transaction, reply: Reply) -> None:
    """A reply was sent: from then on the time for an answer counts, unless they wrote before it was sent."""
    row = conversations.get(tx.conn, reply.conversation_id)
    if row is None or row.waiting_since is not None or row.status == "spam":
        return
    if reply.back_after is not None:
        columns = coming_back.columns(reply.sent_at or tx.now, reply.back_after)
        conversations.update(tx.conn, row.id, {**columns, "changed": tx.changed})
    elif row.back_why and row.back_at is None:
        # It had come back, and they were written to once more.
        conversations.update(tx.conn, row.id, {"back_why": "", "changed": tx.changed})
