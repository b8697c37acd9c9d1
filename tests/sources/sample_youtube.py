"""YouTube for the contract suite: comments over a loopback stand-in; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback import Loopback, Reply
from youtube_world import ME, SECRET, World, shown

from cminbox.sources.contract import Account


@dataclass
class YouTube:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return self.world.say("ana", text)

    def add_bad(self) -> None:
        self.world.say("ana", 7)

    def raw(self, text: str, own: str, name: str) -> object:
        item = self.world.items[self.world.say("ana", text, authorDisplayName=name)]
        return {**shown(item), "id": own}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def youtube(folder: Path, most: int) -> Iterator[YouTube]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield YouTube(Account("films", "youtube", server.url, secret=SECRET, account_id=ME), world)


@contextmanager
def listening(folder: Path, most: int) -> Iterator[YouTube]:
    """Somebody else's channel."""
    world = World(most=most)
    with Loopback(world.handle) as server:
        options = {"channel": "UCother"}
        account = Account("rival", "youtube", server.url, False, options, SECRET, account_id=ME)
        yield YouTube(account, world)


SAMPLES = {"youtube": youtube, "youtube-other-channel": listening}
