"""Takes a page of messages into the store: once each, in whatever order they come, with the cursor that follows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from cminbox.engine.context import answered, hear_again, in_context, leans
from cminbox.engine.conversation_refresh import add_messages, look_at_others
from cminbox.engine.let_through import let_through
from cminbox.engine.message_columns import corrected, message_changes
from cminbox.engine.needs import judged
from cminbox.engine.new_messages import NewConversation, new_messages
from cminbox.engine.scoring import Scored
from cminbox.engine.transaction import Intake, Transaction
from cminbox.errors import DataError
from cminbox.model import LABELLED, Conversation, Instant, Message, StoredMessage, StoredPost
from cminbox.store import Connection, change_numbers, conversations, events, messages, network_actions, replies, sources
from cminbox.store.changes import MessageChanges
from cminbox.store.messages import folded
from cminbox.store.sources import SourceRow


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page brought.

    Attributes:
        errors: one for each message that could not be taken in because the store is damaged.
        changed: messages of which something else changed than the text: released, hidden, liked.
    """

    new: int = 0
    edited: int = 0
    deleted: int = 0
    known: int = 0
    errors: tuple[DataError, ...] = ()
    changed: int = 0

    def __add__(self, other: Taken) -> Taken:
        """What two pages brought together."""
        return Taken(
            self.new + other.new,
            self.edited + other.edited,
            self.deleted + other.deleted,
            self.known + other.known,
            self.errors + other.errors,
            self.changed + other.changed,
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
        counts, errors: as in `Taken`.
        posts: what its messages comment on, by the network's ids.
    """

    tx: Transaction
    source: SourceRow
    touched: dict[int, _Touched] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[DataError] = field(default_factory=list)
    posts: Mapping[str, StoredPost] = field(default_factory=dict)

    def touch(self, conversation_id: int) -> _Touched:
        """The conversation, which the store has.

        Raises:
            DataError: it does not: it is damaged.
        """
        if conversation_id not in self.touched:
            row = conversations.get(self.tx.conn, conversation_id)
            if row is None:
                raise DataError(
                    f"the store is damaged: it has the message, but not its conversation {conversation_id}",
                    hint="put a backup in its place, or `cminbox export` what can still be read",
                )
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
    turns = []
    for page, items in pages:
        stored = messages.known(tx.conn, page.source.id, {item.message.id for item in items})
        turns.append((page, _turns(page, items, stored)))
        _take_turn(page, turns[-1][1][0], stored)
    tx.writer.flush()
    for page, parts in turns:
        _settle(page)
        for items in parts[1:]:
            _take_turn(page, items)
            tx.writer.flush()
            _settle(page)
        for remote_id in deleted:
            with _one_message(page, remote_id):
                page.counts["deleted"] += _delete(page, remote_id)
        _settle(page)
        if page.answered:
            replies.look_up_now(tx.conn, page.answered)  # it may be what a lost answer left unknown
        if page.counts["new"] or skipped:
            sources.count_taken(tx.conn, page.source.id, taken=page.counts["new"], skipped=skipped)
    tx.writer.flush()
    look_at_others(tx)
    taken = sum((Taken(**page.counts, errors=tuple(page.errors)) for page, _ in pages), Taken())
    if taken.new or taken.edited or taken.deleted or taken.changed:
        change_numbers.advance_to(tx.conn, tx.changed)
    return taken


def _settle(page: _Page) -> None:
    """Bring the conversations of the store up to date in which something is new, and is written."""
    tx = page.tx
    for one in page.touched.values():
        theirs = [message.remote_id for message in one.messages if message.inbound]
        if theirs and one.row.outbound_at is not None:
            one.replay |= messages.put_behind_parents(tx.conn, one.row.id, theirs)
        if one.replay or _came_late(one):
            one.replay |= hear_again(tx.conn, tx.scoring, one.row.id)
        add_messages(tx, one.row, one.messages, replay=one.replay)
    page.touched.clear()


def _came_late(one: _Touched) -> bool:
    """Whether a message of theirs is new that is older than another one."""
    newest = one.row.inbound_at
    return newest is not None and any(message.inbound and message.created_at <= newest for message in one.messages)


def _turns(page: _Page, items: Sequence[Scored], stored: Mapping[str, StoredMessage]) -> list[list[Scored]]:
    """The items of a page in turns, in the order of their arrival, at least one turn.

    A turn has either what is new and what is known, each message once; or messages that were changed, each of another
    conversation. So a changed message is judged by what came before it, as if it had come alone.

    Args:
        stored: those of them that the store has, by the network's ids.
    """
    said = {key: _said(one.text, one.title, gone=one.deleted_at is not None) for key, one in stored.items()}
    turns: list[list[Scored]] = [[]]
    homes: set[int | str] = set()
    """The conversations of a turn of changed messages; empty in one of new messages."""
    known = Counter[str]()
    for item in items:
        message = item.message
        key, now = message.id, _said(message.text, message.title)
        one = stored.get(key)
        if said.setdefault(key, now) == now or (one is not None and one.erased):
            if one is None:
                known[key] += 1
            if known[key] > 1:
                page.counts["known"] += 1
                continue
            if homes:
                turns, homes = [*turns, []], set()
        else:
            said[key] = now
            home = message.conversation if one is None else one.conversation_id
            if home in homes or (turns[-1] and not homes):
                turns, homes = [*turns, []], set()
            homes.add(home)
        turns[-1].append(item)
    return turns


def _said(text: str, title: str, *, gone: bool = False) -> tuple[str, str, bool]:
    return text, title, gone


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


def _take_turn(page: _Page, turn: Sequence[Scored], stored: Mapping[str, StoredMessage] | None = None) -> None:
    """Store messages of which each stands here once, those that are new with few statements.

    Args:
        stored: those of them that the store has, by the network's ids; None: to be asked for.
    """
    items = {item.message.id: item for item in sorted(_in_turn(page, turn), key=lambda item: item.message.created_at)}
    if _name_said(page, items) or stored is None:
        stored = messages.known(page.tx.conn, page.source.id, items)
    posts = [item.message.post for item in items.values() if item.message.post is not None]
    page.posts = page.tx.writer.add_posts(page.source.id, posts)
    new: list[Scored] = []
    for remote_id, item in items.items():
        if remote_id in stored:
            with _one_message(page, remote_id):
                page.counts[_take_again(page, stored[remote_id], item)] += 1
        else:
            new.append(item)
    if new:
        page.counts["new"] += len(new)
        _take_new(page, new)


@contextmanager
def _one_message(page: _Page, remote_id: str) -> Iterator[None]:
    """Whatever is wrong with what the store has of one message, the others come in."""
    try:
        yield
    except DataError as error:
        page.errors.append(DataError(f"message {remote_id}: {error.message}", hint=error.hint))


def _name_said(page: _Page, items: Mapping[str, Scored]) -> bool:
    """Answers of ours get their ids once they are read: those of which a member said that they are there, and those
    that the network held and shows under another id now; whether any did."""
    answers = [item.message for item in items.values() if item.message.direction == "out"]
    if not answers:
        return False
    conn, source, named = page.tx.conn, page.source.id, False
    waiting = [(said, said.parent, "") for said in messages.said(conn, source)]
    seen = {message.conversation for message in answers if not message.held}
    waiting += [(held, None, key) for held, key in messages.held_back(conn, source, seen)]
    for nameless, parent, key in waiting:
        words = " ".join(nameless.text.split())
        for message in answers:
            # What is released may not say any more what it answers.
            fits = message.parent == parent if parent else message.conversation == key and not message.held
            if fits and words in " ".join(message.text.split()):
                if messages.by_remote(conn, source, message.id) is None:
                    messages.name(conn, nameless, message.id)
                    named = True
                break
    return named


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
    found = [(item, home.row) for item, home in zip(items, homes, strict=True)]
    stored = new_messages(tx, page.source, found, page.posts)
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
    carried = _carried_now(page, stored, message)
    changes: MessageChanges = {**carried}
    asked_at: Instant | None = None
    if _had_them_in_its_text(stored, message):
        messages.update(tx.conn, stored.id, {"text": message.text})
    elif (message.text, message.title) != (stored.text, stored.title):
        changes |= {"text": message.text, "title": message.title, "edited_at": message.edited_at or tx.now}
        item, before = _in_context(page, stored, item)
        changes = {**changes, **corrected(stored, message_changes(item.heard, before))}
        if stored.inbound:
            needs, asked_at = _needs_now(page, stored, item)
            changes |= needs
    if stored.deleted_at is not None:
        changes["deleted_at"] = None
    if message.extra.get(LABELLED, "") != stored.extra.get(LABELLED, ""):
        changes["extra"] = {**stored.extra, LABELLED: message.extra.get(LABELLED, "")}
    if message.answerable and not stored.answerable:
        # Its source led elsewhere meanwhile, and leads here again.
        messages.update(tx.conn, stored.id, {"answerable": True})
    if not changes:
        return "known"
    if stored.reply_id is not None and message.edited_at is None and "text" in changes:
        # Our own reply as it stands there: the adapter put a mention in front of it, say. Nobody edited anything.
        messages.update(tx.conn, stored.id, {**carried, "text": message.text, "title": message.title})
        return "known"
    if stored.reply_id is not None and changes.get("held") is False:
        let_through(tx, stored.reply_id, message.id, message.url, message.created_at)
    page.touch(stored.conversation_id).replay = True
    if asked_at is not None:
        messages.ask_again(tx.conn, stored, asked_at, tx.now)
    messages.update(tx.conn, stored.id, changes)
    if not changes.keys() & {"text", "deleted_at"}:
        return "changed"
    if "text" in changes:
        event = events.add(tx.conn, tx.now, "network", "edit", detail={"message": stored.id, "old": stored.text})
        events.add_item(tx.conn, event, stored.conversation_id)
    if stored.deleted_at is not None:
        event = events.add(tx.conn, tx.now, "network", "seen again", detail={"message": stored.id})
        events.add_item(tx.conn, event, stored.conversation_id)
    return "edited"


def _in_context(page: _Page, stored: StoredMessage, item: Scored) -> tuple[Scored, StoredMessage | None]:
    """An edited message, heard with what it answers where it is short; and what that is."""
    if not stored.inbound or not leans(item.message, item.heard):
        return item, None
    now = stored._replace(text=item.message.text, title=item.message.title, signals=item.heard.signals)
    before = answered(page.tx.conn, now)
    if before is None:
        return item, None
    return item._replace(heard=in_context(page.tx.scoring, now, item.heard, before)), before


def _hidden_by_us(page: _Page, stored: StoredMessage) -> bool:
    """Whether we hid it last: some networks do that by holding it, and it waits for nobody's review."""
    done = network_actions.last_done(page.tx.conn, stored, "hide")
    return done is not None and not done.undo


def _carried_now(page: _Page, stored: StoredMessage, message: Message) -> MessageChanges:
    """What a message carries beside its text, where the network says something else of it than before.

    A post, stars, a time to answer until, and what we did there, that the network leaves out now stay as they were.
    """
    post = stored.post if message.post is None else page.posts[message.post.id]
    stars = stored.stars if message.stars is None else message.stars
    until = stored.answer_until if message.answer_until is None else message.answer_until
    held, hidden = message.held, stored.hidden if message.hidden is None else message.hidden
    done = stored.done if message.done is None else message.done
    if held and not hidden and _hidden_by_us(page, stored):
        held, hidden = False, True
    now = (message.attachments, held, hidden, message.ad, message.can, done, stars, until, post)
    was = (
        *(stored.attachments, stored.held, stored.hidden, stored.ad, stored.can, stored.done),
        *(stored.stars, stored.answer_until, stored.post),
    )
    if now == was:
        return {}
    return {
        "attachments": message.attachments,
        "held": held,
        "hidden": hidden,
        "ad": message.ad,
        "can": message.can,
        "done": done,
        "stars": stars,
        "answer_until": until,
        "post": post,
    }


_DRAWN_LINE = re.compile(r"\[\w+\](?: .*)?")


def _had_them_in_its_text(stored: StoredMessage, message: Message) -> bool:
    """Whether a text differs only in lines like `[image] a cat`: earlier versions kept attachments there."""
    if stored.attachments or not message.attachments or stored.title != message.title:
        return False
    rest = [line for line in stored.text.split("\n") if not _DRAWN_LINE.fullmatch(line)]
    return "\n".join(rest).strip() == message.text.strip()


def _needs_now(page: _Page, stored: StoredMessage, item: Scored) -> tuple[MessageChanges, Instant | None]:
    """Whether a message of theirs needs an answer after an edit, and when it asked once more by it, if it did.

    What was answered or ended already stays as it was judged then: an edit makes neither a miss nor an answer of it,
    nor undoes one. But new words that need an answer are asked anew: nobody of our side had seen them. Other words
    are judged by the text as it stands when it waits again.
    """
    tx, row = page.tx, page.touch(stored.conversation_id).row
    message, said = item.message, stored.needs_by.startswith("member:")
    after = stored._replace(
        text=message.text,
        title=message.title,
        edited_at=message.edited_at or tx.now,
        needs_answer=stored.needs_answer if said else item.heard.needs,
        needs_by=stored.needs_by if said else "",
        words=item.words,
        **corrected(stored, message_changes(item.heard)),
    )
    need, by = judged(tx, row, after)
    asks_anew = need and not stored.history and row.status != "spam" and folded(stored) != item.words
    if asks_anew:
        at = min(max(message.edited_at or tx.now, stored.created_at), tx.now)
        return {"needs_answer": True, "needs_by": by, "asked_at": at}, at
    # What came back after it was deleted: whether it was late by then is forgotten, so it keeps its need.
    if said or (stored.deleted_at is not None and stored.needs_answer):
        return {}, None
    theirs = messages.inbound(tx.conn, row.id) if row.waiting_since is not None else ()
    if all(m.id != stored.id for m in messages.waiting(theirs, row.waiting_since, row.waiting)):
        return {"needs_by": "rule:"}, None
    # Who is late to answer owes the answer still, whatever becomes of the text.
    late = stored.needs_answer and row.due_at is not None and row.due_at < tx.now
    return {"needs_answer": item.heard.needs or late, "needs_by": ""}, None


def _delete(page: _Page, remote_id: str) -> int:
    tx = page.tx
    stored = messages.by_remote(tx.conn, page.source.id, remote_id)
    if stored is None or stored.deleted_at is not None:
        return 0
    page.touch(stored.conversation_id).replay = True
    messages.update(tx.conn, stored.id, {"deleted_at": tx.now})
    event = events.add(tx.conn, tx.now, "network", "delete", detail={"message": stored.id})
    events.add_item(tx.conn, event, stored.conversation_id)
    return 1
