"""The demo network's memory: accounts, statuses, notifications. Thread-safe, and without any HTTP.

One account can log in: the brand. What it may see follows Mastodon's rules: public and unlisted statuses, and of
the private and direct ones those that it wrote or that mention it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cminbox.demo.markup import mentioned
from cminbox.model import DAY, Instant, now

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
    following: int = 0
    note: str = ""
    statuses: int = 0

    @property
    def acct(self) -> str:
        """`username`, or `username@domain` for an account of another server."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


@dataclass(frozen=True, slots=True)
class Version:
    """What a status said from `created_at` on."""

    text: str
    spoiler: str
    created_at: Instant


@dataclass(eq=False, slots=True)
class Status:
    """A status as it stands; `versions` starts with the original and ends with the current text."""

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
    marks: set[str] = field(default_factory=set)
    favourites: int = 0
    versions: list[Version] = field(default_factory=list)
    replies: list[Status] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that the brand is told of; `status` is absent for a follow."""

    id: int
    type: str
    created_at: Instant
    account: Account
    status: Status | None


@dataclass(eq=False, slots=True)
class Talk:
    """A direct conversation of the brand's: the thread and the people in it. `last` survives its deletion as an id."""

    id: int
    people: tuple[Account, ...]
    statuses: list[Status]
    last: int
    unread: bool = True

    def last_status(self) -> Status | None:
        """The newest status that still exists."""
        return next((status for status in reversed(self.statuses) if not status.deleted), None)


