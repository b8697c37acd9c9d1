"""Which message of a conversation can be answered, and why another cannot."""

from __future__ import annotations

from cminbox.duration import format_duration
from cminbox.errors import ActionError, ConfigError
from cminbox.model import Conversation, Instant, StoredMessage
from cminbox.outbox_states import IN_FLIGHT
from cminbox.sources import registry
from cminbox.store import Connection, messages, network_actions, replies


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
    """Raises ActionError where the network's time to answer this message is over.

    Whoever writes in private again can be answered again, whichever of their messages is chosen.
    """
    until = message.answer_until
    if until is not None and message.kind == "dm" and row.content.answer_until is not None:
        until = max(until, row.content.answer_until)
    if until is not None and until <= now:
        raise ActionError(
            f"too late: {row.network} takes no answer to this since {format_duration(now - until)}",
            "when they write again, they can be answered",
        )


def check_private(conn: Connection, row: Conversation, message: StoredMessage, now: Instant, reply_id: int = 0) -> None:
    """Look whether this message can be answered in private, which networks allow once.

    Args:
        reply_id: this reply does not count.

    Raises:
        ActionError: it cannot; the line says why.
    """
    try:
        info = registry.info(row.network)
    except ConfigError as error:
        raise ActionError(error.message, error.hint) from None
    allowed = info.capabilities.private_reply
    if message.kind == "dm":
        raise ActionError("this is a private message: the answer is private anyway")
    if allowed is None or message.kind not in allowed.kinds:
        raise ActionError(f"{info.title} has no private answer to a {message.kind}")
    if message.created_at + allowed.within <= now:
        raise ActionError(
            f"too late: {info.title} takes a private answer for {format_duration(allowed.within)}",
            "answer it in public",
        )
    ours = [reply for reply in replies.of(conn, row.id) if reply.private and reply.message_id == message.id]
    if any(reply.status in {*IN_FLIGHT, "sent"} and reply.id != reply_id for reply in ours):
        raise ActionError(f"this was answered in private before, and {info.title} allows that once")
    done = network_actions.of(conn, row.id)
    if any(act.message_id == message.id and act.text and act.status == "sent" and not act.error for act in done):
        raise ActionError(f"its author was told why in private, and {info.title} allows one private answer")
