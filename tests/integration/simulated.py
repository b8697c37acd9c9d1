"""Accounts on the simulator: the brand's on networks that are alike, and on those whose calls can be held to their
publisher's description."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from cminbox.errors import DataError, SourceError
from cminbox.model import SECOND, Message, Verb, now
from cminbox.sources.contract import Account, Act, Identity, Outgoing, Page, Sent
from cminbox.sources.http import Client
from cminbox.sources.ledger import Ledger
from cminbox.sources.networks import facebook, instagram, linkedin, threads, tiktok
from live_servers import behind_check, started


@dataclass(frozen=True)
class Network:
    """One of them.

    Attributes:
        net: what the simulator calls it.
        posts: two posts of the brand there.
        title: how their titles begin.
        options: of the source.
        verbs: what is done to comments of others there, as the simulator has it.
    """

    adapter: Any
    net: str
    posts: tuple[str, str]
    title: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    verbs: tuple[Verb, ...] = ()


NETWORKS: Mapping[str, Network] = {
    "facebook": Network(facebook, "graph", ("9000_1", "9000_2"), "Post ", verbs=("hide",)),
    "instagram": Network(instagram, "graph", ("17800000000000001", "17800000000000002"), "Post ", verbs=("hide",)),
    "threads": Network(threads, "threads", ("180001", "180002"), "Post ", verbs=("hide",)),
    "linkedin": Network(
        linkedin,
        "linkedin",
        ("urn:li:activity:7430000000000000001", "urn:li:activity:7430000000000000002"),
        options={"organization": "9000"},
    ),
    "tiktok": Network(
        tiktok,
        "tiktok",
        ("7390000000000000001", "7390000000000000002"),
        options={"business_id": "brand-open-id"},
        verbs=("like", "hide"),
    ),
}


@dataclass
class Live:
    """An account on the simulator, and what the public does there."""

    name: str
    client: Client
    account: Account
    control: httpx.Client
    cursors: dict[str, str] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        return NETWORKS[self.name]

    @property
    def adapter(self) -> Any:
        return self.network.adapter

    def sim(self, what: str, **body: Any) -> Any:
        return self.control.post(what, json={"net": self.network.net, **body}).json()

    def number(self, own: str) -> str:
        """The simulator's own id of a message."""
        return own.rpartition(",")[2].rstrip(")")

    def say(self, text: str, post: int = 0, parent: str = "", **more: Any) -> str:
        where = {"parent": self.number(parent)} if parent else {"post": self.network.posts[post]}
        own = str(self.sim("say", text=text, **where, **more)["id"])
        return f"urn:li:comment:({self.items()[own]['post']},{own})" if self.name == "linkedin" else own

    def items(self) -> dict[str, Any]:
        return {item["id"]: item for item in self.control.get("items", params={"net": self.network.net}).json()}

    def fault(self, match: str, kind: str, **more: Any) -> None:
        self.sim("faults", match=match, kind=kind, **more)

    def written(self, text: str) -> int:
        writes = self.control.get("writes", params={"net": self.network.net}).json()
        return sum(text in write["text"] for write in writes)

    async def poll(self, **changes: Any) -> list[Page]:
        pages = []
        async for page in self.adapter.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            pages.append(page)
        return pages

    async def new(self) -> list[Message]:
        pages = await self.poll()
        assert not [error for page in pages for error in page.skipped]
        return [message for page in pages for message in page.messages]

    async def one(self, own: str) -> Message:
        return next(message for message in await self.new() if message.id == own)

    def reply(self, parent: Message, text: str) -> Outgoing:
        return Outgoing(uuid.uuid4().hex, text, parent.conversation, parent, "en", sent_before=now())

    async def send(self, outgoing: Outgoing) -> Sent:
        sent: Sent = await self.adapter.send(self.client, self.account, outgoing)
        return sent

    async def find(self, outgoing: Outgoing) -> Any:
        return await self.adapter.find_sent(self.client, self.account, outgoing)

    async def act(self, act: Act) -> bool:
        """Acts, and says whether it stands there then."""
        await self.adapter.act(self.client, self.account, act)
        return await self.acted(act)

    async def acted(self, act: Act) -> bool:
        stands: bool = await self.adapter.acted(self.client, self.account, act)
        return stands


