"""Facebook, Instagram and Threads against the simulator on loopback; skipped, aloud, where it was not started.

Start it with `start-sim.sh`; it writes `$CMINBOX_SERVERS/out/sim.json`. What it keeps of each write is the judge.
"""

from __future__ import annotations

import json
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cminbox.errors import AuthError, RateLimited, Refused, Retryable
from cminbox.model import DAY, SECOND, Message, now
from cminbox.sources.contract import Account, Act, Outgoing, Page, Sent
from cminbox.sources.http import Client
from cminbox.sources.networks import facebook, instagram, threads
from live_servers import ON_THE_SIMULATOR, corpus, started

pytestmark = ON_THE_SIMULATOR
POSTS = {
    "facebook": ("9000_1", "9000_2"),
    "instagram": ("17800000000000001", "17800000000000002"),
    "threads": ("180001", "180002"),
}
ADAPTERS: dict[str, Any] = {"facebook": facebook, "instagram": instagram, "threads": threads}


@dataclass
class Live:
    """An account on the simulator, and what the public does there."""

    name: str
    client: Client
    account: Account
    control: httpx.Client
    cursors: dict[str, str] = field(default_factory=dict)

    @property
    def net(self) -> str:
        return "threads" if self.name == "threads" else "graph"

    @property
    def adapter(self) -> Any:
        return ADAPTERS[self.name]

    def sim(self, what: str, **body: Any) -> Any:
        return self.control.post(what, json={"net": self.net, **body}).json()

    def say(self, text: str, post: int = 0, **more: Any) -> str:
        if "parent" not in more:
            more["post"] = POSTS[self.name][post]
        return str(self.sim("say", text=text, **more)["id"])

    def fault(self, match: str, kind: str, **more: Any) -> None:
        self.sim("faults", match=match, kind=kind, **more)

    def written(self, text: str) -> int:
        writes = self.control.get("writes", params={"net": self.net}).json()
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


@pytest.fixture(scope="module")
def simulator() -> dict[str, Any]:
    """Where it is; it begins anew, for its budget is used up by some runs."""
    found = started("sim")
    try:
        httpx.post(f"{found['control']}reset", json={}, timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        pytest.skip(f"the simulator does not answer: {error}")
    return found


@pytest_asyncio.fixture(params=sorted(ADAPTERS))
async def live(request: pytest.FixtureRequest, simulator: dict[str, Any]) -> AsyncIterator[Live]:
    found, name = simulator, request.param

    async def no_wait(_seconds: float) -> None:
        pass

    async with Client(sleep=no_wait, read_timeout=2 * SECOND, total_timeout=4 * SECOND) as client:
        url = found["networks"]["threads" if name == "threads" else "graph"]
        account = Account(name, name, url, secret=found["token"])
        with httpx.Client(base_url=found["control"], timeout=10) as control:
            identity = await ADAPTERS[name].identify(client, account)
            assert identity.handle.lower() == "brand"
            made = Live(name, client, replace(account, account_id=identity.id), control)
            await made.poll()
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
    ids = [message.id for message in got]
    assert sorted(ids) == sorted(wanted)
    for message in got:
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert len(message.text) <= 20_000
        assert message.parent == wanted[message.id]
        assert message.conversation == (wanted[message.id] or message.id)
        assert message.direction == "in"
        assert message.post is not None
        assert message.post.title.startswith("Post ")
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
        live.fault("^GET .*(comments|conversation)", kind, times=2, **more)
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
    assert await live.new() == []


async def test_an_answer_below_ours_and_an_old_post_are_found(live: Live) -> None:
    top = live.say("Where is my tea?", 1)
    message = await live.one(top)
    sent = await live.send(live.reply(message, f"We look into it {uuid.uuid4().hex}"))
    below = live.say("And when?", parent=sent.id if live.name == "threads" else top, author="meera")
    found = {each.id: each for each in await live.new()}
    assert (found[sent.id].direction, found[sent.id].conversation) == ("out", top)
    assert (found[below].conversation, found[below].direction) == (top, "in")


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
    match = "^POST .*(/comments|/replies|/threads_publish)$"
    live.fault(match, kind, **({"status": 500} if kind == "status" else {}))
    done = kind in ("lost", "cut")
    if live.name == "threads":
        # The same container is published again, or found published: it never comes to a second one.
        assert (await live.send(outgoing)).id
    else:
        with pytest.raises(Retryable) as got:
            await live.send(outgoing)
        assert got.value.maybe_done
        found = await live.find(outgoing)
        assert isinstance(found, Sent) is done
        if not done:
            assert found is None
            await live.send(outgoing)
    assert live.written(outgoing.text) == 1


async def test_hidden_and_shown_again(live: Live) -> None:
    message = await live.one(live.say("rude"))
    for undo in (False, True):
        act = Act(uuid.uuid4().hex, "hide", message, undo)
        assert not await live.adapter.acted(live.client, live.account, act)
        await live.adapter.act(live.client, live.account, act)
        assert await live.adapter.acted(live.client, live.account, act)
        items = {item["id"]: item for item in live.control.get("items", params={"net": live.net}).json()}
        assert items[message.id]["hidden"] is not undo


async def test_edited_and_deleted(live: Live) -> None:
    one, two = live.say("one"), live.say("two")
    await live.poll()
    live.sim("edit", id=one, text="changed")
    live.sim("delete", id=two)
    [watched] = [page for page in await live.poll(watch=(one, two)) if page.stream == "watch"]
    assert [message.text for message in watched.messages] == ["changed"]
    assert watched.deleted == (two,)


async def test_ours_is_deleted(live: Live) -> None:
    message = await live.one(live.say("hello?"))
    sent = await live.send(live.reply(message, f"oops {uuid.uuid4().hex}"))
    mine = next(each for each in await live.new() if each.id == sent.id)
    act = Act(uuid.uuid4().hex, "delete", mine)
    assert not await live.adapter.acted(live.client, live.account, act)
    await live.adapter.act(live.client, live.account, act)
    assert await live.adapter.acted(live.client, live.account, act)


async def test_errors_in_metas_own_form(live: Live) -> None:
    with pytest.raises(AuthError):
        await live.adapter.identify(live.client, replace(live.account, secret="wrong"))
    said = {"error": {"message": "x", "type": "OAuthException", "code": 80001, "fbtrace_id": "A"}}
    head = {"X-Business-Use-Case-Usage": json.dumps({"1": [{"call_count": 100, "estimated_time_to_regain_access": 3}]})}
    live.fault("", "status", status=403, body=said, headers=head)
    async with Client() as client:
        with pytest.raises(RateLimited) as got:
            await live.adapter.identify(client, live.account)
    assert 2 * 60 * SECOND < got.value.until - now() < 4 * 60 * SECOND
    live.fault("", "status", status=200, body={"error": {"message": "x", "code": 10}})
    async with Client() as client:
        with pytest.raises(Refused):
            await live.adapter.identify(client, live.account)
    message = await live.one(live.say("hello?"))
    live.sim("delete", id=message.id)
    with pytest.raises(Refused):
        await live.send(live.reply(message, f"gone {uuid.uuid4().hex}"))
    assert message.created_at > round(time.time() * 1000) - DAY


async def test_no_token_is_kept_or_logged(live: Live) -> None:
    for number in range(30):
        live.say(f"number {number}")
    await live.poll()
    assert live.account.secret is not None
    assert live.account.secret not in json.dumps(live.cursors)
    assert live.account.secret not in live.control.get("log", params={"n": 5000}).text
