"""Takes a page of messages into the store: once each, in whatever order they come, with the cursor that follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import cast

from cminbox.engine.conversation_refresh import Batch, refresh
from cminbox.engine.new_messages import Arrivals, Begun, counted
from cminbox.engine.scoring import Scored, Scoring
from cminbox.lifecycle import Measure, MessageFact, in_order
from cminbox.model import Conversation, Instant
from cminbox.store import Connection, conversations, events, lifecycle_rows, messages, sources
from cminbox.store.changes import ConversationChanges, MessageChanges
from cminbox.store.connection import reach_changed
from cminbox.store.messages import StoredMessage
from cminbox.store.sources import SourceRow


@dataclass(frozen=True, slots=True)
class Intake:
    """What take-in needs to know besides the page.

    Attributes:
        history_before: messages older than this are stored as history and open nothing; None: none are.
        sla_default: milliseconds promised where no rule says otherwise.
        teams: handles of the members of each team, for rules that assign to the least loaded.
    """

    scoring: Scoring
    now: Instant
    history_before: Instant | None = None
    sla_default: int | None = None
    teams: Mapping[str, tuple[str, ...]] | None = None

    def begin(self, conn: Connection, *, reading: bool = False) -> Batch:
        """A batch within the transaction of `conn`; as for `Batch.begin`."""
        return Batch.begin(conn, self.scoring, self.now, self.sla_default, self.teams or {}, reading=reading)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought."""

    new: int = 0
    edited: int = 0
    deleted: int = 0
    known: int = 0


@dataclass(slots=True)
class _Touched:
    """A conversation of the store: its row, and what is new in it."""

    row: Conversation
    replay: bool = False
    edited: bool = False
    said: list[MessageFact] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    """A page on its way into the store.

    Attributes:
        touched: conversations of the store with something new in them, by id.
        counts: as in `Taken`.
    """

    batch: Batch
    source: SourceRow
    intake: Intake
    touched: dict[int, _Touched] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"new": 0, "edited": 0, "deleted": 0, "known": 0})

    def touch(self, conversation_id: int) -> _Touched:
        """The conversation, which the store has."""
        if conversation_id not in self.touched:
            row = conversations.get(self.batch.conn, conversation_id)
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
) -> Taken:
    """Store a page within the transaction of `conn`. Taking the same page twice changes nothing.

    Args:
        page: scored messages, in any order.
        deleted: the network's ids of messages that it no longer has.
        cursor: (stream, cursor) to go on from, once this page is stored.
        skipped: items of the page that could not be understood.
    """
    batch = intake.begin(conn, reading=True)
    taken = _take_in(batch, [(_Page(batch, source, intake), page)], deleted, skipped)
    if cursor is not None:
        sources.set_cursor(conn, source.id, cursor[0], cursor[1], intake.now)
    return taken


def take_in_all(conn: Connection, parts: Sequence[tuple[SourceRow, Sequence[Scored]]], intake: Intake) -> Taken:
    """Store messages of several sources within the transaction of `conn`, as `take_in` would one after another."""
    pages: dict[int, tuple[SourceRow, list[Scored]]] = {}
    for source, part in parts:
        pages.setdefault(source.id, (source, []))[1].extend(part)
    batch = intake.begin(conn, reading=True)
    return _take_in(batch, [(_Page(batch, source, intake), page) for source, page in pages.values()])


def _take_in(
    batch: Batch, pages: Sequence[tuple[_Page, Sequence[Scored]]], deleted: Sequence[str] = (), skipped: int = 0
) -> Taken:
    """Store pages, one of each source. All that can be worked out by reading alone is, before the first is written."""
    rests = [(taking, _take_once(taking, sorted(page, key=_when))) for taking, page in pages]
    batch.writing.flush()
    for taking, rest in rests:
        while rest:
            rest = _take_once(taking, rest)
            batch.writing.flush()
        for remote_id in deleted:
            taking.counts["deleted"] += _delete(taking, remote_id)
        for state in taking.touched.values():
            _finish(batch, state)
        if taking.counts["new"] or skipped:
            sources.add(batch.conn, taking.source.id, taken=taking.counts["new"], skipped=skipped)
    batch.writing.flush()
    taken = Taken(*(sum(taking.counts[f.name] for taking, _ in pages) for f in fields(Taken)))
    if taken.new or taken.edited or taken.deleted:
        reach_changed(batch.conn, batch.changed)
    return taken


def _when(item: Scored) -> Instant:
    return item.message.created_at


