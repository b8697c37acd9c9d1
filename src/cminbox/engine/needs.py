"""Whether a message of theirs needs an answer: a person's word, else what rules say, else what it shows itself."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.engine.message_columns import message_columns
from cminbox.engine.transaction import Transaction
from cminbox.model import Conversation, StoredMessage
from cminbox.store import messages


def judged(tx: Transaction, row: Conversation, message: StoredMessage) -> tuple[bool, str]:
    """Whether a message needs an answer, and who says so, as `StoredMessage.needs_by` has it.

    Args:
        row: its conversation; what the rules ask of who, what and how is this message's alone.
    """
    if message.needs_by.startswith("member:") or message.erased:
        return message.needs_answer, message.needs_by
    if tx.scoring.book.answering:
        # As if it needed one, so that a rule that asks for that is of one mind.
        asked = row._replace(**message_columns([message], row.content))._replace(needs_since=message.created_at)
        said = tx.scoring.answer(asked, message, tx.now)
        if said is not None:
            return said[0], f"rule:{said[1]}"
    return (_by_itself(tx, message) if message.needs_by else message.needs_answer), ""


def _by_itself(tx: Transaction, message: StoredMessage) -> bool:
    """Whether a message needs an answer, as far as it shows that itself."""
    if message.sentiment_by and message.sentiment_class == "negative":
        return True
    return tx.scoring.analyse(message).needs


def judge_again(tx: Transaction, row: Conversation, waiting: Sequence[StoredMessage]) -> bool:
    """Ask the rules again about messages that wait; whether one of them now needs an answer, or no longer does.

    What is late needs its answer, whatever the rules say since.
    """
    if not tx.scoring.book.answering and not any(message.needs_by.startswith("rule:") for message in waiting):
        return False
    late = row.due_at is not None and row.due_at < tx.now
    changed = False
    for message in waiting:
        need, by = judged(tx, row, message)
        if (need, by) == (message.needs_answer, message.needs_by) or (late and message.needs_answer and not need):
            continue
        messages.update(tx.conn, message.id, {"needs_answer": need, "needs_by": by})
        changed |= need != message.needs_answer
    return changed
