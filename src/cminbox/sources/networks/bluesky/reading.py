"""Reading Bluesky: what is new, then what is older and was not read yet, then what nobody told us of, then what is
watched.

Streams: `labelers` (whose labels are asked for), `own` (what our account wrote, on whatever device), `mentions`
(notifications), `messages` (direct messages), `threads` (answers below posts of ours that no notification came for:
those far below, and those of a muted kind), `watch` (what the engine asks to see again), and for a source that only
listens, one for each search.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, MINUTE, Instant
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.json_values import dig, instant, string, whole_number
from cminbox.sources.networks.bluesky import api, chat
from cminbox.sources.networks.bluesky.labelers import STREAM, chosen
from cminbox.sources.networks.bluesky.post import View, author_of, place, time_of, uri_of
from cminbox.sources.networks.bluesky.threads import Threads
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.text import clean

if TYPE_CHECKING:
    from cminbox.sources.http import Client

WANTED = ("mention", "reply", "quote")
"""Notifications that carry what somebody said to us."""
PAGE = "100"
OVERLAP = 15 * MINUTE
"""Some posts are sorted in late, below what was read already."""
MOST_PAGES = 25
MOST_WATCHED = 50
MOST_CHANGED = 3
"""Threads of ours whose number of answers changed that are read at once; one more is read in turn."""
MOST_THREADS = 100
SWEEP = 5 * MINUTE
"""How long threads of ours are left alone: one that everybody answers is large."""
RESERVE = 200
"""Older posts, threads and watching wait where fewer calls than these are left (of 3,000 in 5 minutes, usually)."""


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new: first what we wrote, so that threads are known, then what was said to us."""
    if not account.owned:
        async for page in _heard(client, account, cursors):
            yield page
        return
    if not account.account_id:
        account = replace(account, account_id=string((await api.verify(client, account)).get("did")))
    labelers, asked = await chosen(client, account, cursors.get(STREAM, ""))
    if asked is not None:
        yield asked
    threads = Threads(client, account, labelers)
    kept = {stream: _resume(cursors.get(stream, ""), account) for stream in ("own", "mentions", "threads")}
    for raw in kept.values():
        threads.above.update(_texts(raw.get("above")))
    own = _Own(threads, "own", kept["own"])
    try:
        async for page in own.pages():
            yield page
    except SourceError as error:
        if isinstance(error, AuthError | RateLimited):
            raise
        # What was said to us may be had all the same.
        yield Page((), "own", cursors.get("own", ""), notes=(f"our own posts could not be read: {error.message}",))
    async for page in _Mentions(threads, "mentions", kept["mentions"]).pages():
        yield page
    async for page in chat.pages(client, account, cursors.get(chat.STREAM, "")):
        yield page
    async for page in _below(threads, own.recent, kept["threads"]):
        yield page
    if account.watch or account.missing:
        yield await _look_again(threads)


class _List:
    """One newest-first list, during one poll."""

    def __init__(self, threads: Threads, stream: str, kept: Mapping[str, Any]) -> None:
        self._threads = threads
        self._stream = stream
        self._reached = Reached.load(kept.get("reached"))
        client, account = threads.client, threads.account
        self._walk: NewestFirst[View] = NewestFirst(
            self._fetch,
            _id_of,
            self._time_of,
            floor=client.clock() - min(account.backfill_ms, LONGEST_BACKFILL),
            overlap=OVERLAP,
            most=MOST_PAGES,
            enough=lambda: _is_low(client, account),
        )

    async def pages(self) -> AsyncIterator[Page]:
        """What is new and what is older, page by page."""
        async for items, reached in self._walk.steps(self._reached):
            skipped: list[DataError] = []
            messages = await self._threads.messages(await self._views(items), skipped)
            cursor = {**_whose(self._threads), "reached": reached.dump(), "above": self._threads.newest()}
            more = bool(reached.gaps)
            yield Page(messages, self._stream, json.dumps(cursor), skipped=tuple(skipped), more=more)

    async def _fetch(self, at: str) -> Listed[View]:
        raise NotImplementedError

    async def _views(self, items: Sequence[View]) -> list[View]:
        return list(items)

    def _time_of(self, item: View) -> Instant | None:
        return time_of(item)

    async def _listed(self, method: str, name: str, params: Sequence[tuple[str, str]], at: str) -> Listed[View]:
        """One page of what a query lists under a name."""
        threads = self._threads
        asked = [("limit", PAGE), *params, *([("cursor", at)] if at else [])]
        data = await threads.query(method, asked)
        listed = data.get(name)
        if not isinstance(listed, list):
            raise Retryable(f"the server answered with no {name}", hint="does base_url name a Bluesky server?")
        items = [each if isinstance(each, dict) else {"no object": each} for each in listed]
        return Listed(items, string(data.get("cursor")))


