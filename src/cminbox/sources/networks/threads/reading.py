"""Reading a Threads account: replies to its posts at any depth, what waits for approval, mentions, and answers to its
replies elsewhere.

Streams: `posts` and `comments POST` (see `meta/posts.py` and `conversation.py`), `held POST`, `mentions`, `replies`;
and `PART refused` for each that the token may not read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cminbox.errors import DataError, NotThere, Refused, Retryable
from cminbox.model import HOUR, Message, Post
from cminbox.sources.bodies import Undecodable, read_json
from cminbox.sources.contract import Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string
from cminbox.sources.ledger import Allowance
from cminbox.sources.meta.graph import THREADS, Graph, Item, Wanted, checked_id, floor_of
from cminbox.sources.meta.judge import is_gone
from cminbox.sources.meta.parts import Parts, listens_to, look_again
from cminbox.sources.meta.posts import Commented, Posts
from cminbox.sources.meta.webhooks import asked_for
from cminbox.sources.networks.threads.conversation import KEY, Replies
from cminbox.sources.networks.threads.parse import parse, post_of, root_of, written_at
from cminbox.sources.newest_first import Listed
from cminbox.sources.push import Pushed
from cminbox.sources.separate_parts import SeparateParts
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

HOST = "https://graph.threads.net"
APPROVALS = "approvals"
SEARCH = "search"
SEARCHES = Allowance("searches", 2200, "calls", "rolling day")
POSTS_PAGE = 10
REPLIES_PAGE = 50
OVERLAP = 6 * HOUR
MOST_FOLLOWED = 10
"""Replies of ours elsewhere whose answers are read in one poll."""

_NEEDED = ("id", "text", "timestamp")
_SPARE = (
    *("poll_attachment", "children{media_type,media_url,thumbnail_url,alt_text}", "link_attachment_url"),
    "text_attachment",
    *("gif_url", "alt_text", "thumbnail_url", "media_url", "media_type", "has_replies", "permalink", "is_reply"),
    *("hide_status", "is_reply_owned_by_me", "root_post", "replied_to", "username"),
)


@dataclass(frozen=True, slots=True)
class Us:
    """Our account, as Threads names it."""

    id: str
    handle: str


def graph_of(client: Client, account: Account) -> Graph:
    return Graph(client, account, HOST, THREADS.name, plain_cursors=True)


def reply_fields() -> Wanted:
    """What is asked of a reply; who wrote it and what it answers are left away last."""
    return Wanted(_NEEDED, _SPARE, REPLIES_PAGE)


async def who(graph: Graph) -> Us:
    """Our account, by the token."""
    me = await graph.get("me", fields="id,username")
    own = checked_id(me.get("id"))
    if not own:
        raise Retryable("the network did not say who we are", hint="does base_url name the Threads API?")
    return Us(own, one_line(clean(string(me.get("username")), 200)))


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new on an account, and what of it is watched."""
    graph = graph_of(client, account)
    us = await who(graph)
    graph.account = replace(account, account_id=us.id)
    reading = Reading(graph, cursors, us)
    if not account.owned:
        for words in listens_to(account, SEARCH):
            async for page in reading.heard(words):
                yield page
        return
    parts = SeparateParts(cursors, graph.account.account_id, client.clock())
    async for page in parts.all(
        reading.posts.pages(),
        ("held", "replies that wait for approval cannot be read", reading.held()),
        ("mentions", "mentions cannot be read", reading.mentions()),
        ("replies", "answers to your replies elsewhere cannot be read", reading.elsewhere()),
    ):
        yield page
    if account.watch or account.missing:
        yield await reading.look_again()
    parts.end()


