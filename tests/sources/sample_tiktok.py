"""TikTok for the contract suite: comments on several films, and private messages; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loopback import Loopback, Reply
from tiktok_world import BUSINESS, TOKEN, World

from cminbox.sources.contract import Account


@dataclass
class TikTok:
    """Comments; every third answers an older one."""

    account: Account
    world: World
    tops: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, text: str) -> str:
        self.count += 1
        if self.count % 3 == 0:
            return self.world.say(text, to=self.tops[self.count % len(self.tops)])
        own = self.world.say(text, film=self.world.films[self.count % len(self.world.films)])
        self.tops.append(own)
        return own

    def add_bad(self) -> None:
        self.world.say(7)

    def raw(self, text: str, own: str, name: str) -> object:
        comment = self.world.comments[self.world.say(text)]
        return {**comment, "comment_id": own, "username": name, "display_name": name}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def tiktok(folder: Path, most: int) -> Iterator[TikTok]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield TikTok(Account("clips", "tiktok", server.url, secret=TOKEN, account_id=BUSINESS), world)


@contextmanager
def flat(folder: Path, most: int) -> Iterator[TikTok]:
    """Answers stand in the list of comments itself; no mentions and no private messages."""
    with tiktok(folder, most) as source:
        source.world.flat = True
        source.world.refused.update({"mention": 40001, "message": 40001})
        yield source


@dataclass
class Direct(TikTok):
    """Private messages of three people."""

    def add(self, text: str) -> str:
        self.count += 1
        return self.world.write(f"c{self.count % 3}", text)

    def add_bad(self) -> None:
        self.world.write("c9", "x", message_id="")


@contextmanager
def direct(folder: Path, most: int) -> Iterator[TikTok]:
    with tiktok(folder, most) as source:
        yield Direct(source.account, source.world)


SAMPLES = {"tiktok": tiktok, "tiktok-flat": flat, "tiktok-direct": direct}
