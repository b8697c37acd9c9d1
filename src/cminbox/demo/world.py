"""The demo network's memory: accounts, statuses, notifications. No HTTP; whoever uses it from threads holds its `lock`.

One account can log in: the brand. What it may see follows Mastodon's rules: public and unlisted statuses, and of
the private and direct ones those that it wrote or that mention it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cminbox.demo.markup import mentioned
from cminbox.model import DAY, HOUR, Instant, now

BRAND = "saffronheron"
VISIBILITIES = ("public", "unlisted", "private", "direct")


@dataclass(eq=False, slots=True)
class Account:
    """An account; `domain` is empty for those that live on the demo server itself."""

    id: int
    username: str
    domain: str
    name: str
    created_at: Instant
    followers: int = 0
    note: str = ""
    statuses: int = 0
    blocked: bool = False
    muted: bool = False

    @property
    def acct(self) -> str:
        """`username`, or `username@domain` for an account of another server."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


@dataclass(frozen=True, slots=True)
class Media:
    """A picture of a status: its file's name, and its alt text."""

    name: str
    alt: str = ""


@dataclass(eq=False, slots=True)
class Status:
    """A status as it stands; `root` is the id of the first one in its thread."""

    id: int
    account: Account
    text: str
    created_at: Instant
    parent: Status | None
    root: int
    visibility: str
    spoiler: str
    language: str | None
    mentions: tuple[Account, ...]
    application: str = ""
    edited_at: Instant | None = None
    deleted: bool = False
    favourited: bool = False
    reblogged: bool = False
    pinned: bool = False
    media: tuple[Media, ...] = ()
    favourites: int = 0
    replies: list[Status] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that the brand is told of; `status` is absent for a follow."""

    id: int
    type: str
    created_at: Instant
    account: Account
    status: Status | None


class World:
    """All that exists on the demo network.

    Args:
        clock: the time now, in epoch milliseconds; what is posted without a time is posted now.
    """

    def __init__(self, clock: Callable[[], Instant] = now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.notifications: list[Notification] = []
        """Those of the brand, oldest first."""
        self.listeners: list[Callable[[Status], None]] = []
        """Called with each new status."""
        self._accounts: dict[str, Account] = {}
        self._statuses: dict[int, Status] = {}
        self._keys: dict[str, tuple[Instant, int]] = {}
        self._last_id = 0
        self._last_notification = 20
        self.brand = self.account(BRAND)

    def account(self, acct: str, *, name: str = "", followers: int | None = None, note: str = "") -> Account:
        """The account of that handle, made on first sight; `@` in front and letter case don't matter."""
        acct = acct.lstrip("@")
        username, _, domain = acct.partition("@")
        known = self._accounts.get(acct.lower())
        if known is None:
            made_on = self.clock() // DAY * DAY - 400 * DAY
            known = Account(110_000_000_000_000_000 + len(self._accounts), username, domain, name, made_on)
            self._accounts[acct.lower()] = known
        known.name = name or known.name or username
        known.note = note or known.note
        known.followers = known.followers if followers is None else followers
        return known

    def find_account(self, acct: str) -> Account | None:
        """The account of that handle, if there is one."""
        return self._accounts.get(acct.lstrip("@").lower())

    def account_by_id(self, account_id: int) -> Account | None:
        """The account with that id, if there is one."""
        return next((one for one in self._accounts.values() if one.id == account_id), None)

    def post(
        self,
        author: Account,
        text: str,
        *,
        parent: Status | None = None,
        visibility: str = "public",
        spoiler: str = "",
        language: str | None = None,
        at: Instant | None = None,
        application: str = "",
        key: str = "",
        media: tuple[Media, ...] = (),
    ) -> Status:
        """A new status; accounts that the text mentions and that exist are told.

        Args:
            at: when it was written; never before what is there already would keep ids in the order of time.
            key: an Idempotency-Key: the same key within an hour gives the first status again.
        """
        when = self.clock() if at is None else at
        posted_at, posted_id = self._keys.get(key, (0, 0))
        if when - posted_at <= HOUR and (posted := self._statuses.get(posted_id)) is not None:
            return posted
        # An id as Mastodon makes them: milliseconds and 16 bits of sequence, always rising.
        self._last_id = new_id = max(self._last_id + 1, when << 16)
        root = parent.root if parent else new_id
        mentions = self._mentions(text)
        status = Status(new_id, author, text, when, parent, root, visibility, spoiler, language, mentions, application)
        status.media = media
        self._statuses[new_id] = status
        author.statuses += 1
        if parent is not None:
            parent.replies.append(status)
        if key:
            self._keys[key] = (when, new_id)
        if author is not self.brand and self.brand in mentions:
            self.notify("mention", author, status, at=when)
        for listener in self.listeners:
            listener(status)
        return status

    def edit(self, status: Status, text: str, *, at: Instant | None = None) -> None:
        """Replaces the text; a mention that is new tells its account, the others hear nothing (as on Mastodon)."""
        mentioned_before = self.brand in status.mentions
        status.text, status.mentions = text, self._mentions(text)
        status.edited_at = self.clock() if at is None else at
        if not mentioned_before and self.brand in status.mentions and status.account is not self.brand:
            self.notify("mention", status.account, status, at=status.edited_at)

    def delete(self, status: Status) -> None:
        """Removes a status and the notifications about it; answers to it stay, without a parent."""
        status.deleted = True
        status.account.statuses -= 1
        self._statuses.pop(status.id, None)
        self.notifications = [one for one in self.notifications if one.status is not status]
        for reply in status.replies:
            reply.parent = None

    def notify(self, kind: str, account: Account, status: Status | None = None, *, at: Instant | None = None) -> None:
        """Tells the brand of something, in any type: a faithful client stands unknown ones. Nothing of those whom it
        blocks or mutes."""
        if account.blocked or account.muted:
            return
        self._last_notification += 1
        when = self.clock() if at is None else at
        self.notifications.append(Notification(self._last_notification, kind, when, account, status))

    def status(self, status_id: int) -> Status | None:
        """The status with that id, if it exists and the brand may see it."""
        found = self._statuses.get(status_id)
        return found if found is not None and self.visible(found) else None

    def media(self, name: str) -> Media | None:
        """The picture of that name, if a status has it."""
        every = (one for status in self._statuses.values() for one in status.media)
        return next((one for one in every if one.name == name), None)

    def visible(self, status: Status) -> bool:
        """Whether the brand may see it."""
        if status.deleted:
            return False
        public = status.visibility in ("public", "unlisted")
        return public or status.account is self.brand or self.brand in status.mentions

    def statuses_of(self, account: Account) -> list[Status]:
        """An account's statuses that the brand may see, oldest first."""
        found = (one for one in self._statuses.values() if one.account is account and self.visible(one))
        return sorted(found, key=lambda one: one.id)

    def ancestors(self, status: Status) -> list[Status]:
        """What the status answers, up to the root, oldest first."""
        above = status.parent
        if above is None:
            return []
        return [*self.ancestors(above), *([above] if self.visible(above) else [])]

    def descendants(self, status: Status) -> Iterator[Status]:
        """What answers the status, each answer followed by its own answers."""
        for reply in status.replies:
            if self.visible(reply):
                yield reply
            if not reply.deleted:
                yield from self.descendants(reply)

    def _mentions(self, text: str) -> tuple[Account, ...]:
        """The accounts that exist and that a text mentions, once each, in its order."""
        found = (self._accounts.get(acct.lower()) for acct in mentioned(text))
        return tuple(dict.fromkeys(one for one in found if one is not None))
