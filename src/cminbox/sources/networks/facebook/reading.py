"""Reading a Facebook Page: comments below its posts and advertisements, posts of others, recommendations, messages.

Streams: `posts` and `comments POST` (see `meta/posts.py`), `conversations` and `direct CONVERSATION`
(`meta/direct.py`), `tagged`, `ads`, `reviews`; and `PART refused` for each that the token may not read, which is asked
for again after an hour.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from json import dumps
from typing import TYPE_CHECKING

from cminbox.errors import DataError, NotThere, Refused, Retryable, SourceError
from cminbox.model import DAY, HOUR, SECOND, Instant, Message
from cminbox.sources.contract import LONGEST_BACKFILL, Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, whole_number
from cminbox.sources.meta.direct import Direct
from cminbox.sources.meta.graph import BUSY, GRAPH, GRAPH_BEFORE, Graph, Item, Wanted, checked_id, page_of
from cminbox.sources.meta.judge import is_gone
from cminbox.sources.meta.posts import Commented, Posts, flat, key_of, resume
from cminbox.sources.meta.webhooks import changes
from cminbox.sources.networks.facebook.parse import created_at, parse, post_of
from cminbox.sources.newest_first import Listed, NewestFirst, Reached
from cminbox.sources.push import Pushed

if TYPE_CHECKING:
    from cminbox.sources.http import Client

HOST = "https://graph.facebook.com"
LONGEST_MESSAGE = 2000
AD_ACCOUNTS = "ad_accounts"
COMMENTS_PAGE = 50
POSTS_PAGE = 25
OVERLAP = 6 * HOUR
"""How far below the newest known comment a list is read: what was held and is shown now stands at its old place."""
ADS_EVERY = HOUR
ADS_AT_ONCE = 5
REVIEWS_EVERY = HOUR
REFUSED_STAYS = HOUR
MOST_WATCHED = 20

_MARK = "comments.filter(stream).order(reverse_chronological).limit(3).summary(true){id}"


def graph_of(client: Client, account: Account) -> Graph:
    """The Graph API, as it is asked for a Page."""
    return Graph(client, account, HOST, GRAPH.name)


def comment_fields() -> Wanted:
    """What is asked of a comment; who wrote it and what it answers are left away last."""
    return Wanted(
        ("id", "message", "created_time"),
        (
            *("attachment", "user_likes", "can_comment", "can_hide", "can_remove", "is_hidden", "permalink_url"),
            *("parent{id,parent{id}}", "from"),
        ),
        COMMENTS_PAGE,
    )


def messages_of(graph: Graph) -> Direct:
    """The Page's private messages."""
    account = graph.account

    def read(raw: Item, others: Sequence[Item]) -> Message:
        return parse(raw, account, context="dm", others=others, fetched_at=graph.client.clock())

    return Direct(graph, "messenger", read, frozenset({account.account_id}), LONGEST_MESSAGE)


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new on a Page, and what of it is watched."""
    graph = graph_of(client, account)
    if not account.account_id:
        me = await graph.get("me", fields="id")
        account = replace(account, account_id=checked_id(me.get("id")))
        graph.account = account
        if not account.account_id:
            raise Retryable("the network did not say who we are", hint="is the token a Page's?")
    reading = _Reading(graph, cursors)
    async for page in reading.posts.pages():
        yield page
    for name, what, part in (
        ("conversations", "private messages cannot be read", messages_of(graph).pages(cursors)),
        ("tagged", "posts that name the Page cannot be read", reading.tagged()),
        ("ads", "comments on advertisements cannot be read", reading.ads()),
        ("reviews", "recommendations cannot be read", reading.reviews()),
    ):
        async for page in reading.unless_refused(name, what, part):
            yield page
    if account.watch or account.missing:
        yield await reading.look_again()


async def pushed_pages(client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
    """What a webhook says, asked for again; of private messages only that a poll is worth while."""
    reading = _Reading(graph_of(client, account), {})
    for name, value in changes(pushed, account.account_id):
        comment, post = checked_id(value.get("comment_id")), checked_id(value.get("post_id"))
        if name == "feed" and comment:
            page = await reading.named(comment, post, value)
        elif name == "mention" and (comment or post):
            page = await reading.named(comment or post, "", {**value, "tagged_time": value.get("created_time")})
        else:
            continue
        if page is not None:
            yield page


class _Reading:
    """One poll of a Page."""

    def __init__(self, graph: Graph, cursors: Mapping[str, str]) -> None:
        self.graph = graph
        self.cursors = cursors
        self._now = graph.client.clock()
        self._floor = self._now - min(graph.account.backfill_ms, LONGEST_BACKFILL)
        self._comment = comment_fields()
        self._post = Wanted(
            ("id",), ("attachments", "story", "permalink_url", _MARK, "message", "created_time", "from")
        )
        self._post.limit = POSTS_PAGE
        self.posts = Posts(
            graph,
            cursors,
            self._feed,
            flat(self._comments, created_at, self._floor, OVERLAP),
            self._parse,
            (self._comment, self._post),
        )

    async def tagged(self) -> AsyncIterator[Page]:
        """Posts elsewhere in which the Page is tagged."""
        wanted = Wanted(("id", "tagged_time"), ("attachments", "permalink_url", "message", "from"), POSTS_PAGE)

        async def fetch(at: str) -> Listed[Item]:
            return await self.graph.listed("me", "tagged", wanted=wanted, at=at)

        async for page in self._listed("tagged", fetch):
            yield page

    async def reviews(self) -> AsyncIterator[Page]:
        """Recommendations, which only the oldest version still gives (docs: reference/recommendation)."""
        kept = resume(self.cursors.get("reviews", ""), self.graph.account)
        asked = whole_number(kept.get("asked")) or 0
        ends = GRAPH_BEFORE.ends
        if self._now - asked < REVIEWS_EVERY or (ends is not None and _today(self._now) >= ends):
            return
        fields = ("recommendation_type", "rating", "open_graph_story{id}", "review_text", "reviewer")
        wanted = Wanted(("created_time",), fields, POSTS_PAGE)

        async def fetch(at: str) -> Listed[Item]:
            return await self.graph.listed("me", "ratings", wanted=wanted, at=at, version=GRAPH_BEFORE.name)

        async for page in self._listed("reviews", fetch, asked=self._now):
            yield page

    async def ads(self) -> AsyncIterator[Page]:
        """Comments on advertisements that are no posts of the Page: some of them in each poll."""
        accounts = self.graph.account.options.get(AD_ACCOUNTS)
        names = [checked_id(each) for each in accounts] if isinstance(accounts, list) else []
        if not any(names) or self.graph.used >= BUSY:
            return
        kept = resume(self.cursors.get("ads", ""), self.graph.account)
        stories = (
            [checked_id(each) for each in kept.get("stories", [])] if isinstance(kept.get("stories"), list) else []
        )
        listed, turn = whole_number(kept.get("listed")) or 0, whole_number(kept.get("turn")) or 0
        if self._now - listed >= ADS_EVERY:
            stories, listed = [story for name in names if name for story in await self._stories(name)], self._now
        stories = list(dict.fromkeys(story for story in stories if story))
        chosen = [stories[(turn + number) % len(stories)] for number in range(min(ADS_AT_ONCE, len(stories)))]
        for story in chosen:
            found = await self._advertised(story)
            if found is None:
                continue
            async for page in self.posts.comments([found]):
                yield page
        turn = (turn + len(chosen)) % len(stories) if stories else 0
        cursor = {"of": self.graph.account.account_id, "stories": stories, "listed": listed, "turn": turn}
        if dumps(cursor) != self.cursors.get("ads", ""):
            yield Page((), "ads", dumps(cursor))

    async def unless_refused(self, name: str, what: str, part: AsyncIterator[Page]) -> AsyncIterator[Page]:
        """A part whose refusal costs no other: it is said in a note, and asked for again after a while."""
        stream = f"{name} refused"
        kept = resume(self.cursors.get(stream, ""), self.graph.account)
        since = self._now - (whole_number(kept.get("at")) or 0)
        if 0 <= since < REFUSED_STAYS:
            return
        try:
            async for page in part:
                yield page
        except Refused as error:
            cursor = dumps({"of": self.graph.account.account_id, "at": self._now})
            yield Page((), stream, cursor, notes=(f"{what}: {error.message}",))

    async def named(self, own: str, post: str, said: Item) -> Page | None:
        """A comment or post that a webhook names."""
        account = self.graph.account
        try:
            item = await self._item(own, self._comment)
        except NotThere as error:
            return Page((), "", "", deleted=(own,)) if is_gone(error) and said.get("verb") == "remove" else None
        on = None
        if post:
            with contextlib.suppress(NotThere):
                on = await self._item(post, replace(self._post, limit=0, spare=self._post.spare[-3:]))
        skipped, messages = list[DataError](), list[Message]()
        with one_item(skipped):
            writer = checked_id(dig(on, "from", "id"))
            theirs = bool(writer) and writer != account.account_id
            comment = bool(checked_id(said.get("comment_id")))
            messages.append(
                parse(
                    item,
                    account,
                    context="" if comment else "post",
                    post=post_of(on) if on is not None and not theirs else None,
                    under=post if theirs else "",
                    fetched_at=self._now,
                )
            )
        return Page(tuple(messages), "", "", skipped=tuple(skipped))

    async def look_again(self) -> Page:
        """Looks at single comments and posts again: whether they were edited, deleted, or are there again."""
        account = self.graph.account
        messages, gone, notes = list[Message](), list[str](), list[str]()
        there = 0
        wanted = replace(self._comment, needed=("id", "message", "created_time"), limit=0)
        for own in [*account.watch[:MOST_WATCHED], *account.missing[:MOST_WATCHED]]:
            if own.startswith(("m_", "review:")) or self.graph.used >= BUSY:
                continue  # messages cannot be taken back from the other side, and are read again with their list
            try:
                item = await self._item(own, wanted)
                there += 1
                if "can_hide" in item or "parent" in item:
                    messages.append(parse(item, account))
                elif own in account.missing:
                    messages.append(parse(item, account, context="post"))
            except NotThere as error:
                if is_gone(error):
                    gone.append(own)
            except (Refused, DataError, Retryable) as error:
                notes.append(f"{own} could not be looked at again: {error.message}")
                if isinstance(error, Retryable):
                    break
        deleted = [own for own in gone if own in account.watch]
        if deleted and not there and not await self._answers_for_others(deleted):
            deleted = []
        return Page(tuple(messages), "watch", "", tuple(deleted), notes=tuple(notes))

    async def _item(self, own: str, wanted: Wanted) -> Item:
        """A comment, or a post: a post knows fewer fields."""
        fields = replace(wanted, without=set(wanted.without))
        found = await self.graph.with_fields(own, wanted=fields)
        if checked_id(found.get("id")) != own:
            raise DataError("the answer is another")
        return found

    async def _answers_for_others(self, missing: Sequence[str]) -> bool:
        """Whether single comments are to be had, where all that were asked for are not: else a permission went."""
        try:
            listed = page_of(await self.graph.get("me", "feed", fields=f"id,{_MARK}", limit=str(POSTS_PAGE)))
            ids = [
                own
                for item in listed.items
                for each in (dig(item, "comments", "data") or [])
                if (own := checked_id(dig(each, "id")))
            ]
            if set(ids) & set(missing):
                return False
            for own in (ids or [checked_id(item.get("id")) for item in listed.items])[:1]:
                await self.graph.get(own, fields="id")
            return bool(listed.items)
        except SourceError:
            return False

    async def _feed(self, at: str) -> Listed[Commented]:
        listed = await self.graph.listed("me", "feed", wanted=self._post, at=at)
        return Listed([self._commented(item) for item in listed.items], listed.next)

    def _commented(self, item: Item, ad: bool = False) -> Commented:
        """A post as the fan-out sees it; one of somebody else is a message itself."""
        said: Message | None = None
        writer = checked_id(dig(item, "from", "id"))
        if writer and writer != self.graph.account.account_id and not ad:
            skipped = list[DataError]()
            with one_item(skipped):
                said = parse(item, self.graph.account, context="post", fetched_at=self._now)
            if said is not None and said.created_at < self._floor:
                said = None
        asked = "comments" not in self._post.without
        ids = [checked_id(dig(each, "id")) for each in (dig(item, "comments", "data") or []) if isinstance(each, dict)]
        total = whole_number(dig(item, "comments", "summary", "total_count")) or 0
        mark = f"{total} {' '.join(ids)}" if asked and (ids or total) else ""
        return Commented(post_of(item), mark, bare=asked and not ids and not total, ad=ad, said=said)

    async def _advertised(self, story: str) -> Commented | None:
        """The post that an advertisement shows, which no list of posts has."""
        wanted = replace(self._post, limit=0, without=set(self._post.without))
        try:
            return self._commented(await self.graph.with_fields(story, wanted=wanted), ad=True)
        except NotThere:
            return None

    async def _stories(self, name: str) -> list[str]:
        """The posts of an account's advertisements."""
        wanted, stories, at = Wanted(("id", "effective_object_story_id"), (), 100), list[str](), ""
        for _ in range(5):
            page = await self.graph.listed(name, "ads", wanted=wanted, at=at)
            stories += [checked_id(each.get("effective_object_story_id")) for each in page.items]
            if not page.next or page.next == at:
                break
            at = page.next
        return stories

    async def _comments(self, post: Commented, at: str) -> Listed[Item]:
        return await self.graph.listed(
            post.post.id, "comments", wanted=self._comment, at=at, filter="stream", order="reverse_chronological"
        )

    def _parse(self, item: Item, post: Commented) -> Message:
        under = post.said.id if post.said is not None else ""
        on = None if under else post.post
        return parse(item, self.graph.account, post=on, under=under, ad=post.ad, fetched_at=self._now)

    async def _listed(
        self, stream: str, fetch: Callable[[str], Awaitable[Listed[Item]]], asked: Instant = 0
    ) -> AsyncIterator[Page]:
        """A list of its own, newest first."""
        account = self.graph.account
        kept = resume(self.cursors.get(stream, ""), account)
        walk = NewestFirst[Item](fetch, _mark_of, created_at, self._floor, overlap=DAY, most=5)
        async for items, reached in walk.steps(Reached.load(kept)):
            messages, skipped = list[Message](), list[DataError]()
            for item in items:
                with one_item(skipped):
                    message = parse(item, account, fetched_at=self._now)
                    if message.direction == "in":
                        messages.append(message)
            cursor = dumps({"of": account.account_id, **reached.dump(), **({"asked": asked} if asked else {})})
            if cursor != self.cursors.get(stream, ""):
                yield Page(tuple(messages), stream, cursor, skipped=tuple(skipped), more=bool(reached.gaps))


def _mark_of(item: Item) -> str:
    story = checked_id(dig(item, "open_graph_story", "id"))
    return story or key_of(item)


def _today(present: Instant) -> date:
    return datetime.fromtimestamp(present / SECOND, UTC).date()
