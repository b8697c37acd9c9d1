"""What an adapter is: the values that pass between the engine and a network.

An adapter is a package in `sources/networks/`, or a stranger's module, with

- `INFO`: what the network is and can do;
- `judge(answer) -> SourceError | None`: what an answer means that the network words in its own way (an error inside a
  200, a dead token as a 400); pure. It is passed to every request, and asked before anything generic;
- `parse(raw, account) -> Message`: pure; one raw item to a cleaned message, or `DataError`;
- `async identify(client, account) -> Identity`: who we are there, and the server's own limits;
- `pages(client, account, cursors) -> AsyncIterator[Page]`: what is new, in pages that each carry the cursor to keep
  once the page is stored, so that a cut between two pages loses nothing and repeats nothing; what is newest first, and
  each item within `items.one_item`, so that a bad one costs no other;
- where a server says its own limits, `async limits(client, account) -> Mapping[str, int]`, as in `Identity`; empty
  where it says none now;
- where a token ends, `async refresh(client, account) -> Credentials`: new credentials for old ones, asked for by the
  engine at half of their life and where the network says that the token is dead; and `renews(account) -> bool`, whether
  it can, where that takes no refresh token;
- where the network allows it, `async send(client, account, outgoing) -> Sent`,
  `async find_sent(client, account, outgoing) -> Sent | Unsure | None`,
  `is_sent(outgoing, message) -> bool`, whether a message that was read back is that reply,
  `compose(parent, text) -> str`, the text as it will stand on the network (a mention put in front of it, say), and
  `warning(parent) -> str`, the content warning that is posted with it;
- where the network may hold an answer for its review,
  `async reviewed(client, account, outgoing, own) -> Sent | TurnedDown`, what became of it;
- where the network has verbs, `async act(client, account, act) -> None` and
  `async acted(client, account, act) -> bool`, whether it stands there as the act would have it.

It knows neither the store nor the screens, and imports no HTTP library at module level: reading `INFO` is cheap.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

from cminbox.errors import DataError
from cminbox.model import DAY, MINUTE, WEEK, Instant, Kind, Message, Verb
from cminbox.sources.credentials import Credentials
from cminbox.sources.ledger import Allowance, Ledger

if TYPE_CHECKING:
    from cminbox.sources.http import Client

OptionType = Literal["text", "number", "flag", "list", "path"]
CountingRule = Literal["characters", "url-weighted", "graphemes", "utf16", "bytes", "weighted"]
DuplicateGuard = Literal["key", "refuses", "content", "replaces", "searchable", "none"]
Evidence = Literal["real server", "simulator", "recorded answers", "documentation"]


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a `[[source]]` table that this adapter understands.

    Attributes:
        help: one sentence for the configuration file and `sources networks`.
        choices: the only values allowed, if there are only some.
    """

    name: str
    help: str
    type: OptionType = "text"
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()


PROJECT = Option(
    "project", "a name of yours for the app or project that several sources log in with: they share what it is allowed"
)


@dataclass(frozen=True, slots=True)
class Counting:
    """How a network counts a text's length.

    Attributes:
        rule: `characters` counts code points; `url-weighted` the same, with each URL counted as `url_weight` and a
            mention's domain not at all; `weighted` is X's.
        limit: the longest text in that unit, None where there is no limit. A server may say otherwise: see
            `Identity.limits`.
        url_weight: what one URL counts, 0 where it counts like any text.
        byte_limit: a second limit in UTF-8 bytes, where there is one.
    """

    rule: CountingRule = "characters"
    limit: int | None = None
    url_weight: int = 0
    byte_limit: int | None = None


@dataclass(frozen=True, slots=True)
class VerbInfo:
    """How a network has one verb.

    Attributes:
        own, others: whether it is done with messages of ours, of others.
        undo: whether the network can take it back.
        repeatable: whether doing it twice is the same as once; what is not is looked up before it is tried again.
        note: what a person should know before ("takes the replies below along"); may be empty.
        only: which messages it can be done with at all, for whoever asks why not this one: "for moderators alone";
            may be empty.
        tells: whether the text of a reason is sent to the author along, where the network lets us.
    """

    own: bool = False
    others: bool = True
    undo: bool = True
    repeatable: bool = True
    note: str = ""
    only: str = ""
    tells: bool = False


