"""The comments below own posts, at any depth: posts whose number of comments changed are read at once, the others in
turn, so that what a list withheld, or moderators let through, is found too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cminbox.errors import Denied, NotThere
from cminbox.model import DAY, HOUR, Instant
from cminbox.sources.contract import Account
from cminbox.sources.json_values import dig, string, whole_number
from cminbox.sources.networks.reddit import api
from cminbox.sources.networks.reddit.api import Thing
from cminbox.sources.networks.reddit.thing import Item, data_of, is_ours, name_of, time_of

if TYPE_CHECKING:
    from cminbox.sources.http import Client

MOST_READ = 12
"""Posts read in one poll."""
MOST_CALLS = 30
"""Calls for what is folded below posts, in one poll: Reddit allows a hundred a minute for everything."""
MOST_FOLDED = 3000
IN_TURN = HOUR
OVERLAP = DAY
ONWARD = ">"
"""Marks the comment below which a thread goes on, on a page of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one post brought.

    Attributes:
        item: what the post says.
        kept: what to keep of all posts.
        more: whether other posts wait.
    """

    post: str
    item: Item
    things: list[Thing]
    kept: dict[str, Any]
    more: bool = False


@dataclass(slots=True)
class OwnPosts:
    """The posts of an account, during one poll.

    Attributes:
        kept: what was kept: of each post the number of its comments, when it was read, and what is still folded.
        floor: the first reading of a post ends at comments older than this.
        calls: how often was asked for what is folded.
    """

    client: Client
    account: Account
    kept: Mapping[str, Any]
    floor: Instant
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: int = 0

    async def steps(self) -> AsyncIterator[Step]:
        """What is new below each post."""
        raw = self.kept.get("posts")
        known = (
            {str(name): dict(one) for name, one in raw.items() if isinstance(one, dict)}
            if isinstance(raw, dict)
            else {}
        )
        present = self.client.clock()
        path = f"/user/{self.account.account_id}/submitted"
        page = await api.listing(self.client, self.account, path, [("sort", "new")])
        posts = {name: each for each in page.items if api.is_name(name := name_of(each), "t3")}
        posts = {name: each for name, each in posts.items() if is_ours(data_of(each), self.account)}
        self.known = {name: known[name] for name in posts if name in known}
        due = [name for name, post in posts.items() if self._changed(name, data_of(post))]
        still = sorted(
            (name for name in self.known if name not in due and self.known[name].get("n")), key=self._read_at
        )
        due += [name for name in still[:1] if self._read_at(name) < present - IN_TURN]
        for place, name in enumerate(due[:MOST_READ]):
            try:
                item, things = await self._below(name, posts[name])
            except (Denied, NotThere):
                # A post in a subreddit that was closed: it costs no other.
                item, things = data_of(posts[name]), []
                self.known[name] = {"n": _count(item), "at": present}
            yield Step(name, item, things, {"posts": dict(self.known)}, more=place + 1 < len(due))

    def _changed(self, name: str, post: Item) -> bool:
        seen = self.known.get(name)
        if seen is None:
            return _count(post) > 0
        return seen.get("n") != _count(post) or bool(seen.get("rest"))

    def _read_at(self, name: str) -> Instant:
        return whole_number(self.known[name].get("at")) or 0

    async def _below(self, name: str, listed: Thing) -> tuple[Item, list[Thing]]:
        """The comments below a post that are new since it was read."""
        seen = self.known.get(name, {})
        before = whole_number(seen.get("at"))
        since = self.floor if before is None else before - OVERLAP
        kept = seen.get("rest")
        rest = [each for each in kept if isinstance(each, str)] if isinstance(kept, list) else []
        item = data_of(listed)
        found: list[Thing] = []
        if not rest or seen.get("n") != _count(item):
            data = await api.get(
                self.client, self.account, f"/comments/{api.short(name)}", [("sort", "new"), ("limit", "500")]
            )
            whole = _trees(data)
            item = data_of(whole[0][0]) if whole[0] else item
            flat, folded = _flat(whole[1])
            found += flat
            rest = list(dict.fromkeys((*folded, *rest)))
        while rest and self.calls < MOST_CALLS:
            self.calls += 1
            flat, folded, rest = await self._unfolded(name, rest)
            known = {name_of(each) for each in found}
            found += [each for each in flat if name_of(each) not in known]
            rest = list(dict.fromkeys((*rest, *folded)))
        at = before if rest and before is not None else self.client.clock()
        self.known[name] = {
            "n": _count(data_of(listed)),
            "at": (self.floor + OVERLAP) if rest and before is None else at,
            **({"rest": rest[:MOST_FOLDED]} if rest else {}),
        }
        return item, [each for each in found if (time_of(each) or since) >= since]

    async def _unfolded(self, name: str, rest: list[str]) -> tuple[list[Thing], list[str], list[str]]:
        """Some of what is folded: comments, what they fold in turn, and what is left."""
        if rest[0].startswith(ONWARD):
            above = rest[0].removeprefix(ONWARD)
            params = [("comment", above), ("sort", "new"), ("limit", "500")]
            data = await api.get(self.client, self.account, f"/comments/{api.short(name)}", params)
            flat, folded = _flat(_trees(data)[1])
            return flat, [each for each in folded if each != rest[0]], rest[1:]
        some = [each for each in rest if not each.startswith(ONWARD)][: api.MOST]
        params = [("link_id", name), ("children", ",".join(some)), ("api_type", "json"), ("sort", "new")]
        data = await api.get(self.client, self.account, "/api/morechildren", params)
        things = dig(data, "json", "data", "things")
        flat, folded = _flat([each for each in things if isinstance(each, dict)] if isinstance(things, list) else [])
        # What it folds again is asked for again, as long as something comes.
        return flat, folded if flat else [], [each for each in rest if each not in some]


def _count(post: Item) -> int:
    return whole_number(post.get("num_comments")) or 0


def _trees(data: object) -> tuple[list[Thing], list[Thing]]:
    """The post and the comments of a thread's page."""
    if not isinstance(data, list) or len(data) < 2:
        return [], []
    return list(api.listed(data[0]).items), list(api.listed(data[1]).items)


def trees(data: object) -> list[Thing]:
    """The comments of a thread's page, at any depth; without those that it folds."""
    return _flat(_trees(data)[1])[0]


def _flat(things: list[Thing]) -> tuple[list[Thing], list[str]]:
    """The comments of a tree, and what is folded in it."""
    found: list[Thing] = []
    folded: list[str] = []
    left = list(reversed(things))
    while left:
        thing = left.pop()
        item = data_of(thing)
        if thing.get("kind") == "more":
            listed = item.get("children")
            names = listed if isinstance(listed, list) else []
            children = [each for each in names if isinstance(each, str) and each.isalnum()]
            above = string(item.get("parent_id"))
            onward = [f"{ONWARD}{api.short(above)}"] if api.is_name(above, "t1") else []
            folded += children or onward
            continue
        found.append(thing)
        below = dig(item, "replies", "data", "children")
        left += [each for each in reversed(below) if isinstance(each, dict)] if isinstance(below, list) else []
    return found, folded