class _Own(_List):
    """What our account wrote; `recent` has the newest posts that stand first in a thread, as they are listed."""

    def __init__(self, threads: Threads, stream: str, kept: Mapping[str, Any]) -> None:
        super().__init__(threads, stream, kept)
        self.recent: list[View] = []

    async def _fetch(self, at: str) -> Listed[View]:
        account = self._threads.account
        params = [("actor", account.account_id), ("filter", "posts_with_replies")]
        page = await self._listed("app.bsky.feed.getAuthorFeed", "feed", params, at)
        # A post of somebody else that we reposted is none of ours.
        posts = [_posted(item) for item in page.items]
        if not at:
            for view in posts:
                if author_of(view) == account.account_id and not _answers(view):
                    self.recent.append(view)
                    self._threads.note_hidden(view)
        return Listed(posts, page.next)

    async def _views(self, items: Sequence[View]) -> list[View]:
        return [view for view in items if author_of(view) == self._threads.account.account_id]


class _Mentions(_List):
    """What we were notified of, with each post as the network shows it."""

    async def _fetch(self, at: str) -> Listed[View]:
        params = [("reasons", reason) for reason in WANTED]
        return await self._listed("app.bsky.notification.listNotifications", "notifications", params, at)

    def _time_of(self, item: View) -> Instant | None:
        return instant(item.get("indexedAt"))

    async def _views(self, items: Sequence[View]) -> list[View]:
        # Some servers know no filter.
        wanted = [item for item in items if item.get("reason") in WANTED or "reason" not in item]
        shown = {uri_of(view): view for view in await self._threads.posts([*map(uri_of, wanted)])}
        return [{**shown.get(uri_of(item), item), "reason": item.get("reason")} for item in wanted]


class _Search(_List):
    """What is found for some words, newest first."""

    def __init__(self, threads: Threads, stream: str, kept: Mapping[str, Any], words: str) -> None:
        super().__init__(threads, stream, kept)
        self._words = words

    async def _fetch(self, at: str) -> Listed[View]:
        params = [("q", self._words), ("sort", "latest")]
        return await self._listed("app.bsky.feed.searchPosts", "posts", params, at)


