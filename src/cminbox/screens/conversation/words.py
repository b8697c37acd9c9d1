"""What is known of a conversation, in words: where a reply stands, when one is due, who has it, what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from cminbox import handles
from cminbox.duration import format_ago, format_duration, format_rough
from cminbox.model import (
    DOING,
    DONE,
    SECOND,
    VERBS,
    Brings,
    Conversation,
    Instant,
    NetworkAction,
    Reply,
    StoredMessage,
    ToPromise,
    quoted,
)
from cminbox.number_format import count_of, signed
from cminbox.outbox_states import accepted_until
from cminbox.text import without_signs
from cminbox.when import HOST, full_time, local_time

if TYPE_CHECKING:
    from cminbox.store.events import Event
    from cminbox.store.people import Claim, Presence
    from cminbox.store.promises import Promise
    from cminbox.store.questions import Question

MOST_TAKEN = 5
"""So much of what was taken from somebody is told."""

MOST_EVENTS = 6
"""So many of the log's events are shown."""

_ACTION_WORDS: Mapping[str, str] = {
    "take": "took it",
    "assign": "assigned it",
    "unassign": "gave it back to the queue",
    "returned": "returned it to the queue",
    "snooze": "snoozed it",
    "close": "closed it",
    "none-needed": "said it needs no answer",
    "needs-answer": "said whether it needs an answer",
    "lift": "lifted what was only heard",
    "reopen": "opened it again",
    "spam": "marked it as spam",
    "not-spam": "said it is no spam",
    "label": "labelled it",
    "note": "left a note",
    "priority": "set its priority",
    "correct": "corrected it",
    "escalate": "escalated it",
    "ask": "asked a colleague",
    "answered": "wrote down an answer",
    "unask": "asks a colleague no longer",
    "answer taken": "took an answer:",
    "answer refused": "took no answer:",
    "reminder": "reminded a colleague",
    "vip": "said who is a VIP",
    "role": "set who they are to us",
    "follow-up": "brought it back for what was to be done next",
    "kept": "said that a promise was kept",
    "broken": "said that a promise was broken",
    "withdraw": "took a promise back",
    "promise-to": "gave a promise to another member",
    "back": "said when it comes back",
    "came back": "brought it back to the queue",
    "watch": "watches it",
    "unwatch": "watches it no more",
    "undo": "undid an action",
    "handover taken": "took it over by handover",
    "edit": "a message was edited",
    "delete": "a message was deleted on the network",
    "seen again": "a deleted message is there again",
    "wake": "woke it",
    "sla warning": "noted that a reply is due soon",
    "ack": "acknowledged what was told of it",
    "notify": "noted for",
    "told": "told",
    "not told": "could not tell",
    "maybe told": "maybe told",
    "tell again": "had told again",
    "tell no more": "gave up telling",
    "compose": "began to answer",
    "reply": "wrote a reply",
    "take back": "took a reply back",
    "retry": "tried a reply again",
    "arrived": "said that a reply arrived",
    "approve": "approved a reply",
    "reject": "gave a reply back",
    "sent": "sent a reply",
    "reply failed": "could not send a reply",
    "reply stopped": "stopped a reply",
    "reply unknown": "does not know whether a reply arrived",
    "like": "asked for a like",
    "boost": "asked for a boost",
    "hide": "asked to hide a message",
    "delete-there": "asked to delete a message",
    "release": "asked to release a message",
    "report-spam": "asked to report spam",
    "block": "asked to block the author",
    "mute": "asked to mute the author",
    "pin": "asked to pin a message",
    "action done": "carried out on the network:",
    "action failed": "could not carry out",
    "action unknown": "does not know whether it carried out",
}
"""Events in words, by what the desk and the engine call them; others are shown as they are called."""


def member_words(member: str, me: str) -> str:
    """A member as this one reads it: `you`, their handle, or `somebody`."""
    return "you" if member == me else member or "somebody"


