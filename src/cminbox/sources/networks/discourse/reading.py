"""Reading a forum: its newest posts, or what concerns us alone; private messages; the review queue.

A post belongs to the conversation of its topic, and so does a private message: on Discourse it is a topic too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cminbox.errors import AuthError, DataError, Denied, NotThere, RateLimited, Refused, SourceError
from cminbox.model import Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, identifier, string, whole_number
from cminbox.sources.networks.discourse import api
from cminbox.sources.networks.discourse.post import (
    PENDING,
    POSTED,
    QUEUED,
    REVIEW,
    Item,
    id_of,
    is_deleted,
    is_message,
    number_of,
    parse,
    parse_queued,
    state_of,
    time_of,
    topic_of,
)
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.paging import load_cursor
from cminbox.sources.streams import REST, Streams
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

WINDOW = 50
"""Ids of one page of a forum's posts."""
MOST_PASSED = 1000
MOST_NUMBERS = 1000
MOST_PARENTS = 10
"""Posts that are asked for in one poll because they were answered."""
MOST_TOPICS = 15
MOST_PRIVATE_PAGES = 10
MOST_PRIVATE_KEPT = 300
MOST_TOPICS_KEPT = 400
PRIVATE = "private_message"
MOST_POSTS = 400
CHUNK = 20
MOST_REVIEW_PAGES = 10
MOST_WATCHED = 20
BY_ITSELF = (1, 2, 3, 10, 11, 12, 13, 14)
"""Groups that each forum has, for administrators and by trust: their inboxes hold what the forum tells its staff."""
CONCERNS = (1, 2, 3, 9, 15)
"""Notifications that somebody wrote something: mentioned, replied, quoted, posted, group mentioned."""


