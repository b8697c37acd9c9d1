"""WordPress for the contract suite: comments over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback import Loopback, Reply
from wordpress_world import ME, SECRET, World, typed

from cminbox.sources.contract import Account


@dataclass
class WordPress:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return str(self.world.say("ana", typed(text)))

    def add_bad(self) -> None:
        self.world.say("ana", {"rendered": 7})

    def raw(self, text: str, own: str, name: str) -> object:
        return {**self.world.comments[self.world.say("ana", typed(text))], "id": own, "author_name": name}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def wordpress(folder: Path, most: int) -> Iterator[WordPress]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield WordPress(Account("blog", "wordpress", server.url, secret=SECRET, account_id=ME), world)


@contextmanager
def reader(folder: Path, most: int) -> Iterator[WordPress]:
    """A user who may not moderate."""
    with wordpress(folder, most) as source:
        source.world.moderator = False
        yield source


SAMPLES = {"wordpress": wordpress, "wordpress-reader": reader}
