"""Reading Mastodon and its relatives: what is new, then what is older and was not read yet, then what is watched.

Streams: `own` (what our account wrote, on whatever device), `mentions` (what was said to us, direct messages among it:
each of them mentions us), `threads` (those that could not be read), and `watch` (what the engine asks to see again).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cminbox.errors import AuthError, DataError, NotThere, RateLimited, Retryable, SourceError
from cminbox.model import MINUTE, SECOND, Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import instant
from cminbox.sources.limits import remaining
from cminbox.sources.networks.mastodon.api import address, base, in_its_own_words, token, verify
from cminbox.sources.networks.mastodon.status import objects, parse, unwrapped
from cminbox.sources.networks.mastodon.threads import MOST_FAILURES, Threads
from cminbox.sources.paging import Item, Place, Walk, id_of, load_cursor, mark_of
from cminbox.text import clean

if TYPE_CHECKING:
    from cminbox.sources.http import Client

WANTED = frozenset({"mention", "quote", "pending.reply"})
"""Notifications that carry what somebody said to us; servers that know no filter send the others too. GoToSocial calls
an answer pending that waits for our consent, which is given by answering it."""
PAGE = 40
MOST_WATCHED = 40
RESERVE = 100
"""Watching ends where fewer calls than these are left of the server's budget (300 in 5 minutes, usually)."""
MOST_LISTS = 25
LONGEST_OLDER = 10 * SECOND
"""Of what is older and was not read yet a poll asks for so many lists, and begins none after so long: the next poll,
which follows soon, begins with what is new."""
LISTED_LATE = 10 * MINUTE
"""So long after the newest item the newest list is looked at too: workers of a server write notifications side by side
(threads of snac, queues of Mastodon), and one may be listed below one that was read already."""
THREADS = "threads"
CLOCK_SKEW = 5 * MINUTE
"""How far a server's clock may be ahead of ours when its messages are read."""


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new: first what we wrote, so that threads are known, then what was said to us. After it what is older and
    was not read yet, threads that could not be read before, and what is watched."""
    if not account.account_id:
        account = replace(account, account_id=id_of(await verify(client, account)))
    threads = Threads(client, account)
    kept = {stream: _resume(cursors.get(stream, ""), account) for stream in ("own", "mentions", THREADS)}
    for raw in kept.values():
        roots = raw.get("roots")
        if isinstance(roots, dict):
            threads.above.update({str(key): str(value) for key, value in roots.items()})
    threads.load(kept[THREADS])
    before = threads.dump()
    own, mentions = (_Listed(threads, stream, kept[stream]) for stream in ("own", "mentions"))
    try:
        try:
            async for page in own.newest():
                yield page
        except SourceError as error:
            await own.give_up(error)
        async for page in mentions.newest():
            yield page
        async for page in mentions.older():
            yield page
        try:
            async for page in own.older():
                yield page
        except SourceError as error:
            await own.give_up(error)
        await threads.ask_again()
    except RateLimited:
        if threads.dump() != before:
            yield _threads_page(threads)
        raise
    if threads.notes or threads.dump() != before:
        yield _threads_page(threads)
    if account.watch or account.missing:
        yield await look_again(threads)


def _threads_page(threads: Threads) -> Page:
    """What came of threads that could not be read."""
    cursor = {"of": _whose(threads.account), "roots": threads.newest(), **threads.dump()}
    return Page(tuple(threads.ours.values()), THREADS, dumps(cursor), notes=threads.told(), moved=dict(threads.moved))


class _Listed:
    """One of the two lists, during one poll."""

    def __init__(self, threads: Threads, stream: str, kept: Mapping[str, Any]) -> None:
        account, client = threads.account, threads.client
        self._threads = threads
        self._stream = stream
        self._params = [("limit", str(PAGE))]
        if stream == "own":
            self._url = address(account, "accounts", account.account_id, "statuses")
            self._params.append(("exclude_reblogs", "true"))
        else:
            self._url = address(account, "notifications")
            self._params += [("include_filtered", "true"), *(("types[]", kind) for kind in sorted(WANTED))]
        floor = client.clock() - min(account.backfill_ms, LONGEST_BACKFILL)
        settled = client.clock() + (client.skew(self._url) or 0) - LISTED_LATE
        self._walk = Walk(self._fetch, floor, _time_of, most=MOST_LISTS, enough=self._enough, settled=settled)
        self._place = Place.load(kept.get("place"))
        self._left: float | None = None
        self._ends = 0.0
        self._skipped: list[DataError] = []
        self._given_up = False

    async def give_up(self, error: SourceError) -> None:
        """Go on without the rest of this list: what was said to us may be had all the same.

        Raises:
            AuthError, RateLimited: there is nothing more to be had now.
        """
        if isinstance(error, RateLimited):
            raise error
        refused = await self._threads.denied(error) if isinstance(error, AuthError) else error
        self._threads.notes.append(f"what our account wrote could not be read: {refused.message}")
        self._given_up = True

    async def newest(self) -> AsyncIterator[Page]:
        """What is new; one page, whatever is behind."""
        async for page in self._pages(self._walk.newest(self._place)):
            yield page

    async def older(self) -> AsyncIterator[Page]:
        """What is older and was not read yet, as far as time and the server's budget allow in one poll."""
        if self._given_up:
            return
        self._ends = time.monotonic() + LONGEST_OLDER / SECOND
        behind = bool(self._place.gaps)
        async for page in self._pages(self._walk.older(self._place)):
            behind = False
            yield page
        if behind:
            yield Page((), self._stream, self._cursor(self._place), more=True)

    async def _pages(self, steps: AsyncIterator[tuple[list[Item], Place]]) -> AsyncIterator[Page]:
        async for items, place in steps:
            messages, limited = await self._read(items)
            if limited is None:
                self._place = place
            # Where the network asks to wait, what was read is kept, and the same list is read again later.
            skipped, self._skipped = tuple(self._skipped), []
            cursor, more = self._cursor(self._place), bool(self._place.gaps)
            yield Page(messages, self._stream, cursor, skipped=skipped, notes=self._threads.told(), more=more)
            if limited is not None:
                raise limited

    async def _fetch(self, params: Mapping[str, str]) -> Sequence[Item]:
        account = self._threads.account
        query = [*self._params, *params.items()]
        answer = await self._threads.client.get_json(self._url, params=query, bearer=token(account))
        if not isinstance(answer.data, list):
            raise Retryable(f"{urlsplit(self._url).hostname} answered with no list", hint="is it a Mastodon server?")
        self._left = remaining(answer.headers)
        return [unwrapped(each) if isinstance(each, dict) else {"no object": each} for each in answer.data]

    def _enough(self) -> bool:
        return time.monotonic() > self._ends or (self._left is not None and self._left < RESERVE)

    def _cursor(self, place: Place) -> str:
        return dumps({"of": _whose(self._threads.account), "place": place.dump(), "roots": self._threads.newest()})

    async def _read(self, items: Sequence[Item]) -> tuple[tuple[Message, ...], RateLimited | None]:
        """The messages of a list, each once, with the statuses of ours that were met above them; and whether the
        network asked to wait before all were read."""
        threads = self._threads
        messages: dict[str, Message] = {}
        present = threads.client.clock()
        newest = present + CLOCK_SKEW
        found = _statuses(self._stream, items, self._skipped)
        for status in sorted(found, key=lambda each: instant(each.get("created_at")) or 0):
            try:
                with one_item(self._skipped):
                    parse(status, threads.account, fetched_at=present)  # what cannot be read must not cost a call
                    key = await threads.conversation(status)
                    message = parse(status, threads.account, conversation=key, fetched_at=present)
                    messages.update(threads.ours)
                    threads.ours.clear()
                    messages[message.id] = message._replace(created_at=min(message.created_at, newest))
            except RateLimited as error:
                return tuple(messages.values()), error
        return tuple(messages.values()), None


