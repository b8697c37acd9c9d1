"""Which conversation a status belongs to, on Mastodon and its relatives.

The thread above a status is asked for with `/context`, and what was learnt is kept, so that a busy thread costs one
call. Where that one thread cannot be read, its message comes in all the same, without what stands above it; the thread
is asked for again later, a few times, and its conversation is renamed then if it turns out to be another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Retryable, SourceError
from cminbox.model import HOUR, MINUTE, Instant, Message
from cminbox.sources.contract import Account
from cminbox.sources.credentials import judged
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier, whole_number
from cminbox.sources.networks.mastodon.api import address, in_its_own_words, token, verify
from cminbox.sources.networks.mastodon.status import chain, is_ours, parse, peer
from cminbox.sources.paging import Item, id_of, mark_of

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_ROOTS = 200
MOST_AGAIN = 100
"""Threads that wait to be asked for again; what does not fit stays without what stands above it."""
AGAIN_AT_ONCE = 5
MOST_TRIES = 5
MOST_LIMITED = 3
"""How often one thread may end a poll by a rate limit, until it is read without what stands above it."""
MOST_FAILURES = 3
"""Failures in one poll after which no more threads are asked for: it is not this one thread then."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A thread that could not be read.

    Attributes:
        parent: what the status in it answers.
        key: the conversation that its message is in meanwhile.
        tries: how often it was asked for.
        due: when it is asked for again.
    """

    parent: str
    key: str
    tries: int
    due: Instant


@dataclass(slots=True)
class Threads:
    """The threads of one account, during one poll.

    Attributes:
        above: what is known of statuses: their conversation, or `""` for a status of ours with none of theirs above.
        ours: statuses of ours that were met on the way, to be read back.
        unread: threads to be asked for again, by their status.
        limited: how often each of these threads ended a poll by a rate limit.
        moved: conversations that turned out to be others: the old key and the new one.
        notes: what went wrong, in lines for people.
    """

    client: Client
    account: Account
    above: dict[str, str] = field(default_factory=dict)
    ours: dict[str, Message] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    limited: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _failures: int = 0
    _well: bool = False

    async def conversation(self, status: Item) -> str:
        """The key of a status's conversation; asks the network only where nothing is known of its parent.

        Raises:
            AuthError, RateLimited: nothing more can be asked now.
        """
        if status.get("visibility") == "direct":
            return peer(status, self.account.account_id)
        parent = identifier(status.get("in_reply_to_id"))
        if parent and parent not in self.above and not await self._learn(id_of(status), parent):
            ours = identifier(status.get("in_reply_to_account_id")) == self.account.account_id
            self.above.setdefault(parent, "" if ours else parent)
            if len(self.unread) < MOST_AGAIN:
                self.unread[id_of(status)] = Unread(parent, id_of(status) if ours else parent, 1, self._later(1))
        return self._note(status)

    async def ask_again(self) -> bool:
        """Ask for threads that could not be read; whether there was anything to do. `ours` and `moved` have the fruit.

        Raises:
            AuthError: the account's own check refused the token.
        """
        now = self.client.clock()
        # A time too far away was written while the clock was wrong.
        due = [own for own, each in self.unread.items() if each.due <= now or each.due > now + 12 * HOUR]
        for own in due[:AGAIN_AT_ONCE]:
            thread = self.unread[own]
            known = dict(self.above)
            self.above.pop(thread.parent, None)
            try:
                found = await self._learn(own, thread.parent)
            except RateLimited:
                found = False
            if found:
                del self.unread[own]
                self._move(thread.key, self.above.get(thread.parent, "") or own)
                continue
            self.above = known
            tries = thread.tries + 1
            if tries >= MOST_TRIES:
                del self.unread[own]
            else:
                self.unread[own] = replace(thread, tries=tries, due=self._later(tries))
        return bool(due)

    def told(self) -> tuple[str, ...]:
        """The notes since it was asked last."""
        notes = tuple(self.notes)
        self.notes.clear()
        return notes

    def newest(self) -> dict[str, str]:
        """The part of `above` that is worth keeping in a cursor."""
        return dict(list(self.above.items())[-MOST_ROOTS:])

    def dump(self) -> dict[str, Any]:
        """What is to be asked for again, as JSON keeps it."""
        found = {own: [t.parent, t.key, t.tries, t.due] for own, t in self.unread.items()}
        return {"unread": found, "limited": dict(self.limited)}

    def load(self, raw: Mapping[str, Any]) -> None:
        """Take up what `dump` gave; what does not fit is passed over."""
        for own, each in _entries(raw.get("unread")):
            match each:
                case [str(parent), str(key), int(tries), int(due)]:
                    self.unread[own] = Unread(parent, key, tries, due)
        for own, each in _entries(raw.get("limited")):
            self.limited[own] = whole_number(each) or 0

    async def denied(self, error: AuthError) -> Denied:
        """A refusal of one thing to an account that is well; whether it is, is asked once in a poll.

        Raises:
            AuthError: the account's own check was refused too.
            SourceError: the check could not be made.
        """
        found = await judged(error, None if self._well else lambda: verify(self.client, self.account))
        if not isinstance(found, Denied):
            raise found
        self._well = True
        return found

    async def _learn(self, own: str, parent: str) -> bool:
        """Learn what stands above a status; False where that cannot be said now."""
        try:
            ancestors = await self._ancestors(own)
        except SourceError as error:
            if isinstance(error, RateLimited | AuthError):
                raise
            self.notes.append(f"the thread above {own} could not be read: {error.message}")
            return False
        self.limited.pop(own, None)
        line = chain(parent, [each for each in ancestors if isinstance(each, dict) and mark_of(each)])
        top = identifier(line[0].get("in_reply_to_id")) if line else parent
        if top:
            # The thread's head is gone or hidden; what is left still has its id in common.
            self.above.setdefault(top, top)
        for each in line:
            key = self._note(each)
            if is_ours(each, self.account) and each.get("visibility") != "direct":
                passed_over: list[DataError] = []  # it is context alone, and will be counted where it is listed
                with one_item(passed_over):
                    self.ours[id_of(each)] = parse(each, self.account, conversation=key, fetched_at=self.client.clock())
        return True

    async def _ancestors(self, own: str) -> list[Any]:
        """The statuses above one.

        Raises:
            SourceError: they cannot be read.
        """
        if self._failures >= MOST_FAILURES:
            raise Retryable("too many others failed before it")
        if self.limited.get(own, 0) >= MOST_LIMITED:
            del self.limited[own]
            raise Retryable("the network always asks to wait for it")
        url = address(self.account, "statuses", own, "context")
        try:
            answer = await self.client.get_json(url, bearer=token(self.account))
        except NotThere as error:
            if in_its_own_words(error):
                return []
            raise
        except AuthError as error:
            raise await self.denied(error) from None
        except RateLimited:
            self.limited[own] = self.limited.get(own, 0) + 1
            raise
        except Retryable:
            self._failures += 1
            raise
        ancestors = dig(answer.data, "ancestors")
        if not isinstance(ancestors, list):
            raise Retryable("the answer is no thread")
        return ancestors

    def _note(self, status: Item) -> str:
        """Works out a status's conversation from its parent's, and keeps it for those below."""
        own, parent = id_of(status), identifier(status.get("in_reply_to_id"))
        key = self.above.get(parent, "") if parent else ""
        if not key and not is_ours(status, self.account):
            key = own
        self.above.pop(own, None)
        self.above[own] = key
        return key or own

    def _move(self, old: str, new: str) -> None:
        """Note that a conversation turned out to be another."""
        if old != new:
            self.moved[old] = new
            self.above.update({own: new for own, key in self.above.items() if key == old})

    def _later(self, tries: int) -> Instant:
        """When a thread is asked for again: after 1, 4, 16, 64 minutes."""
        return self.client.clock() + (MINUTE << 2 * (tries - 1))


def _entries(raw: object) -> list[tuple[str, Any]]:
    return list(raw.items()) if isinstance(raw, dict) else []
