"""The YouTube adapter against the simulator on loopback; skipped, aloud, where it was not started.

Start it with `start-sim.sh`, or with `CHECK=1` to have each call held to Google's description of the API; it writes
`$CMINBOX_SERVERS/out/sim.json`. The simulator's record of what was written is the judge.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from simulated import Checked, emptied

from cminbox.errors import AuthError, NotThere, RateLimited, Refused, Retryable
from cminbox.model import HOUR, Author, Message, now
from cminbox.sources.contract import Act, Sent
from cminbox.sources.http import Client
from cminbox.sources.ledger import Ledger
from cminbox.sources.networks import youtube
from cminbox.sources.networks.youtube.api import UNITS
from cminbox.text import clean
from live_servers import ON_THE_SIMULATOR, corpus

pytestmark = ON_THE_SIMULATOR


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Checked]:
    async with emptied(youtube) as (made, identity):
        assert identity.handle == "brand"
        yield made


outgoing = Checked.outgoing


async def test_the_corpus_comes_once_clean_and_in_its_threads(live: Checked) -> None:
    wanted: dict[str, tuple[str, str, str]] = {}
    tops: list[str] = []
    for number, (who, text) in enumerate(corpus()):
        top = tops[number % len(tops)] if number % 3 == 2 else ""
        more = {"parent": top} if top else {"post": f"vid0000000{number % 3 + 1}"}
        own = await live.say(text, author=who, **more)
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
        assert message.post is not None
        assert message.post.title.startswith("vid0000000")
        assert message.url == f"{message.post.url}&lc={message.id}"
        assert not [c for c in message.text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert (await live.poll()) == ([], [])


async def test_more_than_a_page_comes_to_the_end_with_faults(live: Checked) -> None:
    wanted = [await live.say(f"{number} {uuid.uuid4().hex}", at=now() / 1000 - 9000 + number) for number in range(250)]
    await live.fault("status", "commentThreads", status=500, times=2)
    await live.fault("reset", "commentThreads")
    await live.fault("html", "commentThreads")
    got: list[str] = []
    for _ in range(4):
        try:
            got += [message.id for message in (await live.poll())[0]]
        except Retryable:
            continue
    assert sorted(got) == sorted(wanted)


async def test_eight_replies_yield_eight_and_a_late_one_below_an_old_comment_is_found(live: Checked) -> None:
    long_ago = now() / 1000 - 40 * 86_400
    old = [await live.say(f"old {number}", at=long_ago + number) for number in range(120)]
    top = await live.say("Who knows?")
    below = [await live.say(f"reply {number}", parent=top) for number in range(8)]
    got = {message.id: message for message in (await live.poll())[0]}
    assert set(got) == {top, *below}
    assert {got[own].parent for own in below} == {top}
    assert {got[own].conversation for own in below} == {top}
    late = [await live.say(f"late {own}", parent=own) for own in (old[0], old[60], top)]
    found = set[str]()
    for _ in range(3):
        found |= {message.id for message in (await live.poll())[0]}
    assert found >= set(late)
    assert not found & {old[30], old[90]}


async def test_held_ones_are_listed_and_released(live: Checked) -> None:
    own = await live.say("Is this allowed?")
    await live.control("hold", id=own)
    [held] = (await live.poll())[0]
    assert (held.id, held.held, held.can) == (own, True, {"release", "delete", "block"})
    act = Act("k", "release", held)
    assert not await youtube.acted(live.client, live.account, act)
    await youtube.act(live.client, live.account, act)
    assert await youtube.acted(live.client, live.account, act)
    [released] = (await live.poll())[0]
    assert (released.id, released.held) == (own, False)
    for undo in (False, True, False):
        act = Act(uuid.uuid4().hex, "hide", released, undo)
        assert not await youtube.acted(live.client, live.account, act)
        await youtube.act(live.client, live.account, act)
        assert await youtube.acted(live.client, live.account, act)
        assert [(each.id, each.held) for each in (await live.poll())[0]] == [(own, not undo)]


async def test_what_others_wrote_is_rejected_and_what_we_wrote_deleted(live: Checked) -> None:
    message = await live.one("FREE FOLLOWERS")
    reply = outgoing(message)
    sent = await youtube.send(live.client, live.account, reply)
    ours = next(each for each in (await live.poll())[0] if each.id == sent.id)
    assert (ours.direction, ours.can) == ("out", {"delete"})
    for each in (ours, message):
        act = Act(uuid.uuid4().hex, "delete", each)
        assert not await youtube.acted(live.client, live.account, act)
        await youtube.act(live.client, live.account, act)
        assert await youtube.acted(live.client, live.account, act)
        await youtube.act(live.client, live.account, act)
    items = await live.items()
    assert items[sent.id]["deleted"]
    assert items[message.id]["hidden"]
    assert not items[message.id]["deleted"]
    # Given by its id for ever, it does not come back.
    assert await live.poll(missing=(message.id, sent.id)) == ([], [])


async def test_an_answer_is_sent_once_found_and_read_back(live: Checked) -> None:
    top = await live.one("Where is my order?")
    below = await live.one("Mine is late too", parent=top.id, author="meera")
    known = frozenset[str]()
    for parent, said in ((top, ""), (below, "@meera ")):
        text = f'5 < 6 & "so" — 🙏\n\nhttps://example.com/a?b=1 {uuid.uuid4().hex}'
        reply = replace(outgoing(parent, text), known=known)
        assert await youtube.find_sent(live.client, live.account, reply) is None
        await live.fault("lost", "POST .*comments")
        with pytest.raises(Retryable) as lost:
            await youtube.send(live.client, live.account, reply)
        assert lost.value.maybe_done
        found = await youtube.find_sent(live.client, live.account, reply)
        assert isinstance(found, Sent)
        known |= {found.id}
        [read] = [message for message in (await live.poll())[0] if message.id == found.id]
        assert (read.text, read.direction) == (said + reply.text, "out")
        assert (read.parent, read.conversation) == (top.id, top.id)
        assert youtube.is_sent(reply, read)
    written = await live.writes()
    assert len(written) == 2
    assert {each["parent"] for each in written} == {top.id}


async def test_edits_and_deletions(live: Checked) -> None:
    texts = ("first words", "second words", "third words")
    one, other, third = [await live.one(text, at=now() / 1000 - 60) for text in texts]
    reply = await live.one("a reply", parent=one.id)
    await live.control("edit", id=one.id, text="other words")
    await live.control("delete", id=other.id)
    seen, deleted = await live.poll(watch=(one.id, other.id, third.id, reply.id))
    assert deleted == [other.id]
    changed = [each for each in seen if each.id == one.id]
    assert {each.text for each in changed} == {"other words"}
    assert all(each.edited_at for each in changed)
    with pytest.raises(Refused, match="no longer there"):
        await youtube.send(live.client, live.account, outgoing(other))
    with pytest.raises(NotThere):
        await youtube.act(live.client, live.account, Act("k", "hide", other))


async def test_units_are_counted_as_youtube_counts_them(live: Checked) -> None:
    top = await live.one("hello")
    for number in range(7):
        await live.say(f"reply {number}", parent=top.id)
    await live.poll(watch=(top.id,))
    await youtube.send(live.client, live.account, outgoing(top))
    state = (await live.client.request("GET", f"{live.control_url}state", params={"net": "youtube"})).data
    # The first call of the fixture told who we are.
    assert UNITS.limit - live.account.ledger.left(UNITS) == state["units"]


async def test_a_used_up_quota_and_a_dead_token(live: Checked) -> None:
    await live.say("hello")
    reason = {"message": "quota", "domain": "youtube.quota", "reason": "quotaExceeded"}
    body = {"error": {"code": 403, "message": "quota", "errors": [reason]}}
    async with Client() as client:
        account = replace(live.account, ledger=Ledger())
        await live.fault("status", "commentThreads", status=403, body=body)
        with pytest.raises(RateLimited) as limited:
            async for _ in youtube.pages(client, account, {}):
                pass
        assert now() < limited.value.until <= now() + 25 * HOUR
        assert account.ledger.left(UNITS) == 0
        with pytest.raises(RateLimited):
            await youtube.send(client, account, outgoing(Message("x", "x", Author("UCx"), "x", now())))
        with pytest.raises(AuthError):
            await youtube.identify(client, replace(live.account, secret="wrong", ledger=Ledger()))
    assert await live.writes() == []
