"""What a conversation's screen shows, read from the store in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from cminbox import handles, links
from cminbox.duration import format_ago
from cminbox.model import LABELLED, TAKING, Instant, NetworkAction, Reply, attachment_words
from cminbox.screens.conversation.words import (
    brings_words,
    member_words,
    reply_details,
    reply_words,
    score,
    verb_details,
    verb_flags,
)
from cminbox.store import (
    conversations,
    deliveries,
    events,
    messages,
    network_actions,
    notes,
    people,
    promises,
    questions,
    replies,
)
from cminbox.store.deliveries import LOGGED, Told
from cminbox.text import one_line
from cminbox.textwidth import cut_line
from cminbox.when import HOST
from cminbox.widgets.queue_row import stars_of
from cminbox.widgets.thread_entry import ThreadEntry, reading_order

if TYPE_CHECKING:
    from cminbox.model import Conversation, StoredMessage, StoredPost
    from cminbox.store import Connection
    from cminbox.store.events import Event
    from cminbox.store.notes import Note
    from cminbox.store.people import Claim, Presence
    from cminbox.store.promises import Promise
    from cminbox.store.questions import Question

THREAD = 200
"""Messages of a thread that are shown, the newest ones, before somebody goes up to those before."""
QUOTED = 40
"""Cells of a message that a note about it quotes."""
TALKS = 20
"""Other conversations of the same person that are looked for."""


class LongThread(NamedTuple):
    """The messages of a long thread as they were read; they hold as long as the conversation does not change."""

    conversation_id: int
    changed: int
    most: int
    messages: list[StoredMessage]


@dataclass(frozen=True, slots=True)
class ConversationDetails:
    """A conversation as it is shown to a member at one moment.

    Attributes:
        row: the conversation itself.
        me: the member's handle.
        now: the moment.
        entries: the thread in reading order: messages, notes, replies on their way.
        events: what was done, oldest first.
        replies: every reply to it, whatever became of it.
        newest: id of its newest message.
        claim: who holds it for now.
        others: other screens that look at it or answer it.
        url: the newest link to it on its network, or nothing.
        earlier: messages that are not among the entries, because it has too many.
        zone: where times are shown.
        talks: the newest other conversations of the same person.
        post: what the newest message comments on.
        addresses: what can be opened: each in words, with its address.
        thread: its messages that are shown, oldest first.
        promises: what was promised in it, open ones first.
        taken: what was taken from the newest inbound author on the network before, oldest first.
        asked: what colleagues were asked and have not answered yet, oldest first.
    """

    row: Conversation
    me: str
    now: Instant
    entries: tuple[ThreadEntry, ...]
    events: tuple[Event, ...]
    replies: tuple[Reply, ...]
    newest: int
    claim: Claim | None
    others: tuple[Presence, ...]
    url: str
    earlier: int
    zone: tzinfo = HOST
    talks: tuple[Conversation, ...] = ()
    post: StoredPost | None = None
    addresses: tuple[tuple[str, str], ...] = ()
    thread: tuple[StoredMessage, ...] = ()
    taken: tuple[NetworkAction, ...] = ()
    asked: tuple[Question, ...] = ()
    promises: tuple[Promise, ...] = ()

    @property
    def my_draft(self) -> Reply | None:
        """The member's draft, if something is written in it."""
        mine = (reply for reply in self.replies if reply.member == self.me)
        return next((reply for reply in mine if reply.status == "draft" and reply.text), None)

    @property
    def my_held(self) -> Reply | None:
        """The member's newest reply that can still be taken back."""
        mine = (reply for reply in reversed(self.replies) if reply.member == self.me)
        return next((reply for reply in mine if reply.status == "held"), None)


