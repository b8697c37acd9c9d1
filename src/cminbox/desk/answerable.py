"""Which message of a conversation can be answered, and why another cannot."""

from __future__ import annotations

from cminbox.duration import format_duration
from cminbox.errors import ActionError
from cminbox.model import Conversation, Instant, StoredMessage
from cminbox.store import Connection, messages


def answerable(conn: Connection, row: Conversation, message_id: int, now: Instant) -> StoredMessage:
    """The message with this id, which a person chose to answer.

    Raises:
        ActionError: it cannot be answered; the line says why.
    """
    chosen = messages.get(conn, message_id)
    if chosen is None or chosen.conversation_id != row.id:
        raise ActionError("that message is of another conversation")
    if not chosen.inbound:
        raise ActionError("that is our own message", "K and J choose one of theirs")
    if chosen.deleted_at is not None:
        raise ActionError("that message was deleted on the network", "K and J choose another")
    check_in_time(row, chosen, now)
    if not chosen.answerable:
        raise ActionError(
            f"{row.network} takes no answer to this message from here", "o opens it, K and J choose another"
        )
    return chosen


def check_in_time(row: Conversation, message: StoredMessage, now: Instant) -> None:
    """Raises ActionError where the network's time to answer this message is over."""
    if message.answer_until is not None and message.answer_until <= now:
        raise ActionError(
            f"too late: {row.network} takes no answer to this since {format_duration(now - message.answer_until)}",
            "when they write again, they can be answered",
        )
