"""Reading Reddit: the inbox, the moderators' queue, comments of own posts, own words, modmail; or what is listened to.

A comment belongs to the conversation of the first comment above it that is not ours; a message to its peer. What
several lists bring is passed on once. A list that our account may not read rests for some hours, and the others go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, RateLimited, Refused, SourceError
from cminbox.model import Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.networks.reddit import api, modmail
from cminbox.sources.networks.reddit.api import Thing
from cminbox.sources.networks.reddit.posts import OwnPosts
from cminbox.sources.networks.reddit.thing import (
    Item,
    data_of,
    is_deleted,
    is_ours,
    name_of,
    parent_of,
    parse,
    post_of,
    state_of,
    time_of,
)
from cminbox.sources.newest_first import NewestFirst, Reached
from cminbox.sources.streams import Streams

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_PASSED = 1500
MOST_THREADS = 500
DEEPEST = 40
MOST_QUEUE_PAGES = 5
MOST_WATCHED = 100


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new, then what is watched."""
    if not account.account_id:
        me = await api.verify(client, account)
        account = replace(account, account_id=string(me.get("name")))
    whose = f"{api.base(account)} {account.account_id}"
    reader = Reader(client, account, Streams(cursors, whose, client.clock(), MOST_PASSED))
    streams = _owned(reader) if account.owned else _heard(reader)
    if not streams:
        raise Refused(f"{account.source} listens to nothing", hint='give it subreddit = ["…"] or search = ["…"]')
    read, refused = False, list[tuple[str, SourceError]]()
    for stream, begin in streams:
        if reader.streams.rests(stream):
            continue
        try:
            async for page in begin():
                yield page
            read = True
        except Refused as error:
            refused.append((stream, error))
    if refused and not read:
        raise refused[0][1]
    for stream, refusal in refused:
        yield reader.at_rest(stream, refusal)
    if account.watch or account.missing:
        yield await reader.look_again()


Stream = tuple[str, Callable[[], AsyncIterator[Page]]]


def _owned(reader: Reader) -> list[Stream]:
    me = reader.account.account_id
    posts = OwnPosts(reader.client, reader.account, reader.streams.kept("posts"), reader.floor)
    return [
        # First, for it alone tells of what the others bring whether that waits.
        ("queue", lambda: reader.queue("/r/mod/about/modqueue")),
        # Before the messages, for it tells which of them are copies of its own.
        ("modmail", lambda: _modmail(reader)),
        ("inbox", lambda: reader.walk("inbox", "/message/inbox", [("mark", "false")], whole_threads=True)),
        ("posts", lambda: _own_posts(reader, posts)),
        ("own", lambda: reader.walk("own", f"/user/{me}/comments", [("sort", "new")])),
        ("sent", lambda: reader.walk("sent", "/message/sent", whole_threads=True)),
    ]


def _heard(reader: Reader) -> list[Stream]:
    options = reader.account.options
    found: list[Stream] = []
    if places := "+".join(_words(options.get("subreddit"), "r/")):
        found.append(("comments", lambda: reader.walk("comments", f"/r/{places}/comments")))
        found.append(("new", lambda: reader.walk("new", f"/r/{places}/new")))
    for words in _phrases(options.get("search")):
        asked = [("q", words), ("sort", "new"), ("type", "link"), ("t", "month")]
        name = f"search:{words}"
        found.append((name, partial(reader.walk, name, "/search", asked)))
    return found


def _words(raw: object, before: str) -> list[str]:
    given = [raw] if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else []
    bare = (str(each).strip().strip("/").removeprefix(before) for each in given)
    return [each for each in bare if each.isascii() and each.replace("_", "").isalnum()]


def _phrases(raw: object) -> list[str]:
    given = [raw] if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else []
    return [each for one in given if (each := str(one).strip())]


async def _own_posts(reader: Reader, posts: OwnPosts) -> AsyncIterator[Page]:
    """The comments below own posts, post by post."""
    async for step in posts.steps():
        reader.posts[step.post] = step.item
        skipped: list[DataError] = []
        messages, deleted = await reader.messages(step.things, skipped)
        yield reader.page("posts", messages, step.kept, skipped, deleted, more=step.more)


async def _modmail(reader: Reader) -> AsyncIterator[Page]:
    """The moderators' mail, conversation by conversation."""
    kept = reader.streams.kept("modmail")
    async for found, state, skipped in modmail.steps(reader.client, reader.account, kept, reader.floor, reader.copies):
        messages = []
        for raw in found:
            with one_item(skipped):
                message = modmail.parse_mail(raw, reader.account, fetched_at=reader.present)
                if reader.streams.is_new("modmail", message.id):
                    messages.append(message)
        yield reader.page("modmail", messages, state, skipped)


