"""Facebook, Instagram, Threads, LinkedIn and TikTok against the simulator on loopback; skipped, aloud, where it was not
started.

Start it with `start-sim.sh`; it writes `$CMINBOX_SERVERS/out/sim.json`. What it keeps of each write is the judge.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from simulated import NETWORKS, Live, begun_anew, live_on

from cminbox.errors import Retryable
from cminbox.sources.contract import Act, Sent
from live_servers import ON_THE_SIMULATOR, corpus

pytestmark = ON_THE_SIMULATOR


@pytest.fixture(scope="module")
def simulator() -> dict[str, Any]:
    return begun_anew()


@pytest_asyncio.fixture(params=sorted(NETWORKS))
async def live(request: pytest.FixtureRequest, simulator: dict[str, Any]) -> AsyncIterator[Live]:
    async with live_on(request.param, simulator) as found:
        yield found


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
        assert message.post.title.startswith(live.network.title)
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
        live.fault("^GET .*(comment|conversation|Notifications)", kind, times=2, **more)
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
    nested = live.name == "threads"
    below = live.say("And when?", parent=sent.id if nested else top, author="meera")
    found = {each.id: each for each in await live.new()}
    assert (found[sent.id].direction, found[sent.id].conversation) == ("out", top)
    assert (found[below].conversation, found[below].direction) == (top, "in")
    again = await live.send(live.reply(found[below], f"Tomorrow {uuid.uuid4().hex}"))
    assert live.items()[live.number(again.id)]["parent"] == live.number(below if nested else top)


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
    match = "^POST .*(/comments|/replies|/threads_publish|/reply/create/)$"
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
    assert not await live.acted(act)
    assert await live.act(act)
    assert live.items()[live.number(sent.id)]["deleted"]


async def test_each_verb_and_its_undo_are_read_back(live: Live) -> None:
    if not live.network.verbs:
        pytest.skip("the simulator's LinkedIn has no reactions")
    for verb in live.network.verbs:
        message = await live.one(live.say("rude"))
        for undo in (False, True):
            act = Act(uuid.uuid4().hex, verb, message, undo)
            assert not await live.acted(act)
            assert await live.act(act)
            item = live.items()[message.id]
            assert bool(item["hidden" if verb == "hide" else "likes"]) is not undo
