"""The nouns that every layer shares. No layer's behaviour lives here.

Times are `Instant`: whole milliseconds since the epoch, UTC. Durations in code are milliseconds too, and seconds
wherever a person or another program reads them. Ids given by networks are opaque strings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, get_args

Instant = int
"""Milliseconds since the epoch, UTC."""

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
"""The units of time, by the letters that people write."""

Direction = Literal["in", "out"]
Kind = Literal["comment", "mention", "reply", "dm", "review", "post", "article"]
Status = Literal["open", "pending", "snoozed", "closed", "spam"]
OutgoingStatus = Literal[
    "draft", "awaiting approval", "held", "queued", "sending", "sent", "failed", "unknown", "cancelled"
]
OutgoingKind = Literal["reply", "post", "action"]
"""What goes out: an answer, a post of ours, or a verb."""
DeliveryStatus = Literal["queued", "sending", "sent", "failed", "unknown", "cancelled"]
"""Where something stands that is told through a channel."""
UNSENT = frozenset({"failed", "unknown", "action failed", "action unknown"})
"""What a conversation's row says where a person has to look: see `Conversation.outbox`."""
Role = Literal["lead", "responder", "drafter", "observer"]
End = Literal["", "answered", "none needed", "unanswered"]
"""How a cycle ended; empty while it has not."""
SentimentClass = Literal["negative", "neutral", "positive", "unknown"]
Band = Literal["urgent", "high", "normal", "low"]
MoodDirection = Literal["", "getting worse", "steady", "getting better"]
"""Where the mood of a conversation goes; empty where too little is known."""
AttachmentKind = Literal["picture", "film", "sound", "file"]
Verb = Literal["like", "boost", "hide", "delete", "release", "report-spam", "block", "mute", "pin"]
"""What is done on a network beside answering; each but `delete`, `release` and `report-spam` has its way back."""

NoticeKind = Literal[
    "approval",  # a reply waits for approval
    "assigned",  # somebody got a conversation
    "crisis",  # a crisis is proposed, declared, updated or ended
    "due",  # a conversation is due soon
    "handover",  # a shift is handed over, or nobody takes it
    "mentioned",  # a note names somebody
    "promise",  # a promise is due soon, or was not kept in time
    "question",  # a colleague is asked
    "answer",  # a colleague answered, or has not yet
    "returned",  # a conversation came back to the queue from somebody silent or absent
    "rule",  # a rule says so
    "source",  # a source needs a person
    "watched",  # something happened in a conversation that somebody watches
    "test",  # somebody tries a channel
]
"""What people are told of."""
NoticePart = Literal["assignee", "approvers", "asker", "lead", "mentioned", "next", "owner", "team", "watchers"]
"""The part that people have in a matter of which somebody is told: the configuration names them by it."""

