"""A demo network on loopback, a store on disk, and an engine between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from cminbox import config as configuration
from cminbox import paths
from cminbox.config import Config
from cminbox.desk import Desk
from cminbox.engine.loop import Engine
from cminbox.engine.polling import StepHook
from cminbox.model import Conversation, Instant, Member, now
from cminbox.outbox_states import Timing
from cminbox.store import Store, conversations
from demo_network import DemoNetwork

ANA = Member("ana", "Ana", "lead", ("care",))
IMPATIENT = Timing(
    tick=20,
    look_every=50,
    moment=100,
    may_be_accepted=400,
    look_within=3000,
    soon=50,
    a_while=100,
    first_retry=50,
    longest_retry=200,
    for_a_person=200,
)


async def nap(seconds: float) -> None:
    """A hundredth of a wait between two tries of a request."""
    await asyncio.sleep(seconds / 100)


class Bench:
    """A network, a configuration that polls it, and the store."""

    def __init__(self, network: DemoNetwork, config: Config, store: Store) -> None:
        self.network = network
        self.config = config
        self.store = store
        self.desk = Desk(store, config, ANA)
        self.holding = Desk(store, config._replace(undo_ms=60_000), ANA)

    def engine(self, step: StepHook = lambda name: None, clock: Callable[[], Instant] = now) -> Engine:
        """An engine that waits for nothing long."""
        return Engine(self.store, self.config, clock=clock, step=step, timing=IMPATIENT, sleep=nap)

    async def poll(self) -> None:
        """One poll of everything, and whatever the outbox has due."""
        for polled in await self.engine().once():
            if polled.error is not None:
                raise polled.error

    async def step(self) -> list[str]:
        """One poll; the errors that it came to, as lines."""
        return [p.error.line() for p in await self.engine().once() if p.error is not None]

    def rows(self) -> list[Conversation]:
        """Every conversation that is not gone, newest first."""
        return conversations.page(self.store.read(), None, sort="newest", limit=1000)

    def only(self) -> Conversation:
        """The one conversation that there is."""
        (row,) = self.rows()
        return row


def write_config(home: Path, url: str, extra: str = "") -> Config:
    """A configuration that polls `url` as the source `brand`."""
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    text = f'[[source]]\nname = "brand"\nnetwork = "mastodon"\nbase_url = "{url}"\ninterval = "1s"\n{extra}'
    (folder / "config.toml").write_text(text)
    return configuration.load(paths.find())
