"""What others say of a Facebook Page away from its posts, as Facebook documents it: recommendations, posts that tag it.

A stand-in written from the documentation without a look at the adapter: docs/graph-api/reference/page/ratings and
recommendation (no `id`; error 12 from v22.0 on), page/tagged (`from` only for whoever asks), docs/graph-api/results
(cursors), docs/graph-api/webhooks/reference/page (field `ratings`).
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from documented_messages import TOKEN, iso, refused
from loopback import Asked, Reply
from masto_world import START
from our_account import Ours, ours

from cminbox.model import HOUR, MINUTE
from cminbox.sources.contract import Account, Page
from cminbox.sources.networks import facebook
from cminbox.sources.push import Pushed

PAGE = "9000"
Item = dict[str, Any]
RECOMMENDATION = {
    *("created_time", "has_rating", "has_review", "open_graph_story", "rating", "recommendation_type"),
    *("review_text", "reviewer"),
}


TAGGED = {
    *("id", "message", "created_time", "tagged_time", "permalink_url"),
    *("from", "attachments", "message_tags", "updated_time"),
}


@dataclass
class FacebookPage:
    """A Page that people recommend, or not, and tag in their posts.

    Attributes:
        page: how many items a list gives at most, whatever is asked for.
        nameless: who recommends is kept back.
        below: comments that were written, by what they stand below.
    """

    clock: int = START
    page: int = 100
    nameless: bool = False
    ratings: list[Item] = field(default_factory=list)
    tagged: list[Item] = field(default_factory=list)
    below: dict[str, list[Item]] = field(default_factory=dict)

    def recommend(self, who: str, text: str, positive: bool = True) -> str:
        """Somebody recommends the Page, or not; returns the story's id."""
        self.clock += MINUTE
        story = f"88{len(self.ratings):03}"
        self.ratings.append(
            {
                "created_time": iso(self.clock),
                "has_rating": False,
                "has_review": bool(text),
                "open_graph_story": {"id": story, "start_time": iso(self.clock), "type": "og.recommends"},
                "recommendation_type": "positive" if positive else "negative",
                **({"review_text": text} if text else {}),
                "reviewer": {"id": f"7{who}", "name": who.title()},
            }
        )
        return story

    def tag(self, text: str) -> str:
        """Somebody tags the Page in a post of theirs."""
        self.clock += MINUTE
        own = f"70{len(self.tagged):03}_1"
        times = {"created_time": iso(self.clock - MINUTE), "tagged_time": iso(self.clock)}
        self.tagged.append({"id": own, "message": text, **times, "permalink_url": f"https://x.test/{own}"})
        return own

    def handle(self, asked: Asked) -> Reply:
        version, *path = asked.path.strip("/").split("/")
        found = re.fullmatch(r"v(\d+)\.0", version)
        if not found:
            return refused(2500)
        if asked.method == "POST":
            return self._change(path, asked)
        match path:
            case ["9000", "ratings"]:
                if int(found[1]) >= 22:
                    return refused(12)
                return self._answer(asked, self.ratings, RECOMMENDATION, drops=("reviewer",) if self.nameless else ())
            case ["9000", "tagged"]:
                return self._answer(asked, self.tagged, TAGGED)
            case [story, "comments"] if story in self.below:
                return self._answer(asked, self.below[story], set())
            case ["9000"] | ["me"]:
                return Reply({"id": PAGE, "name": "Brand"})
            case [_, _]:
                return Reply({"data": []})
        return refused(100, 33)

    def _answer(self, asked: Asked, items: list[Item], known: set[str], drops: tuple[str, ...] = ()) -> Reply:
        """A page of a list, newest first. One field that there is not costs the whole call."""
        wanted = {re.split(r"[.{(]", name)[0] for name in _split(asked.one("fields"))}
        if known and wanted - known:
            return refused(100)
        wanted = wanted or {"created_time", "recommendation_type", "review_text", "id", "message"}
        start = int(asked.one("after").removeprefix("c") or 0)
        size = min(int(asked.one("limit") or 25), self.page)
        part = [
            {name: value for name, value in item.items() if name in wanted | {"id"} and name not in drops}
            for item in list(reversed(items))[start : start + size]
        ]
        more = start + size < len(items)
        paging = {"cursors": {"before": f"c{start}", "after": f"c{start + size}"}}
        following = {"next": f"https://graph.facebook.com/v21.0/x?access_token={TOKEN}"} if more else {}
        return Reply({"data": part, **({"paging": {**paging, **following}} if part else {})})

    def _change(self, path: list[str], asked: Asked) -> Reply:
        stories = {each["open_graph_story"]["id"] for each in self.ratings}
        if len(path) != 2 or path[1] != "comments" or path[0] not in stories:
            return refused(100, 33)
        self.clock += MINUTE
        said = asked.body.decode()
        own = {"id": f"{path[0]}_{len(self.below)}", "message": said, "created_time": iso(self.clock)}
        self.below.setdefault(path[0], []).append({**own, "from": {"id": PAGE, "name": "Brand"}})
        return Reply({"id": own["id"]})