@dataclass(slots=True)
class Reader:
    """One poll of an account.

    Attributes:
        streams: what is kept of them.
        above: of each comment that was seen: what it answers, and whether it is ours.
        threads: the conversation of comments that were seen, as far as known.
        posts: what posts say that were asked for.
        copies: the names of messages that begin copies of modmail.
        queued: the names of all that waits for moderators; None where the queue was not read to its end.
    """

    client: Client
    account: Account
    streams: Streams
    above: dict[str, tuple[str, bool]] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    posts: dict[str, Item] = field(default_factory=dict)
    copies: set[str] = field(default_factory=set)
    queued: frozenset[str] | None = None
    present: Instant = 0
    floor: Instant = 0

    def __post_init__(self) -> None:
        self.present = self.client.clock()
        self.floor = self.present - min(self.account.backfill_ms, LONGEST_BACKFILL)
        for kept in self.streams.all_kept():
            threads = kept.get("threads")
            self.threads.update(
                {str(key): str(value) for key, value in threads.items()} if isinstance(threads, dict) else {}
            )

    def page(
        self,
        stream: str,
        messages: Sequence[Message],
        state: Mapping[str, Any],
        skipped: Sequence[DataError] = (),
        deleted: Sequence[str] = (),
        *,
        notes: tuple[str, ...] = (),
        more: bool = False,
    ) -> Page:
        """A page of a stream with what is to be kept of it."""
        kept = dict(state)
        if stream in ("inbox", "posts"):
            kept["threads"] = dict(list(self.threads.items())[-MOST_THREADS:])
        cursor = self.streams.cursor(stream, kept)
        return Page(tuple(messages), stream, cursor, tuple(deleted), skipped=tuple(skipped), notes=notes, more=more)

    def at_rest(self, stream: str, error: SourceError) -> Page:
        """A page that says that a stream was refused; people are told the first time."""
        kept = self.streams.kept(stream)
        state = {key: value for key, value in kept.items() if key not in ("of", "passed", "threads")}
        rest, notes = self.streams.refused(stream, _TITLES.get(stream, stream), error)
        return self.page(stream, (), {**state, **rest}, notes=notes)

    async def walk(
        self, stream: str, path: str, params: Sequence[tuple[str, str]] = (), *, whole_threads: bool = False
    ) -> AsyncIterator[Page]:
        """A listing, newest first, down to what was passed on.

        Args:
            whole_threads: a message that was answered moves up with its answers in it, under its old name.
        """
        kept = self.streams.kept(stream)
        floor = whole_number(kept.get("floor")) or self.floor

        async def fetch(at: str) -> Any:
            return await api.listing(self.client, self.account, path, params, after=at)

        walk = NewestFirst[Thing](fetch, _moved if whole_threads else name_of, _newest_time, self.floor)
        async for things, reached in walk.steps(Reached.load(kept.get("reached"))):
            fresh = [thing for thing in things if (_newest_time(thing) or floor) >= floor]
            skipped: list[DataError] = []
            messages, deleted = await self.messages(_unfolded(fresh), skipped, stream, look=whole_threads)
            state = {"reached": reached.dump(), "floor": floor}
            if not (messages or deleted or skipped) and all(kept.get(name) == value for name, value in state.items()):
                continue
            yield self.page(stream, messages, state, skipped, deleted, more=bool(reached.gaps))

    async def queue(self, path: str) -> AsyncIterator[Page]:
        """All that waits for a moderator, however old it is."""
        at, names = "", list[str]()
        for _ in range(MOST_QUEUE_PAGES):
            page = await api.listing(self.client, self.account, path, after=at)
            names += [name_of(each) for each in page.items]
            skipped: list[DataError] = []
            messages, _deleted = await self.messages(page.items, skipped, "queue", queued=True)
            if messages or skipped or not self.streams.kept("queue"):
                yield self.page("queue", messages, {}, skipped)
            at = page.next
            if not at:
                self.queued = frozenset(names)
                return

    def _is_copy(self, thing: Thing) -> bool:
        """Whether it is a copy of what modmail brings under an id of its own."""
        first = string(data_of(thing).get("first_message_name"))
        return name_of(thing).startswith("t4_") and not self.copies.isdisjoint({name_of(thing), first})

    def _is_queued(self, thing: Thing) -> bool | None:
        return None if self.queued is None else name_of(thing) in self.queued

    async def messages(
        self,
        things: Sequence[Thing],
        skipped: list[DataError],
        stream: str = "posts",
        *,
        queued: bool = False,
        look: bool = False,
        again: bool = False,
    ) -> tuple[list[Message], list[str]]:
        """Things as messages, those alone that were not passed on in this state, and the names of what was deleted.

        Args:
            queued: they stand in the moderators' queue.
            look: an inbox says little of a comment: it is asked for as it stands in its thread.
            again: they were asked for to see what became of them.

        Raises:
            SourceError: what they answer cannot be looked up now.
        """
        fresh = [
            each
            for each in things
            if (
                not self._is_copy(each)
                and self.streams.is_new(stream, state_of(each, queued=queued or self._is_queued(each)))
            )
            or again
        ]
        if look:
            fresh = await self._as_in_thread(fresh, stream)
        deleted = [name_of(each) for each in fresh if is_deleted(data_of(each)) and name_of(each)]
        there = [each for each in fresh if not is_deleted(data_of(each))]
        await self._learn(there)
        found: list[Message] = []
        for thing in there:
            with one_item(skipped):
                item, name = data_of(thing), name_of(thing)
                key = self._conversation(name, item) if name.startswith("t1_") else ""
                if key == "" and name.startswith("t1_") and is_ours(item, self.account):
                    continue  # it begins something of ours that nobody answered here
                post = self.posts.get(post_of(item)) if self.account.owned else None
                message = parse(
                    thing,
                    self.account,
                    conversation=key,
                    post=post,
                    queued=queued or self._is_queued(thing),
                    fetched_at=self.present,
                )
                found.append(message._replace(created_at=min(message.created_at, self.present)))
        return found, deleted

    async def _as_in_thread(self, things: Sequence[Thing], stream: str) -> list[Thing]:
        """Comments of an inbox with what their threads say of them; where Reddit says nothing, as they came."""
        names = [name_of(each) for each in things]
        wanted = [name for name in names if api.is_name(name, "t1")]
        posts = [own for each in things if (own := post_of(data_of(each))) and own not in self.posts]
        shown = await self._look_up([*wanted, *posts])
        merged = []
        for thing in things:
            other = shown.get(name_of(thing))
            whole = thing if other is None else {**thing, "data": {**data_of(thing), **data_of(other)}}
            self.streams.is_new(stream, state_of(whole, queued=self._is_queued(whole)))
            merged.append(whole)
        return merged

    async def _look_up(self, names: Sequence[str]) -> dict[str, Thing]:
        found = await api.look_up(self.client, self.account, names)
        for name, thing in found.items():
            if name.startswith("t3_"):
                self.posts[name] = data_of(thing)
            else:
                self._note(thing)
        return found

    def _note(self, thing: Thing) -> None:
        item = data_of(thing)
        self.above[name_of(thing)] = (parent_of(item), is_ours(item, self.account))

    async def _learn(self, things: Iterable[Thing]) -> None:
        """Look up what stands above comments, and whose it is; many at once, step by step upwards."""
        for thing in things:
            if name_of(thing).startswith("t1_"):
                self._note(thing)
        if not self.account.owned:
            return
        for _ in range(DEEPEST):
            wanted = {
                up
                for name, (up, _) in self.above.items()
                if up.startswith("t1_") and up not in self.above and up not in self.threads and name not in self.threads
            }
            if not wanted:
                return
            await self._look_up(sorted(wanted))
            for name in wanted:
                # What Reddit does not give ends the thread: its answers still have it in common.
                self.above.setdefault(name, ("", False))

    def _conversation(self, name: str, item: Item) -> str:
        """The first comment above, or itself, that is not ours; empty where all are ours."""
        if not self.account.owned:
            return post_of(item) or name
        line, at = list[str](), name
        while at.startswith("t1_") and at not in line:
            if at in self.threads:
                break
            line.append(at)
            at = self.above.get(at, ("", False))[0]
        key = self.threads.get(at, "")
        for each in reversed(line):
            key = key or ("" if self.above.get(each, ("", False))[1] else each)
            if key:
                self.threads[each] = key
        return key

    async def look_again(self) -> Page:
        """Looks at single comments and posts again: whether they were deleted, edited or moderated."""
        asked = dict.fromkeys((*self.account.watch, *self.account.missing))
        wanted = [name for name in asked if api.is_name(name, "t1", "t3")][:MOST_WATCHED]
        skipped: list[DataError] = []
        try:
            found = await self._look_up(wanted) if wanted else {}
            posts = {post_of(data_of(thing)) for thing in found.values()} - set(self.posts) - {""}
            if posts and self.account.owned:
                await self._look_up(sorted(posts))
            messages, gone = await self.messages(list(found.values()), skipped, "watch", again=True)
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            return Page((), "watch", "", notes=(f"comments could not be looked at again: {error.message}",))
        deleted = tuple(name for name in gone if name in self.account.watch)
        return Page(tuple(messages), "watch", "", deleted, skipped=tuple(skipped))


