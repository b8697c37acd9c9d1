"""What listening sources bring is only heard until a rule, a person or an answer of ours lifts it."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.engine.message_columns import message_columns
from cminbox.engine.transaction import Transaction
from cminbox.model import Conversation, Instant, StoredMessage
from cminbox.store import conversations, events, messages, sources

BY_ANSWER = "answer"
"""Our side wrote there: what they say next is said to us."""


def is_backlog(tx: Transaction, row: Conversation, newest_at: Instant) -> bool:
    """Whether what is only heard was written before its source was first read to the end, whenever it comes."""
    if tx.intake.history_before is not None:
        return True
    source = sources.get(tx.conn, row.source_id)
    return source is not None and source.first_ok_at is not None and newest_at < source.first_ok_at


def rule_for(tx: Transaction, row: Conversation, new: Sequence[StoredMessage]) -> str:
    """The rule that lifts what is only heard; empty where none does, and for a source's first backlog."""
    theirs = [message for message in new if message.inbound]
    if not (row.heard and theirs and tx.scoring.book.lifting):
        return ""
    asked = row._replace(**message_columns(theirs, row.content, network=row.network))
    rule = tx.scoring.judge(asked, theirs, tx.now).lift
    return rule if rule and not is_backlog(tx, row, theirs[-1].created_at) else ""


def why(tx: Transaction, row: Conversation, new: Sequence[StoredMessage]) -> str:
    """What lifts a conversation of the store once these messages are in it: a rule or our answer; empty for nothing."""
    if any(not message.inbound for message in new):
        return BY_ANSWER
    return rule_for(tx, row, new)


def lift(tx: Transaction, row: Conversation, by: str) -> Conversation:
    """The conversation, lifted; its lifecycle has to be replayed then."""
    messages.lift(tx.conn, row.id)
    conversations.update(tx.conn, row.id, {"heard": False})
    note(tx, row.id, by)
    return row._replace(heard=False)


def note(tx: Transaction, conversation_id: int, by: str) -> None:
    """Write down what lifted a conversation."""
    actor = "engine" if by == BY_ANSWER else f"rule:{by}"
    events.add_item(tx.conn, events.add(tx.conn, tx.now, actor, "lift"), conversation_id)
