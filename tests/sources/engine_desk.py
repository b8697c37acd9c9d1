"""An engine and a desk on a network in memory: what is polled, answered, and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cminbox import config as configuration
from cminbox import paths, secrets
from cminbox.desk import Desk
from cminbox.engine.loop import Engine
from cminbox.model import Conversation, Instant, Member, Reply, StoredMessage
from cminbox.outbox_states import DEFAULT_TIMING
from cminbox.store import conversations, messages, replies
from stores import new_store

IMPATIENT = DEFAULT_TIMING._replace(moment=0, may_be_accepted=300, soon=0, a_while=0, first_retry=1, for_a_person=1)
ANA = Member("ana", "Ana", "lead", frozenset())


async def _no_wait(_seconds: float) -> None:
    pass


class EngineDesk:
    """A network in memory, a store, and a desk.

    Args:
        home: where the configuration stands.
        world: the network.
        url, secret: of its server, and for it.
        time: its `clock` is everybody's, in epoch milliseconds; that of the network itself where it is none.
    """

    def __init__(self, home: Path, network: str, world: Any, url: str, secret: str, time: Any = None) -> None:
        self.world, self._time = world, time or world
        (home / "config").mkdir(exist_ok=True)
        text = f'[[source]]\nname = "shop"\nnetwork = "{network}"\nbase_url = "{url}"\n'
        (home / "config" / "config.toml").write_text(text)
        self.config = configuration.load(paths.find())._replace(undo_ms=0)
        secrets.put("shop", secret, self.config.paths)
        self.store = new_store(self.config.paths.store)
        self.desk = Desk(self.store, self.config, ANA, clock=self.clock)

    def clock(self) -> Instant:
        now: Instant = self._time.clock
        return now

    async def step(self, minutes: int = 2) -> None:
        """An engine polls and sends once, some minutes later."""
        self._time.clock += minutes * 60_000
        await Engine(self.store, self.config, clock=self.clock, timing=IMPATIENT, sleep=_no_wait).once()

    def row(self, remote: str) -> Conversation:
        """The conversation that its adapter calls so."""
        return next(row for row in self.rows() if row.remote_id == remote)

    def rows(self) -> list[Conversation]:
        return conversations.page(self.store.read(), None, limit=99)

    def messages(self, row: Conversation) -> list[StoredMessage]:
        return messages.thread(self.store.read(), row.id)

    def thread(self, remote: str) -> list[StoredMessage]:
        return self.messages(self.row(remote))

    def reply(self, reply: Reply) -> Reply:
        """A reply as it stands now."""
        found = replies.get(self.store.read(), reply.id)
        assert found is not None
        return found