ATTACHMENT_KINDS: tuple[AttachmentKind, ...] = ("picture", "film", "sound", "file")
KINDS: tuple[Kind, ...] = ("comment", "mention", "reply", "dm", "review", "post", "article")
STATUSES: tuple[Status, ...] = ("open", "pending", "snoozed", "closed", "spam")
NOTICE_KINDS: tuple[str, ...] = get_args(NoticeKind)
NOTICE_PARTS: tuple[str, ...] = get_args(NoticePart)
ROLES: tuple[Role, ...] = ("lead", "responder", "drafter", "observer")
CONTACT_ROLES = ("customer", "journalist", "influencer", "partner", "employee", "troll")
"""What a contact is to the brand."""
SIGNALS: Mapping[str, str] = {
    "question": "asks us something",
    "request": "asks for something to be done",
    "complaint": "complains",
    "damage": "something came damaged",
    "misdelivery": "the wrong thing came, or it went to somebody else",
    "double-charge": "charged twice or too much",
    "refund": "wants money back",
    "safety": "somebody may be harmed: injury, illness, allergy, fire",
    "legal": "speaks of lawyers, authorities or the press",
    "human-wanted": "wants a person instead of a machine",
    "cancelling": "leaves, or threatens to",
    "delivery": "asks or complains about a delivery",
    "broken": "something does not work",
    "unanswered": "says that nobody answers",
    "urgent": "says that it is urgent",
    "scam": "speaks of fraud",
    "stolen-account": "somebody else is in their account",
    "thanks": "thanks",
    "sorted": "says that it is solved",
    "chatter": "chats and wants nothing",
    "spam": "advertises something of their own",
    "abuse": "insults",
    "praise": "praises",
    "sale": "wants to buy or to work with us",
    "same": "says that it is the same with them",
    "emoji": "only emoji",
    "capitals": "writes in capitals",
    "competitor": "names a competitor",
    "first-contact": "their first conversation, and we have not answered yet",
    "again": "comes back within 7 days after a conversation of theirs ended",
    "bad-before": "an earlier conversation of theirs was negative or closed unanswered",
    "several": "three or more of their messages wait",
}
"""What a message does and wants, and what is known of who wrote it: names and their meaning."""
OF_CONVERSATIONS = ("first-contact", "again", "bad-before", "several")
"""The signals that no text shows: they are worked out when its conversation is."""
CORRECTABLE = tuple(name for name in SIGNALS if name not in OF_CONVERSATIONS)
"""The signals that a person can say a message has, or has not."""
CHOSEN_MESSAGE = "message:"
"""Before the id of the message that a verb is for, as its first argument; without one it is the newest that waits."""
CHOSEN_PROMISE = "promise:"
"""Before the id of the promise that a command is about, as its first argument; without one it is the first due."""
TAKING: frozenset[Verb] = frozenset({"hide", "delete", "report-spam", "block", "mute"})
"""Verbs that take something from a person: a reason is asked for."""
DOING: Mapping[Verb, str] = {
    "like": "liking",
    "boost": "boosting",
    "hide": "hiding",
    "delete": "deleting",
    "release": "releasing",
    "report-spam": "reporting",
    "block": "blocking",
    "mute": "muting",
    "pin": "pinning",
}
"""A verb in words while it is on its way."""
DONE: Mapping[Verb, str] = {
    "like": "liked",
    "boost": "boosted",
    "hide": "hidden",
    "delete": "deleted",
    "release": "released",
    "report-spam": "reported as spam",
    "block": "blocked",
    "mute": "muted",
    "pin": "pinned",
}
"""A verb in words once the network said that it was done."""
OF_AUTHORS: frozenset[Verb] = frozenset({"block", "mute"})
"""Verbs that are done to whoever wrote a message; the others are done to the message."""
VERBS: tuple[Verb, ...] = ("like", "boost", "hide", "delete", "release", "report-spam", "block", "mute", "pin")

NO_EXTRA: Mapping[str, str] = {}
NO_WORDS: Mapping[str, tuple[str, ...]] = {}
NOTHING_DONE: frozenset[Verb] = frozenset()
TIME_UNKNOWN: Mapping[str, str] = {"time": "unknown"}
"""In a message's `extra`: the network does not say when it was written, so it counts from when it was first seen."""
LABELLED = "labelled"
"""In a message's `extra`: what a network's moderators say of it or of its author, in their words; people see it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
FIRST: Instant = -62_135_596_800_000
LAST: Instant = 253_402_300_799_999
"""The first and the last instant of the years 1 to 9999, which alone have names."""
EARLIEST: Instant = 631_152_000_000
"""1990-01-01: no message is taken to be older."""
CLOCK_TROUBLE = DAY
"""How far in the future a time may lie because some clock is wrong."""


def now() -> Instant:
    """The wall clock, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def to_iso(when: Instant) -> str:
    """ISO 8601 in UTC with `+00:00`; milliseconds only where there are some.

    What lies outside the years 1 to 9999 is written as the nearest instant inside them.
    """
    within = max(FIRST, min(when, LAST))
    return (EPOCH + timedelta(milliseconds=within)).isoformat(timespec="milliseconds" if within % 1000 else "seconds")


def from_iso(text: str) -> Instant:
    """The instant that an ISO 8601 time with a zone names; what is finer than a millisecond is cut off.

    `23:59:60` is the second after `23:59:59`, and `24:00` the next day's midnight.

    Raises:
        ValueError: not ISO 8601, or without a zone.
    """
    more = 0
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        plain, leap = re.subn(r"(?<=[T ]\d\d:\d\d:)60(?=$|[.,Zz+-])", "59", text.upper())
        plain, midnight = re.subn(r"(?<=[T ])24(?=:?00(?::?00(?:[.,]0+)?)?(?:$|[Zz+-]))", "00", plain)
        when, more = datetime.fromisoformat(plain), leap * SECOND + midnight * DAY
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return to_instant(when) + more


