"""Discourse for the contract suite: over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from discourse_world import KEY, ME, NAME, World
from loopback import Loopback, Reply

from cminbox.sources.contract import Account


@dataclass
class Discourse:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return str(self.world.say("ana", text))

    def add_bad(self) -> None:
        self.world.say("ana", 7, cooked=7)

    def raw(self, text: str, own: str, name: str) -> object:
        return {**self.world.posts[self.world.say("ana", text)], "id": own, "username": name, "name": name}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def discourse(folder: Path, most: int) -> Iterator[Discourse]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield Discourse(Account("forum", "discourse", server.url, secret=f"{NAME}:{KEY}", account_id=ME), world)


@contextmanager
def member(folder: Path, most: int) -> Iterator[Discourse]:
    """A user who moderates nothing, with a key of their own."""
    with discourse(folder, most) as source:
        source.world.moderator = False
        account = Account("forum", "discourse", source.account.base_url, secret=KEY, account_id=ME)
        yield Discourse(account, source.world)


SAMPLES = {"discourse": discourse, "discourse-member": member}
