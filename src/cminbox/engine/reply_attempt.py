"""A reply with all that sending it or looking for it needs, read from the store."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.engine import coming_back, promises_due
from cminbox.engine.attempt import NO_TARGET, NOTHING_TO_ASK, Attempt, Logged, Outcome
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.transaction import Transaction
from cminbox.errors import CminboxError, ConfigError, Refused
from cminbox.model import Author, Conversation, Instant, Reply, StoredMessage
from cminbox.outbox_states import Event, Timing, not_found
from cminbox.rules import language
from cminbox.sources import registry
from cminbox.sources.contract import Account, Adapter, Outgoing, Sender, Sent
from cminbox.sources.http import Client
from cminbox.store import Connection, conversations, messages, replies, sources
from cminbox.store.changes import MessageChanges, OutgoingChanges
from cminbox.text import one_line

MOST_SHOWN = 200
"""Characters of somebody's words that an error shows."""
TARGET_GONE = Outcome(Event("target gone", "not sent: the message that it answers was deleted"))


@dataclass(frozen=True, slots=True)
class ReplyAttempt(Attempt[Reply]):
    """A reply that is about to be sent, or looked up.

    Attributes:
        known_answers: ids of the messages of our side that are not this reply.
        answer: what our side wrote since its writer looked; None: nothing.
        read_back: the messages of our side that may be this reply, read since it was first tried, oldest first, each
            with the adapter's key of its conversation.
    """

    known_answers: frozenset[str]
    answer: StoredMessage | None
    read_back: tuple[tuple[StoredMessage, str], ...]

    @staticmethod
    def get(conn: Connection, number: int) -> Reply | None:
        return replies.get(conn, number)

    @classmethod
    def load(cls, conn: Connection, number: int) -> ReplyAttempt | None:
        reply = replies.get(conn, number)
        target = None if reply is None or reply.message_id is None else messages.get(conn, reply.message_id)
        row = None if reply is None else conversations.get(conn, reply.conversation_id)
        if reply is None or target is None or row is None:
            return None
        if (target.conversation_id, target.source_id) != (row.id, reply.source_id):
            return None  # an id of another conversation, or of another source, names somebody else's words
        tried_at = reply.first_try_at or reply.created_at
        # A private answer stands among the private messages; here is only word of it.
        others = messages.other_answers(conn, row.id, reply.id, tried_at)
        if reply.private:
            others |= messages.direct_answers(conn, reply.source_id, tried_at)
            seen = messages.direct_read_back(conn, reply.source_id, tried_at)
        else:
            seen = messages.read_back(conn, row.id, tried_at)
        return cls(
            reply,
            target,
            row.remote_id,
            sources.get(conn, reply.source_id),
            frozenset(other.removeprefix(messages.PRIVATE) for other in others),
            messages.answer_after(conn, row.id, reply.known_id, reply.id),
            tuple((message, _key_of(conn, message, row)) for message in seen) if reply.first_try_at else (),
        )

    @staticmethod
    def named(item: Reply) -> str:
        return f"reply {item.id}"

    @staticmethod
    def logged(item: Reply, what: str) -> Logged:
        """Sending is its writer's doing, the rest the engine's."""
        if what == "sent":
            told = {"error": item.error} if item.error else {}
            return Logged(f"member:{item.member}", what, {"reply": item.id, "text": item.text[:200], **told})
        return Logged("engine", what, {"reply": item.id, "error": item.error})

    def instead(self, conn: Connection) -> Outcome | None:
        if not self.target.answerable:
            return NO_TARGET
        if self.target.deleted_at is not None:
            return TARGET_GONE
        answered = self.answered_since()
        return self._found() or (None if answered is None else Outcome(answered))

    async def send(self, client: Client, adapter: Adapter, account: Account) -> Outcome:
        return self._accepted(await self._sender(adapter).send(client, account, self.outgoing()))

    def known(self) -> Outcome | None:
        if self.item.arrived_by:
            return self._as_said()
        return None if self.target.answerable else NOTHING_TO_ASK

    def check(self, adapter: Adapter) -> None:
        if not self._sender(adapter).INFO.capabilities.find_sent:
            raise Refused(f"{adapter.INFO.title} cannot be asked for what was sent", "look there")

    async def look_up(
        self, client: Client, adapter: Adapter, account: Account, asked_at: Instant, timing: Timing
    ) -> Outcome:
        """Only a sure «no», of a time when it can no longer be accepted, lets it be sent again."""
        found = await self._sender(adapter).find_sent(client, account, self.outgoing())
        if isinstance(found, Sent):
            return self._accepted(found)
        if found is None:
            event = not_found(self.item, asked_at, timing, deleted=self.target.deleted_at is not None)
            return Outcome(event, {"seen": "", "seen_id": ""})
        seen = found.text[:MOST_SHOWN]
        event = Event("something there", f"not there in these words; our account wrote there: {seen}")
        return Outcome(event, {"seen": seen, "seen_id": found.id})

    def not_asked(self, error: CminboxError, timing: Timing) -> Outcome:
        return self._found() or Attempt.not_asked(self, error, timing)

    def keep(self, tx: Transaction, item: Reply, *, held: bool) -> None:
        keep_message(tx, item, self.target, held=held)
        promises_due.make(tx, item)
        coming_back.count_from(tx, item)

    def answered_since(self) -> Event | None:
        """The event that our side answered after the reply was written, or None."""
        if self.answer is None:
            return None
        who = self.answer.member or self.answer.author.handle or "somebody"
        wrote = one_line(self.answer.text)[:MOST_SHOWN]
        return Event("answered since", f"not sent: {who} answered since it was written: {wrote}")

    def outgoing(self) -> Outgoing:
        """The reply as the adapter is given it."""
        reply = self.item
        return Outgoing(
            key=reply.key,
            text=reply.text,
            conversation=self.conversation,
            parent=self.target.as_message(self.conversation),
            lang=reply.lang or language.detect(reply.text, None)[0],
            sent_before=reply.first_try_at or reply.created_at,
            known=self.known_answers,
            private=reply.private,
        )

    def _found(self) -> Outcome | None:
        """The reply among what polls read back since it was first tried."""
        if self.source is None or not self.read_back:
            return None
        try:
            recognizer = registry.recognizer(registry.load(self.source.network))
        except ConfigError:
            return None  # a network that is not known any more: sending says so
        if recognizer is None:
            return None
        outgoing = self.outgoing()
        found = (m for m, key in self.read_back if recognizer.is_sent(outgoing, m.as_message(key)))
        return next((self._accepted(self._sent(message)) for message in found), None)

    def _as_said(self) -> Outcome:
        """It stands there, as a member said: what was seen there, else something of which nobody knows the id."""
        reply = self.item
        sent = Sent(
            reply.seen_id or messages.SAID + reply.key, "", reply.sending_at or reply.created_at, self.conversation
        )
        for message, _ in self.read_back:
            if message.remote_id == sent.id or (not reply.seen_id and message.parent == self.target.remote_id):
                sent = self._sent(message)
        return self._accepted(sent)

    def _sent(self, message: StoredMessage) -> Sent:
        held = "for review" if message.held else ""
        return Sent(message.remote_id, message.url, message.created_at, self.conversation, held)

    def _accepted(self, sent: Sent) -> Outcome:
        # The private message itself is read back into its own conversation, under its own id.
        own = f"{messages.PRIVATE}{sent.id}" if self.item.private else sent.id
        told = f"the network holds it {sent.held}: nobody sees it before it is released there" if sent.held else ""
        columns: OutgoingChanges = {"sent_at": sent.created_at, "remote_id": own, "url": sent.url, "error": told}
        return Outcome(Event("accepted"), columns, held=bool(sent.held))

    def _sender(self, adapter: Adapter) -> Sender:
        """The adapter as one that answers so.

        Raises:
            Refused: it takes no replies, or no private ones.
        """
        sender = registry.sender(adapter)
        if sender is None:
            raise Refused(f"{adapter.INFO.title} takes no replies from here")
        if self.item.private and adapter.INFO.capabilities.private_reply is None:
            raise Refused(f"{adapter.INFO.title} has no private answer to a public message")
        return sender


