"""Reading X: where the account is mentioned, what else is said in those threads, searches, and what is watched.

Lists are newest first. They are asked for from the newest post on that was passed on, which costs nothing where nothing
is new; what lies between is walked through page by page.

Streams: `mentions`; `threads` for the rest of their threads, our own answers among it; `search`; `paid` for what was
paid today.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, MINUTE, SECOND, Instant, Message, to_iso
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import string, whole_number
from cminbox.sources.networks.x import api, chat
from cminbox.sources.networks.x.api import Desk, Item, Memory
from cminbox.sources.networks.x.post import (
    Place,
    along,
    below_ours,
    is_ours,
    message_id,
    parse,
    refers,
    text_of,
    thread_of,
    time_of,
    versions,
)
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MENTIONS, THREADS, SEARCH, PAID, WATCH = "mentions", "threads", "search", "paid", "watch"
WITH_THREADS, WITH_CHANGES, WORDS = "threads", "changes", "search"
SEARCHED_BACK = 7 * DAY - 5 * MINUTE
"""How far back X searches, and a little less."""
MOST_PAGES = 20
MOST_KEYS = 1000
MOST_THREADS = 60
MOST_POSTS = 100
MOST_SEEN = 400
THREADS_AT_ONCE = 10
"""Threads in one query, which may have 512 characters."""
MOST_THREAD_PAGES = 30


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new, and what is watched."""
    memory = Memory.load(cursors.get(PAID, ""), client.clock())
    desk = Desk(client, account, memory)
    if not account.account_id:
        account = replace(account, account_id=string((await desk.me()).get("id")))
        desk = Desk(client, account, memory)
    before = memory.dump()
    reading = _Reading(desk, cursors)
    async for page in reading.pages():
        yield page
    if memory.dump() != before:
        yield Page((), PAID, json.dumps(memory.dump()))


async def who(client: Client, account: Account) -> Item:
    """The account whose token this is.

    Raises:
        SourceError: by what to do next.
    """
    return await Desk(client, account, Memory.load("", client.clock()), for_people=True).me()


@dataclass(slots=True)
class _Kept:
    """How far a list was read.

    Attributes:
        since: everything older than this post was passed on; `since_at`: its time, or a later one.
        floor: where the first poll ended.
        handle: our own.
        keys: the conversations of posts, by their ids.
        threads: the threads that the posts were in, with the time of the newest.
        posts: the first words of posts of ours that are answered.
    """

    of: str
    reached: Reached = field(default_factory=Reached)
    since: str = ""
    since_at: Instant = 0
    floor: Instant = 0
    handle: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    threads: dict[str, Instant] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, cursor: str, of: str, floor: Instant) -> _Kept:
        raw = load_cursor(cursor)
        if raw.get("of") != of:
            return cls(of, floor=floor)
        keys, threads, posts = raw.get("keys"), raw.get("threads"), raw.get("posts")
        return cls(
            of,
            Reached.load(raw.get("reached")),
            since if api.is_id(since := string(raw.get("since"))) else "",
            whole_number(raw.get("since_at")) or 0,
            whole_number(raw.get("floor")) or floor,
            string(raw.get("handle")),
            {own: key for own, key in _pairs(keys) if isinstance(key, str)},
            {own: when for own, each in _pairs(threads) if (when := whole_number(each)) is not None},
            {own: title for own, title in _pairs(posts) if isinstance(title, str)},
        )

    def dump(self) -> str:
        """As it is kept."""
        for own in list(self.keys)[: max(0, len(self.keys) - MOST_KEYS)]:
            del self.keys[own]
        for own in list(self.posts)[: max(0, len(self.posts) - MOST_POSTS)]:
            del self.posts[own]
        for own in list(self.threads)[: max(0, len(self.threads) - MOST_THREADS)]:
            del self.threads[own]
        return json.dumps(
            {
                "of": self.of,
                "reached": self.reached.dump(),
                "since": self.since,
                "since_at": self.since_at,
                "floor": self.floor,
                "handle": self.handle,
                "keys": self.keys,
                "threads": self.threads,
                "posts": self.posts,
            }
        )

    def passed(self, reached: Reached) -> None:
        """Note how far a walk has come; below what is new nothing may be left before the next one begins there."""
        self.reached = reached
        if not reached.gaps:
            self.since = next((own for own in reached.known if api.is_id(own)), self.since)
            self.since_at = reached.newest


