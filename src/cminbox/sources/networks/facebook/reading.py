"""Reading a Facebook Page: comments below its posts and advertisements, posts of others, recommendations, messages.

Streams: `posts` and `comments POST` (see `meta/posts.py`), `conversations` and `direct CONVERSATION`
(`meta/direct.py`), `tagged`, `ads`, `reviews`; and `PART refused` for each that the token may not read, which is asked
for again after an hour.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from json import dumps
from typing import TYPE_CHECKING

from cminbox.errors import DataError, NotThere, Refused, Retryable
from cminbox.model import HOUR, SECOND, Instant, Message
from cminbox.sources.contract import Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, whole_number
from cminbox.sources.meta.direct import Direct
from cminbox.sources.meta.graph import BUSY, GRAPH, GRAPH_BEFORE, Graph, Item, Wanted, checked_id, floor_of
from cminbox.sources.meta.judge import is_gone
from cminbox.sources.meta.parts import Parts, look_again, others_are_given
from cminbox.sources.meta.posts import Commented, Posts, flat, key_of, resume
from cminbox.sources.meta.webhooks import asked_for, changes
from cminbox.sources.networks.facebook.parse import created_at, parse, post_of
from cminbox.sources.newest_first import Listed
from cminbox.sources.push import Pushed
from cminbox.sources.separate_parts import SeparateParts
from cminbox.when import local_time

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

_VISITORS = "wall_post"
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

    return Direct(graph, account.account_id, "messenger", read, frozenset({account.account_id}), LONGEST_MESSAGE)


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
    parts = SeparateParts(cursors, graph.account.account_id, client.clock())
    async for page in parts.all(
        reading.posts.pages(),
        ("conversations", "private messages cannot be read", messages_of(graph).pages(cursors)),
        ("tagged", "posts that name the Page cannot be read", reading.tagged()),
        ("ads", "comments on advertisements cannot be read", reading.ads()),
        ("reviews", "recommendations cannot be read", reading.reviews()),
    ):
        yield page
    if account.watch or account.missing:
        yield await reading.look_again()
    parts.end()


async def pushed_pages(client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
    """What a webhook says, asked for again; of private messages only that a poll is worth while."""
    reading = _Reading(graph_of(client, account), {})
    for name, value in changes(pushed, account.account_id):
        comment, post = checked_id(value.get("comment_id")), checked_id(value.get("post_id"))
        if name == "feed" and comment:
            page = await asked_for(reading.named(comment, post, value), f"comment {comment}")
        elif name == "mention" and (comment or post):
            page = await asked_for(reading.named(comment or post, "", value), f"post {comment or post}")
        elif name == "ratings" and value.get("item") == "rating" and value.get("verb") in ("add", "edit"):
            # It cannot be asked for again: the API has no more recommendations, and a webhook is signed.
            page = reading.pushed_review({"created_time": pushed.at // SECOND, **value})
        else:
            continue
        if page is not None:
            named = name == "mention"
            yield replace(page, messages=tuple(m._replace(kind="mention") for m in page.messages)) if named else page


class _Reading:
    """One poll of a Page."""

    def __init__(self, graph: Graph, cursors: Mapping[str, str]) -> None:
        self.graph = graph
        self.cursors = cursors
        self.us = graph.account.account_id
        self.parts = Parts(graph, cursors)
        self._now = graph.client.clock()
        self._floor = floor_of(graph)
        self._comment = comment_fields()
        self._post = Wanted(
            ("id",), ("attachments", "story", "permalink_url", "status_type", _MARK, "message", "created_time", "from")
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
            return await self.graph.listed(self.us, "tagged", wanted=wanted, at=at)

        async for page in self.parts.newest("tagged", fetch, self._read, created_at):
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
            return await self.graph.listed(self.us, "ratings", wanted=wanted, at=at, version=GRAPH_BEFORE.name)

        async for page in self.parts.newest("reviews", fetch, self._read, created_at, _mark_of, self._now):
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

    def pushed_review(self, value: Item) -> Page:
        """A recommendation that a webhook brings."""
        skipped, messages = list[DataError](), list[Message]()
        with one_item(skipped):
            messages.append(parse(value, self.graph.account, fetched_at=self._now))
        return Page(tuple(messages), "", "", skipped=tuple(skipped))

    async def named(self, own: str, post: str, said: Item) -> Page | None:
        """A comment or post that a webhook names."""
        account = self.graph.account
        try:
            item = await self._item(own, self._comment)
        except NotThere as error:
            return Page((), "", "", deleted=(own,)) if is_gone(error) and said.get("verb") == "remove" else None
        on = None
        if post:
            with contextlib.suppress(Refused):  # a post that may not be read costs its title, no comment
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
        """Looks at single comments and posts again."""
        wanted = replace(self._comment, limit=0)
        of_others = self.parts.known("tagged") | self.parts.known("reviews")
        account = self.graph.account

        async def read(own: str) -> Message | None:
            item = await self._item(own, wanted)
            if "can_hide" in item or "parent" in item:
                return parse(item, account)
            return parse(item, account, context="post") if own in account.missing else None

        def passed_over(own: str) -> bool:
            # Private messages are read again with their list.
            return own.startswith(("m_", "review:")) or own in of_others

        return await look_again(self.graph, read, self._gives_others, passed_over)

    async def _item(self, own: str, wanted: Wanted) -> Item:
        """A comment, or a post: a post knows fewer fields."""
        fields = replace(wanted, without=set(wanted.without))
        found = await self.graph.with_fields(own, wanted=fields)
        if checked_id(found.get("id")) != own:
            raise DataError("the answer is another")
        return found

    async def _gives_others(self, missing: Sequence[str]) -> bool:
        return await others_are_given(self.graph, self.us, "feed", f"id,{_MARK}", POSTS_PAGE, missing)

    async def _feed(self, at: str) -> Listed[Commented]:
        listed = await self.graph.listed(self.us, "feed", wanted=self._post, at=at)
        return Listed([self._commented(item) for item in listed.items], listed.next)

    def _commented(self, item: Item, ad: bool = False) -> Commented:
        """A post as the fan-out sees it; one of somebody else is a message itself."""
        said: Message | None = None
        under = ""
        writer = checked_id(dig(item, "from", "id"))
        # Who wrote on a Page may be kept back; that it was no Page stands in the kind of its post.
        theirs = writer != self.graph.account.account_id if writer else item.get("status_type") == _VISITORS
        if theirs and not ad:
            skipped, under = list[DataError](), checked_id(item.get("id"))
            with one_item(skipped):
                said = parse(item, self.graph.account, context="post", fetched_at=self._now)
        asked = "comments" not in self._post.without
        ids = [checked_id(dig(each, "id")) for each in (dig(item, "comments", "data") or []) if isinstance(each, dict)]
        total = whole_number(dig(item, "comments", "summary", "total_count")) or 0
        mark = f"{total} {' '.join(ids)}" if asked and (ids or total) else ""
        return Commented(post_of(item), mark, bare=asked and not ids and not total, ad=ad, said=said, under=under)

    async def _advertised(self, story: str) -> Commented | None:
        """The post that an advertisement shows, which no list of posts has."""
        wanted = replace(self._post, limit=0, without=set(self._post.without))
        try:
            return self._commented(await self.graph.with_fields(story, wanted=wanted), ad=True)
        except NotThere:
            return None
        except Refused as error:
            self.posts.notes.append(f"the advertisement {story} cannot be read: {error.message}")
            return None

    def _read(self, item: Item) -> Message:
        return parse(item, self.graph.account, fetched_at=self._now)

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
        on = None if post.under else post.post
        return parse(item, self.graph.account, post=on, under=post.under, ad=post.ad, fetched_at=self._now)


def _mark_of(item: Item) -> str:
    story = checked_id(dig(item, "open_graph_story", "id"))
    return story or key_of(item)


def _today(present: Instant) -> date:
    return local_time(present, UTC).date()
