"""Reddit for the contract suite: over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback import Loopback, Reply
from reddit_world import ME, SUB, TOKEN, World

from cminbox.sources.contract import Account


@dataclass
class Reddit:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return self.world.say("ana", text)

    def add_bad(self) -> None:
        self.world.say("ana", 7)

    def raw(self, text: str, own: str, name: str) -> object:
        said = self.world.things[self.world.say("ana", text)]
        return {"kind": "t1", "data": {**said, "name": own, "author": name}}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def reddit(folder: Path, most: int) -> Iterator[Reddit]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield Reddit(Account("care", "reddit", server.url, secret=TOKEN, account_id=ME), world)


@contextmanager
def plain(folder: Path, most: int) -> Iterator[Reddit]:
    """An account that moderates nothing."""
    with reddit(folder, most) as source:
        source.world.moderator = False
        yield source


@contextmanager
def heard(folder: Path, most: int) -> Iterator[Reddit]:
    """A subreddit that is listened to."""
    world = World(most=most)
    with Loopback(world.handle) as server:
        options = {"subreddit": [SUB]}
        account = Account("talk", "reddit", server.url, False, options, secret=TOKEN, account_id=ME)
        yield Reddit(account, world)


SAMPLES = {"reddit": reddit, "reddit-plain": plain, "reddit-heard": heard}