def verb_flags(message: StoredMessage, actions: Sequence[NetworkAction]) -> list[str]:
    """What our account did with a message on its network, and what is on its way there, in a few words each."""
    newest = {action.verb: action for action in actions if action.status != "cancelled"}
    flags = [DONE[verb] for verb in VERBS if verb in message.done]
    for verb, action in newest.items():
        if action.status in ("held", "queued", "sending"):
            flags.append(f"taking back {verb} …" if action.undo else f"{DOING[verb]} …")
        elif action.status in ("failed", "unknown"):
            what = f"taking back {verb}" if action.undo else verb
            flags.append(f"{what} failed" if action.status == "failed" else f"unknown whether {what} was done")
        elif action.status == "sent" and not action.undo and verb in ("block", "mute", "report-spam"):
            flags += [] if DONE[verb] in flags else [DONE[verb]]
    return flags


def verb_details(actions: Sequence[NetworkAction]) -> str:
    """What is known of verbs that did not go well, and what a person can do; empty where there are none."""
    newest = {action.verb: action for action in actions if action.status != "cancelled"}
    told = [
        f"{action.verb}: {action.error or 'no answer'}; :retry tries again, :cancel lets it be"
        for action in newest.values()
        if action.status in ("failed", "unknown")
    ]
    told += [
        f"{DONE[action.verb]}: {action.error}"
        for action in newest.values()
        if action.status == "sent" and action.error and not action.undo
    ]
    return "  ".join(told)


def taken_rows(actions: Sequence[NetworkAction], me: str, now: Instant) -> list[tuple[str, str]]:
    """What was taken from somebody on the network before, the newest first: how long ago, and what, why and by whom."""
    rows = []
    for action in reversed(actions[-MOST_TAKEN:]):
        what = f"{DONE[action.verb]}, taken back" if action.undo else DONE[action.verb]
        why = f" ({action.reason})" if action.reason else ""
        rows.append((format_ago(now - (action.sent_at or now)), f"{what}{why}, {member_words(action.member, me)}"))
    return rows


def asked_words(question: Question, now: Instant) -> str:
    """That a colleague was asked, and for how long they have not answered."""
    return f"{question.expert} was asked {format_ago(now - question.asked_at)}, no answer yet"