class World:
    """All that exists on the demo network.

    Args:
        handle: the brand's user name.
        name: the brand's display name.
        clock: the time now, in epoch milliseconds; what is posted without a time is posted now.
    """

    def __init__(self, handle: str = "brand", name: str = "", clock: Callable[[], Instant] = now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self._accounts: dict[str, Account] = {}
        self._by_id: dict[int, Account] = {}
        self._statuses: dict[int, Status] = {}
        self._notifications: list[Notification] = []
        self._talks: dict[tuple[int, tuple[int, ...]], Talk] = {}
        self._keys: dict[str, tuple[Instant, int]] = {}
        self._last_id = 0
        self._last_notification = 20
        self._listeners: list[Callable[[Status], None]] = []
        self.brand = self.account(handle, name=name or handle)

    def account(self, acct: str, *, name: str = "", followers: int | None = None, note: str = "") -> Account:
        """The account of that handle, made on first sight; `@` in front and letter case don't matter."""
        acct = acct.lstrip("@")
        username, _, domain = acct.partition("@")
        with self.lock:
            known = self._accounts.get(acct.lower())
            if known is None:
                made_on = self.clock() // DAY * DAY - 400 * DAY
                known = Account(110_000_000_000_000_000 + len(self._accounts), username, domain, name, made_on)
                self._accounts[acct.lower()] = known
                self._by_id[known.id] = known
            known.name = name or known.name or username
            known.note = note or known.note
            known.followers = known.followers if followers is None else followers
            return known

    def find_account(self, acct: str) -> Account | None:
        """The account of that handle, if there is one."""
        with self.lock:
            return self._accounts.get(acct.lstrip("@").lower())

    def account_by_id(self, account_id: int) -> Account | None:
        """The account with that id, if there is one."""
        with self.lock:
            return self._by_id.get(account_id)

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
    ) -> Status:
        """A new status; accounts that the text mentions and that exist are told.

        Args:
            at: when it was written; never before what is there already would keep ids in the order of time.
            key: an Idempotency-Key: the same key within an hour gives the first status again.

        Raises:
            ValueError: the visibility is none of Mastodon's.
        """
        if visibility not in VISIBILITIES:
            raise ValueError(f"unknown visibility {visibility!r}")
        with self.lock:
            when = self.clock() if at is None else at
            if key and (earlier := self._posted_under(key, when)) is not None:
                return earlier
            new_id = self._next_id(when)
            mentions = self._mentions(text)
            status = Status(
                new_id, author, text, when, parent, parent.root if parent else new_id,
                visibility, spoiler, language, mentions, application,
            )  # fmt: skip
            status.versions.append(Version(text, spoiler, when))
            self._statuses[new_id] = status
            author.statuses += 1
            if parent is not None:
                parent.replies.append(status)
            if key:
                self._keys[key] = (when, new_id)
            if author is not self.brand and self.brand in mentions:
                self.notify("mention", author, status, at=when)
            if visibility == "direct":
                self._file_talk(status)
            for listener in self._listeners:
                listener(status)
            return status

    def edit(self, status: Status, text: str, *, spoiler: str | None = None, at: Instant | None = None) -> Status:
        """Replaces the text; a mention that is new tells its account, the others hear nothing (as on Mastodon)."""
        with self.lock:
            when = self.clock() if at is None else at
            told = self.brand in status.mentions
            status.text = text
            status.spoiler = status.spoiler if spoiler is None else spoiler
            status.edited_at = when
            status.mentions = self._mentions(text)
            status.versions.append(Version(text, status.spoiler, when))
            if not told and self.brand in status.mentions and status.account is not self.brand:
                self.notify("mention", status.account, status, at=when)
            return status

    def delete(self, status: Status) -> None:
        """Removes a status and the notifications about it; answers to it stay, without a parent."""
        with self.lock:
            status.deleted = True
            status.account.statuses -= 1
            self._statuses.pop(status.id, None)
            self._notifications = [one for one in self._notifications if one.status is not status]
            for reply in status.replies:
                reply.parent = None

    def notify(self, kind: str, account: Account, status: Status | None = None, *, at: Instant | None = None) -> None:
        """Tells the brand of something, in any type: a faithful client stands unknown ones."""
        with self.lock:
            when = self.clock() if at is None else at
            self._last_notification += 1
            self._notifications.append(Notification(self._last_notification, kind, when, account, status))

    def listen(self, listener: Callable[[Status], None]) -> None:
        """Calls `listener` with each new status, under the lock."""
        self._listeners.append(listener)

    def status(self, status_id: int) -> Status | None:
        """The status with that id, if it exists and the brand may see it."""
        with self.lock:
            found = self._statuses.get(status_id)
            return found if found is not None and self.visible(found) else None

    def visible(self, status: Status) -> bool:
        """Whether the brand may see it."""
        if status.deleted:
            return False
        if status.visibility in ("public", "unlisted"):
            return True
        return status.account is self.brand or self.brand in status.mentions

    def notifications(self) -> list[Notification]:
        """All of the brand's notifications, oldest first."""
        with self.lock:
            return list(self._notifications)

    def statuses_of(self, account: Account) -> list[Status]:
        """An account's statuses that the brand may see, oldest first."""
        with self.lock:
            found = [one for one in self._statuses.values() if one.account is account and self.visible(one)]
            return sorted(found, key=lambda one: one.id)

    def accepted(self) -> list[Status]:
        """What came in through the API and still stands, oldest first."""
        with self.lock:
            return [one for one in self.statuses_of(self.brand) if one.application]

    def talks(self) -> list[Talk]:
        """The brand's direct conversations, in the order of their last status."""
        with self.lock:
            return sorted(self._talks.values(), key=lambda talk: talk.last)

    def ancestors(self, status: Status) -> list[Status]:
        """What the status answers, up to the root, oldest first."""
        with self.lock:
            found: list[Status] = []
            above = status.parent
            while above is not None:
                if self.visible(above):
                    found.append(above)
                above = above.parent
            return found[::-1]

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

    def _next_id(self, when: Instant) -> int:
        """An id as Mastodon makes them: milliseconds and 16 bits of sequence, always rising."""
        self._last_id = max(self._last_id + 1, when << 16)
        return self._last_id

    def _posted_under(self, key: str, when: Instant) -> Status | None:
        """What was posted under an Idempotency-Key within the last hour, unless it is gone."""
        posted = self._keys.get(key)
        if posted is None or when - posted[0] > DAY // 24:
            return None
        return self._statuses.get(posted[1])

    def _file_talk(self, status: Status) -> None:
        """Adds a direct status to the brand's conversation with the same people in the same thread."""
        people = {one.id: one for one in (status.account, *status.mentions)}
        if self.brand.id not in people:
            return
        others = tuple(sorted(number for number in people if number != self.brand.id)) or (self.brand.id,)
        talk = self._talks.get((status.root, others))
        if talk is None:
            talk = Talk(len(self._talks) + 1, tuple(people[number] for number in others), [], status.id)
            self._talks[(status.root, others)] = talk
        talk.statuses.append(status)
        talk.last = status.id
        talk.unread = status.account is not self.brand