async def pushed_pages(client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
    """What a webhook says, asked for again (docs/threads/webhooks)."""
    try:
        said = read_json(pushed.body)
    except Undecodable as error:
        raise DataError(f"what was pushed is {error}") from None
    values = dig(said, "values")
    listed = values if isinstance(values, list) else [values]
    graph = graph_of(client, account)
    us = await who(graph)
    graph.account = replace(account, account_id=us.id)
    reading = Reading(graph, {}, us)
    for each in listed:
        name, own = string(dig(each, "field")), checked_id(dig(each, "value", "id"))
        if own and name in ("replies", "mentions", "delete"):
            found = reading.named(own, mention=name == "mentions", deleted=name == "delete")
            page = await asked_for(found, f"post {own}")
            if page is not None:
                yield page


class Reading:
    """One poll of an account."""

    def __init__(self, graph: Graph, cursors: Mapping[str, str], us: Us) -> None:
        self.graph = graph
        self.us = us
        self.parts = Parts(graph, cursors)
        self._now = graph.client.clock()
        self._cursors = cursors
        self._reply = reply_fields()
        self._post = Wanted(("id",), ("permalink", "timestamp", "text", "has_replies"), POSTS_PAGE)
        self._ours: dict[str, Post] = {}
        self._foreign: set[str] = set()
        self._replies = Replies(self._below, self._ask, floor_of(graph), OVERLAP)
        self.posts = Posts(
            graph, cursors, self._listed, self._replies.steps, self._parse, (self._reply, self._post), rotated=1
        )

    async def held(self) -> AsyncIterator[Page]:
        """Replies that wait for approval, below the newest posts; only where the source says that there are such."""
        if self.graph.account.options.get(APPROVALS) is not True:
            return
        wanted = Wanted(_NEEDED, (*_SPARE, "reply_approval_status"), REPLIES_PAGE)
        for post in list(self._ours.values())[:POSTS_PAGE]:

            async def fetch(at: str, own: str = post.id) -> Listed[Item]:
                return await self.graph.listed(own, "pending_replies", wanted=wanted, at=at, approval_status="pending")

            def read(item: Item, on: Post = post) -> Message:
                return parse(item, self.graph.account, handle=self.us.handle, post=on, held=True, fetched_at=self._now)

            try:
                async for page in self.parts.newest(f"held {post.id}", fetch, read, written_at):
                    yield page
            except Refused:
                continue  # a post that was made without approvals has none

    async def mentions(self) -> AsyncIterator[Page]:
        """What names us in threads of others; in our own it comes with the replies."""
        wanted = Wanted(_NEEDED, _SPARE, 25)
        known = self.parts.known("mentions")

        async def fetch(at: str) -> Listed[Item]:
            found = await self.graph.listed("me", "mentions", wanted=wanted, at=at)
            items = [
                item
                for item in found.items
                if checked_id(item.get("id")) in known or not await self._is_ours(root_of(item))
            ]
            return Listed(items, found.next)

        def read(item: Item) -> Message:
            return parse(item, self.graph.account, handle=self.us.handle, mention=True, fetched_at=self._now)

        async for page in self.parts.newest("mentions", fetch, read, written_at):
            yield page

    async def heard(self, words: str) -> AsyncIterator[Page]:
        """What anybody writes with some words in it."""
        wanted = Wanted(_NEEDED, _SPARE, REPLIES_PAGE)

        async def fetch(at: str) -> Listed[Item]:
            await self.graph.account.ledger.spend(SEARCHES, 1)
            return await self.graph.listed("keyword_search", wanted=wanted, at=at, q=words, search_type="RECENT")

        def read(item: Item) -> Message:
            return parse(item, self.graph.account, handle=self.us.handle, mention=True, fetched_at=self._now)

        async for page in self.parts.newest(f"search:{words}", fetch, read, written_at):
            yield page

    async def elsewhere(self) -> AsyncIterator[Page]:
        """Answers to what we wrote in threads of others, and our own words there."""
        wanted = Wanted(_NEEDED, _SPARE, 25)
        found = await self.graph.listed("me", "replies", wanted=wanted)
        followed: list[Commented] = []
        for item in found.items:
            root = root_of(item)
            followed_before = f"comments {checked_id(item.get('id'))}" in self._cursors
            if len(followed) >= MOST_FOLLOWED or not root or (not followed_before and await self._is_ours(root)):
                continue
            skipped = list[DataError]()
            with one_item(skipped):
                said = parse(
                    {**item, "is_reply_owned_by_me": True},
                    self.graph.account,
                    handle=self.us.handle,
                    key=root,
                    mention=True,
                    fetched_at=self._now,
                )
                own = said._replace(kind="reply", can=frozenset({"delete"}))
                self._foreign.add(said.id)
                followed.append(Commented(Post(said.id), bare=item.get("has_replies") is False, said=own))
        async for page in self.posts.comments(followed):
            yield page

    async def named(self, own: str, mention: bool, deleted: bool) -> Page | None:
        """A reply that a webhook names."""
        try:
            item = await self._ask(own)
        except NotThere as error:
            return Page((), "", "", deleted=(own,)) if deleted and is_gone(error) else None
        root = root_of(item)
        post = None
        if root and await self._is_ours(root):
            post, mention = self._ours.get(root) or Post(root), False
        key = ""
        if post is not None:
            key = await self._replies.key_of_single(item, Commented(post))
        skipped, messages = list[DataError](), list[Message]()
        with one_item(skipped):
            messages.append(
                parse(
                    item,
                    self.graph.account,
                    handle=self.us.handle,
                    key=key,
                    post=post,
                    mention=mention or post is None,
                    fetched_at=self._now,
                )
            )
        return Page(tuple(messages), "", "", skipped=tuple(skipped))

    async def look_again(self) -> Page:
        """Looks at single replies again."""
        of_others = self.parts.known("mentions")

        async def read(own: str) -> Message | None:
            return parse(await self._ask(own), self.graph.account, handle=self.us.handle)

        return await look_again(self.graph, read, self._gives_others, lambda own: own in of_others)

    async def _gives_others(self, missing: Sequence[str]) -> bool:
        """Whether single replies are to be had, where all that were asked for are not: else a permission went."""
        for post in list(self._ours.values())[:3]:
            found = await self._below(Commented(post), "")
            ids = [own for item in found.items if (own := checked_id(item.get("id")))]
            if set(ids) & set(missing):
                return False
            if ids:
                await self.graph.get(ids[0], fields="id")
                return True
        return bool(self._ours)

    async def _listed(self, at: str) -> Listed[Commented]:
        found = await self.graph.listed("me", "threads", wanted=self._post, at=at)
        posts = [(post_of(item), item.get("has_replies") is False) for item in found.items]
        self._ours.update({post.id: post for post, _ in posts if post.id})
        return Listed([Commented(post, bare=bare) for post, bare in posts], found.next)

    async def _below(self, post: Commented, at: str) -> Listed[Item]:
        """What stands below a post of ours, at any depth; below a reply of ours, at the next level."""
        edge = "replies" if post.post.id in self._foreign else "conversation"
        return await self.graph.listed(post.post.id, edge, wanted=self._reply, at=at, reverse="true")

    async def _ask(self, own: str) -> Item:
        wanted = Wanted(_NEEDED, _SPARE, without=set(self._reply.without))
        found = await self.graph.with_fields(own, wanted=wanted)
        if checked_id(found.get("id")) != own:
            raise DataError("the answer is another")
        return found

    async def _is_ours(self, root: str) -> bool:
        """Whether a thread is ours."""
        if not root:
            return False
        if root in self._ours or f"comments {root}" in self._cursors:
            return True
        if root in self._foreign:
            return False
        try:
            found = await self.graph.get(root, fields="id,username")
        except Refused:
            found = {}
        if self.us.handle and string(found.get("username")) == self.us.handle:
            self._ours[root] = Post(root)
            return True
        self._foreign.add(root)
        return False

    def _parse(self, item: Item, post: Commented) -> Message:
        elsewhere = post.post.id in self._foreign
        key = post.said.conversation if elsewhere and post.said is not None else string(item.get(KEY))
        return parse(
            item,
            self.graph.account,
            handle=self.us.handle,
            key=key,
            post=None if elsewhere else post.post,
            mention=elsewhere,
            fetched_at=self._now,
        )
