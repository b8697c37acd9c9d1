"""Reading an Instagram account: comments and the replies below them, what tags us, private messages.

Streams: `posts` and `comments MEDIA` (see `meta/posts.py` and `comments.py`), `conversations` and
`direct CONVERSATION` (`meta/direct.py`), `tags`; and `PART refused` for each that the token may not read.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cminbox.errors import AuthError, DataError, Refused, Retryable
from cminbox.model import Message, Post
from cminbox.sources.contract import Account, Page
from cminbox.sources.items import one_item
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.meta.direct import Direct
from cminbox.sources.meta.graph import GRAPH, Graph, Item, Wanted, checked_id, floor_of, page_of
from cminbox.sources.meta.parts import Parts, listens_to, look_again, others_are_given
from cminbox.sources.meta.posts import Commented, Posts
from cminbox.sources.meta.webhooks import asked_for, changes
from cminbox.sources.networks.instagram.comments import Comments
from cminbox.sources.networks.instagram.parse import MENTION, parse, post_of, written_at
from cminbox.sources.newest_first import Listed
from cminbox.sources.push import Pushed
from cminbox.sources.separate_parts import SeparateParts
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

LOGIN = "login"
HASHTAG = "hashtag"
HOSTS = {"facebook": "https://graph.facebook.com", "instagram": "https://graph.instagram.com"}
LONGEST_MESSAGE = 1000
"""Bytes of a private message."""
COMMENTS_PAGE = 50
MEDIA_PAGE = 25

_COMMENT = ("id", "text", "timestamp")
_SPARE = ("media{id}", "user", "hidden", "parent_id", "username", "from")
_BELOW = f"replies.limit({COMMENTS_PAGE}){{{','.join((*_COMMENT, 'user', 'hidden', 'parent_id', 'username', 'from'))}}}"


@dataclass(frozen=True, slots=True)
class Us:
    """Our account there.

    Attributes:
        page: the Page that it is connected to, which has its messages; empty without one.
    """

    id: str
    handle: str
    page: str = ""


def login_of(account: Account) -> str:
    """Whose login the token is of."""
    found = account.options.get(LOGIN)
    return found if isinstance(found, str) and found in HOSTS else "facebook"


def graph_of(client: Client, account: Account) -> Graph:
    """The Graph API, as it is asked for an Instagram account."""
    return Graph(client, account, HOSTS[login_of(account)], GRAPH.name)


async def who(graph: Graph) -> Us:
    """Our account, by the token.

    Raises:
        AuthError: the token is for no Instagram account.
        SourceError: by what to do next.
    """
    page_id = ""
    if login_of(graph.account) == "instagram":
        me = await graph.get("me", fields="user_id,username")
        own = checked_id(me.get("user_id")) or checked_id(me.get("id"))
    else:
        me = await graph.get("me", fields="id,name,instagram_business_account{id,username}")
        page, me = me, dig(me, "instagram_business_account") or {}
        own, page_id = checked_id(dig(me, "id")), checked_id(page.get("id"))
        if not own and checked_id(page.get("id")):
            raise AuthError(
                "the token's Page has no Instagram account connected",
                hint="connect it in the Page's settings, or use a token of Instagram login with login = 'instagram'",
            )
        if own and not string(me.get("username")):
            me = await graph.get(own, fields="username")
    if not own:
        raise Retryable("the network did not say who we are", hint="does base_url name a Graph API?")
    return Us(own, one_line(clean(string(me.get("username")), 200)), page_id)


async def pages(client: Client, account: Account, cursors: Mapping[str, str]) -> AsyncIterator[Page]:
    """What is new on an account, and what of it is watched."""
    graph = graph_of(client, account)
    us = await who(graph)
    graph.account = replace(account, account_id=us.id)
    reading = Reading(graph, cursors, us)
    if not account.owned:
        for tag in listens_to(account, HASHTAG):
            async for page in reading.heard(tag.lstrip("#")):
                yield page
        return
    parts = SeparateParts(cursors, graph.account.account_id, client.clock())
    async for page in parts.all(
        reading.posts.pages(),
        ("conversations", "private messages cannot be read", messages_of(graph, us).pages(cursors)),
        ("tags", "pictures that tag the account cannot be read", reading.tags()),
    ):
        yield page
    if account.watch or account.missing:
        yield await reading.look_again()
    parts.end()


async def pushed_pages(client: Client, account: Account, pushed: Pushed) -> AsyncIterator[Page]:
    """What a webhook says, asked for again: a comment, or one of somebody else's that names us, which no list has.
    Of private messages it says only that a poll is worth while."""
    graph = graph_of(client, account)
    us = await who(graph)
    graph.account = replace(account, account_id=us.id)
    reading = Reading(graph, {}, us)
    for name, value in changes(pushed, us.id):
        comment, media = checked_id(value.get("comment_id")), checked_id(value.get("media_id"))
        own = checked_id(value.get("id"))
        if name == "mentions" and (comment or media):
            page = await asked_for(reading.naming(comment, media), f"comment {comment or media}")
        elif name in ("comments", "live_comments") and own:
            page = await asked_for(reading.named(own, value.get("media")), f"comment {own}")
        else:
            continue
        if page is not None:
            yield page


def messages_of(graph: Graph, us: Us) -> Direct:
    """The account's private messages."""

    def read(raw: Item, others: Sequence[Item]) -> Message:
        return parse(raw, graph.account, context="dm", handle=us.handle, others=others, fetched_at=graph.client.clock())

    ours = frozenset(name for name in (us.id, us.handle) if name)
    return Direct(graph, us.page or us.id, "instagram", read, ours, LONGEST_MESSAGE)


