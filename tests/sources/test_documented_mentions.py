"""Where others name an account on TikTok, as TikTok documents it: comments and films, each in a list of its own.

A stand-in written from the documentation without a look at the adapter: business-api.tiktok.com/portal/docs (Mentions:
business/mention/comment/list, business/mention/video/list, business/comment/reply/create), as its clients have it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from documented_messages import TOKEN
from loopback import Asked, Reply
from masto_world import START
from our_account import Ours, ours

from cminbox.errors import Refused, Retryable
from cminbox.model import HOUR, MINUTE
from cminbox.sources.contract import Account
from cminbox.sources.networks import tiktok

Item = dict[str, Any]
ME = "brand-open-id"
LISTED = {
    "comments": {
        *("item_id", "video_link", "caption", "video_likes", "thumbnail_url", "commenter_display_name"),
        *("comment_id", "comment_type", "comment_text", "comment_create_time", "comment_likes"),
    },
    "videos": {
        *("item_id", "create_time", "video_link", "caption", "likes", "comments", "shares", "thumbnail_url"),
        *("creator_handle_name", "views", "reach"),
    },
}
SORTED = {
    "comments": ("VIDEO_LIKES", "COMMENT_CREATE_TIME", "COMMENT_LIKES"),
    "videos": ("CREATE_TIME", "LIKES", "COMMENTS", "SHARES"),
}
PARAMS = {"business_id", "fields", "sort_field", "sort_type", "number_of_days", "regions", "cursor", "max_count"}


@dataclass
class TikTok:
    """Comments and films of others that name the account; everything is answered with 200 and a code.

    Attributes:
        page: how many items a list gives at most, whatever is asked for.
        allowed: whether the account granted the permission for mentions.
        lost: the answer to the next reply is lost, after it was written.
    """

    clock: int = START
    page: int = 100
    allowed: bool = True
    lost: bool = False
    comments: list[Item] = field(default_factory=list)
    videos: list[Item] = field(default_factory=list)
    replies: list[Item] = field(default_factory=list)

    def comment(self, who: str, text: str, kind: str = "COMMENT", **more: Any) -> str:
        """Somebody names the account in a comment below a film that is not its own."""
        self.clock += MINUTE
        own = str(7_300_000_000_000_000_000 + len(self.comments))
        said = {"comment_id": own, "comment_type": kind, "comment_text": text, "comment_likes": 0}
        film = {"item_id": "7290", "video_link": "https://www.tiktok.com/@other/video/7290", "caption": "A film"}
        shown = {"commenter_display_name": who, "comment_create_time": str(self.clock // 1000)}
        self.comments.append({**said, **film, **shown, "video_likes": 3, "thumbnail_url": "https://x.test/t", **more})
        return own

    def film(self, who: str, caption: str) -> str:
        """Somebody names the account in a film of theirs."""
        self.clock += MINUTE
        own = str(7_310_000_000_000_000_000 + len(self.videos))
        film = {"item_id": own, "create_time": str(self.clock // 1000), "caption": caption, "creator_handle_name": who}
        counts = dict.fromkeys(("likes", "comments", "shares", "views", "reach"), 1)
        link = {"video_link": f"https://www.tiktok.com/@{who}/video/{own}", "thumbnail_url": "https://x.test/t"}
        self.videos.append({**film, **counts, **link})
        return own

    def handle(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/open_api/v1.3/business/").strip("/")
        if asked.headers.get("access-token") != TOKEN:
            return said(40105)
        match asked.method, path:
            case "GET", "mention/comment/list":
                return self._list(asked, "comments")
            case "GET", "mention/video/list":
                return self._list(asked, "videos")
            case "GET", "video/list":
                return said(0, {"videos": [], "cursor": 0, "has_more": False})
            case "GET", "message/conversation/list":
                return said(40001)
            case "POST", "comment/reply/create":
                return self._reply(asked.json)
            case "GET", "get":
                return said(0, {"username": "brand", "display_name": "Brand"})
        return said(40002)

    def _list(self, asked: Asked, name: str) -> Reply:
        if not self.allowed:
            return said(40001)
        sort, way = asked.one("sort_field"), asked.one("sort_type")
        wanted = set(json.loads(asked.one("fields"))) if asked.one("fields") else LISTED[name]
        right = not set(asked.query) - PARAMS and asked.one("business_id") == ME and wanted <= LISTED[name]
        if not right or (sort and sort not in SORTED[name]) or (way and way not in ("ASC", "DESC")):
            return said(40002)
        found = [{key: item[key] for key in item if key in wanted} for item in getattr(self, name)]
        found = found if way == "ASC" else found[::-1]  # the order in which they were written
        start, size = int(asked.one("cursor") or 0), min(int(asked.one("max_count") or 20), self.page)
        more = start + size < len(found)
        return said(0, {name: found[start : start + size], "cursor": start + size, "has_more": more})

    def _reply(self, body: Item) -> Reply:
        if set(body) != {"business_id", "video_id", "comment_id", "text"} or body["business_id"] != ME:
            return said(40002)
        if not any(
            (each["comment_id"], each["item_id"]) == (body["comment_id"], body["video_id"]) for each in self.comments
        ):
            return said(40007)
        self.clock += MINUTE
        made = {"comment_id": f"9{len(self.replies)}", "parent_comment_id": body["comment_id"], "user_id": ME}
        self.replies.append(body)
        if self.lost:
            self.lost = False
            return Reply(cut=True)
        return said(0, {**made, "video_id": body["video_id"], "text": body["text"], "create_time": self.clock // 1000})


def said(code: int, data: Item | None = None) -> Reply:
    return Reply({"code": code, "message": "OK" if not code else "no", "request_id": "q", "data": data or {}})


@pytest.fixture
async def account() -> AsyncIterator[Ours]:
    kept = Account("s", "tiktok", secret=TOKEN, account_id=ME, options={"business_id": ME})
    async with ours(tiktok, TikTok(), kept, START) as found:
        yield found


async def test_each_comment_and_film_that_names_us_comes_once(account: Ours) -> None:
    world: TikTok = account.world
    world.page = 2
    comments = [world.comment(f"Ana {number}", f"@brand is it vegan? {number}") for number in range(5)]
    answer = world.comment("Ben", "@brand me too", "REPLY")
    films = [world.film(f"fan{number}", f"unboxing @brand {number}") for number in range(3)]
    found = await account.new()
    assert len(found) == 9
    texts = {message.text: message for message in found.values()}
    assert {message.kind for message in found.values()} == {"mention"}
    assert all(
        message.direction == "in" and message.url.startswith("https://www.tiktok.com/") for message in found.values()
    )
    assert [own for own in (*comments, answer) if own not in found] == []
    assert {found[own].author.name for own in comments} == {f"Ana {number}" for number in range(5)}
    assert len({message.author.id for message in found.values()}) == 9
    assert {texts[f"unboxing @brand {number}"].author.handle for number in range(3)} == {"fan0", "fan1", "fan2"}
    assert len({message.id for message in found.values()}) == len(comments) + 1 + len(films)
    assert await account.new() == {}
    late = world.comment("Cai", "@brand hello?")
    account.now += HOUR
    assert set(await account.new()) == {late}


async def test_a_comment_that_names_us_is_answered_below_it_once(account: Ours) -> None:
    own = account.world.comment("Ana", "@brand is it vegan?")
    message = (await account.new())[own]
    assert message.answerable
    await account.send(account.reply(message, "It is"))
    assert [(each["comment_id"], each["video_id"], each["text"]) for each in account.world.replies] == [
        (own, "7290", "It is")
    ]
    account.world.lost = True
    with pytest.raises(Retryable) as got:
        await account.send(account.reply(message, "Really"))
    assert got.value.maybe_done
    # TikTok shows nobody the answers below a film of somebody else: that is no «not there».
    with pytest.raises((Refused, Retryable)):
        await account.find(account.reply(message, "Really"))
    account.world.comments.clear()
    with pytest.raises(Refused):
        await account.send(account.reply(message, "Too late"))


async def test_an_app_that_may_not_read_mentions_is_told_so_once(account: Ours) -> None:
    account.world.allowed = False
    first, second = await account.poll(), await account.poll()
    assert [note for page in first for note in page.notes]
    assert not [note for page in second for note in page.notes]


async def test_one_that_cannot_be_read_costs_no_other(account: Ours) -> None:
    account.world.comment("Ana", "@brand fine")
    account.world.comment("Ben", "@brand no time", comment_create_time="soon")
    account.world.comment("Cai", "", comment_id=None)
    pages = await account.poll()
    assert "@brand fine" in [message.text for page in pages for message in page.messages]
    assert [error for page in pages for error in page.skipped]
