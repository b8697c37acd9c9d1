"""What a conversation's screen shows, read from the store in one go and put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cminbox.model import Instant
from cminbox.store import conversations, events, messages, notes, people, replies
from cminbox.widgets.cells import counted
from cminbox.widgets.message_view import Entry, ago, ago_words, full_time, history

if TYPE_CHECKING:
    from cminbox.model import Conversation
    from cminbox.store import Connection
    from cminbox.store.events import Event
    from cminbox.store.messages import StoredMessage
    from cminbox.store.people import Claim, Presence
    from cminbox.store.replies import Reply

THREAD = 200
"""Messages of a thread that are shown, the newest ones."""

_ACTIONS: Mapping[str, str] = {
    "take": "took it",
    "assign": "assigned it",
    "unassign": "gave it back to the queue",
    "snooze": "snoozed it",
    "close": "closed it",
    "reopen": "opened it again",
    "spam": "marked it as spam",
    "not-spam": "said it is no spam",
    "label": "labelled it",
    "note": "left a note",
    "priority": "set its priority",
    "correct": "corrected it",
    "escalate": "escalated it",
    "vip": "set who is a VIP",
    "undo": "undid an action",
    "edit": "a message was edited",
    "delete": "a message was deleted on the network",
    "wake": "woke it",
    "sla warning": "warned: a reply is due soon",
    "notify": "told people",
    "reply": "wrote a reply",
    "take back": "took a reply back",
    "retry": "tried a reply again",
    "approve": "approved a reply",
    "reject": "sent a reply back",
    "sent": "sent a reply",
    "reply failed": "could not send a reply",
    "reply stopped": "stopped a reply",
}
"""Events in words, by what the desk and the engine call them; others are shown as they are called."""


@dataclass(frozen=True, slots=True)
class View:
    """A conversation as it is shown at one moment."""

    row: Conversation
    entries: tuple[Entry, ...]
    events: tuple[Event, ...]
    replies: tuple[Reply, ...]
    newest: int
    claim: Claim | None
    others: tuple[Presence, ...]
    url: str
    earlier: int
    now: Instant


def load(
    conn: Connection, conversation_id: int, *, me: str, brand: str, now: Instant, session: str = "", drafts: bool = True
) -> View | None:
    """A conversation with its thread, notes, replies on their way, events and who is at it; None if there is none.

    Args:
        me: the member's handle; their own doing is shown as yours.
        brand: how the brand's own messages are signed.
        session: this screen's own presence is left out.
        drafts: whether the member's own draft is among the entries; the composer shows it itself.
    """
    row = conversations.get(conn, conversation_id)
    if row is None:
        return None
    thread = messages.thread(conn, conversation_id, THREAD)
    log = tuple(events.of(conn, conversation_id, 12))
    outbox = tuple(replies.of(conn, conversation_id))
    written = {message.reply_id for message in thread if message.reply_id}
    before = {
        event.detail["message"]: str(event.detail["old"])
        for event in log
        if event.action == "edit" and "message" in event.detail and "old" in event.detail
    }
    entries = [_message(message, me, brand, now, before.get(message.id, "")) for message in thread]
    entries += [Entry("note", _who(note.member, me), note.text, note.created_at) for note in notes.of(conn, row.id)]
    entries += [
        _reply(reply, me, now)
        for reply in outbox
        if reply.id not in written
        and reply.status != "cancelled"
        and (reply.status != "draft" or (drafts and reply.member == me))
    ]
    claim = people.claimed(conn, conversation_id, now)
    there = people.on(conn, [conversation_id], now, session).get(conversation_id, [])
    return View(
        row=row,
        entries=tuple(history(entries)),
        events=log,
        replies=outbox,
        newest=max(m.id for m in thread) if 0 < len(thread) < THREAD else messages.newest_id(conn, conversation_id),
        claim=claim,
        others=tuple(there),
        url=next((message.url for message in reversed(thread) if message.url), ""),
        earlier=max(0, row.messages - len(thread)),
        now=now,
    )


def brand_name(brand: Mapping[str, Any]) -> str:
    """How the brand's own messages are signed."""
    name = brand.get("name")
    return name if isinstance(name, str) and name else "BRAND"


def _who(member: str, me: str) -> str:
    return "you" if member == me else member or "somebody"


def _message(message: StoredMessage, me: str, brand: str, now: Instant, before: str) -> Entry:
    tags: list[str] = [message.kind] if message.kind not in ("comment", "mention", "reply") else []
    if message.visibility and message.visibility != "public":
        tags.append(message.visibility)
    if message.lang:
        tags.append(message.lang)
    if message.inbound and message.sentiment_class != "unknown":
        tags.append(f"{message.sentiment_class} {score(message.sentiment)}".strip())
    if message.history:
        tags.append("history")
    flags = []
    if message.deleted_at is not None:
        flags.append(f"deleted on the network {ago_words(now - message.deleted_at)}")
    elif message.edited_at is not None:
        flags.append(f"edited {ago_words(now - message.edited_at)}")
    if message.inbound:
        name = message.name if message.name and message.name != message.handle else ""
        who = f"@{message.handle}" if message.handle else name or "somebody"
        tags = [name, *tags] if name and message.handle else tags
        return Entry("in", who, message.text, message.created_at, tuple(tags), tuple(flags), message.title, before)
    who = brand + (f" · {_who(message.member, me)}" if message.member else "")
    return Entry("out", who, message.text, message.created_at, tuple(tags), tuple(flags), message.title, before)


def _reply(reply: Reply, me: str, now: Instant) -> Entry:
    who = _who(reply.member, me)
    return Entry("reply", who, reply.text, reply.updated_at, flags=(reply_words(reply, me, now),))