def load(
    conn: Connection,
    conversation_id: int,
    *,
    me: str,
    brand: str,
    now: Instant,
    session: str = "",
    drafts: bool = True,
    zone: tzinfo = HOST,
    most: int = THREAD,
    kept: list[LongThread] | None = None,
) -> ConversationDetails | None:
    """A conversation with its thread, notes, replies on their way, events and who is at it; None if there is none.

    Args:
        me: the member's handle; their own doing is shown as yours.
        brand: how the brand's own messages are signed.
        session: this screen's own presence is left out.
        drafts: whether the member's own draft is among the entries; the composer shows it itself.
        zone: where times are shown.
        most: so many messages, the newest ones.
        kept: holds the long thread that was read last, so that it need not be read again while nothing changes.
    """
    row = conversations.get(conn, conversation_id)
    if row is None:
        return None
    thread = _messages(conn, row, most, kept)
    # That a composer was opened is for the figures; who replies now stands elsewhere.
    log = tuple(event for event in events.of(conn, conversation_id, 24) if event.action != events.COMPOSE)[-12:]
    log = _with_readers(conn, conversation_id, log)
    outbox = tuple(replies.of(conn, conversation_id))
    written = {message.reply_id for message in thread if message.reply_id}
    before = {
        event.detail["message"]: str(event.detail["old"])
        for event in log
        if event.action == "edit" and "message" in event.detail and "old" in event.detail
    }
    actions = tuple(network_actions.of(conn, conversation_id))
    on_message: dict[int, list[NetworkAction]] = {}
    for action in actions:
        on_message.setdefault(action.message_id, []).append(action)
    entries = [
        _message(message, at, row.network, me, brand, now, before.get(message.id, ""), on_message.get(message.id, ()))
        # They stay in reading order among notes and replies, whatever the times of one second say.
        for message, at in zip(thread, accumulate((message.created_at for message in thread), max), strict=True)
    ]
    entries += [
        ThreadEntry(
            "note",
            member_words(note.member, me) + _about(conn, note, row.network, brand),
            note.text,
            note.created_at,
            key=f"note {note.id}",
        )
        for note in notes.of(conn, row.id)
    ]
    entries += [
        _reply(reply, me, now, zone)
        for reply in outbox
        if reply.id not in written
        and reply.status != "cancelled"
        and (reply.status != "draft" or (drafts and reply.member == me))
    ]
    claim = people.claimed(conn, conversation_id, now)
    there = people.present(conn, [conversation_id], now, session).get(conversation_id, [])
    return ConversationDetails(
        row=row,
        me=me,
        now=now,
        entries=tuple(reading_order(entries)),
        events=log,
        replies=outbox,
        newest=max(m.id for m in thread) if 0 < len(thread) < most else messages.newest_id(conn, conversation_id),
        claim=claim,
        others=tuple(there),
        url=next((message.url for message in reversed(thread) if message.url), ""),
        earlier=max(0, row.messages - len(thread)),
        zone=zone,
        thread=tuple(thread),
        promises=tuple(promises.of(conn, row.id)),
        taken=() if row.author_id is None else tuple(network_actions.done_to_author(conn, row.author_id, TAKING)),
        talks=() if row.author_id is None else tuple(conversations.of_author(conn, row.author_id, row.id, TALKS)),
        post=next((message.post for message in reversed(thread) if message.post is not None), None),
        addresses=addresses_of(thread),
        asked=tuple(questions.open_of(conn, row.id)) if row.colleague else (),
    )


def addresses_of(thread: Sequence[StoredMessage]) -> tuple[tuple[str, str], ...]:
    """What can be opened of a thread, each in words with its address: the newest message, attachments, their post."""
    found: dict[str, str] = {}
    newest = next((message for message in reversed(thread) if message.url), None)
    if newest is not None:
        found[newest.url] = "the message on its network"
    for message in reversed(thread):
        for attachment in message.attachments:
            if attachment.address and not attachment.gone:
                found.setdefault(attachment.address, attachment_words(attachment))
    post = next((message.post for message in reversed(thread) if message.post is not None), None)
    if post is not None and post.url:
        found.setdefault(post.url, f"what they comment on: {post.title}".rstrip(": "))
    return tuple((words, address) for address, words in found.items())


def _messages(conn: Connection, row: Conversation, most: int, kept: list[LongThread] | None) -> list[StoredMessage]:
    """The newest messages of a conversation, oldest first."""
    if kept is None or most <= THREAD:
        return messages.thread(conn, row.id, most)
    if not kept or kept[0][:3] != (row.id, row.changed, most):
        kept[:] = [LongThread(row.id, row.changed, most, messages.thread(conn, row.id, most))]
    return kept[0].messages


