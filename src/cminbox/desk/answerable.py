"""Which message of a conversation can be answered, and why another cannot."""

from __future__ import annotations

from cminbox.duration import format_ago
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
    if chosen.answer_until is not None and chosen.answer_until < now:
        ended = format_ago(now - chosen.answer_until)
        raise ActionError(f"{row.network} takes no answer to it any more: the time for one ended {ended}")
    if not chosen.answerable:
        raise ActionError(
            f"{row.network} takes no answer to this message from here", "o opens it, K and J choose another"
        )
    return chosen
