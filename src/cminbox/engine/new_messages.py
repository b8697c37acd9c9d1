"""What a page brings that is new: messages, the people who wrote them, and conversations that begin with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cminbox.engine import lifting
from cminbox.engine.context import answered, in_context, leans
from cminbox.engine.conversation_refresh import count_columns, refreshed
from cminbox.engine.message_columns import message_changes
from cminbox.engine.needs import judged
from cminbox.engine.scoring import Scored
from cminbox.engine.transaction import Transaction
from cminbox.lifecycle import Findings, Lifecycle, MessageFact
from cminbox.model import NOTHING_DONE, Conversation, StoredMessage, StoredPost
from cminbox.store import intake
from cminbox.store.intake import SentReply
from cminbox.store.messages import MOST_JUDGED
from cminbox.store.sources import SourceRow

_NOT_OURS = SentReply("", None, None, None, 0)


def new_messages(
    tx: Transaction,
    source: SourceRow,
    items: Sequence[tuple[Scored, Conversation]],
    posts: Mapping[str, StoredPost] = MappingProxyType({}),
) -> Iterator[StoredMessage]:
    """Messages as the store will keep them; each is left to the transaction's writer.

    Args:
        items: new messages, oldest first, each with its conversation as it was before.
        posts: what they comment on, by the network's ids.
    """
    writer, history_before = tx.writer, tx.intake.history_before
    authors = writer.add_authors(source.id, [item.message.author for item, _ in items])
    outbound = [item.message.id for item, _ in items if item.message.direction == "out"]
    beside: list[StoredMessage] = []
    # What the outbox sent may be read back before the outbox could write it down: it is ours all the same.
    sent = intake.sent_by_us(tx.conn, source.id, outbound) if outbound else {}
    for item, row in items:
        message, heard = item.message, item.heard
        mood = heard.sentiment
        reply = sent.get(message.id, _NOT_OURS)
        stored = StoredMessage(
            id=writer.new_id("messages"),
            source_id=source.id,
            remote_id=message.id,
            conversation_id=row.id,
            author=authors[message.author.id],
            kind=message.kind,
            direction=message.direction,
            text=message.text,
            created_at=message.created_at,
            fetched_at=tx.now,
            parent=message.parent,
            title=message.title,
            edited_at=message.edited_at,
            # What is only heard opens nothing and has no SLA, as if it were of the past.
            history=row.heard or (history_before is not None and message.created_at < history_before),
            answerable=message.answerable,
            visibility=message.visibility,
            url=message.url,
            extra=message.extra,
            member=reply.member,
            reply_id=reply.id,
            written_at=reply.written_at,
            # What its writer had seen says something of the conversation that it was written in alone.
            seen_message_id=reply.seen if reply.conversation_id == row.id else None,
            holding=reply.holding,
            attachments=message.attachments,
            stars=message.stars,
            held=message.held,
            hidden=message.hidden is True,
            ad=message.ad,
            post=None if message.post is None else posts[message.post.id],
            can=message.can,
            done=message.done or NOTHING_DONE,
            answer_until=message.answer_until,
            lang=heard.lang,
            lang_by=heard.lang_by,
            sentiment=mood.score,
            sentiment_class=mood.label,
            vader=mood.vader,
            signals=heard.signals,
            signal_words=heard.signal_words,
            urgency=heard.urgency,
            urgent_words=heard.urgent_words,
            needs_answer=heard.needs,
            words=item.words,
        )
        if stored.inbound:
            if leans(message, heard) and (before := answered(tx.conn, stored, beside)) is not None:
                heard = in_context(tx.scoring, stored, heard, before)
                stored = stored._replace(needs_answer=heard.needs, **message_changes(heard, before))
            need, by = judged(tx, row, stored)
            stored = stored._replace(needs_answer=need, needs_by=by)
            beside.append(stored)
        writer.messages.append(stored)
        yield stored


@dataclass(slots=True)
class NewConversation:
    """A conversation that begins on this page. It is worked out in memory and written once, as it stands at the end."""

    row: Conversation
    messages: list[StoredMessage] = field(default_factory=list)

    @classmethod
    def begin(cls, tx: Transaction, source: SourceRow, item: Scored) -> NewConversation:
        """A conversation that begins with a message, which is not among its messages yet."""
        message = item.message
        row = Conversation(
            id=tx.writer.new_id("conversations"),
            source_id=source.id,
            remote_id=message.conversation,
            source=source.name,
            network=source.network,
            kind=message.kind,
            status="closed",
            title=message.title,
            handle=message.author.handle,
            name=message.author.name,
            created_at=message.created_at,
            newest_at=message.created_at,
            changed=tx.changed,
            heard=not source.owned,
        )
        return cls(row)

    def finish(self, tx: Transaction) -> None:
        """Leave the row to the writer, with its labels and measures, once all its messages are known."""
        if rule := lifting.rule_for(tx, self.row, self.messages):
            lifting.note(tx, self.row.id, rule)
            self.row = self.row._replace(heard=False)
            self.messages = [message._replace(history=False) for message in self.messages]
            lifted = {message.id: message for message in self.messages}
            tx.writer.messages[:] = [lifted.get(message.id, message) for message in tx.writer.messages]
        life, found = Lifecycle(), Findings()
        for message in self.messages:
            life.add_message(MessageFact.of(message), found)
        theirs = [message for message in self.messages if message.inbound][-MOST_JUDGED:]
        counts = count_columns(self.row, self.messages)
        row = refreshed(tx, self.row, life, counts, theirs, self.messages[-1], stored=False)
        if tx.scoring.book.answering and row.waiting_since is not None:
            row = row._replace(rescore_at=tx.now)  # its rules may ask what only the finished row says
        tx.writer.conversations.append(row)
        tx.writer.add_found(row, life, found, tx.sla_of(row))