def _take_once(taking: _Page, items: Sequence[Scored]) -> list[Scored]:
    """Store messages, those that are new with few statements; returns those whose id stood here before."""
    batch, source = taking.batch, taking.source
    firsts: dict[str, Scored] = {}
    again: list[Scored] = []
    for item in items:
        if firsts.setdefault(item.message.id, item) is not item:
            again.append(item)
    stored = messages.known(batch.conn, source.id, firsts)
    new: list[Scored] = []
    for remote_id, item in firsts.items():
        if remote_id in stored:
            taking.counts[_take_again(taking, stored[remote_id], item)] += 1
        else:
            new.append(item)
    if new:
        taking.counts["new"] += len(new)
        _take_new(taking, new)
    return again


def _take_new(taking: _Page, items: Sequence[Scored]) -> None:
    batch, source = taking.batch, taking.source
    arrivals = Arrivals(batch, source, items, taking.intake.history_before)
    rows = conversations.known(batch.conn, source.id, {item.message.conversation for item in items})
    begun: dict[str, Begun] = {}
    for item in items:
        key = item.message.conversation
        row = rows.get(key)
        if row is None:
            if key not in begun:
                begun[key] = Begun.with_(batch, source, item)
            begun[key].add(arrivals.message(item, begun[key].id))
            continue
        state = taking.touched.get(row.id) or taking.touched.setdefault(row.id, _Touched(row))
        state.said.append(arrivals.message(item, row.id).said)
        state.edited |= item.message.edited_at is not None and item.message.direction == "in"
    for conversation in begun.values():
        conversation.finish()


def _take_again(taking: _Page, stored: StoredMessage, item: Scored) -> str:
    batch, message = taking.batch, item.message
    changes: MessageChanges = {}
    if (message.text, message.title) != (stored.text, stored.title):
        changes |= {"text": message.text, "title": message.title, "edited_at": message.edited_at or batch.now}
        if not stored.sentiment_by:
            changes |= {
                "sentiment": item.sentiment.score,
                "sentiment_class": item.sentiment.label,
                "vader": item.sentiment.vader,
            }
        if not stored.lang_by.startswith("member:"):
            changes |= {"lang": item.lang, "lang_by": item.lang_by}
    if stored.deleted_at is not None:
        changes["deleted_at"] = None  # the network has it again
    if not changes:
        return "known"
    if stored.reply_id is not None and message.edited_at is None and "text" in changes:
        # Our own reply as it stands there: the adapter put a mention in front of it, say. Nobody edited anything.
        messages.update(batch.conn, stored.id, {"text": message.text, "title": message.title})
        return "known"
    messages.update(batch.conn, stored.id, changes)
    if "text" in changes:
        event = events.add(batch.conn, batch.now, "network", "edit", detail={"message": stored.id, "old": stored.text})
        events.add_item(batch.conn, event, stored.conversation_id)
    taking.touch(stored.conversation_id).replay = True
    return "edited"


def _delete(taking: _Page, remote_id: str) -> int:
    batch = taking.batch
    stored = messages.by_remote(batch.conn, taking.source.id, remote_id)
    if stored is None or stored.deleted_at is not None:
        return 0
    messages.update(batch.conn, stored.id, {"deleted_at": batch.now})
    event = events.add(batch.conn, batch.now, "network", "delete", detail={"message": stored.id})
    events.add_item(batch.conn, event, stored.conversation_id)
    taking.touch(stored.conversation_id).replay = True
    return 1


def _finish(batch: Batch, state: _Touched) -> None:
    """Bring a touched conversation up to date: by appending where the order allows, else by replaying."""
    row, new = state.row, state.said
    found: list[Measure] = []
    answers = any(not said.inbound for said in new)
    deletions = answers and messages.any_deleted(batch.conn, row.id)
    if not state.replay and all(in_order(row.newest_at, said, deletions=deletions) for said in new):
        life = lifecycle_rows.lifecycle_of(row)
        for fact in new:
            found += life.add_message(fact)
        known = cast("ConversationChanges", counted(conversations.columns(row), new))
        if state.edited:
            known["edited"] = True
    else:
        life = lifecycle_rows.replay(batch.conn, row)
        known = messages.counts(batch.conn, row.id)
    after = refresh(batch, row, life, known)
    lifecycle_rows.add_measures(batch.conn, row, after, found)


def renew(batch: Batch, row: Conversation) -> Conversation:
    """The row judged again as it stands: time went by, or the rules changed."""
    return refresh(batch, row, lifecycle_rows.lifecycle_of(row))
