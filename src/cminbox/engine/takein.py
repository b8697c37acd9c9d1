"""Takes a page of messages into the store: once each, in whatever order they come, with the cursor that follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cminbox.engine.rows import Batch, refresh
from cminbox.engine.scoring import Scored, Scoring
from cminbox.life import Life, Measure, Said, hear, in_order
from cminbox.model import Instant
from cminbox.store import Connection, conversations, events, lives, messages, replies, sources
from cminbox.store.conversations import Conversation
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

    def begin(self, conn: Connection) -> Batch:
        """A batch within the transaction of `conn`."""
        return Batch.begin(conn, self.scoring, self.now, self.sla_default, self.teams or {})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought."""

    new: int = 0
    edited: int = 0
    deleted: int = 0
    known: int = 0


@dataclass
class _Touched:
    """A conversation of the page: its row and life so far, and what is new in it."""

    row: Conversation
    life: Life
    fresh: bool
    replay: bool = False
    edited: bool = False
    said: list[Said] | None = None


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
    batch = intake.begin(conn)
    touched: dict[int, _Touched] = {}
    keys: dict[str, _Touched] = {}
    counts = {"new": 0, "edited": 0, "deleted": 0, "known": 0}
    for item in sorted(page, key=lambda s: s.message.created_at):
        counts[_take_one(batch, source, item, intake, touched, keys)] += 1
    for remote_id in deleted:
        counts["deleted"] += _delete(batch, source, remote_id, touched)
    for state in touched.values():
        _finish(batch, state)
    if counts["new"] or skipped:
        sources.add(conn, source.id, taken=counts["new"], skipped=skipped)
    if cursor is not None:
        sources.set_cursor(conn, source.id, cursor[0], cursor[1], intake.now)
    return Taken(**counts)


def _take_one(
    batch: Batch,
    source: SourceRow,
    item: Scored,
    intake: Intake,
    touched: dict[int, _Touched],
    keys: dict[str, _Touched],
) -> str:
    message = item.message
    stored = messages.by_remote(batch.conn, source.id, message.id)
    if stored is not None:
        return _take_again(batch, stored, item, touched)
    state = keys.get(message.conversation)
    if state is None:
        state = keys[message.conversation] = _conversation(batch, source, item, touched)
    history = intake.history_before is not None and message.created_at < intake.history_before
    values = _values(source, state.row.id, item, batch.now)
    values["history"] = int(history)
    values["author_id"] = sources.author_id(batch.conn, source.id, message.author)
    if message.direction == "out" and (reply := replies.by_remote(batch.conn, source.id, message.id)) is not None:
        # Read back before the outbox could write it down: it is ours all the same.
        values |= {"member": reply.member, "reply_id": reply.id, "written_at": reply.created_at}
    message_id = messages.insert(batch.conn, values)
    said = Said(
        message_id,
        message.created_at,
        message.direction == "in",
        values.get("member", ""),
        values.get("written_at"),
        history,
    )
    state.edited |= message.edited_at is not None and message.direction == "in"
    if state.said is None:
        state.said = []
    state.said.append(said)
    return "new"


def _values(source: SourceRow, conversation_id: int, item: Scored, now: Instant) -> dict[str, Any]:
    message = item.message
    return {
        "source_id": source.id,
        "remote_id": message.id,
        "conversation_id": conversation_id,
        "parent": message.parent,
        "kind": message.kind,
        "direction": message.direction,
        "text": message.text,
        "title": message.title,
        "lang": item.lang,
        "lang_by": item.lang_by,
        "sentiment": item.sentiment.score,
        "sentiment_class": item.sentiment.label,
        "vader": item.sentiment.vader,
        "created_at": message.created_at,
        "fetched_at": now,
        "edited_at": message.edited_at,
        "answerable": int(message.answerable),
        "visibility": message.visibility,
        "url": message.url,
        "extra": message.extra,
    }