async def _heard(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is said somewhere, found by words and hashtags."""
    searches = {f"search:{words}": words for words in _listed_option(account, "search")}
    for tag in _listed_option(account, "hashtag"):
        searches[f"hashtag:{tag.lstrip('#')}"] = f"#{tag.lstrip('#')}"
    if not searches:
        raise Refused(
            f"{account.source} listens to nothing",
            hint='give it search = ["words"] or hashtag = ["tag"], or owned = true',
        )
    labelers, asked = await chosen(client, account, cursors.get(STREAM, ""))
    if asked is not None:
        yield asked
    threads = Threads(client, account, labelers)
    for stream, words in searches.items():
        kept = _resume(cursors.get(stream, ""), account)
        async for page in _Search(threads, stream, kept, words).pages():
            yield page


def _listed_option(account: Account, name: str) -> list[str]:
    value = account.options.get(name)
    values = value if isinstance(value, list | tuple) else [value]
    return [each.strip() for each in values if isinstance(each, str) and each.strip()]


@dataclass(slots=True)
class _Sweep:
    """How far answers were read that no notification came for.

    Attributes:
        seen: how many direct answers each post of ours had when its thread was read last.
        turn: the posts whose threads are read in turn, the next one first.
        since: what is older is not taken up.
    """

    seen: dict[str, int] = field(default_factory=dict)
    turn: list[str] = field(default_factory=list)
    since: Instant = 0

    def next(self, counts: Mapping[str, int]) -> list[str]:
        """The posts whose threads are read now."""
        first = not self.seen
        changed = [uri for uri, count in counts.items() if count != self.seen.get(uri, 0 if not first else count)]
        now = changed[:MOST_CHANGED]
        self.turn = [*(uri for uri in self.turn if uri in counts), *(uri for uri in counts if uri not in self.turn)]
        place = next((at for at, uri in enumerate(self.turn) if counts[uri] and uri not in now), None)
        if place is not None:
            now = [*now, self.turn[place]]
        passed = api.MOST_POSTS if place is None else place + 1
        self.turn = [*self.turn[passed:], *self.turn[:passed]]
        kept = {uri: self.seen.get(uri, count if first else 0) for uri, count in counts.items()}
        self.seen = {**kept, **{uri: counts[uri] for uri in now}}
        return now


async def _below(threads: Threads, recent: Sequence[View], kept: Mapping[str, Any]) -> AsyncIterator[Page]:
    """Answers below posts of ours that no notification came for."""
    client, account = threads.client, threads.account
    present = client.clock()
    if _is_low(client, account) or 0 <= present - (whole_number(kept.get("swept")) or 0) < SWEEP:
        return
    sweep = _Sweep(
        {uri: whole_number(count) or 0 for uri, count in _pairs(kept.get("seen"))},
        [each for each in kept.get("turn", []) if isinstance(each, str)] if isinstance(kept.get("turn"), list) else [],
        whole_number(kept.get("since")) or present - min(account.backfill_ms, LONGEST_BACKFILL),
    )
    counts = {uri_of(view): whole_number(view.get("replyCount")) or 0 for view in recent[:MOST_THREADS]}
    counts.update(await _counts(threads, [uri for uri in sweep.turn if uri not in counts], sweep.seen))
    counts = dict(list(counts.items())[:MOST_THREADS])
    views: list[View] = []
    notes: list[str] = []
    for uri in sweep.next(counts):
        params = [("uri", uri), ("depth", "100"), ("parentHeight", "0")]
        try:
            data = await threads.query("app.bsky.feed.getPostThread", params, tries=1)
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            if not isinstance(error, NotThere):
                notes.append(f"a thread below a post of ours could not be read: {error.message}")
            continue
        for view in _flat(data.get("thread")):
            threads.note_hidden(view)
            if uri_of(view) not in threads.above and (time_of(view) or 0) >= sweep.since:
                views.append(view)
    skipped: list[DataError] = []
    messages = await threads.messages(views, skipped)
    state = {"seen": sweep.seen, "turn": sweep.turn, "since": sweep.since, "swept": present}
    cursor = json.dumps({**_whose(threads), **state, "above": threads.newest()})
    yield Page(messages, "threads", cursor, skipped=tuple(skipped), notes=tuple(notes))


async def _counts(threads: Threads, uris: Sequence[str], seen: Mapping[str, int]) -> dict[str, int]:
    """How many direct answers older posts of ours have: asked for some of them, in turn, and as before for the others;
    without those that are gone."""
    asked = list(uris[: api.MOST_POSTS])
    found = await threads.posts(asked)
    for view in found:
        threads.note_hidden(view)
    counts = {uri_of(view): whole_number(view.get("replyCount")) or 0 for view in found}
    later = {uri: seen.get(uri, 0) for uri in uris if uri not in asked}
    return {**later, **{uri: count for uri, count in counts.items() if uri in asked}}


def _flat(thread: object) -> Iterator[View]:
    """Every post of a thread, those below it included; what is blocked or gone has none."""
    waiting = [thread]
    while waiting:
        each = waiting.pop()
        view, below = dig(each, "post"), dig(each, "replies")
        if isinstance(view, dict):
            yield view
        if isinstance(below, list):
            waiting += below


async def _look_again(threads: Threads) -> Page:
    """Looks at single posts again: whether they were deleted or hidden, or are there again."""
    client, account = threads.client, threads.account
    watch = [own for own in account.watch if api.split(own)][:MOST_WATCHED]
    missing = [own for own in account.missing if api.split(own)][:MOST_WATCHED]
    skipped: list[DataError] = []
    if _is_low(client, account) or not (watch or missing):
        return Page((), "watch", "")
    try:
        there = {uri_of(view): view for view in await threads.posts([*watch, *missing])}
        roots = [root for view in there.values() if api.owner(root := _root(view)) == account.account_id]
        for view in await threads.posts(roots):
            threads.note_hidden(view)
        messages = await threads.messages(list(there.values()), skipped)
        deleted = [own for own in watch if own not in there and await _is_gone(client, account, own)]
    except SourceError as error:
        if isinstance(error, AuthError):
            raise
        return Page((), "watch", "", notes=(f"posts could not be looked at again: {error.message}",))
    wanted = {*watch, *missing}
    return Page(tuple(each for each in messages if each.id in wanted), "watch", "", tuple(deleted))


async def _is_gone(client: Client, account: Account, own: str) -> bool:
    """Whether the network says of a post that it is not there; one whose author blocked us is."""
    try:
        params = [("uri", own), ("depth", "0"), ("parentHeight", "0")]
        data = await api.query(client, account, "app.bsky.feed.getPostThread", params)
    except NotThere as error:
        return api.in_its_own_words(error)
    except Denied:
        return False
    return string(dig(data.get("thread"), "$type")).endswith("#notFoundPost")


def _posted(item: View) -> View:
    """The post of a feed's entry; a repost is told from the post itself."""
    view = item.get("post")
    if not isinstance(view, dict):
        return item
    if string(dig(item, "reason", "$type")).endswith("#reasonRepost"):
        by = string(dig(item, "reason", "uri")) or string(dig(item, "reason", "indexedAt"))
        return {"uri": f"repost {by} {uri_of(view)}", "indexedAt": dig(item, "reason", "indexedAt")}
    return view


def _answers(view: View) -> bool:
    return isinstance(dig(view, "record", "reply"), dict)


def _root(view: View) -> str:
    try:
        return place(view).root
    except DataError:
        return ""


def _id_of(item: View) -> str:
    """What tells an item from others: its address, or where that is none, something made of all that it says."""
    own = uri_of(item)
    if own and clean(own) == own:
        return own
    said = json.dumps(item, sort_keys=True, default=str).encode("utf-8", "replace")
    return f"no address {hashlib.sha256(said).hexdigest()[:16]}"


def _is_low(client: Client, account: Account) -> bool:
    told = client.budget(api.base(account), api.session(account))
    ends = None if told is None else told.resets_at
    return (
        told is not None and told.remaining < RESERVE and (ends is None or client.clock() < ends < client.clock() + DAY)
    )


def _whose(threads: Threads) -> dict[str, str]:
    """What a cursor belongs to: nothing of it holds for another account."""
    return {"of": f"{api.base(threads.account)} {threads.account.account_id}"}


def _resume(cursor: str, account: Account) -> dict[str, Any]:
    kept = load_cursor(cursor)
    return kept if kept.get("of") == f"{api.base(account)} {account.account_id}" else {}


def _texts(raw: object) -> dict[str, str]:
    return {key: value for key, value in _pairs(raw) if isinstance(value, str)}


def _pairs(raw: object) -> list[tuple[str, Any]]:
    return list(raw.items()) if isinstance(raw, dict) else []
