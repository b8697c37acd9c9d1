"""Our account on a small world, polled with a client of its own each time, as the tests of many adapters use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.model import SECOND, Message, Verb
from cminbox.sources import registry
from cminbox.sources.contract import Account, Act, Page
from cminbox.sources.http import Client


@dataclass
class Polled:
    """Our account.

    Attributes:
        now: the client's present.
    """

    world: Any
    account: Account
    cursors: dict[str, str] = field(default_factory=dict)
    now: int = 0

    @property
    def adapter(self) -> Any:
        return registry.load(self.account.network)

    def client(self) -> Client:
        return Client(clock=lambda: self.now, tries=1, read_timeout=SECOND, total_timeout=2 * SECOND)

    async def poll(self, **changes: Any) -> list[Page]:
        got: list[Page] = []
        async with self.client() as client:
            async for page in self.adapter.pages(client, replace(self.account, **changes), dict(self.cursors)):
                self.cursors[page.stream] = page.cursor
                got.append(page)
        return got

    async def messages(self, **changes: Any) -> dict[str, Message]:
        return {message.id: message for page in await self.poll(**changes) for message in page.messages}

    async def act(self, message: Message, verb: Verb, undo: bool = False) -> bool:
        """Acts, and says whether it stands."""
        made = Act("k", verb, message, undo)
        async with self.client() as client:
            await self.adapter.act(client, self.account, made)
            stands: bool = await self.adapter.acted(client, self.account, made)
            return stands
