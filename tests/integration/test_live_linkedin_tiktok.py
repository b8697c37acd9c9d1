"""LinkedIn and TikTok against the simulator on loopback; skipped, aloud, where it was not started.

Start it with `start-sim.sh`; it writes `$CMINBOX_SERVERS/out/sim.json`. What it keeps of each write is the judge.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cminbox.errors import AuthError, RateLimited, Retryable, SourceError
from cminbox.model import SECOND, Message, Verb, now
from cminbox.sources.contract import Account, Act, Outgoing, Page, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import linkedin, tiktok
from live_servers import ON_THE_SIMULATOR, corpus, started

pytestmark = ON_THE_SIMULATOR
POSTS = {
    "linkedin": ("urn:li:activity:7430000000000000001", "urn:li:activity:7430000000000000002"),
    "tiktok": ("7390000000000000001", "7390000000000000002"),
}
ADAPTERS: dict[str, Any] = {"linkedin": linkedin, "tiktok": tiktok}
OPTIONS: dict[str, dict[str, object]] = {
    "linkedin": {"organization": "9000"},
    "tiktok": {"business_id": "brand-open-id"},
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
    def adapter(self) -> Any:
        return ADAPTERS[self.name]

    def sim(self, what: str, **body: Any) -> Any:
        return self.control.post(what, json={"net": self.name, **body}).json()

    def number(self, own: str) -> str:
        """The simulator's own id of a message."""
        return own.rpartition(",")[2].rstrip(")")

    def say(self, text: str, post: int = 0, parent: str = "", **more: Any) -> str:
        where = {"parent": self.number(parent)} if parent else {"post": POSTS[self.name][post]}
        own = str(self.sim("say", text=text, **where, **more)["id"])
        return self.named(own)

    def named(self, own: str) -> str:
        item = self.items()[own]
        return f"urn:li:comment:({item['post']},{own})" if self.name == "linkedin" else own

    def items(self) -> dict[str, Any]:
        return {item["id"]: item for item in self.control.get("items", params={"net": self.name}).json()}

    def fault(self, match: str, kind: str, **more: Any) -> None:
        self.sim("faults", match=match, kind=kind, **more)

    def written(self, text: str) -> int:
        writes = self.control.get("writes", params={"net": self.name}).json()
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


