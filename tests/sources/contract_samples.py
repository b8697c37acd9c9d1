"""One sample per network for the contract suite: how to make a source with given texts, and how to break it.

An adapter's sample is a module `sample_<network>.py` beside this one with `SAMPLES`: name → opener. The contract then
runs on it by itself.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from loopback import Asked, Loopback, Reply
from masto_world import ME, START, World

from cminbox.model import to_iso
from cminbox.sources.contract import Account


class Source(Protocol):
    """A source that a sample opened."""

    account: Account

    def add(self, text: str) -> str:
        """Somebody writes; returns the message's id."""

    def add_bad(self) -> None:
        """An item arrives that cannot be understood."""

    def raw(self, text: str, own: str, name: str) -> object:
        """What `parse` takes, with this text, id and author's name."""

    def break_with(self, reply: Reply | None) -> bool:
        """Answer everything with `reply`; False where there is nothing that answers."""


@dataclass
class Masto:
    account: Account
    world: World

    def add(self, text: str) -> str:
        return self.world.post("1", html.escape(text, quote=False))

    def add_bad(self) -> None:
        self.world.post("1", "x", content=None)

    def raw(self, text: str, own: str, name: str) -> object:
        self.world.post("1", html.escape(text, quote=False))
        status = list(self.world.statuses.values())[-1]
        return {**status, "id": own, "account": {**status["account"], "display_name": name, "acct": name}}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def masto(folder: Path, most: int) -> Iterator[Source]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        account = Account("care", "mastodon", server.url, secret="t0ken-s3cret", account_id=ME)
        yield Masto(account, world)


@contextmanager
def snac(folder: Path, most: int) -> Iterator[Source]:
    with masto(folder, 500) as source:
        assert isinstance(source, Masto)
        source.world.paging, source.world.keys = "none", False
        yield source


@dataclass
class Feed:
    account: Account
    items: list[str] = field(default_factory=list)
    fault: Reply | None = None

    def handle(self, asked: Asked) -> Reply:
        if self.fault is not None:
            return self.fault
        body = "".join(reversed(self.items))
        return Reply(
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{body}</channel></rss>'.encode()
        )

    def add(self, text: str) -> str:
        own = f"guid-{len(self.items)}"
        body = html.escape(html.escape(text, quote=False), quote=False)
        minute = len(self.items) % 60
        when = f"<pubDate>Tue, 14 Nov 2023 22:{minute:02d}:00 GMT</pubDate>"
        self.items.append(f"<item><guid>{own}</guid><description>{body}</description>{when}</item>")
        return own

    def add_bad(self) -> None:
        self.items.append("<item><guid>bad</guid></item>")

    def raw(self, text: str, own: str, name: str) -> object:
        from cminbox.sources.networks.feed import Entry

        return Entry(id=own, content=html.escape(text, quote=False), author=name, title=name, published=START)

    def break_with(self, reply: Reply | None) -> bool:
        self.fault = reply
        return True


@contextmanager
def feed(folder: Path, most: int) -> Iterator[Source]:
    source = Feed(Account("blog", "feed"))
    with Loopback(source.handle) as server:
        source.account = Account("blog", "feed", f"{server.url}/feed?token=t0ken-s3cret")
        yield source


@dataclass
class Lines:
    account: Account
    folder: Path
    count: int = 0

    def _write(self, line: str) -> None:
        self.count += 1
        with (self.folder / f"{self.count // 700}.jsonl").open("a") as file:
            file.write(line + "\n")

    def add(self, text: str) -> str:
        own = f"line-{self.count}"
        self._write(json.dumps(self.raw(text, own, "ana")))
        return own

    def add_bad(self) -> None:
        self._write('{"id": "x", "text": 1}')

    def raw(self, text: str, own: str, name: str) -> Any:
        author = {"id": "a1", "handle": name, "name": name}
        return {"id": own, "author": author, "text": text, "created_at": to_iso(START + self.count)}

    def break_with(self, reply: Reply | None) -> bool:
        return False


@contextmanager
def lines(folder: Path, most: int) -> Iterator[Source]:
    watched = folder / "in"
    watched.mkdir()
    yield Lines(Account("relay", "jsonl", options={"path": str(watched)}), watched)


Opener = Callable[[Path, int], Any]
SAMPLES: dict[str, dict[str, Opener]] = {
    "feed": {"feed": feed},
    "jsonl": {"jsonl": lines},
    "mastodon": {"mastodon": masto, "snac": snac},
}
"""Network → name → opener (a folder to write in, the most items of one page)."""
for path in sorted(Path(__file__).parent.glob("sample_*.py")):
    SAMPLES[path.stem.removeprefix("sample_")] = import_module(path.stem).SAMPLES
