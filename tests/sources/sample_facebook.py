"""Facebook for the contract: comments on two posts, on a post of last year, and private messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_samples import Source
from facebook_world import PAGE, TOKEN, World, graph_time
from loopback import Loopback, Reply
from masto_world import START

from cminbox.sources.contract import Account


@dataclass
class Comments:
    """Comments, the newest posts and old ones in turn; every third answers the one before it."""

    account: Account
    world: World
    count: int = 0
    last: str = ""

    def add(self, text: str) -> str:
        self.count += 1
        if self.count % 3 == 0:
            return self.world.comment(text, to=self.last)
        posts = list(self.world.posts)
        self.last = self.world.comment(text, post=posts[self.count % len(posts)])
        return self.last

    def add_bad(self) -> None:
        self.world.comment("x", raw={"created_time": "not a time"})

    def raw(self, text: str, own: str, name: str) -> object:
        return {
            "id": own,
            "message": text,
            "created_time": graph_time(START),
            "from": {"id": "7", "name": name},
            "can_hide": True,
            "is_hidden": False,
            "permalink_url": "https://www.facebook.com/9000_1?comment_id=1",
        }

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@dataclass
class Private(Comments):
    """Private messages of some people."""

    def add(self, text: str) -> str:
        self.count += 1
        return self.world.write(str(self.count % 5), text)

    def add_bad(self) -> None:
        self.world.write("3", "x", created_time="never", id=None)

    def raw(self, text: str, own: str, name: str) -> object:
        return {
            "id": own,
            "message": text,
            "created_time": graph_time(START),
            "from": {"id": "7", "name": name},
            "to": {"data": [{"id": PAGE, "name": "Brand"}]},
        }


@contextmanager
def comments(folder: Path, most: int) -> Iterator[Source]:
    world = World(most=most, posts=5)
    with Loopback(world.handle) as server:
        yield Comments(Account("page", "facebook", server.url, secret=TOKEN, account_id=PAGE), world)


@contextmanager
def private(folder: Path, most: int) -> Iterator[Source]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield Private(Account("page", "facebook", server.url, secret=TOKEN, account_id=PAGE), world)


SAMPLES = {"facebook comments": comments, "facebook messages": private}