def _time_of(item: Item) -> Instant | None:
    return instant(item.get("created_at"))


def _statuses(stream: str, items: Sequence[Item], skipped: list[DataError]) -> list[Item]:
    """The statuses inside the items of a list, without boosts."""
    found: list[Item] = []
    for item in items:
        with one_item(skipped):
            status: object = item
            if stream == "mentions":
                kind = item.get("type")
                if not isinstance(kind, str):
                    raise DataError(f"notification {clean(id_of(item), 80)!r} has no type")
                if kind not in WANTED:
                    continue
                status = item.get("status")
                if status is None:
                    continue  # what mentioned us was deleted, or is hidden from us
            if not isinstance(status, dict):
                raise DataError(f"notification {clean(id_of(item), 80)!r} has no status")
            status = unwrapped(status)
            if status.get("reblog") is None:
                found.append(status)
    return found


async def look_again(threads: Threads) -> Page:
    """Looks at single statuses again: whether they were deleted, edited, or are there again."""
    client, account = threads.client, threads.account
    wanted = [*account.watch[:MOST_WATCHED], *account.missing[:MOST_WATCHED]]
    messages: list[Message] = []
    gone: list[str] = []
    there = failures = 0
    for own in wanted:
        try:
            answer = await client.get_json(address(account, "statuses", own), bearer=token(account), tries=2)
            status = unwrapped(answer.data) if isinstance(answer.data, dict) else {}
            if id_of(status) != own:
                raise DataError("the answer is another")
            there += 1
            if status.get("edited_at") or own in account.missing:
                key = await threads.conversation(status)
                messages.append(parse(status, account, conversation=key, fetched_at=client.clock()))
        except RateLimited:
            break  # the next poll obeys it
        except NotThere as error:
            if in_its_own_words(error):
                gone.append(own)
            continue
        except SourceError as error:
            refused = await threads.denied(error) if isinstance(error, AuthError) else error
            threads.notes.append(f"status {own} could not be looked at again: {refused.message}")
            failures += isinstance(error, Retryable)
            if failures >= MOST_FAILURES:
                break
            continue
        left = remaining(answer.headers)
        if left is not None and left < RESERVE:
            break  # the budget is for reading and answering first
    deleted = [own for own in gone if own in account.watch]
    if deleted and not there and not await _answers_for_others(threads, deleted):
        deleted = []
    return Page(tuple(messages), "watch", "", tuple(deleted), notes=threads.told())


async def _answers_for_others(threads: Threads, missing: Sequence[str]) -> bool:
    """Whether the server still knows single statuses, where it said of all that it was asked for that they are gone:
    it is a route that is away where a list shows one of them, or where another one is not to be had either."""
    client, account = threads.client, threads.account
    try:
        listed: list[Item] = []
        for parts in (("accounts", account.account_id, "statuses"), ("notifications",)):
            answer = await client.get_json(address(account, *parts), params={"limit": str(PAGE)}, bearer=token(account))
            listed += _statuses("own" if parts[0] == "accounts" else "mentions", objects(answer.data), [])
        ids = [own for each in listed if (own := mark_of(each))]
        if set(ids) & set(missing):
            return False
        if ids:
            await client.get_json(address(account, "statuses", ids[0]), bearer=token(account))
    except SourceError:
        return False
    return True


def _whose(account: Account) -> str:
    """What a cursor belongs to: ids mean nothing on another server or to another account."""
    return f"{base(account)} {account.account_id}"


def _resume(cursor: str, account: Account) -> dict[str, Any]:
    kept = load_cursor(cursor)
    return kept if kept.get("of") == _whose(account) else {}