def _conversation(batch: Batch, source: SourceRow, item: Scored, touched: dict[int, _Touched]) -> _Touched:
    message = item.message
    row = conversations.by_remote(batch.conn, source.id, message.conversation)
    if row is not None:
        return touched.setdefault(row.id, _Touched(row, lives.of(row), fresh=False))
    conversation_id = conversations.insert(
        batch.conn,
        {
            "source_id": source.id,
            "remote_id": message.conversation,
            "source": source.name,
            "network": source.network,
            "kind": message.kind,
            "status": "closed",
            "title": message.title,
            "handle": message.author.handle,
            "name": message.author.name,
            "preview": "",
            "created_at": message.created_at,
            "newest_at": message.created_at,
            "changed": batch.changed,
        },
    )
    made = conversations.get(batch.conn, conversation_id)
    assert made is not None  # noqa: S101 - it was made above
    touched[conversation_id] = _Touched(made, Life(), fresh=True)
    return touched[conversation_id]


def _take_again(batch: Batch, stored: StoredMessage, item: Scored, touched: dict[int, _Touched]) -> str:
    message = item.message
    changes: dict[str, Any] = {}
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
    _touch(batch, stored.conversation_id, touched).replay = True
    return "edited"


def _touch(batch: Batch, conversation_id: int, touched: dict[int, _Touched]) -> _Touched:
    if conversation_id not in touched:
        row = conversations.get(batch.conn, conversation_id)
        assert row is not None  # noqa: S101 - messages point at conversations that exist
        touched[conversation_id] = _Touched(row, lives.of(row), fresh=False)
    return touched[conversation_id]


def _delete(batch: Batch, source: SourceRow, remote_id: str, touched: dict[int, _Touched]) -> int:
    stored = messages.by_remote(batch.conn, source.id, remote_id)
    if stored is None or stored.deleted_at is not None:
        return 0
    messages.update(batch.conn, stored.id, {"deleted_at": batch.now})
    event = events.add(batch.conn, batch.now, "network", "delete", detail={"message": stored.id})
    events.add_item(batch.conn, event, stored.conversation_id)
    _touch(batch, stored.conversation_id, touched).replay = True
    return 1


def _finish(batch: Batch, state: _Touched) -> None:
    """Bring a touched conversation up to date: by appending where the order allows, else by replaying."""
    row, life, new = state.row, state.life, state.said or []
    newest_at = None if state.fresh else row.newest_at
    found: list[Measure] = []
    ordered = sorted(new, key=lambda s: (s.at, s.id))
    answers = any(not said.inbound for said in ordered)
    deletions = answers and not state.fresh and messages.any_deleted(batch.conn, row.id)
    if not state.replay and all(in_order(newest_at, said, deletions=deletions) for said in ordered):
        for said in ordered:
            life, measures = hear(life, said)
            found += measures
        known = _counted(row, ordered, state.fresh)
        if state.edited:
            known["edited"] = True
    else:
        life = lives.replayed(batch.conn, row)
        known = messages.counts(batch.conn, row.id)
    after = refresh(batch, row, life, known)
    lives.add_measures(batch.conn, row, after, found)


def _counted(row: Conversation, new: Sequence[Said], fresh: bool) -> dict[str, Any]:
    """Counts and times of a conversation after messages were appended."""
    inbound = [s.at for s in new if s.inbound]
    outbound = [s.at for s in new if not s.inbound]
    times = [s.at for s in new] + ([] if fresh else [row.newest_at])
    return {
        "messages": row.messages + len(new),
        "inbound": row.inbound + len(inbound),
        "gone": row.gone and not inbound,
        "created_at": min([s.at for s in new] + ([] if fresh else [row.created_at])),
        "newest_at": max(times),
        "inbound_at": max([*inbound, *_given(row.inbound_at)], default=None),
        "outbound_at": max([*outbound, *_given(row.outbound_at)], default=None),
    }


def _given(at: Instant | None) -> tuple[Instant, ...]:
    return () if at is None else (at,)


def renew(batch: Batch, row: Conversation) -> Conversation:
    """The row judged again as it stands: time went by, or the rules changed."""
    return refresh(batch, replace(row), lives.of(row))
