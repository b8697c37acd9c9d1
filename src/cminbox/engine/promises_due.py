"""Promises as the engine sees them: owners are told when they are due, and a reply that was sent makes its own."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox import handles
from cminbox.duration import format_rough
from cminbox.engine.transaction import Transaction
from cminbox.model import Conversation, Reply
from cminbox.store import conversations, events, notices, people, promises
from cminbox.store.promises import Promise
from cminbox.when import full_time


def ring(tx: Transaction, limit: int) -> int:
    """Tell owners of promises that are due soon or late, each once; leads of those that are late. How many there were.

    What is late when it is first looked at is past being due soon.
    """
    found = promises.ringing(tx.conn, tx.now, limit)
    for promise in found:
        row = conversations.get(tx.conn, promise.conversation_id)
        late = promise.due_at <= tx.now
        promises.rung(tx.conn, promise, None if late else promise.due_at)
        if row is None:
            continue
        what = f"{promise.text}, to {handles.called(row.network, row.handle, row.name)} on {row.network}"
        if late:
            leads = [member.handle for member in people.members(tx.conn) if member.role == "lead"]
            _tell(tx, promise, row, "late", f"promise not kept in time: {what}", leads)
        else:
            _tell(tx, promise, row, "soon", f"promise due in {format_rough(promise.due_at - tx.now)}: {what}")
    return len(found)


def _tell(
    tx: Transaction, promise: Promise, row: Conversation, what: str, title: str, recipients: Sequence[str] = ()
) -> None:
    due = full_time(promise.due_at, tx.scoring.zone)
    notices.tell(
        tx.conn,
        tx.now,
        "promise",
        title,
        key=f"promise:{promise.id}:{what}:{promise.owner}",
        text=f"{promise.owner} is to keep it by {due}. Say :kept or :broken in conversation {row.id}.",
        conversation_id=row.id,
        people={"owner": [promise.owner]},
        recipients=recipients,
    )


def make(tx: Transaction, reply: Reply) -> None:
    """What was promised with a reply is promised now: it was sent."""
    known = {(promise.text, promise.due_at, promise.made_by) for promise in promises.of(tx.conn, reply.conversation_id)}
    for promise in reply.promises:
        if (promise.text, promise.due_at, reply.member) in known:
            continue  # it was sent before, and the network's review turned it down
        at = reply.sent_at or tx.now
        promises.add(tx.conn, reply.conversation_id, promise.text, promise.due_at, promise.owner, reply.member, at)
        detail = {"text": promise.text, "until": promise.due_at, "to": promise.owner, "reply": reply.id}
        event = events.add(tx.conn, tx.now, f"member:{reply.member}", "promise", detail=detail)
        events.add_item(tx.conn, event, reply.conversation_id)
        conversations.update(tx.conn, reply.conversation_id, {"changed": tx.changed})