@pytest_asyncio.fixture(params=sorted(ADAPTERS))
async def live(request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    found, name = started("sim"), request.param

    async def no_wait(_seconds: float) -> None:
        pass

    async with Client(sleep=no_wait, read_timeout=2 * SECOND, total_timeout=4 * SECOND) as client:
        account = Account(name, name, found["networks"][name], secret=found["token"], options=OPTIONS[name])
        with httpx.Client(base_url=found["control"], timeout=10) as control:
            try:
                identity = await ADAPTERS[name].identify(client, account)
            except SourceError as error:
                pytest.skip(f"the simulator does not answer: {error.line()}")
            assert identity.handle.lower() == "brand"
            made = Live(name, client, replace(account, account_id=identity.id), control)
            for _ in range(30):  # what other tests left there
                if not any(page.more for page in await made.poll()):
                    break
            yield made


async def test_the_corpus_comes_once_clean_and_in_its_threads(live: Live) -> None:
    wanted: dict[str, str | None] = {}
    top = ""
    for number, (who, text) in enumerate(corpus(few=True)):
        if number % 4 == 3:
            wanted[live.say(text, author=who, parent=top)] = top
        else:
            top = live.say(text, number % 2, author=who)
            wanted[top] = None
    got = [message for _ in range(3) for message in await live.new()]
    assert sorted(message.id for message in got) == sorted(wanted)
    for message in got:
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert len(message.text) <= 20_000
        assert message.parent == wanted[message.id]
        assert message.conversation == (wanted[message.id] or message.id)
        assert message.direction == "in"
        assert message.post is not None
        assert message.post.title
    cursors, live.cursors = live.cursors, {}
    assert {message.id for message in await live.new()} >= set(wanted)
    live.cursors = cursors
    assert await live.new() == []


async def test_many_come_without_loss_or_double_while_faults_are_on(live: Live) -> None:
    mark = uuid.uuid4().hex
    wanted = [live.say(f"{mark} {number}", number % 2) for number in range(70)]
    wanted += [live.say(f"{mark} below {number}", parent=wanted[0]) for number in range(40)]
    faults = [
        ("reset", {}),
        ("status", {"status": 500}),
        ("cut", {}),
        ("html", {"status": 502}),
        ("status", {"status": 503}),
    ]
    for kind, more in faults:
        live.fault("^GET .*(comment|Notifications)", kind, times=2, **more)
    got: list[str] = []
    for _ in range(20):
        try:
            async for page in live.adapter.pages(live.client, live.account, dict(live.cursors)):
                live.cursors[page.stream] = page.cursor
                got += [message.id for message in page.messages]
        except Retryable:
            continue
        if len(got) >= len(wanted):
            break
    assert sorted(own for own in got if own in wanted) == sorted(wanted)
    assert not {message.id for message in await live.new()} & set(wanted)


async def test_an_answer_to_ours_is_in_the_thread_and_ours_is_ours(live: Live) -> None:
    top = live.say("Where is my tea?", 1)
    sent = await live.send(live.reply(await live.one(top), f"We look into it {uuid.uuid4().hex}"))
    below = live.say("And when?", parent=top, author="meera")
    found = {each.id: each for each in await live.new()}
    assert (found[sent.id].direction, found[sent.id].conversation) == ("out", top)
    assert (found[below].conversation, found[below].direction) == (top, "in")
    again = await live.send(live.reply(found[below], f"Tomorrow {uuid.uuid4().hex}"))
    assert live.items()[live.number(again.id)]["parent"] == live.number(top)


async def test_a_reply_is_sent_found_and_read_back(live: Live) -> None:
    message = await live.one(live.say("hello?", author="meera"))
    outgoing = live.reply(message, f"Sorry about that ☕ see https://example.com/?a=1&b=2 {uuid.uuid4().hex}")
    assert await live.find(outgoing) is None
    sent = await live.send(outgoing)
    assert live.written(outgoing.text) == 1
    found = await live.find(outgoing)
    assert isinstance(found, Sent)
    assert found.id == sent.id
    [back] = await live.new()
    assert back.id == sent.id
    assert live.adapter.is_sent(outgoing, back)


@pytest.mark.parametrize("kind", ["lost", "cut", "status", "html"])
async def test_a_reply_whose_answer_was_lost_is_found_or_unknown_and_never_doubled(live: Live, kind: str) -> None:
    message = await live.one(live.say("hello?"))
    outgoing = live.reply(message, f"once {uuid.uuid4().hex}")
    live.fault("^POST .*(/comments|/reply/create/)$", kind, **({"status": 500} if kind == "status" else {}))
    done = kind in ("lost", "cut")
    with pytest.raises(Retryable) as got:
        await live.send(outgoing)
    assert got.value.maybe_done
    found = await live.find(outgoing)
    assert isinstance(found, Sent) is done
    if not done:
        assert found is None
        await live.send(outgoing)
    assert live.written(outgoing.text) == 1


async def test_edited_and_deleted(live: Live) -> None:
    one, two = live.say("one"), live.say("two")
    await live.poll()
    # TikTok has no edits; what is changed there all the same is read where it is looked at.
    live.sim("edit", id=live.number(one), text="changed")
    live.sim("delete", id=live.number(two))
    pages = await live.poll(watch=(one, two))
    assert {message.text for page in pages for message in page.messages if message.id == one} == {"changed"}
    assert {own for page in pages for own in page.deleted} == {two}


async def test_ours_is_deleted(live: Live) -> None:
    message = await live.one(live.say("hello?"))
    sent = await live.send(live.reply(message, f"oops {uuid.uuid4().hex}"))
    mine = next(each for each in await live.new() if each.id == sent.id)
    act = Act(uuid.uuid4().hex, "delete", mine)
    assert not await live.adapter.acted(live.client, live.account, act)
    await live.adapter.act(live.client, live.account, act)
    assert await live.adapter.acted(live.client, live.account, act)
    assert live.items()[live.number(sent.id)]["deleted"]


@pytest.mark.parametrize("verb", ["like", "hide"])
async def test_a_verb_and_its_undo_are_read_back(live: Live, verb: Verb) -> None:
    if live.name == "linkedin":
        pytest.skip("the simulator's LinkedIn has no reactions")
    message = await live.one(live.say("rude"))
    for undo in (False, True):
        act = Act(uuid.uuid4().hex, verb, message, undo)
        assert not await live.adapter.acted(live.client, live.account, act)
        await live.adapter.act(live.client, live.account, act)
        assert await live.adapter.acted(live.client, live.account, act)
        item = live.items()[message.id]
        assert bool(item["hidden" if verb == "hide" else "likes"]) is not undo


async def test_a_dead_token_and_a_limit(live: Live) -> None:
    with pytest.raises(AuthError):
        await live.poll(secret="nonsense")
    body = {"code": 40100, "message": "Too many requests."}
    live.fault("^GET", "status", status=200 if live.name == "tiktok" else 429, body=body)
    with pytest.raises(RateLimited):
        await live.poll()