def brand_name(brand: Mapping[str, Any]) -> str:
    """How the brand's own messages are signed."""
    name = brand.get("name")
    return name if isinstance(name, str) and name else "BRAND"


def _message(
    message: StoredMessage,
    at: Instant,
    network: str,
    me: str,
    brand: str,
    now: Instant,
    before: str,
    actions: Sequence[NetworkAction] = (),
) -> ThreadEntry:
    tags: list[str] = [message.kind] if message.kind not in ("comment", "mention", "reply") else []
    if message.visibility and message.visibility != "public":
        tags.append(message.visibility)
    if message.lang:
        tags.append(message.lang)
    if message.inbound and message.sentiment_class != "unknown":
        tags.append(f"{message.sentiment_class} {score(message.sentiment)}".strip())
    if message.history:
        tags.append("history")
    flags = [] if message.time_known else ["time unknown: first seen"]
    if message.deleted_at is not None:
        flags.append(f"deleted on the network {format_ago(now - message.deleted_at)}")
    elif message.edited_at is not None:
        flags.append(f"edited {format_ago(now - message.edited_at)}")
    if message.held:
        flags.append("held: nobody sees it before it is released")
    if message.hidden:
        flags.append("hidden")
    if labels := message.extra.get(LABELLED):
        flags.append(f"labelled {labels}")
    if message.erased:
        flags.append("text erased")
    tags += ["under an ad"] if message.ad else []
    flags += verb_flags(message, actions)
    if message.inbound:
        author = message.author
        name = author.name if author.name and author.name != author.handle else ""
        who = handles.called(network, author.handle, name)
        tags = [name, *tags] if name and author.handle else tags
    else:
        who = brand + (f" · {member_words(message.member, me)}" if message.member else "")
    return ThreadEntry(
        "in" if message.inbound else "out",
        who,
        links.with_destinations(message.text) if message.inbound else message.text,
        at,
        tuple(tags),
        tuple(flags),
        " ".join(filter(None, (stars_of(message.stars), message.title))),
        before,
        details=verb_details(actions),
        key=f"message {message.id}",
        attachments=tuple(map(attachment_words, message.attachments)),
    )


def _about(conn: Connection, note: Note, network: str, brand: str) -> str:
    """Which message a note is about, in words: its writer and how it begins."""
    message = None if note.message_id is None else messages.get(conn, note.message_id)
    if message is None:
        return ""
    who = handles.called(network, message.author.handle, message.author.name) if message.inbound else brand
    return f" on {who} “{cut_line(one_line(message.searched), QUOTED)}”"


def _reply(reply: Reply, me: str, now: Instant, zone: tzinfo) -> ThreadEntry:
    who = member_words(reply.member, me)
    flags = (reply_words(reply, me, now),)
    return ThreadEntry(
        "reply",
        who,
        reply.text,
        reply.updated_at,
        (*(["private"] if reply.private else []), *brings_words(reply.brings, me, now, zone)),
        flags,
        details=reply_details(reply, now),
        key=f"reply {reply.id}",
    )


def _with_readers(conn: Connection, conversation_id: int, log: tuple[Event, ...]) -> tuple[Event, ...]:
    """The log, in which what was told says who acknowledged it, and what was not whether somebody has to decide."""
    if not any("delivery" in event.detail for event in log):
        return log
    told = {one.delivery.id: one for one in deliveries.of_conversation(conn, conversation_id)}
    return tuple(replace(event, detail={**event.detail, **_as_it_is(event, told)}) for event in log)


def _as_it_is(event: Event, told: Mapping[int, Told]) -> dict[str, object]:
    """What an event of the log says of a delivery beside what it remembers."""
    one = told.get(event.detail.get("delivery", 0))
    if one is None:
        return {}
    undecided = one.is_undecided and event.action == LOGGED[one.delivery.status]
    return {"read": one.acknowledged_by, "undecided": undecided}
