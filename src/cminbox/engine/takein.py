"""Takes a page of messages into the store: once each, in whatever order they come, with the cursor that follows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.new_messages import NewConversation, new_messages
from cminbox.engine.scoring import Scored
from cminbox.engine.transaction import Intake, Transaction
from cminbox.model import Conversation, StoredMessage
from cminbox.store import Connection, change_numbers, conversations, events, messages, replies, sources
from cminbox.store.changes import MessageChanges
from cminbox.store.sources import SourceRow


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought."""

    new: int = 0
    edited: int = 0
    deleted: int = 0
    known: int = 0

    def __add__(self, other: Taken) -> Taken:
        """What two pages brought together."""
        return Taken(
            self.new + other.new, self.edited + other.edited, self.deleted + other.deleted, self.known + other.known
        )


@dataclass(slots=True)
class _Touched:
    """A conversation of the store: its row, whether it has to be replayed, and the messages that are new."""

    row: Conversation
    replay: bool = False
    messages: list[StoredMessage] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    """A page of one source on its way into the store.

    Attributes:
        touched: conversations of the store with something new in them, by id.
        answered: conversations in which our side wrote something new.
        counts: as in `Taken`.
    """

    tx: Transaction
    source: SourceRow
    touched: dict[int, _Touched] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def touch(self, conversation_id: int) -> _Touched:
        """The conversation, which the store has."""
        if conversation_id not in self.touched:
            row = conversations.get(self.tx.conn, conversation_id)
            assert row is not None  # noqa: S101 - messages point at conversations that exist
            self.touched[conversation_id] = _Touched(row)
        return self.touched[conversation_id]


def take_in(
    conn: Connection,
    source: SourceRow,
    page: Sequence[Scored],
    intake: Intake,
    *,
    deleted: Sequence[str] = (),
    cursor: tuple[str, str] | None = None,
    skipped: int = 0,
    moved: Mapping[str, str] = MappingProxyType({}),
) -> Taken:
    """Store a page within the transaction of `conn`. Taking the same page twice changes nothing.

    Args:
        page: scored messages, in any order.
        deleted: the network's ids of messages that it no longer has.
        cursor: (stream, cursor) to go on from, once this page is stored.
        skipped: items of the page that could not be understood.
        moved: conversations that turned out to be others: old key and new one of the adapter's.
    """
    tx = intake.begin(conn, reading=True)
    for old, new in moved.items():
        conversations.rename(conn, source.id, old, new)
    taken = _take_in(tx, [(_Page(tx, source), page)], deleted, skipped)
    if cursor is not None:
        sources.set_cursor(conn, source.id, cursor[0], cursor[1], intake.now)
    return taken


def take_in_all(conn: Connection, parts: Sequence[tuple[SourceRow, Sequence[Scored]]], intake: Intake) -> Taken:
    """Store messages of several sources within the transaction of `conn`, as `take_in` would one after another."""
    pages: dict[int, tuple[SourceRow, list[Scored]]] = {}
    for source, part in parts:
        pages.setdefault(source.id, (source, []))[1].extend(part)
    tx = intake.begin(conn, reading=True)
    return _take_in(tx, [(_Page(tx, source), page) for source, page in pages.values()])


def _take_in(
    tx: Transaction, pages: Sequence[tuple[_Page, Sequence[Scored]]], deleted: Sequence[str] = (), skipped: int = 0
) -> Taken:
    """Store pages, one of each source. All that can be worked out by reading alone is, before the first is written."""
    rests = [
        (page, _take_once(page, sorted(_in_turn(page, items), key=lambda item: item.message.created_at)))
        for page, items in pages
    ]
    tx.writer.flush()
    for page, rest in rests:
        while rest:
            rest = _take_once(page, rest)
            tx.writer.flush()
        for remote_id in deleted:
            page.counts["deleted"] += _delete(page, remote_id)
        for one in page.touched.values():
            theirs = [message.remote_id for message in one.messages if message.inbound]
            if theirs and one.row.outbound_at is not None:
                one.replay |= messages.put_behind_parents(tx.conn, one.row.id, theirs)
            add_messages(tx, one.row, one.messages, replay=one.replay)
        if page.answered:
            replies.look_up_now(tx.conn, page.answered)  # it may be what a lost answer left unknown
        if page.counts["new"] or skipped:
            sources.count_taken(tx.conn, page.source.id, taken=page.counts["new"], skipped=skipped)
    tx.writer.flush()
    taken = sum((Taken(**page.counts) for page, _ in pages), Taken())
    if taken.new or taken.edited or taken.deleted:
        change_numbers.advance_to(tx.conn, tx.changed)
    return taken


def _in_turn(page: _Page, items: Sequence[Scored]) -> Sequence[Scored]:
    """The items, each answer of ours later than what it answers and not later than now, whatever its server's clock
    says."""
    answers = [item.message for item in items if item.message.direction == "out" and item.message.parent]
    if not answers:
        return items
    conn, source_id = page.tx.conn, page.source.id
    parents = messages.known(conn, source_id, {str(message.parent) for message in answers})
    homes = {
        row.id: key for key, row in conversations.known(conn, source_id, {m.conversation for m in answers}).items()
    }
    # What they answer is theirs, and stands in the same conversation.
    theirs = [item.message for item in items if item.message.direction == "in"]
    written = {(message.conversation, message.id): message.created_at for message in theirs}
    written |= {
        (homes.get(one.conversation_id, ""), remote_id): one.created_at
        for remote_id, one in parents.items()
        if one.inbound
    }

    def placed(item: Scored) -> Scored:
        message = item.message
        if message.direction == "in" or message.parent in (None, "", message.id):
            return item
        at = max(
            min(message.created_at, page.tx.now), written.get((message.conversation, message.parent or ""), -1) + 1
        )
        return item if at == message.created_at else item._replace(message=message._replace(created_at=at))

    return [placed(item) for item in items]