def _key_of(conn: Connection, message: StoredMessage, row: Conversation) -> str:
    """The adapter's key of the conversation of a message, which is most often this one."""
    home = row if message.conversation_id == row.id else conversations.get(conn, message.conversation_id)
    return row.remote_id if home is None else home.remote_id


def keep_message(tx: Transaction, reply: Reply, target: StoredMessage, *, held: bool = False) -> None:
    """Store a sent reply as a message of ours and bring its conversation up to date."""
    conn, writer = tx.conn, tx.writer
    row = conversations.get(conn, reply.conversation_id)
    if row is None or reply.sent_at is None:
        return
    stored = messages.by_remote(conn, reply.source_id, reply.remote_id)
    if stored is not None:
        # A poll read it back before the network's answer was stored.
        ours: MessageChanges = {
            "member": reply.member,
            "reply_id": reply.id,
            "written_at": reply.created_at,
            "holding": reply.holding,
        }
        if stored.held and stored.deleted_at is not None:
            # A network's review turned it down before, and what was sent again is the very same there.
            ours |= {"held": held, "deleted_at": None}
        if stored.conversation_id == reply.conversation_id:
            ours["seen_message_id"] = reply.seen_message_id
        messages.update(conn, stored.id, ours)
        add_messages(tx, row, [], replay=True)
        return
    source = sources.get(conn, reply.source_id)
    if source is None:
        return
    us = Author(source.account_id or source.name, source.account_handle or source.name)
    message = StoredMessage(
        id=writer.new_id("messages"),
        source_id=reply.source_id,
        remote_id=reply.remote_id,
        conversation_id=reply.conversation_id,
        author=writer.add_authors(reply.source_id, [us])[us.id],
        kind="dm" if target.kind == "dm" else "reply",
        direction="out",
        text=reply.text,
        created_at=reply.sent_at,
        fetched_at=tx.now,
        parent=target.remote_id,
        lang=reply.lang,
        visibility="private" if reply.private else target.visibility,
        can=frozenset() if reply.private else None,
        url=reply.url,
        member=reply.member,
        reply_id=reply.id,
        written_at=reply.created_at,
        seen_message_id=reply.seen_message_id,
        holding=reply.holding,
        held=held,
    )
    writer.messages.append(message)
    writer.flush()
    add_messages(tx, row, [message])
