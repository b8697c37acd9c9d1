"""What an adapter is: the values that pass between the engine and a network.

An adapter is a module with

- `INFO`: what the network is and can do;
- `parse(raw, account) -> Message`: pure; one raw item to a cleaned message, or `DataError`;
- `async identify(client, account) -> Identity`: who we are there, and the server's own limits;
- `pages(client, account, cursors) -> AsyncIterator[Page]`: what is new, in pages that each carry the cursor to keep
  once the page is stored, so that a cut between two pages loses nothing and repeats nothing; what is newest first, and
  each item within `items.one_item`, so that a bad one costs no other;
- where a server says its own limits, `async limits(client, account) -> Mapping[str, int]`, as in `Identity`; empty
  where it says none now;
- where the network allows it, `async send(client, account, outgoing) -> Sent`,
  `async find_sent(client, account, outgoing) -> Sent | Unsure | None`,
  `is_sent(outgoing, message) -> bool`, whether a message that was read back is that reply,
  `async act(client, account, action, message_id)` and
  `compose(parent, text) -> str`, the text as it will stand on the network (a mention put in front of it, say), and
  `warning(parent) -> str`, the content warning that is posted with it.

It knows neither the store nor the screens, and imports no HTTP library at module level: reading `INFO` is cheap.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from cminbox.errors import DataError
from cminbox.model import DAY, MINUTE, WEEK, Instant, Message

if TYPE_CHECKING:
    from cminbox.sources.http import Client

OptionType = Literal["text", "number", "flag", "list", "path"]
CountingRule = Literal["characters", "url-weighted", "graphemes", "utf16", "bytes", "weighted"]
DuplicateGuard = Literal["key", "refuses", "content", "none"]
Action = Literal["like", "hide", "delete"]


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
class Capabilities:
    """What can be done on a network through its adapter; the screens offer nothing else.

    Attributes:
        edits: whether an edited message is noticed.
        deletions: whether a deleted message is noticed.
        find_sent: whether a reply whose sending was cut can be looked up.
        duplicate_guard: what the network's documents say that it does with a reply sent twice: `key` returns the first
            one, `refuses` says no because of the key, `content` because of the same text, `none` posts it twice. For
            people to read; no reply is sent again in trust of it.
        min_interval: the shortest time between two polls, in milliseconds.
        cost: money per call in words, empty where there is none.
    """

    reply: bool = False
    dm: bool = False
    like: bool = False
    hide: bool = False
    delete: bool = False
    edits: bool = False
    deletions: bool = False
    find_sent: bool = False
    duplicate_guard: DuplicateGuard = "none"
    counting: Counting = Counting()
    min_interval: int = MINUTE
    cost: str = ""


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
    """

    network: str
    title: str
    glyph: str
    options: tuple[Option, ...] = ()
    secret: str | None = None
    base_url: bool = False
    base_url_help: str = ""
    has_account: bool = True
    capabilities: Capabilities = Capabilities()


@dataclass(frozen=True, slots=True)
class Account:
    """One configured source, with its secret, as an adapter is given it.

    Attributes:
        source: its name, for messages to people.
        secret: never shown, never logged; left out of `repr`.
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
        cursor: to be kept under `stream` once the page is stored; opaque.
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
    """

    key: str
    text: str
    conversation: str
    parent: Message
    lang: str = ""
    sent_before: Instant = 0
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply as it stands on the network."""

    id: str
    url: str
    created_at: Instant
    conversation: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """What a look-up saw of our account that may be the reply, and may be somebody's own words.

    Attributes:
        text: what stands there.
    """

    id: str
    text: str
    url: str = ""


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


class Recognizer(Protocol):
    """A module that knows a reply among the messages that were read back."""

    def is_sent(self, outgoing: Outgoing, message: Message) -> bool:
        """Whether a message of ours has the text and the parent of a reply. Pure."""


LONGEST_BACKFILL = 90 * DAY
"""No first poll reads further back, whatever the configuration says."""