def _take_once(page: _Page, items: Sequence[Scored]) -> list[Scored]:
    """Store messages, those that are new with few statements; returns those whose id stood here before."""
    firsts: dict[str, Scored] = {}
    again: list[Scored] = []
    for item in items:
        if firsts.setdefault(item.message.id, item) is not item:
            again.append(item)
    _name_said(page, firsts)
    stored = messages.known(page.tx.conn, page.source.id, firsts)
    new: list[Scored] = []
    for remote_id, item in firsts.items():
        if remote_id in stored:
            page.counts[_take_again(page, stored[remote_id], item)] += 1
        else:
            new.append(item)
    if new:
        page.counts["new"] += len(new)
        _take_new(page, new)
    return again


def _name_said(page: _Page, items: Mapping[str, Scored]) -> None:
    """Answers of ours of which a member said that they are there get their ids once they are read."""
    answers = [item.message for item in items.values() if item.message.direction == "out" and item.message.parent]
    if not answers:
        return
    for nameless in messages.said(page.tx.conn, page.source.id):
        words = " ".join(nameless.text.split())
        for message in answers:
            if message.parent == nameless.parent and words in " ".join(message.text.split()):
                if messages.by_remote(page.tx.conn, page.source.id, message.id) is None:
                    messages.name(page.tx.conn, nameless, message.id)
                break


def _take_new(page: _Page, items: Sequence[Scored]) -> None:
    tx = page.tx
    rows = conversations.known(tx.conn, page.source.id, {item.message.conversation for item in items})
    begun: dict[str, NewConversation] = {}
    homes: list[NewConversation | _Touched] = []
    for item in items:
        key = item.message.conversation
        row = rows.get(key)
        if row is not None:
            homes.append(page.touched.get(row.id) or page.touched.setdefault(row.id, _Touched(row)))
            continue
        if key not in begun:
            begun[key] = NewConversation.begin(tx, page.source, item)
        homes.append(begun[key])
    stored = new_messages(tx, page.source, [(item, home.row) for item, home in zip(items, homes, strict=True)])
    for message, home in zip(stored, homes, strict=True):
        home.messages.append(message)
        if not message.inbound:
            page.answered.add(home.row.id)
    for conversation in begun.values():
        conversation.finish(tx)


def _take_again(page: _Page, stored: StoredMessage, item: Scored) -> str:
    tx, message = page.tx, item.message
    if stored.erased:
        return "known"
    changes: MessageChanges = {}
    if (message.text, message.title) != (stored.text, stored.title):
        changes |= {"text": message.text, "title": message.title, "edited_at": message.edited_at or tx.now}
        if not stored.sentiment_by:
            score, label, vader, _ = item.sentiment
            changes |= {"sentiment": score, "sentiment_class": label, "vader": vader}
        if not stored.lang_by.startswith("member:"):
            changes |= {"lang": item.lang, "lang_by": item.lang_by}
        if stored.inbound and not stored.needs_by.startswith("member:"):
            changes |= _needs_now(page, stored, item)
    if stored.deleted_at is not None:
        changes["deleted_at"] = None
    if message.answerable and not stored.answerable:
        # Its source led elsewhere meanwhile, and leads here again.
        messages.update(tx.conn, stored.id, {"answerable": True})
    if not changes:
        return "known"
    if stored.reply_id is not None and message.edited_at is None and "text" in changes:
        # Our own reply as it stands there: the adapter put a mention in front of it, say. Nobody edited anything.
        messages.update(tx.conn, stored.id, {"text": message.text, "title": message.title})
        return "known"
    messages.update(tx.conn, stored.id, changes)
    if "text" in changes:
        event = events.add(tx.conn, tx.now, "network", "edit", detail={"message": stored.id, "old": stored.text})
        events.add_item(tx.conn, event, stored.conversation_id)
    if stored.deleted_at is not None:
        event = events.add(tx.conn, tx.now, "network", "seen again", detail={"message": stored.id})
        events.add_item(tx.conn, event, stored.conversation_id)
    page.touch(stored.conversation_id).replay = True
    return "edited"


def _needs_now(page: _Page, stored: StoredMessage, item: Scored) -> MessageChanges:
    """Whether a message of theirs needs an answer after an edit.

    What was answered or ended already stays as it was judged then: an edit makes neither a miss nor an answer of it,
    nor undoes one. It is judged by its text as it stands when it waits again.
    """
    tx, row = page.tx, page.touch(stored.conversation_id).row
    theirs = messages.inbound(tx.conn, row.id) if row.waiting_since is not None else ()
    if all(m.id != stored.id for m in messages.waiting(theirs, row.waiting_since, row.waiting)):
        return {"needs_by": "rule:"}
    # Who is late to answer owes the answer still, whatever becomes of the text.
    late = stored.needs_answer and row.due_at is not None and row.due_at < tx.now
    return {"needs_answer": item.needs or late, "needs_by": ""}


def _delete(page: _Page, remote_id: str) -> int:
    tx = page.tx
    stored = messages.by_remote(tx.conn, page.source.id, remote_id)
    if stored is None or stored.deleted_at is not None:
        return 0
    messages.update(tx.conn, stored.id, {"deleted_at": tx.now})
    event = events.add(tx.conn, tx.now, "network", "delete", detail={"message": stored.id})
    events.add_item(tx.conn, event, stored.conversation_id)
    page.touch(stored.conversation_id).replay = True
    return 1
