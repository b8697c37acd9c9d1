"""X for the contract suite: mentions and a search over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback import Loopback, Reply
from x_world import ME, ROOT, SECRET, World

from cminbox.sources.contract import Account


@dataclass
class X:
    account: Account
    world: World

    def add(self, text: str) -> str:
        more = {} if self.account.owned else {"author_id": "71"}
        own = self.world.say("ana", text, ROOT, **more)
        if self.account.owned:
            self.world.posts[own]["entities"] = {"mentions": [{"username": "brand", "id": ME}]}
        return own

    def add_bad(self) -> None:
        self.world.say("ana", 7, ROOT)

    def raw(self, text: str, own: str, name: str) -> object:
        item = self.world.posts[self.world.say("ana", text)]
        post = {**item, "id": own, "edit_history_tweet_ids": [own], "conversation_id": own}
        users = [{"id": "71", "username": name, "name": name}]
        return {"data": post, "includes": {"users": users}}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def x(folder: Path, most: int) -> Iterator[X]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield X(Account("birds", "x", server.url, secret=SECRET, account_id=ME), world)


@contextmanager
def listening(folder: Path, most: int) -> Iterator[X]:
    """A search."""
    world = World(most=most)
    with Loopback(world.handle) as server:
        options = {"search": ["#all"]}
        account = Account("words", "x", server.url, False, options, SECRET, account_id=ME)
        yield X(account, world)


SAMPLES = {"x": x, "x-search": listening}