@dataclass(slots=True)
class _Threads:
    """How far the threads were searched.

    Attributes:
        since: everything older than this post was passed on, of the threads in `begun`; `at`: its time.
        seen: posts that were passed on.
        told: what people were told of it last.
        met: the newest post that this poll met, and its time.
    """

    of: str
    since: str = ""
    at: Instant = 0
    begun: dict[str, None] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)
    told: str = ""
    met: tuple[str, Instant] = ("", 0)

    @classmethod
    def load(cls, cursor: str, of: str) -> _Threads:
        raw = load_cursor(cursor)
        if raw.get("of") != of:
            return cls(of)
        begun, seen = (dict.fromkeys(_texts(raw.get(name))) for name in ("begun", "seen"))
        since = since if api.is_id(since := string(raw.get("since"))) else ""
        return cls(of, since, whole_number(raw.get("at")) or 0, begun, seen, string(raw.get("told")))

    def dump(self) -> str:
        """As it is kept."""
        begun, seen = list(self.begun)[-2 * MOST_THREADS :], list(self.seen)[-MOST_SEEN:]
        raw = {"of": self.of, "since": self.since, "at": self.at, "begun": begun, "seen": seen, "told": self.told}
        return json.dumps(raw)


class _Reading:
    """One poll of an account, or of a search."""

    def __init__(self, desk: Desk, cursors: Mapping[str, str]) -> None:
        self.desk = desk
        self.account = desk.account
        self.cursors = cursors
        self._now = desk.client.clock()
        self._floor = self._now - min(desk.account.backfill_ms, LONGEST_BACKFILL)
        self._handle = ""

    async def pages(self) -> AsyncIterator[Page]:
        """What is new, page by page."""
        account = self.account
        if not account.owned:
            async for page in self._searched():
                yield page
        else:
            kept = _Kept.load(self.cursors.get(MENTIONS, ""), account.account_id, self._floor)
            async for page in self._mentions(kept):
                yield page
            if account.options.get(WITH_THREADS, True) is not False:
                async for page in self._threads(kept):
                    yield page
            async for page in chat.pages(self.desk, self.cursors.get(chat.STREAM, "")):
                yield page
        wanted = account.options.get(WITH_CHANGES, True) is not False and self._within_pace()
        if wanted and (account.watch or account.missing):
            yield await self._look_again()

    async def _mentions(self, kept: _Kept) -> AsyncIterator[Page]:
        if not kept.handle:
            kept.handle = one_line(clean(string((await self.desk.me()).get("username")), 100))
        self._handle = kept.handle
        price = api.OWN_POST if self.account.options.get(api.OWN_APP) is True else api.POST
        path = f"users/{api.path_of(self.account.account_id)}/mentions"
        async for page in self._walked(kept, MENTIONS, path, (), price):
            yield page

    async def _searched(self) -> AsyncIterator[Page]:
        """Where somebody says one of the words that are listened for."""
        words = self.account.options.get(WORDS)
        wanted = [each.strip() for each in _texts(words) if each.strip()]
        if not wanted:
            return
        query = f"({' OR '.join(_quoted(each) for each in wanted)}) -is:retweet"
        floor = max(self._floor, self._now - SEARCHED_BACK)
        kept = _Kept.load(self.cursors.get(SEARCH, ""), f"{self.account.account_id} {query}", floor)
        async for page in self._walked(kept, SEARCH, "tweets/search/recent", [("query", query)], api.POST):
            yield page

    async def _walked(
        self, kept: _Kept, stream: str, path: str, params: Sequence[tuple[str, str]], price: int
    ) -> AsyncIterator[Page]:
        """A list, newest first, from the newest post on that was passed on."""
        includes: Item = {}
        if kept.since and (stream == MENTIONS or kept.since_at > self._back()):
            start = ("since_id", kept.since)
        else:
            start = self._start(max(kept.floor, 0 if stream == MENTIONS else self._back()))

        async def fetch(at: str) -> Listed[Item]:
            nonlocal includes, start
            more = [("pagination_token", at)] if at else []
            try:
                found, includes = await self.desk.posts(
                    path, [*params, start, *more], price, self.desk.affordable(price)
                )
            except Refused as error:
                if error.status != 400 or not api.names_parameter(error.said, start[0]) or start[0] != "since_id":
                    raise
                # It is too long ago: by time, then.
                start = self._start(max(kept.floor, kept.reached.newest - DAY))
                found, includes = await self.desk.posts(
                    path, [*params, start, *more], price, self.desk.affordable(price)
                )
            await self._learn_posts(found.items, kept)
            return found

        walk = NewestFirst[Item](fetch, lambda item: string(item.get("id")), time_of, kept.floor, most=MOST_PAGES)
        async for items, reached in walk.steps(kept.reached):
            messages, skipped = self._messages(items, includes, kept)
            before = kept.reached
            kept.passed(reached)
            if items or before != reached:
                more = bool(reached.gaps)
                yield Page(tuple(messages), stream, kept.dump(), skipped=tuple(skipped), more=more)

    async def _threads(self, kept: _Kept) -> AsyncIterator[Page]:
        """What else is said where the account was mentioned: answers that do not name it, and our own."""
        state = _Threads.load(self.cursors.get(THREADS, ""), self.account.account_id)
        state.seen.update(dict.fromkeys(kept.reached.known))
        recent = [own for own, when in kept.threads.items() if when >= self._back() and api.is_id(own)]
        fresh = [own for own in recent if own not in state.begun]
        old = [own for own in recent if own in state.begun]
        first = state.met = state.since, state.at
        known, note = len(kept.keys), ""
        try:
            for some in _chunks(fresh):
                async for page in self._thread_pages(kept, state, some, ("", 0)):
                    yield page
                state.begun.update(dict.fromkeys(some))
                yield Page((), THREADS, state.dump())
            for some in _chunks(old):
                async for page in self._thread_pages(kept, state, some, first):
                    yield page
        except Refused as error:
            note = f"the rest of the threads is not read: {error.message}"
        if len(kept.keys) != known:
            yield Page((), MENTIONS, kept.dump())
        if not note:
            state.since, state.at = state.met
        if state.met != first or note != state.told:
            notes = (note,) if note and note != state.told else ()
            state.told = note
            yield Page((), THREADS, state.dump(), notes=notes)

    async def _thread_pages(
        self, kept: _Kept, state: _Threads, some: Sequence[str], since: tuple[str, Instant]
    ) -> AsyncIterator[Page]:
        """What is new in some threads; the newest post is noted in `state`."""
        query = f"({' OR '.join(f'conversation_id:{own}' for own in some)}) -is:retweet"
        if since[0] and since[1] > self._back():
            start = ("since_id", since[0])
        else:
            start = self._start(max(self._back(), kept.floor))
        at = ""
        for _ in range(MOST_THREAD_PAGES):
            params = [("query", query), start, *([("next_token", at)] if at else [])]
            most = self.desk.affordable(api.POST)
            found, includes = await self.desk.posts("tweets/search/recent", params, api.POST, most)
            for item in found.items:
                own, when = string(item.get("id")), time_of(item) or 0
                if api.is_id(own) and when > state.met[1]:
                    state.met = own, when
            fresh = [item for item in found.items if string(item.get("id")) not in state.seen]
            # Our own post that began the thread waits for nobody.
            fresh = [item for item in fresh if not (is_ours(item, self.account) and not refers(item, "replied_to"))]
            messages, skipped = self._messages(fresh, includes, kept)
            state.seen.update({string(item.get("id")): None for item in fresh})
            if messages or skipped:
                yield Page(tuple(messages), THREADS, state.dump(), skipped=tuple(skipped))
            at = found.next if found.next != at else ""
            if not at:
                return

    async def _look_again(self) -> Page:
        """Looks at single posts again: whether they were edited, deleted, or are there again."""
        wanted = (*self.account.watch, *self.account.missing)
        asked = [own for own in dict.fromkeys(wanted) if api.is_id(own)][: api.MOST_IDS]
        asked = asked[: max(1, self.desk.affordable(api.POST))]
        messages, skipped = list[Message](), list[DataError]()
        try:
            found, includes, gone = await self.desk.by_ids(asked) if asked else ({}, {}, set())
            # An edited post is a new one; the old one says which.
            later = {own: last for own, item in found.items() if (last := versions(item)[-1]) != own}
            missing = [last for last in dict.fromkeys(later.values()) if last not in found and api.is_id(last)]
            newer, more, _ = await self.desk.by_ids(missing[: api.MOST_IDS]) if missing else ({}, {}, set())
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            return Page((), WATCH, "", notes=(f"posts could not be looked at again: {error.message}",))
        users, media = along(includes)
        newer_users, newer_media = along(more)
        kept = _Kept.load(self.cursors.get(MENTIONS, ""), self.account.account_id, self._floor)
        for own, item in found.items():
            shown = newer.get(later.get(own, "")) or found.get(later.get(own, "")) or item
            place = Place(
                {**users, **newer_users},
                {**media, **newer_media},
                kept.handle or self._handle,
                kept.keys.get(own, ""),
                kept.posts.get(thread_of(item), ""),
                item,
            )
            with one_item(skipped):
                messages.append(parse(shown, self.account, place, fetched_at=self._now))
        deleted = tuple(own for own in self.account.watch if own in gone)
        return Page(tuple(messages), WATCH, "", deleted, skipped=tuple(skipped))

    async def _learn_posts(self, items: Sequence[Item], kept: _Kept) -> None:
        """Ask for the first words of our own posts that are answered; without them answers come in all the same."""
        roots = {thread_of(item) for item in items if below_ours(item, self.account)}
        asked = sorted(own for own in roots if own not in kept.posts and api.is_id(own))[: api.MOST_IDS]
        if not asked or not self.account.owned:
            return
        try:
            found, _, _ = await self.desk.by_ids(asked)
        except (RateLimited, Refused, Retryable):
            return
        # One that is not there is not asked for again.
        kept.posts.update({own: one_line(text_of(found[own]))[:200] if own in found else "" for own in asked})

    def _messages(self, items: Sequence[Item], includes: Item, kept: _Kept) -> tuple[list[Message], list[DataError]]:
        """Posts as messages, the oldest first; what only repeats another post is none."""
        messages, skipped = list[Message](), list[DataError]()
        users, media = along(includes)
        for item in reversed(items):
            if refers(item, "retweeted"):
                continue
            with one_item(skipped):
                own, thread = message_id(item), thread_of(item)
                parent = refers(item, "replied_to")
                key = "" if below_ours(item, self.account) else kept.keys.get(own) or kept.keys.get(parent, "")
                title = kept.posts.get(thread, "")
                place = Place(users, media, self._handle or kept.handle, key, title)
                message = parse(item, self.account, place, fetched_at=self._now)
                messages.append(message)
                for each in versions(item):
                    kept.keys[each] = message.conversation
                if thread:
                    kept.threads[thread] = max(kept.threads.pop(thread, 0), message.created_at)
        return messages, skipped

    def _within_pace(self) -> bool:
        """Whether no more of the month's money is used up than of the month, and of two days."""
        ledger, kept = self.account.ledger, api.SPENDING.reserve
        rest = max(0, ledger.resets_at(api.SPENDING) - ledger.clock() - 2 * DAY)
        return ledger.left(api.SPENDING) - kept >= (ledger.limit(api.SPENDING) - kept) * rest // (31 * DAY)

    def _start(self, when: Instant) -> tuple[str, str]:
        """The parameter that asks for what is younger."""
        when = min(when, self._now - MINUTE)
        return "start_time", to_iso(when - when % SECOND)[:19] + "Z"

    def _back(self) -> Instant:
        return self._now - SEARCHED_BACK


def _quoted(words: str) -> str:
    """Words as a query takes them: as they stand, whatever operators are among them."""
    plain = words.replace('"', " ").strip()
    return plain if plain.startswith(("#", "@", "$")) and " " not in plain else f'"{plain}"'


def _chunks(owns: Sequence[str]) -> Iterable[Sequence[str]]:
    return [owns[start : start + THREADS_AT_ONCE] for start in range(0, len(owns), THREADS_AT_ONCE)]


def _pairs(raw: object) -> Iterable[tuple[str, Any]]:
    return raw.items() if isinstance(raw, dict) else ()


def _texts(raw: object) -> list[str]:
    return [each for each in raw if isinstance(each, str)] if isinstance(raw, list) else []