_TITLES = {
    "inbox": "the inbox",
    "queue": "the moderators' queue",
    "posts": "own posts",
    "own": "own comments",
    "sent": "sent messages",
    "modmail": "modmail",
}


def _replies(thing: Thing) -> list[Thing]:
    children = dig(data_of(thing), "replies", "data", "children")
    return [each for each in _list(children) if isinstance(each, dict)]


def _unfolded(things: Iterable[Thing]) -> list[Thing]:
    """Messages, and behind each the answers that came inside it; comments stand alone in a list."""
    found = []
    for thing in things:
        found.append(thing)
        if name_of(thing).startswith("t4_"):
            found += _replies(thing)
    return found


def _moved(thing: Thing) -> str:
    """What tells a message and its answers from the same message before it was answered again."""
    replies = _replies(thing) if name_of(thing).startswith("t4_") else []
    newest = max(replies, key=lambda each: time_of(each) or 0, default=None)
    own = name_of(thing)
    return f"{own} {name_of(newest)}" if newest is not None and own else own


def _newest_time(thing: Thing) -> Instant | None:
    """When it was written, or last answered."""
    replies = _replies(thing) if name_of(thing).startswith("t4_") else []
    return max((when for each in (thing, *replies) if (when := time_of(each)) is not None), default=None)


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []
