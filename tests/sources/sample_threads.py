"""Threads for the contract: replies at several depths below several posts, and mentions in threads of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_samples import Source
from facebook_world import TOKEN, graph_time
from loopback import Loopback, Reply
from masto_world import START
from threads_world import ME, ThreadsWorld

from cminbox.sources.contract import Account


@dataclass
class Replies:
    """Replies to posts and to other replies."""

    account: Account
    world: ThreadsWorld
    count: int = 0
    last: str = ""

    def add(self, text: str) -> str:
        self.count += 1
        posts = list(self.world.posts)
        to = self.last if self.count % 3 == 0 else posts[self.count % len(posts)]
        self.last = self.world.say(text, to=to)
        return self.last

    def add_bad(self) -> None:
        self.world.say("x", to=next(iter(self.world.posts)), raw={"timestamp": "not a time"})

    def raw(self, text: str, own: str, name: str) -> object:
        return {
            "id": own,
            "text": text,
            "timestamp": graph_time(START),
            "username": name,
            "replied_to": {"id": "1"},
            "root_post": {"id": "1"},
            "hide_status": "NOT_HUSHED",
            "media_type": "TEXT_POST",
        }

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@dataclass
class Mentions(Replies):
    """Mentions in threads of others."""

    def add(self, text: str) -> str:
        return self.world.say(f"{text} @brand")

    def add_bad(self) -> None:
        self.world.say("@brand", raw={"timestamp": None})


@contextmanager
def replies(folder: Path, most: int) -> Iterator[Source]:
    world = ThreadsWorld(most=most, posts=3)
    with Loopback(world.handle) as server:
        yield Replies(Account("th", "threads", server.url, secret=TOKEN, account_id=ME), world)


@contextmanager
def mentions(folder: Path, most: int) -> Iterator[Source]:
    world = ThreadsWorld(most=most, posts=0)
    with Loopback(world.handle) as server:
        yield Mentions(Account("th", "threads", server.url, secret=TOKEN, account_id=ME), world)


SAMPLES = {"threads replies": replies, "threads mentions": mentions}