@dataclass(frozen=True, slots=True)
class PrivateReply:
    """How a network lets a public message be answered in private: once, and as a private message.

    Attributes:
        kinds: which messages.
        within: for how long after they were written, in milliseconds.
    """

    kinds: frozenset[Kind]
    within: int


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """The version of a network's interface that an adapter speaks.

    Attributes:
        ends: the day from which the network refuses it, where it says one.
        source: where that stands.
    """

    name: str
    ends: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What an adapter was tried against, and when."""

    against: Evidence
    when: date
    what: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done on a network through its adapter; the screens offer nothing else.

    Attributes:
        edits: whether an edited message is noticed.
        deletions: whether a deleted message is noticed.
        find_sent: whether a reply whose sending was cut can be looked up.
        dm: whether private messages are read and answered.
        private_reply: how a public message is answered in private; None where it cannot be.
        verbs: what can be done beside answering.
        cannot: why other verbs are not there, in a few words each; what is in neither the network simply has not.
        brings: what a person may expect from this network and how far it comes: "comments on advertisements" → "no:
            the network gives them to partners alone". A value begins with yes, no or partly.
        replies_below: how many levels of replies the network has below a comment; None for any number, 0 where there
            is one answer, as to a review.
        direct_counting: how the length of a private message is counted; None: as that of any reply.
        window: until when one may answer there, in words; empty where always.
        duplicate_guard: what the network's documents say that it does with a reply sent twice. `key` returns the first
            one, `refuses` says no because of the key, `content` because of the same text. `replaces` has one reply
            that the second becomes. `searchable` posts it twice but the key can be looked for, `none` posts it twice.
            For people to read; no reply is sent again in trust of it.
        min_interval: the shortest time between two polls, in milliseconds.
        allowances: what the network allows in a period, where it does not say so in headers.
        cost: money per call in words, empty where there is none.
    """

    reply: bool = False
    dm: bool = False
    private_reply: PrivateReply | None = None
    verbs: Mapping[Verb, VerbInfo] = field(default_factory=dict)
    cannot: Mapping[Verb, str] = field(default_factory=dict)
    brings: Mapping[str, str] = field(default_factory=dict)
    replies_below: int | None = None
    window: str = ""
    edits: bool = False
    deletions: bool = False
    find_sent: bool = False
    duplicate_guard: DuplicateGuard = "none"
    counting: Counting = Counting()
    direct_counting: Counting | None = None
    min_interval: int = MINUTE
    allowances: tuple[Allowance, ...] = ()
    cost: str = ""

    def words(self) -> tuple[str, ...]:
        """What can be done, one word each."""
        before = [word for word in ("reply", "dm") if getattr(self, word)]
        before += ["private-reply"] if self.private_reply is not None else []
        after = (word for word in ("edits", "deletions") if getattr(self, word))
        return ("read", *before, *self.verbs, *after)


@dataclass(frozen=True, slots=True)
class Info:
    """What an adapter says of itself.

    Attributes:
        network: the word used in configuration and queries.
        title: the network's name for people.
        glyph: two letters that stand for it in a list.
        options: the keys of `[[source]]` beyond the common ones.
        secret: how a person gets the secret, in one sentence; None where the network needs none.
        base_url: whether `base_url` must be given, because the network has many hosts.
        base_url_help: what `base_url` is here, with an example.
        has_account: whether there is an account of ours to identify before anything is read.
        handle_prefix: what the network writes before a handle: "@", "u/" or nothing.
        someone: how a person is called whose name the network keeps back: "someone on Facebook".
        logins: the ways to log in, the easiest first; empty where nothing but a pasted secret is.
        api: the versions of the network's interface that are spoken.
        verified: what the adapter was tried against.
        off: why a source of it has to be allowed in the configuration before it is polled (`enabled = true`); empty
            for the others.
    """

    network: str
    title: str
    glyph: str
    options: tuple[Option, ...] = ()
    secret: str | None = None
    base_url: bool = False
    base_url_help: str = ""
    has_account: bool = True
    handle_prefix: str = "@"
    someone: str = ""
    logins: tuple[Login, ...] = ()
    api: tuple[ApiVersion, ...] = ()
    verified: tuple[Verified, ...] = ()
    off: str = ""
    capabilities: Capabilities = Capabilities()