def _split(fields: str) -> list[str]:
    """Field names at the outermost level."""
    flat, before = fields, ""
    while flat != before:
        before, flat = flat, re.sub(r"\{[^{}]*\}|\([^()]*\)", "", flat)
    return [name for name in flat.split(",") if name]


@pytest.fixture
async def page() -> AsyncIterator[Ours]:
    account = Account("s", "facebook", secret=TOKEN, account_id=PAGE)
    async with ours(facebook, FacebookPage(), account, START) as found:
        yield found


async def test_each_recommendation_comes_once_and_says_whether_it_is_one(page: Ours) -> None:
    world: FacebookPage = page.world
    world.page = 2
    stories = [world.recommend(f"ana{number}", f"words {number}", number % 2 == 0) for number in range(5)]
    empty = world.recommend("ben", "", positive=False)
    found = {message.id: message for message in (await page.new()).values() if message.kind == "review"}
    assert set(found) == {*stories, empty}
    assert {found[own].text for own in stories} == {f"words {number}" for number in range(5)}
    assert all(message.direction == "in" and message.title for message in found.values())
    assert found[stories[0]].title != found[stories[1]].title
    assert len({message.author.id for message in found.values()}) == 6
    assert found[stories[0]].author.name == "Ana0"
    assert await page.new() == {}
    late = world.recommend("cai", "so good")
    page.now += HOUR
    assert set(await page.new()) == {late}


async def test_who_recommends_without_a_name_is_nobody_else_and_is_answered(page: Ours) -> None:
    page.world.nameless = True
    first, second = page.world.recommend("ana", "good"), page.world.recommend("ben", "bad", positive=False)
    found = await page.new()
    assert found[first].author.id != found[second].author.id
    sent = await page.send(page.reply(found[first], "Thank you"))
    assert [each["id"] for each in page.world.below[first]] == [sent.id]


async def test_posts_that_tag_the_page_come_once_though_nobody_says_whose(page: Ours) -> None:
    page.world.page = 2
    posts = [page.world.tag(f"see @Brand {number}") for number in range(5)]
    found = await page.new()
    assert set(found) == set(posts)
    assert {message.kind for message in found.values()} == {"mention"}
    assert len({message.author.id for message in found.values()}) == 5
    assert {message.direction for message in found.values()} == {"in"}
    assert await page.new() == {}


async def test_a_recommendation_that_is_pushed_is_the_one_that_is_read(page: Ours) -> None:
    story = page.world.recommend("ana", "good")
    value = {
        "item": "rating",
        "verb": "add",
        "open_graph_story_id": story,
        "recommendation_type": "POSITIVE",
        "review_text": "good",
        "reviewer_id": "7ana",
        "reviewer_name": "Ana",
        "created_time": (START + MINUTE) // 1000,
    }
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1, "changes": [{"field": "ratings", "value": value}]}]}
    said = Pushed("POST", json.dumps(body).encode(), at=START)
    pages: list[Page] = [one async for one in facebook.pushed_pages(page.client, page.account, said)]
    (pushed,) = [message for one in pages for message in one.messages]
    read = (await page.new())[story]
    assert (pushed.id, pushed.text, pushed.kind, pushed.title) == (read.id, read.text, read.kind, read.title)