class Reading:
    """One poll of an account."""

    def __init__(self, graph: Graph, cursors: Mapping[str, str], us: Us) -> None:
        self.graph = graph
        self.us = us
        self.parts = Parts(graph, cursors)
        self._now = graph.client.clock()
        self._comment = Wanted(_COMMENT, (*_SPARE[:1], _BELOW, *_SPARE[1:]), COMMENTS_PAGE)
        self._below = Wanted(_COMMENT, _SPARE[1:], COMMENTS_PAGE)
        mark = "comments.limit(1){id}"
        self._media = Wanted(("id",), ("permalink", mark, "caption", "timestamp", "comments_count"), MEDIA_PAGE)
        comments = Comments(self._comments, self._answers, written_at, floor_of(graph), graph.client.clock)
        self.posts = Posts(
            graph, cursors, self._listed, comments.steps, self._parse, (self._comment, self._media, self._below)
        )

    async def tags(self) -> AsyncIterator[Page]:
        """Pictures and films of others in which we are tagged."""
        spare = ("media_url", "media_type", "permalink", "caption", "username")
        wanted = Wanted(("id", "timestamp"), spare, MEDIA_PAGE)

        async def fetch(at: str) -> Listed[Item]:
            return await self.graph.listed(self.us.id, "tags", wanted=wanted, at=at)

        def read(item: Item) -> Message:
            return parse(item, self.graph.account, context="tag", handle=self.us.handle, fetched_at=self._now)

        async for page in self.parts.newest("tags", fetch, read, written_at):
            yield page

    async def heard(self, tag: str) -> AsyncIterator[Page]:
        """Pictures and films of the last day with a hashtag; Instagram says nobody's name and takes no answer."""
        found = await self.graph.get("ig_hashtag_search", user_id=self.us.id, q=tag)
        own = next((each for item in page_of(found).items if (each := checked_id(item.get("id")))), "")
        if not own:
            return
        wanted = Wanted(("id", "timestamp"), ("media_url", "media_type", "permalink", "caption"), COMMENTS_PAGE)

        async def fetch(at: str) -> Listed[Item]:
            return await self.graph.listed(own, "recent_media", wanted=wanted, at=at, user_id=self.us.id)

        def read(item: Item) -> Message:
            return parse(item, self.graph.account, context="tag", fetched_at=self._now)

        async for page in self.parts.newest(f"hashtag:{tag}", fetch, read, written_at):
            yield page

    async def naming(self, comment: str, media: str) -> Page:
        """Somebody else's comment or caption that names us; only a webhook tells of it."""
        if comment and comment != media:
            inner = "id,text,timestamp,username,media{id,permalink}"
            found = await self.graph.get(self.us.id, fields=f"mentioned_comment.comment_id({comment}){{{inner}}}")
            raw = dig(found, "mentioned_comment")
            raw = {**raw, "media": {"id": media, **(dig(raw, "media") or {})}} if isinstance(raw, dict) else None
        else:
            inner = "id,caption,timestamp,username,permalink,media_type,media_url"
            found = await self.graph.get(self.us.id, fields=f"mentioned_media.media_id({media}){{{inner}}}")
            raw = dig(found, "mentioned_media")
        skipped, messages = list[DataError](), list[Message]()
        with one_item(skipped):
            messages.append(
                parse(
                    raw,
                    self.graph.account,
                    context="mention" if comment and comment != media else "tag",
                    handle=self.us.handle,
                    fetched_at=self._now,
                )
            )
        return Page(tuple(messages), "", "", skipped=tuple(skipped))

    async def named(self, own: str, on: object) -> Page:
        """A comment that a webhook names, and what it says of the picture; of an advertisement's it may be all."""
        skipped, messages = list[DataError](), list[Message]()
        item = await self._single(own)
        media, ad = checked_id(dig(on, "id")), checked_id(dig(on, "ad_id"))
        post = None
        if media:
            wanted = Wanted(("id",), ("caption", "permalink"))
            post = Post(media, one_line(clean(string(dig(on, "ad_title")), 200)))
            with contextlib.suppress(Refused):  # a picture that may not be read costs its title, no comment
                post = post_of(await self.graph.with_fields(media, wanted=wanted))
        with one_item(skipped):
            message = parse(item, self.graph.account, handle=self.us.handle, post=post, fetched_at=self._now)
            messages.append(message._replace(ad=bool(ad)))
        return Page(tuple(messages), "", "", skipped=tuple(skipped))

    async def look_again(self) -> Page:
        """Looks at single comments again."""

        async def read(own: str) -> Message | None:
            return parse(await self._single(own), self.graph.account, handle=self.us.handle)

        def passed_over(own: str) -> bool:
            # Ids of comments are numbers; private messages are read again with their list.
            return own.startswith(MENTION) or not own.isdecimal()

        return await look_again(self.graph, read, self._gives_others, passed_over)

    async def _single(self, own: str) -> Item:
        wanted = Wanted(_COMMENT, _SPARE, without={*self._comment.without, *self._below.without})
        found = await self.graph.with_fields(own, wanted=wanted)
        if checked_id(found.get("id")) != own:
            raise DataError("the answer is another")
        return found

    async def _gives_others(self, missing: Sequence[str]) -> bool:
        return await others_are_given(self.graph, self.us.id, "media", "id,comments.limit(1){id}", MEDIA_PAGE, missing)

    async def _listed(self, at: str) -> Listed[Commented]:
        found = await self.graph.listed(self.us.id, "media", wanted=self._media, at=at)
        return Listed([self._commented(item) for item in found.items], found.next)

    def _commented(self, item: Item) -> Commented:
        count = whole_number(item.get("comments_count"))
        ids = [checked_id(dig(each, "id")) for each in (dig(item, "comments", "data") or [])]
        mark = f"{count} {' '.join(ids)}" if count is not None else ""
        return Commented(post_of(item), mark, bare=count == 0)

    async def _comments(self, post: Commented, at: str) -> Listed[Item]:
        return await self.graph.listed(post.post.id, "comments", wanted=self._comment, at=at)

    async def _answers(self, top: Item) -> list[Item]:
        """What stands below a comment; the first of it came with the comment."""
        nested, own = top.get("replies"), checked_id(top.get("id"))
        if not isinstance(nested, dict):
            return []
        found, at = list(page_of(nested).items), page_of(nested).next
        for _ in range(20):
            if not at or not own:
                break
            page = await self.graph.listed(own, "replies", wanted=self._below, at=at)
            found += page.items
            at = page.next if page.next != at else ""
        return [{**each, "under": own} for each in found]

    def _parse(self, item: Item, post: Commented) -> Message:
        return parse(
            item,
            self.graph.account,
            handle=self.us.handle,
            post=post.post,
            under=checked_id(item.get("under")),
            fetched_at=self._now,
        )