@dataclass(frozen=True, slots=True)
class Account:
    """One configured source, with its secret, as an adapter is given it.

    Attributes:
        source: its name, for messages to people.
        secret: as it is kept; never shown, never logged; left out of `repr`.
        credentials: what the secret holds.
        ledger: what was used up of the network's allowances.
        backfill_ms: how far back the first poll reads.
        account_id: our own identity's id there, empty until `identify` answered.
        watch: ids of messages that the engine wants re-checked for edits and deletions in this poll, most wanted
            first. An adapter may check fewer.
        missing: ids of messages that were deleted on the network, to be read again if they are there after all.
    """

    source: str
    network: str
    base_url: str = ""
    owned: bool = True
    options: Mapping[str, object] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False)
    backfill_ms: int = WEEK
    account_id: str = ""
    watch: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=Ledger, repr=False)

    @property
    def credentials(self) -> Credentials:
        """What the secret holds."""
        return Credentials.parse(self.secret or "")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are on a network.

    Attributes:
        limits: what the server says of its own limits: `characters` (longest text), `url` (what a URL counts; 0 where
            links and mentions count like any text).
    """

    id: str
    handle: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What one step of a poll brought, to be stored in one transaction with its cursor.

    Attributes:
        messages: new or changed messages; storing one again changes nothing.
        deleted: ids of messages that are no more on the network: it said so itself, of each of them.
        stream: the stream whose cursor this is; a source may have several.
        cursor: to be kept under `stream` once the page is stored; opaque. A page of what was pushed has neither.
        skipped: one error for each item that could not be understood.
        notes: what else people are told of this reading, and what went wrong and cost no item, each in one line.
        moved: conversations that turned out to be others: the key that their messages were given, and the right one.
        more: whether more of this stream waits that is older: it is asked for again soon.
    """

    messages: tuple[Message, ...]
    stream: str
    cursor: str
    deleted: tuple[str, ...] = ()
    skipped: tuple[DataError, ...] = ()
    notes: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply to be sent, or looked up.

    Attributes:
        key: the idempotency key, made with the reply and the same for each try.
        conversation: the adapter's key of the conversation.
        parent: the message that is answered.
        lang: its language, empty if unknown.
        sent_before: the instant just before the first try, by our clock; what was on the network earlier is not this
            reply. `Client.skew` says how far the server's clock is off.
        known: ids of messages that other replies became, so are not this one. One that was read back and is
            credited to nobody does not belong here: it may be this very reply.
        private: it goes to the author of a public message in private; only where `Capabilities.private_reply` is.
    """

    key: str
    text: str
    conversation: str
    parent: Message
    lang: str = ""
    sent_before: Instant = 0
    known: frozenset[str] = frozenset()
    private: bool = False

    @property
    def direct(self) -> bool:
        """Whether it goes as a private message."""
        return self.private or self.parent.kind == "dm"


@dataclass(frozen=True, slots=True)
class Act:
    """A verb to be carried out on the network, or taken back there.

    Attributes:
        key: made with the act and the same for each try.
        undo: whether it is taken back.
        message: on what, or on whose author.
        reason: why, in words for the network where it takes any; empty where none was given.
        text: what the author is told of it where the network sends that along; empty for nothing.
    """

    key: str
    verb: Verb
    message: Message
    undo: bool = False
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply as it stands on the network.

    Attributes:
        held: what the network holds it for, where nobody sees it yet: "for review"; empty where it stands for all.
    """

    id: str
    url: str
    created_at: Instant
    conversation: str
    held: str = ""


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """An answer that the network's own review let nobody see.

    Attributes:
        how: what is known of it, in words that go on from "turned it down": "as spam"; empty for nothing.
    """

    how: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """What a look-up saw of our account that may be the reply, and may be somebody's own words.

    Attributes:
        text: what stands there.
    """

    id: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """One way to get credentials.

    Attributes:
        way: `token`: a person pastes one made on a web page. `fields`: a person types what the fields ask for. `code`:
            a web page shows a code to paste. `address`: a web page cannot open, and its address is pasted. `device`: a
            web page asks for a code that we show.
        help: how to begin, step by step, for people.
        fields: what is asked for before (`client_id`, an account's name, a password).
    """

    way: Literal["token", "fields", "code", "address", "device"]
    help: str
    fields: tuple[LoginField, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginField:
    """One thing that is asked for; `secret` ones are not shown while they are typed."""

    name: str
    help: str
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class LoginStep:
    """A login under way: what a person does now.

    Attributes:
        url: the page to open, on any machine.
        code: what to type there; empty where nothing is.
        state: what the end of the login needs; secret.
        poll_ms: with `device`: how often to ask whether it was done.
    """

    url: str
    code: str = ""
    state: Mapping[str, str] = field(default_factory=dict, repr=False)
    poll_ms: int = 0


class LoginFlow(Protocol):
    """A module that makes credentials in more ways than by a pasted token; see `sources/oauth.py`."""

    async def begin_login(
        self, client: Client, account: Account, login: Login, fields: Mapping[str, str]
    ) -> LoginStep | Credentials:
        """Begin a login: credentials where it needs no page.

        Raises:
            SourceError: by what to do next.
        """

    async def finish_login(
        self, client: Client, account: Account, step: LoginStep, pasted: str
    ) -> LoginStep | Credentials:
        """Credentials for what a person pasted; the step to ask with again where a `device` login was not confirmed
        yet.

        Raises:
            SourceError: what was pasted is wrong, or the network refuses.
        """


class Refresher(Protocol):
    """A module whose tokens end."""

    async def refresh(self, client: Client, account: Account) -> Credentials:
        """New credentials; they are stored before they are used.

        Raises:
            AuthError: a person has to log in again.
            SourceError: by what to do next.
        """


class Actor(Protocol):
    """A module that can do more than answer."""

    async def act(self, client: Client, account: Account, act: Act) -> str | None:
        """Carry an act out, once.

        Returns:
            What of it was not done though the verb was, in words: that its author was not told, and why.

        Raises:
            Retryable: with `maybe_done` when the network may have carried it out.
            SourceError: by what to do next.
        """

    async def acted(self, client: Client, account: Account, act: Act) -> bool:
        """Whether it stands on the network as the act would have it.

        Raises:
            SourceError: nothing can be said now.
        """


class Adapter(Protocol):
    """A module that reads a network."""

    @property
    def INFO(self) -> Info:
        """What it says of itself."""

    async def identify(self, client: Client, account: Account) -> Identity:
        """Who we are there.

        Raises:
            SourceError: by what to do next.
        """

    def pages(self, client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
        """What is new since `cursors` (stream → cursor).

        Raises:
            SourceError: by what to do next; pages that were yielded before it stay valid.
        """


class Sender(Adapter, Protocol):
    """A module that can answer on a network too."""

    async def send(self, client: Client, account: Account, outgoing: Outgoing) -> Sent:
        """Send a reply, once.

        Raises:
            Retryable: with `maybe_done` when the network may have accepted it.
            SourceError: by what to do next.
        """

    async def find_sent(self, client: Client, account: Account, outgoing: Outgoing) -> Sent | Unsure | None:
        """The reply as it stands on the network, or None if it surely is not there.

        It is the reply only where the text is the same, with the account, the parent and the time; what is like it and
        not the same is Unsure, and a person decides.

        Raises:
            SourceError: nothing can be said now.
        """


class Limiter(Protocol):
    """A module that can ask a server for its own limits."""

    async def limits(self, client: Client, account: Account) -> Mapping[str, int]:
        """As in `Identity`; empty where it says none now. Never raises what a network can cause."""


class Composer(Protocol):
    """A module that changes a text before it sends it."""

    def compose(self, parent: Message, text: str) -> str:
        """The text as it will stand on the network."""


class Warner(Protocol):
    """A module that takes the content warning of a message along with the answer."""

    def warning(self, parent: Message) -> str:
        """The warning that stands before an answer to this message, and counts; empty where there is none."""


class Reviewer(Protocol):
    """A module whose network may hold our answers for its review."""

    async def reviewed(self, client: Client, account: Account, outgoing: Outgoing, own: str) -> Sent | TurnedDown:
        """What became of an answer that was held, by the id that it had then: as it stands now, held or not, or that
        the review turned it down, as the network itself says.

        Raises:
            SourceError: nothing can be said now.
        """


class Recognizer(Protocol):
    """A module that knows a reply among the messages that were read back."""

    def is_sent(self, outgoing: Outgoing, message: Message) -> bool:
        """Whether a message of ours has the text and the parent of a reply. Pure."""


LONGEST_BACKFILL = 90 * DAY
"""No first poll reads further back, whatever the configuration says."""