@dataclass(slots=True)
class Groups:
    """Groups of the account that have an inbox.

    Attributes:
        refused: those whose inbox may not be read.
        asked_at: when the forum said which there are; 0 where the configuration says it.
        fresh: it said so just now.
    """

    names: list[str]
    refused: list[str]
    asked_at: Instant = 0
    fresh: bool = False

    def refuse(self, name: str, error: SourceError) -> list[str]:
        """Note that an inbox may not be read; people are told the first time."""
        if name in self.refused:
            return []
        self.refused.append(name)
        return [f"private messages to the group {one_line(clean(name, 100))}: {error.message}"]

    def dump(self) -> dict[str, Any]:
        """What is to be kept of them."""
        kept: dict[str, Any] = {"no groups": [name for name in self.refused if name in self.names]}
        return {**kept, "groups": self.names, "groups at": self.asked_at} if self.asked_at else kept


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new, then what is watched."""
    name = next((own for cursor in cursors.values() if (own := string(load_cursor(cursor).get("me")))), "")
    if not account.account_id or not name:
        me = await api.verify(client, account)
        account, name = replace(account, account_id=identifier(me.get("id"))), string(me.get("username"))
    whose = f"{api.base(account)} {account.account_id}"
    reader = Reader(client, account, name, Streams(cursors, whose, client.clock(), MOST_PASSED))
    mine = account.options.get("posts") == "mine" and account.owned
    first = ("notifications", reader.notifications) if mine else ("posts", reader.newest)
    streams: list[tuple[str, Callable[[], AsyncIterator[Page]]]] = [first]
    if account.owned:
        # A mention within a private message is notified like any: which topics are private has to be known by then.
        streams = [("messages", reader.private), first, ("review", reader.review)]
    for stream, begin in streams:
        if reader.streams.rests(stream):
            continue
        try:
            async for page in begin():
                yield page
        except (Denied, NotThere) as error:
            if stream == first[0]:
                raise
            yield reader.at_rest(stream, error)
    if account.watch or account.missing:
        yield await reader.look_again()


@dataclass(slots=True)
class Reader:
    """One poll of a forum.

    Attributes:
        name: our user's.
        streams: what is kept of them.
        numbers: the ids of posts by topic and number.
        topics: what topics are called, and whether they are private messages.
        flagged: the review of posts that people flagged, by the post's id.
    """

    client: Client
    account: Account
    name: str
    streams: Streams
    numbers: dict[str, str] = field(default_factory=dict)
    topics: dict[str, Item] = field(default_factory=dict)
    flagged: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    present: Instant = 0
    floor: Instant = 0

    def __post_init__(self) -> None:
        self.present = self.client.clock()
        self.floor = self.present - min(self.account.backfill_ms, LONGEST_BACKFILL)
        for kept in self.streams.all_kept():
            about = kept.get("about")
            for own, (title, private) in _pairs(about):
                self.topics[own] = {"title": title, **({"archetype": PRIVATE} if private else {})}
            flagged = kept.get("flagged")
            self.flagged.update(
                {str(key): str(value) for key, value in flagged.items()} if isinstance(flagged, dict) else {}
            )
            numbers = kept.get("numbers")
            self.numbers.update(
                {str(key): str(value) for key, value in numbers.items()} if isinstance(numbers, dict) else {}
            )

    def page(
        self,
        stream: str,
        messages: Sequence[Message],
        state: Mapping[str, Any],
        skipped: Sequence[DataError] = (),
        *,
        notes: tuple[str, ...] = (),
        more: bool = False,
    ) -> Page:
        """A page of a stream with what is to be kept of it."""
        kept = {
            "me": self.name,
            "numbers": dict(list(self.numbers.items())[-MOST_NUMBERS:]),
            "about": {own: _about(topic) for own, topic in list(self.topics.items())[-MOST_TOPICS_KEPT:]},
            **({"flagged": dict(list(self.flagged.items())[-MOST_PASSED:])} if stream == "review" else {}),
            **state,
        }
        cursor = self.streams.cursor(stream, kept)
        return Page(tuple(messages), stream, cursor, skipped=tuple(skipped), notes=notes, more=more)

    def at_rest(self, stream: str, error: SourceError) -> Page:
        """A page that says that a stream was refused; people are told the first time."""
        kept = self.streams.kept(stream)
        topics: dict[str, Any] = {name: kept[name] for name in ("topics", "no groups") if name in kept}
        titles = {"messages": "private messages", "review": "the review queue"}
        rest, notes = self.streams.refused(stream, titles.get(stream, stream), error)
        return self.page(stream, (), {**topics, **rest}, notes=notes)

    async def newest(self) -> AsyncIterator[Page]:
        """The posts of the whole forum, newest first."""

        async def fetch(at: str) -> Listed[Item]:
            data = await api.ask(self.client, self.account, "/posts.json", [("before", at)] if at else [])
            items = [each for each in _list(dig(data, "latest_posts")) if isinstance(each, dict)]
            if not isinstance(dig(data, "latest_posts"), list):
                raise Refused("the forum answered with no posts", hint=api.NO_FORUM)
            # A page is a window of ids: it is short, or empty, where posts were deleted.
            lowest = min((own for each in items if (own := whole_number(each.get("id")))), default=0)
            further = lowest - 1 if lowest else int(at or 0) - WINDOW
            return Listed(items, str(further) if further > 0 else "")

        async for page in self._walk("posts", fetch):
            yield page

    async def notifications(self) -> AsyncIterator[Page]:
        """What we were notified of, newest first, each as its post."""

        async def fetch(at: str) -> Listed[Item]:
            params = [("offset", at)] if at else []
            data = await api.ask(self.client, self.account, "/notifications.json", params)
            items = [each for each in _list(dig(data, "notifications")) if isinstance(each, dict)]
            more = string(dig(data, "load_more_notifications"))
            further = int(at or 0) + len(items)
            total = whole_number(dig(data, "total_rows_notifications")) or 0
            return Listed(items, str(further) if items and more and further < total else "")

        async for page in self._walk("notifications", fetch, self._posts_of):
            yield page

    async def _walk(
        self,
        stream: str,
        fetch: Callable[[str], Any],
        posts_of: Callable[[Sequence[Item]], Any] | None = None,
    ) -> AsyncIterator[Page]:
        kept = self.streams.kept(stream)
        floor = whole_number(kept.get("floor")) or self.floor
        walk = NewestFirst[Item](fetch, id_of, time_of, self.floor)
        async for items, reached in walk.steps(Reached.load(kept.get("reached"))):
            fresh = [item for item in items if (time_of(item) or floor) >= floor]
            posts = await posts_of(fresh) if posts_of is not None else fresh
            skipped: list[DataError] = []
            messages = await self.messages(posts, skipped, stream)
            state = {"reached": reached.dump(), "floor": floor}
            if not (messages or skipped) and all(kept.get(name) == value for name, value in state.items()):
                continue
            yield self.page(stream, messages, state, skipped, more=bool(reached.gaps))

    async def _posts_of(self, notifications: Sequence[Item]) -> list[Item]:
        """The posts that notifications speak of; one that is gone is passed over."""
        found: list[Item] = []
        for each in notifications:
            own = identifier(dig(each, "data", "original_post_id"))
            if each.get("notification_type") not in CONCERNS:
                continue
            if not own.isdecimal():
                own = await self._by_number(identifier(each.get("topic_id")), number_of(each))
            try:
                if own.isdecimal():
                    found.append(await api.ask(self.client, self.account, f"/posts/{own}.json"))
            except (Denied, NotThere):
                continue
        return found

    async def messages(
        self,
        items: Sequence[Item],
        skipped: list[DataError],
        stream: str,
        *,
        topic: Item | None = None,
        again: bool = False,
        held: bool = False,
    ) -> list[Message]:
        """Posts as messages, those alone that were not passed on in this state.

        Raises:
            SourceError: what they answer cannot be looked up now.
        """
        for item in items:
            if topic_of(item) and number_of(item) and id_of(item):
                self.numbers[f"{topic_of(item)}/{number_of(item)}"] = id_of(item)
            if topic_of(item) and string(item.get("topic_title")):
                self.topics.setdefault(topic_of(item), {"title": item.get("topic_title")})
        found: list[Message] = []
        for item in items:
            state = f"{state_of(item)}{'!' if held else ''}" if state_of(item) else ""
            if not self.streams.is_new(stream, state) and not again:
                continue
            if not is_message(item) or is_deleted(item):
                continue
            about = topic if topic is not None else self.topics.get(topic_of(item))
            parent = await self._by_number(topic_of(item), whole_number(item.get("reply_to_post_number")) or 0)
            with one_item(skipped):
                review = self.flagged.get(id_of(item), "") if held else ""
                message = parse(item, self.account, topic=about, parent=parent, review=review, fetched_at=self.present)
                found.append(message._replace(created_at=min(message.created_at, self.present)))
        return found

    async def _by_number(self, topic: str, number: int) -> str:
        """The id of a topic's post; empty where it is not known, and may not be asked for now."""
        place = f"{topic}/{number}"
        if number < 1 or place in self.numbers or not topic.isdecimal() or self.asked >= MOST_PARENTS:
            return self.numbers.get(place, "")
        self.asked += 1
        try:
            found = await api.ask(self.client, self.account, f"/posts/by_number/{topic}/{number}.json")
        except (Denied, NotThere):
            found = {}
        self.numbers[place] = id_of(found)
        return self.numbers[place]

    async def private(self) -> AsyncIterator[Page]:
        """Private messages: the topics that have new posts, the oldest change first."""
        known = self.streams.kept("messages").get("topics")
        state = {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}
        listed = {id_of(item): item for item in await self._private_topics(state)}
        groups, notes = await self._groups(), list[str]()
        for group in groups.names:
            try:
                for item in await self._private_topics(state, group):
                    listed.setdefault(id_of(item), item)
            except (Denied, NotThere) as error:
                notes += groups.refuse(group, error)
        if notes or groups.fresh:
            yield self.page("messages", (), {"topics": state, **groups.dump()}, notes=tuple(notes))
        due = [item for item in listed.values() if state.get(id_of(item)) != _changed(item)]
        due.sort(key=lambda item: _last(item) or 0, reverse=True)
        for place, item in enumerate(list(reversed(due))[:MOST_TOPICS]):
            skipped: list[DataError] = []
            try:
                topic, posts = await self._topic(id_of(item))
            except (Denied, NotThere):
                topic, posts = {}, []  # it was taken from us meanwhile, and costs no other
            fresh = [post for post in posts if (time_of(post) or self.floor) >= self.floor or id_of(item) in state]
            messages = await self.messages(fresh, skipped, "messages", topic={**topic, "archetype": PRIVATE})
            state.pop(id_of(item), None)
            state[id_of(item)] = _changed(item)
            more = place + 1 < len(due)
            kept = {"topics": dict(list(state.items())[-MOST_PRIVATE_KEPT:]), **groups.dump()}
            yield self.page("messages", messages, kept, skipped, more=more)

    async def _groups(self) -> Groups:
        """The groups whose inboxes are read, as they were kept; asked for anew every six hours."""
        kept = self.streams.kept("messages")
        refused = [string(each) for each in _list(kept.get("no groups"))]
        chosen = self.account.options.get("groups")
        if isinstance(chosen, list):
            return Groups([string(each) for each in chosen], refused)
        asked_at = whole_number(kept.get("groups at")) or 0
        if self.present - REST < asked_at <= self.present:
            return Groups([string(each) for each in _list(kept.get("groups"))], refused, asked_at)
        found = _list((await api.verify(self.client, self.account)).get("groups"))
        own = [each for each in found if dig(each, "has_messages") is True and dig(each, "id") not in BY_ITSELF]
        names = [string(dig(each, "name")) for each in own]
        return Groups([name for name in names if name], refused, self.present, fresh=True)

    async def _private_topics(self, state: Mapping[str, str], group: str = "") -> list[Item]:
        """Topics of private messages where something is new, to the account or to a group of it."""
        found: list[Item] = []
        inbox = f"private-messages-group/{api.place(self.name)}/{api.place(group)}"
        path = f"/topics/{inbox if group else f'private-messages/{api.place(self.name)}'}.json"
        for number in range(MOST_PRIVATE_PAGES):
            data = await api.ask(self.client, self.account, path, [("page", str(number))] if number else [])
            topics = [each for each in _list(dig(data, "topic_list", "topics")) if isinstance(each, dict)]
            topics = [each for each in topics if id_of(each).isdecimal()]
            fresh = [each for each in topics if state.get(id_of(each)) != _changed(each)]
            found += [each for each in fresh if (_last(each) or self.floor) >= self.floor]
            if len(fresh) < len(topics) or len(found) < len(fresh) or not dig(data, "topic_list", "more_topics_url"):
                break
        return found

    async def _topic(self, own: str) -> tuple[Item, list[Item]]:
        """A topic and its last posts, as they were typed."""
        data = await api.ask(self.client, self.account, f"/t/{own}.json", [("include_raw", "1")])
        shown: list[Item] = [each for each in _list(dig(data, "post_stream", "posts")) if isinstance(each, dict)]
        there = {id_of(each) for each in shown}
        stream = [identifier(each) for each in _list(dig(data, "post_stream", "stream"))][-MOST_POSTS:]
        missing = [each for each in stream if each not in there and each.isdecimal()]
        for start in range(0, len(missing), CHUNK):
            shown += await posts_by_id(self.client, self.account, own, missing[start : start + CHUNK])
        self.topics[own] = {"title": data.get("title"), "archetype": PRIVATE}
        return data, sorted(shown, key=number_of)

    async def review(self) -> AsyncIterator[Page]:
        """All that waits for review, however old it is: what nobody sees yet, and what was flagged."""
        for number in range(MOST_REVIEW_PAGES):
            params = [("status", "pending"), *([("offset", str(10 * number))] if number else [])]
            data = await api.ask(self.client, self.account, "/review.json", params)
            items = [each for each in _list(dig(data, "reviewables")) if isinstance(each, dict)]
            people = {id_of(each): each for each in _list(dig(data, "users")) if isinstance(each, dict)}
            topics = {id_of(each): each for each in _list(dig(data, "topics")) if isinstance(each, dict)}
            skipped: list[DataError] = []
            messages: list[Message] = []
            for item in items:
                kind = string(item.get("type"))
                if kind in POSTED:
                    messages += await self._flagged(item, skipped)
                if kind != QUEUED or not self._is_new_review(item):
                    continue
                about = topics.get(identifier(item.get("topic_id")), {})
                with one_item(skipped):
                    shown = {**item, "topic": about}
                    messages.append(parse_queued(shown, self.account, people=people, fetched_at=self.present))
            if messages or skipped or not self.streams.kept("review"):
                yield self.page("review", messages, {}, skipped)
            if not string(dig(data, "meta", "load_more_reviewables")) or not items:
                return

    def _is_new_review(self, item: Item) -> bool:
        """Whether what waits was not passed on yet. What was decided and is flagged again, or was edited while it
        waits, keeps its id and has another version."""
        state = f"{REVIEW}{id_of(item)}@{whole_number(item.get('version')) or 0}"
        return self.streams.is_new("review", state)

    async def _flagged(self, item: Item, skipped: list[DataError]) -> list[Message]:
        own = identifier(item.get("post_id")) or identifier(item.get("target_id"))
        if not own.isdecimal() or not self._is_new_review(item):
            return []
        self.flagged.pop(own, None)
        self.flagged[own] = id_of(item)
        try:
            post = await api.ask(self.client, self.account, f"/posts/{own}.json")
        except (Denied, NotThere):
            return []
        return await self.messages([post], skipped, "review", held=True, again=True)

    async def look_again(self) -> Page:
        """Looks at single posts again: whether they were deleted, edited, moderated, or are there again."""
        asked = dict.fromkeys((*self.account.watch, *self.account.missing))
        skipped: list[DataError] = []
        messages: list[Message] = []
        deleted: list[str] = []
        try:
            wanted = list(asked)[:MOST_WATCHED]
            there = await self._by_topic([own for own in wanted if own.isdecimal()])
            for own in wanted:
                if own.startswith(REVIEW):
                    if await self._reviewed(own.removeprefix(REVIEW)):
                        deleted.append(own)
                    continue
                if not own.isdecimal():
                    continue
                try:
                    post = there.get(own) or await api.ask(self.client, self.account, f"/posts/{own}.json")
                except NotThere as error:
                    deleted += [own] if api.is_gone(error) else []
                    continue
                except Denied:
                    continue
                if is_deleted(post):
                    deleted.append(own)
                else:
                    review = self.flagged.get(own, "")
                    held = bool(review) and not await self._reviewed(review)
                    messages += await self.messages([post], skipped, "watch", again=True, held=held)
        except SourceError as error:
            if isinstance(error, AuthError | RateLimited):
                raise
            return Page((), "watch", "", notes=(f"posts could not be looked at again: {error.message}",))
        gone = tuple(own for own in deleted if own in self.account.watch)
        return Page(tuple(messages), "watch", "", gone, skipped=tuple(skipped))

    async def _by_topic(self, ids: Sequence[str]) -> dict[str, Item]:
        """Posts by id, those of one topic in one call: a key may ask a few times a minute. What is not given is not
        gone: it is asked for itself."""
        topics = {own: place.partition("/")[0] for place, own in self.numbers.items()}
        found: dict[str, Item] = {}
        for topic in dict.fromkeys(topics[own] for own in ids if own in topics):
            some = [own for own in ids if topics.get(own) == topic]
            if len(some) < 2:
                continue
            try:
                posts = await posts_by_id(self.client, self.account, topic, some)
            except (Denied, NotThere):
                continue
            found.update({id_of(post): post for post in posts if id_of(post) in some})
        return found

    async def _reviewed(self, own: str) -> bool:
        """Whether somebody looked at what waited: if it was let through, its post stands by itself."""
        if not own.isdecimal():
            return False
        try:
            data = await api.ask(self.client, self.account, f"/review/{own}.json")
        except NotThere as error:
            return api.is_gone(error)
        except Denied:
            return False
        status = dig(data, "reviewable", "status")
        return status is not None and status not in PENDING


async def posts_by_id(client: Client, account: Account, topic: str, ids: Sequence[str]) -> list[Item]:
    """Some posts of a topic, as they were typed.

    Raises:
        SourceError: by what to do next.
    """
    params = [*(("post_ids[]", each) for each in ids), ("include_raw", "1")]
    data = await api.ask(client, account, f"/t/{topic}/posts.json", params)
    return [each for each in _list(dig(data, "post_stream", "posts")) if isinstance(each, dict)]


def _changed(topic: Item) -> str:
    """What tells a topic from the same one before something was written in it."""
    return f"{identifier(topic.get('highest_post_number'))} {string(topic.get('last_posted_at'))}"


def _about(topic: Item) -> list[object]:
    return [string(topic.get("title"))[:300], topic.get("archetype") == PRIVATE]


def _pairs(about: object) -> list[tuple[str, tuple[str, bool]]]:
    found = about.items() if isinstance(about, dict) else ()
    return [(str(own), (string(each[0]), each[1] is True)) for own, each in found if len(_list(each)) == 2]


def _last(topic: Item) -> Instant | None:
    return time_of({"created_at": topic.get("last_posted_at")})


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []
