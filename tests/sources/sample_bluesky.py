"""Bluesky for the contract suite: mentions over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bluesky_world import ME, World
from loopback import Loopback, Reply

from cminbox.sources.contract import Account


@dataclass
class Bluesky:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return self.world.post("alice", text)

    def add_bad(self) -> None:
        self.world.post("alice", 7)

    def raw(self, text: str, own: str, name: str) -> object:
        view = self.world.view(self.world.post("alice", text))
        return {**view, "uri": own, "author": {**view["author"], "displayName": name, "handle": name}}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def bluesky(folder: Path, most: int) -> Iterator[Bluesky]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield Bluesky(Account("care", "bluesky", server.url, secret="t0ken-s3cret", account_id=ME), world)


SAMPLES = {"bluesky": bluesky}
