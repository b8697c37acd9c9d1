"""Our account in a small world, and a client of the test's own clock, as the tests of an adapter use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from loopback import Loopback

from cminbox.model import DAY, Message
from cminbox.sources.contract import Account, Act, Outgoing, Page, Sent, Unsure
from cminbox.sources.http import Client
from cminbox.sources.ledger import Ledger


@dataclass
class Ours:
    """An account, what reads it, and what is kept of that.

    Attributes:
        start: from when on a reply can be there.
        now: the present of the client and of the ledger.
    """

    adapter: Any
    world: Any
    client: Client
    account: Account
    start: int
    now: int
    cursors: dict[str, str] = field(default_factory=dict)

    async def poll(self, **changes: Any) -> list[Page]:
        pages = []
        async for page in self.adapter.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            pages.append(page)
        return pages

    async def new(self, **changes: Any) -> dict[str, Message]:
        return {message.id: message for page in await self.poll(**changes) for message in page.messages}

    def reply(self, parent: Message, text: str, **more: Any) -> Outgoing:
        return Outgoing("k", text, parent.conversation, parent, sent_before=self.start, **more)

    async def send(self, outgoing: Outgoing) -> Sent:
        sent: Sent = await self.adapter.send(self.client, self.account, outgoing)
        return sent

    async def find(self, outgoing: Outgoing) -> Sent | Unsure | None:
        found: Sent | Unsure | None = await self.adapter.find_sent(self.client, self.account, outgoing)
        return found

    async def act(self, act: Act) -> None:
        await self.adapter.act(self.client, self.account, act)

    async def acted(self, act: Act) -> bool:
        stands: bool = await self.adapter.acted(self.client, self.account, act)
        return stands


@asynccontextmanager
async def ours(adapter: Any, world: Any, account: Account, start: int) -> AsyncIterator[Ours]:
    """Our account in a world that is served on loopback, a day after its start."""
    with Loopback(world.handle) as server:
        found: list[Ours] = []
        async with Client(clock=lambda: found[0].now, tries=1, read_timeout=500) as client:
            ledger = Ledger(clock=lambda: found[0].now)
            account = replace(account, base_url=server.url, ledger=ledger)
            found.append(Ours(adapter, world, client, account, start, start + DAY))
            yield found[0]
