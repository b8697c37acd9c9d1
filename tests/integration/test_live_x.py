"""The X adapter against the simulator on loopback; skipped, aloud, where it was not started.

Start it with `start-sim.sh`, or with `CHECK=1` to have each call held to X's own description of its API; it writes
`$CMINBOX_SERVERS/out/sim.json`. The simulator's record of what was written, and of what it cost, is the judge.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from simulated import Checked, emptied

from cminbox.errors import AuthError, Denied, RateLimited, Refused, Retryable
from cminbox.model import now
from cminbox.sources.contract import Act, Sent
from cminbox.sources.http import Client
from cminbox.sources.ledger import Ledger
from cminbox.sources.networks import x
from cminbox.sources.networks.x.api import SPENDING
from cminbox.text import clean
from live_servers import ON_THE_SIMULATOR, corpus

pytestmark = ON_THE_SIMULATOR
ROOT = "1980000000000000001"
ME = 10
"""What it costs to ask who we are; the simulator does not bill it."""


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Checked]:
    async with emptied(x, own_app=True) as (made, identity):
        assert (identity.id, identity.handle) == ("9000", "brand")
        made.account = replace(made.account, ledger=Ledger())
        yield made
        assert made.notes == []


outgoing = Checked.outgoing


async def test_the_corpus_comes_once_clean_and_in_its_threads(live: Checked) -> None:
    wanted: dict[str, tuple[str, str, str]] = {}
    tops: list[str] = []
    for number, (who, text) in enumerate(corpus()):
        top = tops[number % len(tops)] if number % 3 == 2 else ""
        own = await live.say(
            text, author=who, **({"parent": top} if top else {"post": f"198000000000000000{number % 3 + 1}"})
        )
        tops += [] if top else [own]
        wanted[own] = (who, text, top)
    got, _ = await live.poll()
    assert sorted(message.id for message in got) == sorted(wanted)
    for message in got:
        who, text, top = wanted[message.id]
        assert message.text == clean(text)
        assert message.author.handle == who
        assert message.parent == (top or None)
        assert message.conversation == (top or message.id)
        assert message.url == f"https://x.com/{who}/status/{message.id}"
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert (await live.poll()) == ([], [])
    assert await live.writes() == []


async def test_more_than_a_page_comes_to_the_end_with_faults(live: Checked) -> None:
    wanted = [await live.say(f"{number} {uuid.uuid4().hex}", at=now() / 1000 - 9000 + number) for number in range(250)]
    await live.fault("status", "mentions", status=500, times=2)
    await live.fault("reset", "mentions")
    await live.fault("html", "mentions")
    got: list[str] = []
    for _ in range(4):
        try:
            got += [message.id for message in (await live.poll())[0]]
        except Retryable:
            continue
    assert sorted(got) == sorted(wanted)
    late = [await live.say(f"late {number}", author=f"new{number}") for number in range(130)]
    assert sorted(message.id for message in (await live.poll())[0]) == sorted(late)


async def test_an_answer_is_sent_once_found_and_read_back(live: Checked) -> None:
    top = await live.one("@brand Where is my order?")
    below = await live.one("@brand mine is late too", parent=top.id, author="meera")
    known = frozenset[str]()
    for parent in (top, below):
        assert parent.answerable
        text = f'5 < 6 & "so" — 🙏\n\n{uuid.uuid4().hex}'
        reply = replace(outgoing(parent, text), known=known)
        assert await x.find_sent(live.client, live.account, reply) is None
        await live.fault("lost", "POST .*tweets")
        with pytest.raises(Retryable) as lost:
            await x.send(live.client, live.account, reply)
        assert lost.value.maybe_done
        found = await x.find_sent(live.client, live.account, reply)
        assert isinstance(found, Sent)
        known |= {found.id}
        [read] = [message for message in (await live.poll())[0] if message.id == found.id]
        assert (read.text, read.direction) == (reply.text, "out")
        assert (read.parent, read.conversation) == (parent.id, top.id)
        assert x.is_sent(reply, read)
    written = await live.writes()
    assert [each["parent"] for each in written] == [top.id, below.id]


async def test_what_x_does_not_permit_is_refused_and_costs_nothing(live: Checked) -> None:
    top = await live.one("@brand hello")
    other = await live.one("not named", author="ben")
    assert not other.answerable
    reply = outgoing(top)
    await x.send(live.client, live.account, reply)
    left = live.account.ledger.left(SPENDING)
    with pytest.raises(Refused) as again:
        await x.send(live.client, live.account, reply)
    assert not isinstance(again.value, Denied)
    assert "same text" in again.value.line()
    with pytest.raises(Denied, match="does not permit"):
        await x.send(live.client, live.account, outgoing(other))
    assert live.account.ledger.left(SPENDING) == left
    assert len(await live.writes()) == 1


async def test_hide_and_back_and_delete_our_own(live: Checked) -> None:
    top = await live.one("@brand FREE FOLLOWERS")
    assert top.can == {"hide"}
    for undo in (False, True):
        await x.act(live.client, live.account, Act(uuid.uuid4().hex, "hide", top, undo))
        assert (await live.items())[top.id]["hidden"] is not undo
    sent = await x.send(live.client, live.account, outgoing(top))
    ours = next(each for each in (await live.poll())[0] if each.id == sent.id)
    assert (ours.direction, ours.can) == ("out", {"delete"})
    act = Act("k", "delete", ours)
    assert not await x.acted(live.client, live.account, act)
    await x.act(live.client, live.account, act)
    assert await x.acted(live.client, live.account, act)
    assert (await live.items())[sent.id]["deleted"]


async def test_edits_and_deletions(live: Checked) -> None:
    one, other, third = [await live.one(f"@brand {text}") for text in ("first", "second", "third")]
    await live.control("edit", id=one.id, text="other words")
    await live.control("delete", id=other.id)
    seen, deleted = await live.poll(watch=(one.id, other.id, third.id))
    assert deleted == [other.id]
    assert {each.id: each.text for each in seen} == {one.id: "other words", third.id: "@brand third"}
    assert {each.id: each.conversation for each in seen} == {one.id: one.id, third.id: third.id}


async def test_what_it_costs_is_what_x_counts(live: Checked) -> None:
    top = await live.one("@brand hello")
    for number in range(120):
        await live.say(f"@brand {number}", author=f"who{number % 7}", parent=top.id)
    for _ in range(3):
        await live.poll()
    await x.send(live.client, live.account, outgoing(top))
    await x.send(live.client, live.account, outgoing(top, f"see https://example.com/{uuid.uuid4().hex}"))
    assert SPENDING.limit - live.account.ledger.left(SPENDING) == await live.cost() + ME


async def test_no_call_is_made_beyond_the_limit(live: Checked) -> None:
    top = await live.one("@brand hello")
    poor = replace(live.account, ledger=Ledger(limits={SPENDING.name: 15}))
    log = await live.control("log")
    with pytest.raises(RateLimited, match="spending"):
        async for _ in x.pages(live.client, poor, {}):
            pass
    with pytest.raises(RateLimited, match="spending"):
        await x.send(live.client, poor, outgoing(top, "https://example.com"))
    assert len(await live.control("log")) == len(log)
    await x.send(live.client, poor, outgoing(top))
    with pytest.raises(RateLimited, match="spending"):
        await x.send(live.client, poor, outgoing(top))
    assert len(await live.writes()) == 1


async def test_a_limit_with_its_end_and_a_dead_token(live: Checked) -> None:
    reset = now() // 1000 + 600
    headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    await live.fault("status", "mentions", status=429, headers=headers, body={"title": "Too Many Requests"})
    async with Client() as client:
        with pytest.raises(RateLimited) as limited:
            async for _ in x.pages(client, live.account, {}):
                pass
        assert limited.value.until == reset * 1000
        with pytest.raises(AuthError):
            await x.identify(client, replace(live.account, secret="wrong"))
    assert await live.writes() == []
