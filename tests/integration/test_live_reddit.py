"""The Reddit adapter against the simulator on loopback; skipped, aloud, where none was started.

Start it with `start-sim.sh`; it writes `$CMINBOX_SERVERS/out/sim.json`. Its record of what was written is the judge. It
has comments, the inbox, answers, votes, removal and deletion; no queue, no modmail, no trees: those lists rest.
"""

from __future__ import annotations

import asyncio
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio

from cminbox.errors import RateLimited, Refused, Retryable, SourceError
from cminbox.model import DAY, Message, now
from cminbox.sources.contract import Account, Act, Outgoing
from cminbox.sources.http import Client
from cminbox.sources.networks import reddit
from cminbox.text import clean
from live_servers import ON_THE_SIMULATOR, corpus, started

pytestmark = ON_THE_SIMULATOR


@dataclass
class Live:
    """The brand on the simulator, and what the simulator does on its own."""

    client: Client
    account: Account
    control: str
    cursors: dict[str, str] = field(default_factory=dict)

    async def sim(self, what: str, **body: Any) -> Any:
        return (await self.client.request("POST", f"{self.control}{what}", json={"net": "reddit", **body})).data

    async def writes(self) -> list[dict[str, Any]]:
        found = (await self.client.request("GET", f"{self.control}writes?net=reddit")).data
        return list(found)

    async def poll(self, **changes: Any) -> tuple[list[Message], list[str]]:
        messages, deleted = [], []
        async for page in reddit.pages(self.client, replace(self.account, **changes), dict(self.cursors)):
            self.cursors[page.stream] = page.cursor
            messages += page.messages
            deleted += page.deleted
            assert not page.skipped
        return messages, deleted

    async def one(self, text: str) -> Message:
        own = (await self.sim("say", text=text))["id"]
        [message] = [each for each in (await self.poll())[0] if each.id == f"t1_{own}"]
        return message


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Live]:
    found = started("sim")
    async with Client(sleep=lambda _: asyncio.sleep(0)) as client:
        account = Account("care", "reddit", found["networks"]["reddit"], secret=found["token"])
        made = Live(client, account, found["control"])
        try:
            await made.sim("reset")
            identity = await reddit.identify(client, account)
        except SourceError as error:
            pytest.skip(f"the simulator does not answer: {error.line()}")
        made.account = replace(account, account_id=identity.id)
        yield made


async def test_the_corpus_comes_once_and_clean(live: Live) -> None:
    wanted = {}
    for who, text in corpus():
        wanted[f"t1_{(await live.sim('say', text=text, author=who))['id']}"] = (who, text)
    got, _ = await live.poll()
    assert sorted(message.id for message in got) == sorted(wanted)
    for message in got:
        who, text = wanted[message.id]
        assert message.text == clean(text)
        assert message.author.id == who
        assert message.conversation == message.id
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert (await live.poll())[0] == []


async def test_more_than_pages_come_to_the_end_with_faults_on(live: Live) -> None:
    wanted = [f"t1_{(await live.sim('say', text=f'comment {number}'))['id']}" for number in range(330)]
    for kind, more in (("reset", {}), ("html", {"status": 502}), ("cut", {}), ("lost", {})):
        await live.sim("faults", match="/message/inbox", kind=kind, times=1, **more)
    await live.sim("faults", match="/api/info", kind="status", status=500, times=2)
    got: list[Message] = []
    for _ in range(12):
        try:
            got += (await live.poll())[0]
        except Retryable:
            continue
    assert sorted({message.id for message in got}) == sorted(wanted)
    late = f"t1_{(await live.sim('say', text='late'))['id']}"
    assert [message.id for message in (await live.poll())[0]] == [late]


async def test_answers_are_written_once_whatever_happens_to_their_answer(live: Live) -> None:
    parent = await live.one("where is it?")
    text = f"5 < 6 & *so* 🙏\n\nhttps://example.com/?a=1&b=2 {uuid.uuid4().hex}"
    out = Outgoing("k", text, parent.conversation, parent, "en", sent_before=now())
    sent = await reddit.send(live.client, live.account, out)
    assert [(f"t1_{each['id']}", each["text"]) for each in await live.writes()] == [(sent.id, text)]
    await live.sim("faults", match="/api/comment", kind="lost", times=1)
    with pytest.raises(Retryable) as got:
        await reddit.send(live.client, live.account, replace(out, text="again"))
    assert got.value.maybe_done
    # The simulator lists no words of ours: nobody can say, and so nothing is sent again.
    with pytest.raises(SourceError):
        await reddit.find_sent(live.client, live.account, replace(out, text="again"))
    assert len(await live.writes()) == 2
    throttle = {"json": {"errors": [["RATELIMIT", "try again in 3 minutes.", "ratelimit"]]}}
    await live.sim("faults", match="/api/comment", kind="status", status=200, body=throttle, times=1)
    with pytest.raises(RateLimited):
        await reddit.send(live.client, live.account, out)
    with pytest.raises(Refused, match="too long"):
        await reddit.send(live.client, live.account, replace(out, text="x" * 10_001))
    await live.sim("delete", id=parent.id[3:])
    with pytest.raises(Refused, match="deleted"):
        await reddit.send(live.client, live.account, out)
    assert len(await live.writes()) == 2


async def test_verbs_edits_and_deletions(live: Live) -> None:
    first, second = await live.one("first"), await live.one("second")
    for verb, seen in (("like", ("likes", 1)), ("hide", ("hidden", True)), ("release", ("hidden", False))):
        await reddit.act(live.client, live.account, Act("k", verb, first))  # type: ignore[arg-type]
        items = (await live.client.request("GET", f"{live.control}items?net=reddit")).data
        [item] = [each for each in items if each["id"] == first.id[3:]]
        assert item[seen[0]] == seen[1]
    await live.sim("edit", id=first.id[3:], text="first, edited")
    await live.sim("delete", id=second.id[3:])
    messages, deleted = await live.poll(watch=(first.id, second.id), backfill_ms=DAY)
    assert deleted == [second.id]
    assert [(each.id, each.text) for each in messages if each.edited_at][-1] == (first.id, "first, edited")


async def test_a_subreddit_is_listened_to(live: Live) -> None:
    own = (await live.sim("say", text="brand new"))["id"]
    got, _ = await live.poll(owned=False, options={"subreddit": ["brand"]})
    assert [message.id for message in got] == [f"t1_{own}"]
