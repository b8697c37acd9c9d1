"""Reading comments post by post: what a failure in the middle costs, and when a list is gone through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from cminbox.errors import NotThere, Refused, Retryable, SourceError
from cminbox.model import HOUR, Author, Message, Post
from cminbox.sources.fan_out import Commented, FanOut, Item, Top
from cminbox.sources.newest_first import Listed

START = 1_700_000_000_000


@dataclass
class Network:
    """Comments with answers, by post; `fail` is raised once where answers to the comment are asked for."""

    tops: dict[str, list[str]] = field(default_factory=lambda: {"p": []})
    below: dict[str, list[str]] = field(default_factory=dict)
    fail: dict[str, SourceError] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: int = START
    counts: bool = True

    async def posts(self, at: str) -> Listed[Commented]:
        found = []
        for post, tops in self.tops.items():
            count = len(tops) + sum(len(self.below.get(top, ())) for top in tops)
            found.append(Commented(Post(post), count if self.counts else None))
        return Listed(found)

    async def comments(self, post: Commented, at: str) -> Listed[Top]:
        self.asked.append(post.post.id)
        if post.post.id in self.fail:
            raise self.fail.pop(post.post.id)
        start = int(at or 0)
        some = self.tops[post.post.id][start : start + 3]
        further = str(start + 3) if start + 3 < len(self.tops[post.post.id]) else ""
        return Listed([Top(own, {"id": own}, START, "", len(self.below.get(own, ()))) for own in some], further)

    async def answers(self, post: Commented, top: Top) -> Sequence[Top]:
        if top.id in self.fail:
            raise self.fail.pop(top.id)
        return [Top(own, {"id": own}, START) for own in self.below.get(top.id, ())]

    def parse(self, item: Item, post: Commented, above: str) -> Message:
        own = str(item["id"])
        return Message(own, above or own, Author("a"), own, START, parent=above or None)

    async def poll(self) -> list[str]:
        fan = FanOut(
            "us", self.cursors, self.posts, self.comments, self.answers, self.parse, START - 1, lambda: self.now
        )
        self.notes: list[str] = []
        got: list[str] = []
        kept = dict(self.cursors)
        async for page in fan.pages():
            kept[page.stream] = page.cursor
            self.notes += page.notes
            got += [message.id for message in page.messages]
        self.cursors = kept
        return got


async def test_a_failure_in_the_middle_of_a_page_loses_nothing() -> None:
    network = Network({"p": ["a", "b", "c", "d"], "q": ["z"]}, {"b": ["b1", "b2"]})
    network.fail["b"] = Retryable("later")
    first = await network.poll()
    assert network.notes
    assert sorted(first + await network.poll()) == ["a", "b", "b1", "b2", "c", "d", "z"]
    assert await network.poll() == []


@pytest.mark.parametrize("error", [NotThere("gone"), Refused("no")])
async def test_a_comment_that_went_costs_its_answers_alone(error: SourceError) -> None:
    network = Network({"p": ["a", "b", "c", "d"]}, {"b": ["b1"]})
    network.fail["b"] = error
    assert sorted(await network.poll()) == ["a", "b", "c", "d"]


async def test_a_post_that_went_costs_no_other_and_is_said() -> None:
    network = Network({"p": ["a"], "q": ["z"]})
    network.fail["p"] = NotThere("gone")
    assert await network.poll() == ["z"]
    assert len(network.notes) == 1
    assert await network.poll() == []


async def test_what_cannot_be_asked_at_all_is_an_error() -> None:
    network = Network({"p": ["a"], "q": ["z"]})
    network.fail = {"p": Retryable("down"), "q": Retryable("down")}
    with pytest.raises(Retryable):
        await network.poll()


async def test_a_list_is_gone_through_where_the_number_changed_and_in_its_turn() -> None:
    network = Network({"p": [str(number) for number in range(7)]})
    await network.poll()
    before = len(network.asked)
    assert await network.poll() == []
    assert len(network.asked) == before
    network.below["6"] = ["late"]
    assert await network.poll() == ["late"]
    network.tops["p"][5] = "instead"
    assert await network.poll() == []
    network.now += 7 * HOUR
    assert await network.poll() == ["instead"]


async def test_a_list_without_a_number_is_gone_through_each_time() -> None:
    network = Network({"p": ["a"]}, counts=False)
    assert await network.poll() == ["a"]
    network.tops["p"].append("b")
    assert await network.poll() == ["b"]
    assert await network.poll() == []
