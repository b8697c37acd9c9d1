"""Instagram for the contract: comments and replies below them on several pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_samples import Source
from facebook_world import TOKEN, graph_time
from instagram_world import IG, InstagramWorld
from loopback import Loopback, Reply
from masto_world import START

from cminbox.sources.contract import Account


@dataclass
class Comments:
    """Comments; every third answers an older one."""

    account: Account
    world: InstagramWorld
    count: int = 0
    tops: tuple[str, ...] = ()

    def add(self, text: str) -> str:
        self.count += 1
        if self.count % 3 == 0:
            return self.world.comment(text, to=self.tops[self.count % len(self.tops)])
        posts = list(self.world.posts)
        own = self.world.comment(text, post=posts[self.count % len(posts)])
        self.tops = (*self.tops, own)
        return own

    def add_bad(self) -> None:
        self.world.comment("x", raw={"timestamp": "not a time"})

    def raw(self, text: str, own: str, name: str) -> object:
        return {
            "id": own,
            "text": text,
            "timestamp": graph_time(START),
            "username": name,
            "from": {"id": "7", "username": name},
            "hidden": False,
            "media": {"id": "1780"},
        }

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def comments(folder: Path, most: int) -> Iterator[Source]:
    world = InstagramWorld(most=most, posts=3)
    world.below = 2
    with Loopback(world.handle) as server:
        yield Comments(Account("insta", "instagram", server.url, secret=TOKEN, account_id=IG), world)


SAMPLES = {"instagram": comments}
