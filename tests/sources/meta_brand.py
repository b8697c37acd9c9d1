"""A brand's account on one of Meta's networks, as the tests of its adapter use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.model import Message, Verb
from cminbox.sources.contract import Account, Act, Outgoing, Page, Sent, Unsure
from cminbox.sources.http import Client


@dataclass
class Brand:
    """An account in a small world, and the source that reads it."""

    adapter: Any
    world: Any
    account: Account
    cursors: dict[str, str] = field(default_factory=dict)

    def client(self) -> Client:
        async def no_wait(_seconds: float) -> None:
            pass

        return Client(clock=lambda: self.world.clock, sleep=no_wait, tries=2)

    async def poll(self, **changes: Any) -> list[Page]:
        found: list[Page] = []
        async with self.client() as client:
            async for page in self.adapter.pages(client, replace(self.account, **changes), dict(self.cursors)):
                found.append(page)
                self.cursors[page.stream] = page.cursor
        return found

    async def new(self, **changes: Any) -> list[Message]:
        return [message for page in await self.poll(**changes) for message in page.messages]

    async def one(self, own: str) -> Message:
        return next(message for message in await self.new() if message.id == own)

    def reply(self, parent: Message, text: str = "Sorry, we look into it ☕") -> Outgoing:
        return Outgoing("k", text, parent.conversation, parent, sent_before=self.world.clock)

    async def send(self, outgoing: Outgoing) -> Sent:
        async with self.client() as client:
            sent: Sent = await self.adapter.send(client, self.account, outgoing)
            return sent

    async def find(self, outgoing: Outgoing) -> Sent | Unsure | None:
        async with self.client() as client:
            found: Sent | Unsure | None = await self.adapter.find_sent(client, self.account, outgoing)
            return found

    async def act(self, verb: Verb, message: Message, undo: bool = False, **more: Any) -> bool:
        act = Act("k", verb, message, undo, **more)
        async with self.client() as client:
            await self.adapter.act(client, self.account, act)
            return await self.acted(act)

    async def acted(self, act: Act) -> bool:
        async with self.client() as client:
            stands: bool = await self.adapter.acted(client, self.account, act)
            return stands
