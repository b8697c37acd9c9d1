"""LinkedIn for the contract suite, by notifications and post by post; synthetic, from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from linkedin_world import ORG, TOKEN, World
from loopback import Loopback, Reply

from cminbox.sources.contract import Account


@dataclass
class LinkedIn:
    """Comments; every third answers an older one."""

    account: Account
    world: World
    tops: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, text: str) -> str:
        self.count += 1
        if self.count % 3 == 0:
            return self.world.say(text, to=self.tops[self.count % len(self.tops)])
        own = self.world.say(text, post=self.world.posts[self.count % len(self.world.posts)])
        self.tops.append(own)
        return own

    def add_bad(self) -> None:
        self.world.say(7, post=self.world.posts[0])

    def raw(self, text: str, own: str, name: str) -> object:
        comment = self.world.comments[self.world.say(text)]
        first = {"localizedFirstName": name, "localizedLastName": name}
        return {**comment, "$URN": own, "actor~": first}

    def break_with(self, reply: Reply | None) -> bool:
        self.world.fault = reply
        return True


@contextmanager
def linkedin(folder: Path, most: int) -> Iterator[LinkedIn]:
    world = World(most=most)
    with Loopback(world.handle) as server:
        yield LinkedIn(Account("page", "linkedin", server.url, secret=TOKEN, account_id=ORG), world)


@contextmanager
def by_posts(folder: Path, most: int) -> Iterator[LinkedIn]:
    """A member who may not read notifications."""
    with linkedin(folder, most) as source:
        source.world.notifies = False
        yield source


@contextmanager
def uncounted(folder: Path, most: int) -> Iterator[LinkedIn]:
    """LinkedIn does not say how many comments posts have either."""
    with by_posts(folder, most) as source:
        source.world.counts = False
        yield source


SAMPLES = {"linkedin": linkedin, "linkedin-by-posts": by_posts, "linkedin-uncounted": uncounted}