@dataclass
class Checked:
    """The simulator's X or YouTube, emptied, with the brand's account."""

    adapter: Any
    client: Client
    account: Account
    control_url: str
    cursors: dict[str, str] = field(default_factory=dict)
    skipped: list[DataError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    async def control(self, what: str, **body: Any) -> Any:
        url, net = f"{self.control_url}{what}", self.account.network
        return (await self.client.request("POST", url, json={"net": net, **body})).data

    async def say(self, text: str, **more: Any) -> str:
        return str((await self.control("say", text=text, **more))["id"])

    async def fault(self, kind: str, match: str, **more: Any) -> None:
        await self.control("faults", kind=kind, match=match, **more)

    async def writes(self) -> list[dict[str, Any]]:
        return list(await self.control("writes"))

    async def items(self) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in await self.control("items")}

    async def cost(self) -> int:
        """In thousandths of a dollar."""
        asked = {"net": self.account.network}
        state = (await self.client.request("GET", f"{self.control_url}state", params=asked)).data
        return round(state["cost"] * 1000)

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        async for page in self.adapter.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            self.skipped += page.skipped
            self.notes += page.notes
        return messages, deleted

    async def one(self, text: str, **more: Any) -> Message:
        """Somebody writes, and it is polled."""
        own = await self.say(text, **more)
        return next(each for each in (await self.poll())[0] if each.id == own)

    @staticmethod
    def outgoing(parent: Message, text: str = "") -> Outgoing:
        text = text or f"Sorry! {uuid.uuid4().hex}"
        return Outgoing(uuid.uuid4().hex, text, parent.conversation, parent, "en", now())


@asynccontextmanager
async def emptied(adapter: Any, **options: object) -> AsyncIterator[tuple[Checked, Identity]]:
    """The simulator's account on a network, behind its publisher's description where that was started; nothing that was
    read may be skipped."""
    found, name = started("sim"), adapter.INFO.network
    url = behind_check(name)

    async def at_once(_seconds: float) -> None: ...

    async with Client(sleep=at_once) as client:
        account = Account("s", name, url, secret=found["token"], options=options, ledger=Ledger())
        made = Checked(adapter, client, account, found["control"])
        try:
            await made.control("reset")
            identity = await adapter.identify(client, account)
        except SourceError as error:
            pytest.skip(f"the simulator does not answer: {error.line()}")
        made.account = replace(account, account_id=identity.id)
        yield made, identity
        assert made.skipped == []


def begun_anew() -> dict[str, Any]:
    """Where the simulator is; it begins anew, for its budget is used up by some runs."""
    found = started("sim")
    try:
        httpx.post(f"{found['control']}reset", json={}, timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        pytest.skip(f"the simulator does not answer: {error}")
    return found


@asynccontextmanager
async def live_on(name: str, found: Mapping[str, Any]) -> AsyncIterator[Live]:
    """The brand on a network, with all that was there read."""

    async def no_wait(_seconds: float) -> None:
        pass

    network = NETWORKS[name]
    url = found["networks"][network.net]
    async with Client(sleep=no_wait, read_timeout=2 * SECOND, total_timeout=4 * SECOND) as client:
        account = Account(name, name, url, secret=found["token"], options=network.options)
        with httpx.Client(base_url=found["control"], timeout=10) as control:
            try:
                identity = await network.adapter.identify(client, account)
            except SourceError as error:
                pytest.skip(f"the simulator does not answer: {error.line()}")
            assert identity.handle.lower() == "brand"
            made = Live(name, client, replace(account, account_id=identity.id), control)
            for _ in range(30):  # what other tests left there
                if not any(page.more for page in await made.poll()):
                    break
            yield made