def reply_words(reply: Reply, me: str, now: Instant) -> str:
    """Where a reply stands, in a few words; `reply_details` says more."""
    match reply.status:
        case "draft":
            return "draft, not sent: r goes on with it"
        case "held":
            left = max(0, -(-((reply.held_until or now) - now) // 1000))
            undo = ", u takes it back" if reply.member == me else ""
            return f"goes out in {left} s{undo}" if left else "goes out now"
        case "awaiting approval":
            if reply.member == me:
                return "waits for another member's approval"
            return "awaits approval: :approve lets it go, :reject sends it back with a note"
        case "queued":
            wait = (reply.next_try_at or 0) - now
            return f"waits to be sent, next try in {format_rough(wait)}" if wait > 1000 else "waits to be sent"
        case "sending":
            return "is being sent"
        case "sent":
            return "sent"
        case "unknown":
            return "unknown whether it arrived"
        case "failed":
            return "failed"
    return reply.status


def reply_details(reply: Reply, now: Instant) -> str:
    """What is known of a reply that did not go well, and what a person can do; empty for others."""
    if reply.status == "unknown":
        return _unknown_details(reply, now)
    if reply.status == "failed":
        why = f"{reply.error}; " if reply.error else ""
        return f"{why}r edits it, :retry tries again"
    return reply.error if reply.status == "queued" else ""


def _unknown_details(reply: Reply, now: Instant) -> str:
    """Why nobody knows whether it arrived, what was seen, what happens next, and what a person can do."""
    if reply.arrived_by:
        return f"{reply.arrived_by} says that it is there: it is being stored as sent"
    parts = [reply.error or reply.cause or "no answer"]
    if reply.cause not in ("", reply.error):
        parts.append(f"first: {reply.cause}")
    parts.append(f"looked up {count_of(reply.look_ups, 'time')}, next {_in(reply.next_try_at, now)}")
    until = accepted_until(reply, now)
    if now <= until:
        parts.append(f"not sent again within the next {format_rough(max(until - now, 5 * SECOND))}")
    else:
        parts.append("look there (o): :arrived if it is there, :retry sends it again, :cancel makes it a draft")
    return "; ".join(parts)


def _in(when: Instant | None, now: Instant) -> str:
    return f"in {format_rough(when - now)}" if when is not None and when - now >= 5 * SECOND else "now"


def score(value: float | None) -> str:
    """A sentiment with its sign and a true minus; nothing for one that is unknown."""
    return "" if value is None else signed(value, 2)


def due_words(row: Conversation, now: Instant, zone: tzinfo = HOST) -> str:
    """What the clock says of a conversation, in words."""
    if row.status == "snoozed" and row.snoozed_until is not None:
        return f"until {full_time(row.snoozed_until, zone)}"
    if row.waiting_since is None:
        return "nobody waits"
    if row.due_at is None:
        return f"waiting {format_rough(now - row.waiting_since)}"
    if row.due_at < now:
        return f"overdue by {format_rough(now - row.due_at)}"
    return f"reply due in {format_rough(row.due_at - now)}"


def answer_until_words(row: Conversation, now: Instant) -> str:
    """How long the network still takes an answer; nothing where it always does."""
    until = row.content.answer_until
    if until is None or row.waiting_since is None:
        return ""
    if until <= now:
        return "too late to answer: the network takes no reply any more"
    return f"can be answered for {format_rough(until - now)}"


def overdue(row: Conversation, now: Instant) -> bool:
    """Whether somebody waits past the SLA."""
    return row.waiting_since is not None and row.due_at is not None and row.due_at < now


def holder_words(row: Conversation, claim: Claim | None, me: str, now: Instant) -> str:
    """Who has it: a claim, an assignee, a team, or nobody."""
    if claim is not None:
        if claim.member == me:
            return "you hold it"
        return f"{claim.member} holds it, {format_rough(claim.until - now)} left"
    if row.assignee:
        return "yours" if row.assignee == me else f"assigned to {row.assignee}"
    return f"for team {row.team}" if row.team else "unassigned"


def others_words(others: Sequence[Presence], me: str) -> str:
    """Who else is at it now, and whether they are writing; the same member may be there in another window."""
    glyph = {"replying": "✎", "viewing": "◦"}
    doing = {"replying": "is replying", "viewing": "is viewing"}
    here = [at for at in others if at.doing in glyph]
    return "  ".join(
        f"{glyph[at.doing]} you, in another window"
        if at.member == me
        else f"{glyph[at.doing]} {at.member} {doing[at.doing]}"
        for at in here
    )


def time_words(when: Instant, now: Instant, zone: tzinfo = HOST) -> str:
    """A time near the present, as one says it: `18:00`, `Thu 18:00`, `Thu 2026-05-01 18:00`."""
    then, here = local_time(when, zone), local_time(now, zone)
    days = (then.date() - here.date()).days
    return f"{then:%H:%M}" if not days else f"{then:%a %H:%M}" if 0 < days < 7 else f"{then:%a %Y-%m-%d %H:%M}"


def promise_words(promise: Promise, me: str, now: Instant, zone: tzinfo = HOST) -> str:
    """An open promise in one phrase: `promised: refund booked by Thu 18:00, in 2d, you`."""
    left = promise.due_at - now
    when = f"in {format_rough(left)}" if left >= 0 else f"{format_rough(left)} late"
    by = time_words(promise.due_at, now, zone)
    return f"promised: {promise.text} by {by}, {when}, {member_words(promise.owner, me)}"


def ended_promises(known: Sequence[Promise], me: str, now: Instant) -> list[tuple[str, str]]:
    """Promises that ended, as rows of (how, what)."""
    rows = []
    for promise in known:
        if promise.status == "open":
            continue
        late = " late" if promise.status == "kept" and (promise.ended_at or 0) > promise.due_at else ""
        ago = format_ago(now - (promise.ended_at or now))
        word = f": {promise.word}" if promise.word else ""
        rows.append((promise.status + late, f"{promise.text}, {member_words(promise.ended_by, me)} {ago}{word}"))
    return rows


def brings_words(brings: Brings, me: str, now: Instant, zone: tzinfo = HOST) -> list[str]:
    """What a reply brings with it, in a few words each: promises, and that its conversation comes back."""
    found = [promised_words(promise, me, now, zone) for promise in brings.promises]
    return found + ([f"back if no reply in {format_duration(brings.back_after)}"] if brings.back_after else [])


def promised_words(promise: ToPromise, me: str, now: Instant, zone: tzinfo = HOST) -> str:
    """What is promised with a reply: `promises refund booked by Thu 18:00`, and whose it is where that is another."""
    owner = "" if promise.owner == me else f", {promise.owner}"
    return f"promises {promise.text} by {time_words(promise.due_at, now, zone)}{owner}"


def back_words(row: Conversation, now: Instant) -> str:
    """When it comes back if they do not answer, or why it did; nothing for others."""
    if row.back_at is not None:
        return f"back in {format_rough(max(0, row.back_at - now))} if they do not answer"
    return f"came back: {row.back_why}" if row.came_back else ""


def watcher_words(row: Conversation, me: str) -> str:
    """Who watches it: `◉ you, jo`; nothing where nobody does."""
    others = [member for member in row.watchers if member != me]
    return f"◉ {', '.join([*(['you'] if me in row.watchers else []), *others])}" if row.watchers else ""


def who_words(row: Conversation) -> str:
    """The author in one phrase: name, VIP, role, followers."""
    name = without_signs(row.name) if row.name != row.handle else ""
    followers = "" if row.followers is None else f"{row.followers:,} followers"
    return " · ".join(filter(None, (name, "★ VIP" if row.vip else "", row.role, followers)))


_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French",
    "gu": "Gujarati", "hi": "Hindi", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "kn": "Kannada",
    "ko": "Korean", "ml": "Malayalam", "mr": "Marathi", "ne": "Nepali", "nl": "Dutch", "or": "Odia", "pa": "Punjabi",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil",
    "te": "Telugu", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip
_SCRIPTS = {"Latn": "in Latin letters", "Arab": "in Arabic letters", "Cyrl": "in Cyrillic letters"}


def language_words(code: str) -> str:
    """A language by its code and in words: `hi-Latn, Hindi in Latin letters`; the code alone where we know no words."""
    base, _, script = code.partition("-")
    name = " ".join(filter(None, (_LANGUAGES.get(base), _SCRIPTS.get(script))))
    return f"{code}, {name}" if base in _LANGUAGES else code or "unknown"


def direction_words(row: Conversation) -> str:
    """Where the mood goes, where it goes anywhere."""
    direction = row.content.mood_direction
    return direction if direction in ("getting worse", "getting better") else ""


def mood_words(row: Conversation) -> str:
    """How they sound, and where that goes."""
    mood = f"{row.sentiment_class} {score(row.sentiment)}".strip()
    return ", ".join(filter(None, (mood, direction_words(row))))


def contact_rows(row: Conversation, now: Instant, zone: tzinfo = HOST) -> list[tuple[str, str]]:
    """What is known of who writes, as rows of (word, what)."""
    rows = [
        ("", handles.called(row.network, row.handle, row.name)),
        ("", who_words(row)),
        ("on", f"{row.network}, {row.source}"),
        ("language", language_words(row.lang)),
        ("sentiment", mood_words(row)),
        ("signals", ", ".join(signal.replace("-", " ") for signal in row.content.signals)),
        ("urgency", f"{row.content.urgency} {quoted(row.content.urgent_words)}" if row.content.urgency else ""),
        ("labels", ", ".join(row.labels)),
        ("crisis", row.crisis or (f"{row.crises[-1]}, over" if row.crises else "")),
        ("messages", f"{row.messages:,}, {row.inbound:,} of theirs"),
    ]
    if row.waiting_since is not None:
        rows.append(("waiting", f"since {full_time(row.waiting_since, zone)}, {format_rough(now - row.waiting_since)}"))
        if row.due_at is not None:
            rows.append(("due", full_time(row.due_at, zone) + (f", {row.sla}" if row.sla else "")))
        if row.needs_since is None:
            rows.append(("", "needs no answer"))
    if row.first_reply_at is not None:
        rows.append(("answered", f"first {full_time(row.first_reply_at, zone)}"))
    rows.append(("ended", end_words(row)))
    return [(word, what) for word, what in rows if what]


def end_words(row: Conversation) -> str:
    """How its cycle ended; nothing where it has not."""
    return f"{row.end} ({row.end_reason})" if row.end_reason else row.end


def event_rows(log: Sequence[Event], me: str, now: Instant, zone: tzinfo = HOST) -> list[tuple[str, str]]:
    """The last events, newest first, each with how long ago and in words."""
    return [(format_rough(now - event.at), event_words(event, me, zone)) for event in list(log)[::-1][:MOST_EVENTS]]


def event_words(event: Event, me: str, zone: tzinfo = HOST) -> str:
    """An event as a sentence: who did what."""
    kind, _, name = event.actor.partition(":")
    who = {"member": member_words(name, me), "rule": f"rule {name}"}.get(kind, event.actor)
    words = _ACTION_WORDS.get(event.action, event.action)
    if verb := event.detail.get("verb"):
        words += f" {'taking back ' if event.detail.get('undo') else ''}{verb}"
    if kind == "network":
        return words
    if event.action in _TOLD:
        whom, why = str(event.detail.get("to", "")), str(event.detail.get("why", ""))
        read = f", {event.detail['read']} knows" if event.detail.get("read") else ""
        decide = f"; cminbox channels retry {event.detail['delivery']}" if event.detail.get("undecided") else ""
        return ": ".join(filter(None, (f"{words} {whom}".strip(), why))) + read + decide
    if event.action == "promise":
        return f"{who} promised: {_promised(event, zone)}" + (", undone" if event.undone_by is not None else "")
    detail = ", ".join(_detail(key, value, zone) for key, value in event.detail.items() if _worth_a_word(key, value))
    many = f" (with {event.count - 1:,} others)" if event.count > 1 else ""
    reached, asked = event.detail.get("reached"), event.detail.get("asked")
    early = f", ended at {reached:,} of {asked:,}" if isinstance(reached, int) and isinstance(asked, int) else ""
    undone = ", undone" if event.undone_by is not None else ""
    return f"{who} {words}" + (f": {detail}" if detail else "") + many + early + undone


_TOLD = frozenset({"told", "not told", "maybe told"})
"""Of what the engine tells people: to whom, and why not."""
_SHOWN_DETAILS = frozenset(
    {
        "after",
        "to",
        "until",
        "name",
        "reason",
        "add",
        "remove",
        "value",
        "priority",
        "lang",
        "sentiment",
        "needs",
        "error",
        "role",
        "what",
        "why",
    }
)
"""Details of an event that are worth a word; a note or a reply stands in the thread itself."""


def _promised(event: Event, zone: tzinfo) -> str:
    """What an event says was promised, by when, and whose it is."""
    detail, own = event.detail, event.actor.partition(":")[2]
    until = f" by {full_time(detail['until'], zone)}" if isinstance(detail.get("until"), int) else ""
    return f"{detail.get('text', 'something')}{until}" + (
        f", {detail['to']}'s to keep" if detail.get("to") not in (None, "", own) else ""
    )


def _worth_a_word(key: str, value: object) -> bool:
    return key in _SHOWN_DETAILS and value not in ("", None, [], ())


def _detail(key: str, value: object, zone: tzinfo = HOST) -> str:
    if key == "until" and isinstance(value, int):
        return f"until {full_time(value, zone)}"
    if key == "after" and isinstance(value, int):
        return f"after {format_duration(value)} without an answer"
    if key == "needs":
        return "needs an answer" if value else "needs none"
    words = ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
    return f"−{words}" if key == "remove" else words