def to_instant(when: datetime) -> Instant:
    """The instant of a date and time that knows its zone; what is finer than a millisecond is cut off."""
    return (when - EPOCH) // _MILLISECOND


def is_plausible(when: Instant, present: Instant) -> bool:
    """Whether a message can have this time: not before 1990, and no more than a clock's trouble in the future.

    Programs that know no time write one all the same: year 1, 1900, 1970, 9999.
    """
    return EARLIEST <= when <= present + CLOCK_TROUBLE


def band(priority: int) -> Band:
    """The band of a priority: urgent from 80, high from 60, normal from 30, low below."""
    if priority >= 80:
        return "urgent"
    if priority >= 60:
        return "high"
    return "normal" if priority >= 30 else "low"


def band_ends(name: Band) -> tuple[int, int]:
    """The lowest and the highest priority of a band."""
    return {"urgent": (80, 100), "high": (60, 79), "normal": (30, 59), "low": (0, 29)}[name]


def quoted(words: Iterable[str]) -> str:
    """Words as people are told of them, the first of many."""
    return ", ".join(f"“{word}”" for word in list(words)[:3])


def merged(said: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """For each signal the words that tell of it in several messages, each once."""
    found: dict[str, dict[str, None]] = {}
    for words_of in said:
        for signal, words in words_of.items():
            found.setdefault(signal, {}).update(dict.fromkeys(words))
    return {signal: tuple(words) for signal, words in found.items()}


class Author(NamedTuple):
    """A network identity that wrote a message.

    `id` is unique within its source only; `handle` has no leading `@`.
    """

    id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None
    url: str = ""


class Attachment(NamedTuple):
    """A picture, film, sound or file of a message.

    Attributes:
        address: where it can be seen, a web address; empty where the network gives none (a story that ended, say).
        alt: what it shows, in its author's or the network's words; cleaned.
        gone: whether it was there and is not any more.
    """

    kind: AttachmentKind
    address: str = ""
    alt: str = ""
    gone: bool = False


class Post(NamedTuple):
    """What people comment on: a post, film, advertisement or article.

    Attributes:
        id: the network's id, unique within the source.
        title: its title or first line, cleaned.
    """

    id: str
    title: str = ""
    url: str = ""


class Message(NamedTuple):
    """One inbound or outbound text as an adapter understood it, already cleaned by `text`.

    Attributes:
        id: the network's id, unique within the source.
        conversation: the adapter's key of the conversation it belongs to, unique within the source.
        parent: the id of the message that it answers, if any.
        answerable: whether a reply to it can be sent through the adapter.
        visibility: the network's own word for who can see it ("public", "direct", …); empty if it has none.
        extra: what the adapter needs to see again when it answers this message (strings only, few and short).
        attachments: in the order of the network.
        stars: of a review, 1 to 5.
        held: the network holds it for our review: nobody sees it before it is released.
        hidden: it is hidden on the network, by us or by the network; None where the network does not say.
        ad: it stands under an advertisement.
        post: what it comments on, where that is no message of ours.
        can: what can be done with this very message; None for all that the adapter's network has.
        done: what our account has done with it and still stands: `like`, `boost`, `pin`, `mute`, `block`;
            None where the network does not say.
        answer_until: after this a reply is refused; None where there is no such end.
    """

    id: str
    conversation: str
    author: Author
    text: str
    created_at: Instant
    kind: Kind = "mention"
    direction: Direction = "in"
    parent: str | None = None
    url: str = ""
    lang: str | None = None
    edited_at: Instant | None = None
    visibility: str = ""
    title: str = ""
    answerable: bool = True
    extra: Mapping[str, str] = NO_EXTRA
    attachments: tuple[Attachment, ...] = ()
    stars: int | None = None
    held: bool = False
    hidden: bool | None = False
    ad: bool = False
    post: Post | None = None
    can: frozenset[Verb] | None = None
    done: frozenset[Verb] | None = NOTHING_DONE
    answer_until: Instant | None = None

    @property
    def time_known(self) -> bool:
        """Whether `created_at` is the network's word; else it is when we saw the message first."""
        return not TIME_UNKNOWN.items() <= self.extra.items()


def searched_text(title: str, text: str) -> str:
    """A message's text as queries see it: its title, if it has one, on a line of its own before it."""
    return f"{title}\n{text}" if title else text


def with_alt_texts(text: str, attachments: Iterable[Attachment]) -> str:
    """A text, and behind it on lines of their own what its attachments show."""
    return "\n".join([text, *(attachment.alt for attachment in attachments if attachment.alt)])


def attachment_words(attachment: Attachment) -> str:
    """An attachment as people read it: its kind, what it shows, and whether it is gone."""
    shown = f": {attachment.alt}" if attachment.alt else ""
    return f"{attachment.kind}{' (gone)' if attachment.gone else ''}{shown}"


class Sentiment(NamedTuple):
    """How a text sounds.

    Attributes:
        score: −1…1, or None where the language cannot be read.
        label: negative, neutral, positive or unknown; unknown exactly when `score` is None.
        vader: VADER's compound score where the text is English, kept beside ours.
        hits: the words that counted, each with its weight.
    """

    score: float | None
    label: SentimentClass
    vader: float | None = None
    hits: tuple[tuple[str, float], ...] = ()


UNKNOWN_SENTIMENT = Sentiment(None, "unknown")


class Reason(NamedTuple):
    """One reason for a priority: how many points, what gave them, and in words why."""

    points: int
    rule: str
    why: str = ""


class Member(NamedTuple):
    """A person of the team, with the role that says what they may do."""

    handle: str
    name: str = ""
    role: Role = "lead"
    teams: tuple[str, ...] = ()


class Content(NamedTuple):
    """What the messages of a conversation say and carry, as queries ask and a row shows it.

    Attributes:
        question: who waits asks something.
        edited, held, hidden, ad, deleted: an inbound message is; one that is deleted counts as nothing else.
        is_reply: the newest inbound message answers another.
        stars: of the newest review.
        attachments: what the waiting messages carry, as `attachment_words` says it.
        post: the title of what the newest inbound message comments on, else its address.
        answer_until: after this a reply to the newest waiting message is refused.
        signals: what who waits does and wants (`SIGNALS`), sorted.
        urgency: the highest priority points of their service words; urgent_words: these words.
        mood_direction: how their mood moves over the conversation, by the scores of all messages.
    """

    question: bool = False
    edited: bool = False
    is_reply: bool = False
    held: bool = False
    hidden: bool = False
    ad: bool = False
    deleted: bool = False
    stars: int | None = None
    attachments: tuple[str, ...] = ()
    post: str = ""
    answer_until: Instant | None = None
    signals: tuple[str, ...] = ()
    urgency: int = 0
    urgent_words: tuple[str, ...] = ()
    mood_direction: MoodDirection = ""


NO_CONTENT = Content()


class Conversation(NamedTuple):
    """A conversation as the store keeps it: all that the queue shows of it and all that a query can ask.

    This is the one declaration of its columns, with `Content`, whose fields are columns of the same table. A name is
    the column's name and the default is the column's; a column whose default is False is stored as 0 or 1, one whose
    default is a tuple as JSON (`store.records`). The lifecycle's columns are those that `lifecycle.Lifecycle` has too.
    A named tuple, because it is what a row is, and so wide a data class takes long to make at every start.

    Attributes:
        remote_id: the adapter's key of the conversation, unique within its source.
        source: the source's name.
        created_at: of its first message.
        newest_at: of its newest message.
        changed: grows with every change of any conversation; screens ask for what is newer.
        kind, author_id, handle, name, followers, role, vip, title: of the newest inbound message and who wrote it.
        preview: one line of the newest waiting message, else of the newest one.
        lang: empty where it is unknown.
        sentiment: the lowest of the waiting messages; None where it is unknown.
        rules: names of the rules that match it, in the order in which they were tried.
        priority_by: the member who set the priority by hand; rules leave it alone then.
        labels: sorted; the table `labels` says who put each there.
        assigned_by: `member:<handle>` or `rule:<name>`.
        crisis: the crisis's name while it runs.
        crises: numbers (`#3`) and names of the crisis that it is in, the last two, and of those that it was in as they
            ended.
        inbound_at, outbound_at: of the newest message of that direction.
        waiting_since: of the oldest inbound message not yet answered, while somebody waits.
        needs_since: of the oldest of these that needs an answer.
        cycle_at: start of the running or last cycle.
        first_reply_at: the first team reply in that cycle; first_useful_at: the first that was no holding answer.
        asked_at: what its first response is measured from.
        owed_since: of the oldest message that was closed unanswered, and has no answer to this moment.
        status_at: when a person or the clock last made a step.
        end: how the cycle ended, while it is closed; end_reason: why it needs no answer, where a person said so.
        sla: the rule that gave the SLA; sla_target: its milliseconds; None for no SLA.
        sla_business: they are milliseconds of business hours.
        due_at: when the SLA ends, while somebody waits who needs an answer.
        warned_at: when the warning before `due_at` was given, or it was too late for one.
        rescore_at: when time alone may change the priority.
        inbound: inbound messages that are not deleted.
        waiting: unanswered inbound messages.
        outbox: status of what is neither sent nor cancelled and needs a person most (`store.outgoing.show`): of a
            reply, or `action failed` and `action unknown` of a verb.
        gone: all its inbound messages were deleted on the network.
        heard: only heard: of a listening source, and lifted by nobody. It opens nothing and has no SLA.
        promise_at: when the first of its open promises is due; promise: its text; promise_owner: whose it is to do.
        back_at: when it comes back if they do not answer; None: it does not, or it did.
        back_why: why it comes back, or came back: `no reply in 2d`.
        watchers: handles of the members who watch it, sorted.
        colleague: a colleague was asked about it, and has not answered yet.
    """

    id: int
    source_id: int
    remote_id: str
    source: str
    network: str
    kind: Kind
    status: Status
    created_at: Instant
    newest_at: Instant
    changed: int
    author_id: int | None = None
    handle: str = ""
    name: str = ""
    followers: int | None = None
    role: str = ""
    vip: bool = False
    preview: str = ""
    title: str = ""
    lang: str = ""
    sentiment: float | None = None
    sentiment_class: SentimentClass = "unknown"
    content: Content = NO_CONTENT
    priority: int = 0
    reasons: tuple[Reason, ...] = ()
    rules: tuple[str, ...] = ()
    priority_by: str = ""
    labels: tuple[str, ...] = ()
    assignee: str = ""
    assigned_by: str = ""
    team: str = ""
    crisis_id: int | None = None
    crisis: str = ""
    crises: tuple[str, ...] = ()
    inbound_at: Instant | None = None
    outbound_at: Instant | None = None
    waiting_since: Instant | None = None
    cycle_at: Instant | None = None
    first_reply_at: Instant | None = None
    closed_at: Instant | None = None
    snoozed_until: Instant | None = None
    status_at: Instant | None = None
    sla: str = ""
    sla_target: int | None = None
    due_at: Instant | None = None
    warned_at: Instant | None = None
    rescore_at: Instant | None = None
    messages: int = 0
    inbound: int = 0
    waiting: int = 0
    notes: int = 0
    outbox: str = ""
    gone: bool = False
    needs_since: Instant | None = None
    end: End = ""
    end_reason: str = ""
    first_useful_at: Instant | None = None
    asked_at: Instant | None = None
    owed_since: Instant | None = None
    sla_business: bool = False
    heard: bool = False
    promise_at: Instant | None = None
    promise: str = ""
    promise_owner: str = ""
    back_at: Instant | None = None
    back_why: str = ""
    watchers: tuple[str, ...] = ()
    colleague: bool = False

    @property
    def came_back(self) -> bool:
        """Whether it is in the queue because they did not answer."""
        return bool(self.back_why) and self.back_at is None and self.status == "open"


class StoredAuthor(NamedTuple):
    """An author as the store knows them, with what the contact behind them says.

    Attributes:
        id: None where a message has no author any more.
        remote_id: the network's id.
    """

    id: int | None
    remote_id: str = ""
    handle: str = ""
    name: str = ""
    followers: int | None = None
    url: str = ""
    vip: bool = False
    role: str = ""


class StoredPost(NamedTuple):
    """What messages comment on, as the store knows it.

    Attributes:
        remote_id: the network's id.
    """

    id: int
    remote_id: str
    title: str = ""
    url: str = ""


class StoredMessage(NamedTuple):
    """A message as the store keeps it, with its author.

    The fields are the columns of its table, save `author` and `post` (the columns `author_id` and `post_id`) and the
    last one, which scoring hands on in memory.

    Attributes:
        remote_id: the network's id, unique within the source.
        created_at: the network's time; fetched_at: ours.
        lang_by: empty, `network`, `detected` or `member:<handle>`.
        sentiment_by: empty or `member:<handle>`.
        deleted_at: when we learnt that the network no longer has it.
        history: older than the backfill at the first poll; it opened nothing.
        member: outbound: who sent it through us; empty elsewhere.
        written_at: outbound through us: when its writer gave it to the outbox.
        erased: its text was erased here; the row is kept for the figures, and nothing brings the text back.
        forgotten_at: inbound: when its author was forgotten while they waited for an answer to it.
        seen_message_id: outbound through us: the newest message of the conversation that its writer had seen.
        needs_answer: inbound: it needs an answer.
        needs_by: who says so: empty for what the text itself shows, `rule:<name>` or `member:<handle>`; `rule:` alone:
            to be judged anew when it waits again.
        holding: outbound through us: it only says that an answer is to come.
        asked_at: inbound: the network's time of the newest edit by which it asks once more.
        attachments, stars, held, hidden, ad, post, can, done, answer_until: as `Message` has them.
        signals: what its text does and wants, sorted; signal_words: for each the words that say so.
        urgency: the priority points of its service words; urgent_words: these words, the weightiest first.
        judged_with: the message with which it was judged, because it is short and answers that one.
        signals_by: who corrected its signals: empty or `member:<handle>`.
        words: its text as the search index keeps it; None: not folded yet.
    """

    id: int
    source_id: int
    remote_id: str
    conversation_id: int
    author: StoredAuthor
    kind: Kind
    direction: Direction
    text: str
    created_at: Instant
    fetched_at: Instant
    parent: str | None = None
    title: str = ""
    lang: str = ""
    lang_by: str = ""
    sentiment: float | None = None
    sentiment_class: SentimentClass = "unknown"
    sentiment_by: str = ""
    vader: float | None = None
    edited_at: Instant | None = None
    deleted_at: Instant | None = None
    history: bool = False
    answerable: bool = True
    visibility: str = ""
    url: str = ""
    extra: Mapping[str, str] = NO_EXTRA
    member: str = ""
    reply_id: int | None = None
    written_at: Instant | None = None
    erased: bool = False
    seen_message_id: int | None = None
    needs_answer: bool = False
    needs_by: str = ""
    holding: bool = False
    asked_at: Instant | None = None
    attachments: tuple[Attachment, ...] = ()
    stars: int | None = None
    held: bool = False
    hidden: bool = False
    ad: bool = False
    post: StoredPost | None = None
    can: frozenset[Verb] | None = None
    done: frozenset[Verb] = NOTHING_DONE
    answer_until: Instant | None = None
    signals: tuple[str, ...] = ()
    signal_words: Mapping[str, tuple[str, ...]] = NO_WORDS
    urgency: int = 0
    urgent_words: tuple[str, ...] = ()
    judged_with: int | None = None
    signals_by: str = ""
    forgotten_at: Instant | None = None
    words: str | None = None

    @property
    def inbound(self) -> bool:
        """Whether they wrote it; else our side did."""
        return self.direction == "in"

    @property
    def time_known(self) -> bool:
        """Whether `created_at` is the network's word; else it is when we saw the message first."""
        return not TIME_UNKNOWN.items() <= self.extra.items()

    @property
    def searched(self) -> str:
        """The text in which queries look."""
        return searched_text(self.title, self.text)

    @property
    def indexed(self) -> str:
        """The text in which queries look for words: what its attachments show is found by words too."""
        return with_alt_texts(self.searched, self.attachments) if self.attachments else self.searched

    def as_message(self, conversation: str) -> Message:
        """This message as an adapter knows it, in the conversation of that key."""
        author = self.author
        return Message(
            id=self.remote_id,
            conversation=conversation,
            author=Author(author.remote_id, author.handle, author.name),
            text=self.text,
            created_at=self.created_at,
            kind=self.kind,
            direction=self.direction,
            parent=self.parent,
            url=self.url,
            lang=self.lang or None,
            visibility=self.visibility,
            title=self.title,
            answerable=self.answerable,
            extra=self.extra,
            attachments=self.attachments,
            stars=self.stars,
            held=self.held,
            hidden=self.hidden,
            ad=self.ad,
            post=None if self.post is None else Post(*self.post[1:]),
            can=self.can,
            done=self.done,
            answer_until=self.answer_until,
        )


class ToPromise(NamedTuple):
    """What is promised to a person with a reply: a promise once it is sent."""

    text: str
    due_at: Instant
    owner: str


class Brings(NamedTuple):
    """What a reply brings with it once it is sent.

    Attributes:
        back_after: the conversation comes back when they have not answered so many milliseconds later; None: it does
            not.
        promises: what is promised.
    """

    back_after: int | None = None
    promises: tuple[ToPromise, ...] = ()


NOTHING_BROUGHT = Brings()


class Reply(NamedTuple):
    """An outbound message on its way, as the store keeps it; its table's columns have these names.

    Attributes:
        message_id: the inbound message that it answers.
        key: the idempotency key, made with the reply and used for every try.
        seen_message_id: the newest message of the conversation that its writer had seen.
        held_until: the end of the countdown, while it is held.
        next_try_at: when the engine has to look at it again; None: at once.
        tries: how often sending was begun; sending_at: when it was last; first_try_at: when it was first.
        try_ended_at: when the last try ended without a sure answer, or was found cut.
        error: what people were told last, in one line.
        cause: what they were told of the first try that did not go well.
        look_ups: how often the network was asked for it since it became unknown.
        seen: what a look-up saw there that may be it, in one line; seen_id: the network's id of that.
        arrived_by: the member who said that it stands there, though no look-up finds it.
        holding: it only says that an answer is to come.
        answer_seen_id: the newest answer of our side that whoever sent it again had seen; 0: it was not sent again.
        looked_at: when its writer last looked at the conversation.
        private: it answers a public message, and only its author is to see it.
        back_after, promises: what it brings with it once it is sent; see `Brings`.
    """

    id: int
    conversation_id: int
    source_id: int
    message_id: int | None
    status: OutgoingStatus
    member: str
    text: str
    lang: str
    template: str
    key: str
    seen_message_id: int
    created_at: Instant
    updated_at: Instant
    held_until: Instant | None
    next_try_at: Instant | None
    tries: int
    sending_at: Instant | None
    sent_at: Instant | None
    remote_id: str
    url: str
    error: str
    approved_by: str
    bulk: str
    first_try_at: Instant | None = None
    try_ended_at: Instant | None = None
    cause: str = ""
    look_ups: int = 0
    seen: str = ""
    seen_id: str = ""
    arrived_by: str = ""
    holding: bool = False
    answer_seen_id: int = 0
    looked_at: Instant | None = None
    rejected: bool = False
    private: bool = False
    back_after: int | None = None
    promises: tuple[ToPromise, ...] = ()

    @property
    def brings(self) -> Brings:
        """What it brings with it once it is sent."""
        return Brings(self.back_after, self.promises)

    @property
    def kind(self) -> OutgoingKind:
        """Which kind of outgoing it is."""
        return "reply"

    @property
    def known_id(self) -> int:
        """Up to which message answers of our side are known to its writer, or to whoever sent it again."""
        return max(self.seen_message_id, self.answer_seen_id)

    @property
    def due_at(self) -> Instant | None:
        """When the engine has to look at it, if it does at all; None: at once."""
        return self.held_until if self.status == "held" else self.next_try_at


class NetworkAction(NamedTuple):
    """A verb on its way to a network, as the store keeps it; its table's columns have these names.

    Attributes:
        message_id: on which message, or on whose author.
        undo: it is taken back.
        reason: why, in the title's words of `reasons.toml` or the member's own; empty where none is asked for.
        text: what the author is told of it where the network sends that along.
        key: made with the action and used for every try.
        error: why it was not done; once it is sent, what of it was not: that its author was not told.
        held_until, next_try_at, tries, sending_at, sent_at, first_try_at, try_ended_at, cause, look_ups,
            arrived_by: as of a `Reply`.
    """

    id: int
    conversation_id: int
    source_id: int
    message_id: int
    status: OutgoingStatus
    member: str
    verb: Verb
    undo: bool
    reason: str
    text: str
    key: str
    created_at: Instant
    updated_at: Instant
    held_until: Instant | None
    next_try_at: Instant | None
    tries: int
    sending_at: Instant | None
    sent_at: Instant | None
    error: str
    first_try_at: Instant | None = None
    try_ended_at: Instant | None = None
    cause: str = ""
    look_ups: int = 0
    arrived_by: str = ""

    @property
    def kind(self) -> OutgoingKind:
        """Which kind of outgoing it is."""
        return "action"

    @property
    def due_at(self) -> Instant | None:
        """When the engine has to look at it, if it does at all; None: at once."""
        return self.held_until if self.status == "held" else self.next_try_at
