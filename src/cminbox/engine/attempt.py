"""A reply with all that sending it or looking for it needs, read from the store."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.model import Reply, StoredMessage
from cminbox.outbox_states import Event
from cminbox.rules import language
from cminbox.sources.contract import Outgoing
from cminbox.store import Connection, conversations, messages, replies, sources
from cminbox.store.sources import SourceRow
from cminbox.text import one_line

MOST_SHOWN = 200
"""Characters of somebody's words that an error shows."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A reply that is about to be sent, or looked up.

    Attributes:
        target: the message that it answers.
        conversation: the adapter's key of the conversation.
        known: ids of the messages of our side that are not this reply.
        answer: what our side wrote since its writer looked; None: nothing.
        read_back: the messages of our side that may be this reply, read since it was first tried; oldest first.
        source: where it goes.
    """

    reply: Reply
    target: StoredMessage
    conversation: str
    known: frozenset[str]
    answer: StoredMessage | None
    read_back: tuple[StoredMessage, ...]
    source: SourceRow | None

    @classmethod
    def load(cls, conn: Connection, reply_id: int) -> Attempt | None:
        """As the store has it; None where it has no message that this reply could answer."""
        reply = replies.get(conn, reply_id)
        if reply is None:
            return None
        target = None if reply.message_id is None else messages.get(conn, reply.message_id)
        row = conversations.get(conn, reply.conversation_id)
        if target is None or row is None:
            return None
        if (target.conversation_id, target.source_id) != (row.id, reply.source_id):
            return None  # an id of another conversation, or of another source, names somebody else's words
        tried_at = reply.first_try_at or reply.created_at
        return cls(
            reply,
            target,
            row.remote_id,
            frozenset(messages.other_answers(conn, row.id, reply.id, tried_at)),
            messages.answer_after(conn, row.id, reply.known_id, reply.id),
            tuple(messages.read_back(conn, row.id, tried_at)) if reply.first_try_at else (),
            sources.get(conn, reply.source_id),
        )

    def answered_since(self) -> Event | None:
        """The event that our side answered after the reply was written, or None."""
        if self.answer is None:
            return None
        who = self.answer.member or self.answer.author.handle or "somebody"
        wrote = one_line(self.answer.text)[:MOST_SHOWN]
        return Event("answered since", f"not sent: {who} answered since it was written: {wrote}")

    def outgoing(self) -> Outgoing:
        """The reply as the adapter is given it."""
        reply = self.reply
        return Outgoing(
            key=reply.key,
            text=reply.text,
            conversation=self.conversation,
            parent=self.target.as_message(self.conversation),
            lang=reply.lang or language.detect(reply.text, None)[0],
            sent_before=reply.first_try_at or reply.created_at,
            known=self.known,
        )
