"""What Facebook and Instagram document of posts of others, advertisements and what their webhooks name.

Stand-ins written from the documentation without a look at the adapters: docs/graph-api/reference/page/feed (visitors'
posts, whose `from` may be kept back), page/tagged, adaccount/ads; docs/instagram-platform/webhooks (ad_id, ad_title).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from documented_messages import TOKEN, iso, refused
from loopback import Asked, Loopback, Reply
from masto_world import START

from cminbox.errors import Denied
from cminbox.model import HOUR, MINUTE
from cminbox.sources.contract import Account, Page
from cminbox.sources.http import Client
from cminbox.sources.networks import facebook, instagram
from cminbox.sources.push import Pushed

PAGE, IG, AD = "9000", "17841400000000000", "act_77"
WRITTEN = iso(START - HOUR)


class Graph:
    """Answers by path, without its version; what is not there is not there."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def handle(self, asked: Asked) -> Reply:
        path = "/".join(part for part in asked.path.strip("/").split("/") if not part.startswith("v2"))
        found = self.answers.get(path)
        if found is None:
            edge = "/" in path
            return Reply({"data": []}) if edge else refused(100, 33)
        return found if isinstance(found, Reply) else Reply(found)


async def poll(adapter: Any, graph: Graph, account_id: str, **options: object) -> list[Page]:
    with Loopback(graph.handle) as server:
        account = Account("s", adapter.INFO.network, server.url, options=options, secret=TOKEN, account_id=account_id)
        async with Client(clock=lambda: START, tries=1) as client:
            return [page async for page in adapter.pages(client, account, {})]


async def pushed(adapter: Any, graph: Graph, account_id: str, change: dict[str, Any]) -> list[Page]:
    body = {"object": "x", "entry": [{"id": account_id, "time": 1, "changes": [change]}]}
    with Loopback(graph.handle) as server:
        options = {"login": "instagram"} if adapter is instagram else {}
        account = Account("s", adapter.INFO.network, server.url, options=options, secret=TOKEN, account_id=account_id)
        async with Client(clock=lambda: START, tries=1) as client:
            said = Pushed("POST", json.dumps(body).encode(), at=START)
            return [page async for page in adapter.pushed_pages(client, account, said)]


def comment(own: str, text: str) -> dict[str, Any]:
    return {"id": own, "message": text, "created_time": WRITTEN, "from": {"id": "7", "name": "Ana"}, "can_hide": True}


def post(own: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": own, "message": text, "created_time": WRITTEN, "permalink_url": f"https://x.test/{own}", **more}


async def test_a_visitors_post_whose_author_is_kept_back_is_heard_and_ours_is_not() -> None:
    ours = post("9000_1", "We have new tea", status_type="mobile_status_update", **{"from": {"id": PAGE}})
    theirs = post("9000_2", "My parcel is broken", status_type="wall_post")
    graph = Graph({"9000/feed": {"data": [theirs, ours]}})
    found = [message for page in await poll(facebook, graph, PAGE) for message in page.messages]
    assert [(message.text, message.kind, message.direction) for message in found] == [
        ("My parcel is broken", "post", "in")
    ]
    assert found[0].answerable
    assert found[0].author.id == "unknown:9000_2"


@pytest.mark.parametrize("fault", [refused(100, 33), refused(10), refused(200)])
async def test_a_post_that_may_not_be_read_costs_its_title_and_no_comment(fault: Reply) -> None:
    graph = Graph({"5_7": comment("5_7", "Where is it?"), "9000_5": fault})
    value = {"item": "comment", "verb": "add", "comment_id": "5_7", "post_id": "9000_5"}
    pages = await pushed(facebook, graph, PAGE, {"field": "feed", "value": value})
    assert [message.text for page in pages for message in page.messages] == ["Where is it?"]


@pytest.mark.parametrize("fault", [refused(100, 33), refused(10), None])
async def test_a_comment_on_an_advertisement_comes_though_its_picture_may_not_be_read(fault: Reply | None) -> None:
    said = {"id": "179", "text": "Is it vegan?", "timestamp": WRITTEN, "from": {"id": "7", "username": "ana"}}
    me = {"user_id": IG, "username": "brand"}
    read = {"id": "181", "caption": "Tea!", "permalink": "https://x.test/p"}
    graph = Graph({"me": me, "179": said, "181": fault if fault is not None else read})
    media = {
        "id": "181",
        "media_product_type": "AD",
        "ad_id": "6",
        "ad_title": "Summer tea",
        "original_media_id": "180",
    }
    value = {"id": "179", "text": "forged", "from": {"id": "7"}, "media": media}
    pages = await pushed(instagram, graph, IG, {"field": "comments", "value": value})
    (message,) = [message for page in pages for message in page.messages]
    assert (message.text, message.ad) == ("Is it vegan?", True)
    assert message.post is not None
    assert (message.post.id, message.post.title) == ("181", "Tea!" if fault is None else "Summer tea")


async def test_one_advertisement_that_may_not_be_read_costs_no_other() -> None:
    stories = [{"id": str(number), "effective_object_story_id": f"9000_{number}"} for number in (1, 2, 3)]
    graph = Graph(
        {
            f"{AD}/ads": {"data": stories},
            "9000_1": refused(10),
            "9000_2": {
                **post("9000_2", "Buy tea"),
                "comments": {"data": [{"id": "2_1"}], "summary": {"total_count": 1}},
            },
            "9000_2/comments": {"data": [comment("2_1", "How much?")]},
        }
    )
    pages = await poll(facebook, graph, PAGE, ad_accounts=[AD])
    found = [message for page in pages for message in page.messages]
    assert [(message.text, message.ad) for message in found] == [("How much?", True)]
    notes = [note for page in pages for note in page.notes]
    assert [note for note in notes if "9000_1" in note], notes
    assert START - found[0].created_at >= MINUTE


async def test_who_may_read_messages_alone_hears_them_and_is_told_of_the_rest() -> None:
    said = {"id": "m_1", "created_time": WRITTEN, "from": {"id": "7", "name": "Ana"}, "message": "Hello?"}
    talk = {"id": "t_1", "updated_time": WRITTEN, "messages": {"data": [{**said, "to": {"data": [{"id": PAGE}]}}]}}
    graph = Graph({"9000/feed": refused(10), "9000/tagged": refused(10), "9000/conversations": {"data": [talk]}})
    found: list[Page] = []

    async def read() -> None:
        with Loopback(graph.handle) as server:
            account = Account("s", "facebook", server.url, secret=TOKEN, account_id=PAGE)
            async with Client(clock=lambda: START, tries=1) as client:
                async for page in facebook.pages(client, account, {}):
                    found.append(page)

    with pytest.raises(Denied):
        await read()
    assert [message.text for page in found for message in page.messages] == ["Hello?"]
