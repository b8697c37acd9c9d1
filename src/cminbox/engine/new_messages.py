"""What a page brings that is new: messages, the people who wrote them, and conversations that begin with them.

A conversation that begins is worked out in memory and written once, as it stands at the end of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.engine.conversation_refresh import Batch, bring_up
from cminbox.engine.scoring import Heard, Scored
from cminbox.lifecycle import Lifecycle, Measure, MessageFact
from cminbox.model import Conversation, Instant, Kind, SentimentClass, searched_text
from cminbox.store import bulk
from cminbox.store.bulk import Person
from cminbox.store.messages import MOST_WAITING, plain_extra
from cminbox.store.sources import SourceRow
from cminbox.text import fold

_NOT_OURS: tuple[str, int | None, Instant | None] = ("", None, None)
"""Member, reply and writing time of a message that did not go through the outbox."""


@dataclass(slots=True)
class Arrived:
    """A new message, with what a row shows of it."""

    item: Scored
    person: Person
    said: MessageFact
    searched: str
    folded: str

    @property
    def kind(self) -> Kind:
        return self.item.message.kind

    @property
    def author_id(self) -> int | None:
        return self.person.id

    @property
    def handle(self) -> str:
        return self.person.handle

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def parent(self) -> str | None:
        return self.item.message.parent

    @property
    def title(self) -> str:
        return self.item.message.title

    @property
    def text(self) -> str:
        return self.item.message.text

    @property
    def lang(self) -> str:
        return self.item.lang

    @property
    def sentiment(self) -> float | None:
        return self.item.sentiment.score

    @property
    def sentiment_class(self) -> SentimentClass:
        return self.item.sentiment.label

    @property
    def question(self) -> bool | None:
        return self.item.question


class Arrivals:
    """The new messages of a page, and all that the store knows of their authors.

    Args:
        items: new messages, oldest first.
        history_before: messages older than this open nothing.
    """

    def __init__(
        self, batch: Batch, source: SourceRow, items: Sequence[Scored], history_before: Instant | None
    ) -> None:
        self.batch = batch
        self.source = source
        self._history_before = history_before
        self._people = bulk.people(batch.conn, source.id, {item.message.author.id for item in items})
        ours = [item.message.id for item in items if item.message.direction == "out"]
        # What the outbox sent may be read back before the outbox could write it down: it is ours all the same.
        self._sent = bulk.sent(batch.conn, source.id, ours) if ours else {}

    def message(self, item: Scored, conversation_id: int) -> Arrived:
        """Have a message written into a conversation."""
        message, sentiment, writing = item.message, item.sentiment, self.batch.writing
        person = self._person(item)
        history = self._history_before is not None and message.created_at < self._history_before
        message_id = writing.new_id("messages")
        searched = searched_text(message.title, message.text)
        folded = fold(searched) if item.folded is None else item.folded
        member, reply_id, written_at = self._sent.get(message.id, _NOT_OURS)
        writing.message(
            (  # as in bulk.MESSAGE
                message_id, self.source.id, message.id, conversation_id, person.id, message.parent, message.kind,
                message.direction, message.text, message.title, item.lang, item.lang_by, sentiment.score,
                sentiment.label, sentiment.vader, message.created_at, self.batch.now, message.edited_at, int(history),
                int(message.answerable), message.visibility, message.url, plain_extra(message.extra), member, reply_id,
                written_at,
            ),
            folded,
        )  # fmt: skip
        inbound = message.direction == "in"
        said = MessageFact(message_id, message.created_at, inbound, member, written_at, history)
        return Arrived(item, person, said, searched, folded)

    def _person(self, item: Scored) -> Person:
        author, writing = item.message.author, self.batch.writing
        person = self._people.get(author.id)
        if person is None:
            person = self._people[author.id] = writing.person(self.source.id, author)
        elif person.learn(author):
            writing.renewed(person)
        return person


@dataclass(slots=True)
class Begun:
    """A conversation that begins on this page; it is what `rows.Told` asks for itself."""

    batch: Batch
    id: int
    row: dict[str, Any]
    edited: bool = False
    _all: list[Arrived] = field(default_factory=list)
    _theirs: list[Arrived] = field(default_factory=list)

    @classmethod
    def with_(cls, batch: Batch, source: SourceRow, item: Scored) -> Begun:
        """A conversation that begins with a message."""
        message = item.message
        number = batch.writing.new_id("conversations")
        row = Conversation(
            id=number,
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
            changed=batch.changed,
        )
        return cls(batch, number, row._asdict())

    def add(self, arrived: Arrived) -> None:
        """The next message of it, not older than those before."""
        self._all.append(arrived)
        if arrived.said.inbound:
            self._theirs.append(arrived)
            self.edited |= arrived.item.message.edited_at is not None

    def finish(self) -> None:
        """Have the row written, with its labels and measures, once all its messages are known."""
        said = [arrived.said for arrived in self._all]
        life, found = Lifecycle(), list[Measure]()
        for one in said:
            found += life.add_message(one)
        self.row |= counted(self.row, said)
        self.row["edited"] = self.edited
        bring_up(self.batch, self.row, life, self)
        self.batch.writing.conversation(Conversation(**self.row))
        for measure in found:
            self.batch.writing.measure(self.row, measure)

    def waiting(self, since: Instant | None) -> Sequence[Heard]:
        """Messages of theirs, oldest first: from `since` on, or only the newest without it."""
        if since is None:
            return self._theirs[-1:]
        return [m for m in self._theirs[-MOST_WAITING:] if m.said.at >= since]

    def newest(self) -> Heard | None:
        """The newest message, theirs or ours."""
        return self._all[-1]

    def behind(self, author_id: int | None) -> Mapping[str, Any]:
        """Columns that tell of the person who wrote the newest message of theirs."""
        return self._theirs[-1].person.columns

    def label(self, wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Put the rules' labels on; a new conversation has no others."""
        for label, rule in wanted:
            self.batch.writing.label(self.id, label, f"rule:{rule}")
        return tuple(sorted(label for label, _ in wanted))


def counted(row: Mapping[str, Any], new: Sequence[MessageFact]) -> dict[str, Any]:
    """Counts and times of a conversation's row after messages were appended."""
    inbound = [said.at for said in new if said.inbound]
    outbound = [said.at for said in new if not said.inbound]
    times = [*inbound, *outbound]
    return {
        "messages": row["messages"] + len(new),
        "inbound": row["inbound"] + len(inbound),
        "gone": row["gone"] and not inbound,
        "created_at": min([*times, row["created_at"]]),
        "newest_at": max([*times, row["newest_at"]]),
        "inbound_at": _latest(inbound, row["inbound_at"]),
        "outbound_at": _latest(outbound, row["outbound_at"]),
    }


def _latest(times: list[Instant], known: Instant | None) -> Instant | None:
    return max(times, default=None) if known is None else max([*times, known])