def reply_words(reply: Reply, me: str, now: Instant) -> str:
    """Where a reply stands, and what can be done about it."""
    match reply.status:
        case "draft":
            return "draft, not sent: r goes on with it"
        case "held":
            left = max(0, -(-((reply.held_until or now) - now) // 1000))
            undo = ", u takes it back" if reply.member == me else ""
            return f"goes out in {left} s{undo}" if left else "goes out now"
        case "awaiting approval":
            return "waits for another member's approval"
        case "queued":
            wait = (reply.next_try_at or 0) - now
            return f"waits to be sent, next try in {ago(wait)}" if wait > 1000 else "waits to be sent"
        case "sending":
            return "is being sent"
        case "sent":
            return "sent"
        case "unknown":
            return "unknown whether it arrived: it is looked up before it is ever sent again"
        case "failed":
            why = f": {reply.error}" if reply.error else ""
            return f"failed{why}; r edits it, :retry tries again"
    return reply.status


def score(value: float | None) -> str:
    """A sentiment with its sign and a true minus; nothing for one that is unknown."""
    return "" if value is None else f"{value:+.2f}".replace("-", "−")


def due_words(row: Conversation, now: Instant) -> str:
    """What the clock says of a conversation, in words."""
    if row.status == "snoozed" and row.snoozed_until is not None:
        return f"until {full_time(row.snoozed_until)}"
    if row.waiting_since is None:
        return "nobody waits"
    if row.due_at is None:
        return f"waiting {ago(now - row.waiting_since)}"
    if row.due_at < now:
        return f"overdue by {ago(now - row.due_at)}"
    return f"reply due in {ago(row.due_at - now)}"


def overdue(row: Conversation, now: Instant) -> bool:
    """Whether somebody waits past the promise."""
    return row.waiting_since is not None and row.due_at is not None and row.due_at < now


def holder_words(view: View, me: str) -> str:
    """Who has it: a claim, an assignee, a team, or nobody."""
    if view.claim is not None:
        if view.claim.member == me:
            return "you hold it"
        return f"{view.claim.member} holds it, {ago(view.claim.until - view.now)} left"
    row = view.row
    if row.assignee:
        return "yours" if row.assignee == me else f"assigned to {row.assignee}"
    return f"for team {row.team}" if row.team else "unassigned"


def others_words(view: View) -> str:
    """Who else is at it now, and whether they are writing."""
    glyph = {"replying": "✎", "viewing": "◦"}
    doing = {"replying": "is replying", "viewing": "is viewing"}
    return "  ".join(f"{glyph[at.doing]} {at.member} {doing[at.doing]}" for at in view.others if at.doing in glyph)


def who_words(row: Conversation) -> str:
    """The author in one phrase: name, VIP, role, followers."""
    parts = [row.name] if row.name and row.name != row.handle else []
    if row.vip:
        parts.append("★ VIP")
    if row.role:
        parts.append(row.role)
    if row.followers is not None:
        parts.append(f"{row.followers:,} followers")
    return " · ".join(parts)


def contact_rows(view: View) -> list[tuple[str, str]]:
    """What is known of who writes."""
    row, now = view.row, view.now
    rows = [("", f"@{row.handle}" if row.handle else row.name or "somebody")]
    if words := who_words(row):
        rows.append(("", words))
    rows.append(("on", f"{row.network}, {row.source}"))
    language = row.lang or "unknown"
    rows.append(("language", language))
    mood = f"{row.sentiment_class} {score(row.sentiment)}".strip()
    rows.append(("sentiment", mood))
    if row.labels:
        rows.append(("labels", ", ".join(row.labels)))
    if row.crisis:
        rows.append(("crisis", row.crisis))
    counts = f"{counted(row.messages, 'message')}, {row.inbound:,} of theirs"
    rows.append(("", counts))
    if row.waiting_since is not None:
        rows.append(("waiting", f"since {full_time(row.waiting_since)}, {ago(now - row.waiting_since)}"))
    if row.due_at is not None and row.waiting_since is not None:
        rows.append(("due", full_time(row.due_at) + (f", {row.sla}" if row.sla else "")))
    if row.first_reply_at is not None:
        rows.append(("answered", f"first {full_time(row.first_reply_at)}"))
    return rows


def event_rows(log: Sequence[Event], me: str, now: Instant, limit: int = 6) -> list[tuple[str, str]]:
    """The last events, newest first, each with how long ago and in words."""
    return [(ago(now - event.at), event_words(event, me)) for event in list(log)[::-1][:limit]]


def event_words(event: Event, me: str) -> str:
    """An event as a sentence: who did what."""
    kind, _, name = event.actor.partition(":")
    who = {"member": _who(name, me), "rule": f"rule {name}"}.get(kind, event.actor)
    words = _ACTIONS.get(event.action, event.action)
    if kind == "network":
        return words
    detail = ", ".join(_detail(key, value) for key, value in event.detail.items() if _told(key, value))
    many = f" (with {event.count - 1:,} others)" if event.count > 1 else ""
    reached, asked = event.detail.get("reached"), event.detail.get("asked")
    early = f", ended at {reached:,} of {asked:,}" if isinstance(reached, int) and isinstance(asked, int) else ""
    undone = ", undone" if event.undone_by is not None else ""
    return f"{who} {words}" + (f": {detail}" if detail else "") + many + early + undone


_TOLD = frozenset({"to", "until", "name", "reason", "add", "remove", "value", "priority", "lang", "sentiment", "error"})
"""Details of an event that are worth a word; a note or a reply stands in the thread itself."""


def _told(key: str, value: object) -> bool:
    return key in _TOLD and value not in ("", None, [], ())


def _detail(key: str, value: object) -> str:
    if key == "until" and isinstance(value, int):
        return f"until {full_time(value)}"
    words = ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
    return f"−{words}" if key == "remove" else words
