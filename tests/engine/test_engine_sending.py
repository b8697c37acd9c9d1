"""The outbox: each reply once, whatever breaks."""

from __future__ import annotations

import asyncio

import pytest

from cminbox.desk import Desk
from cminbox.errors import ActionError, Full
from cminbox.model import MINUTE, Member, now
from cminbox.store import events, messages, replies


async def one(bench, text="@saffronheron my parcel is broken"):
    """A conversation that waits."""
    status = bench.network.post_as("mina", text, at=now() - 5 * MINUTE, visibility="unlisted")
    await bench.poll()
    return status, bench.only()


async def drain(bench, seconds=40.0):
    """Run an engine until the outbox is empty."""
    engine = bench.engine()
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(seconds):
            while any(r.status != "failed" for r in replies.outbox(bench.store.read())):
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await task


async def test_a_reply_is_sent_read_back_and_measured(bench):
    status, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "So sorry! A new one is on its way.", lang="en", template="sorry")
    assert reply.status == "held"
    await bench.poll()
    (posted,) = bench.network.accepted()
    assert posted["in_reply_to_id"] == status
    assert posted["text"].endswith("So sorry! A new one is on its way.")
    assert posted["visibility"] == "unlisted"
    after = bench.only()
    assert (after.status, after.waiting_since, after.outbox) == ("pending", None, "")
    thread = messages.thread(bench.store.read(), row.id)
    assert [m.direction for m in thread] == ["in", "out"]
    assert thread[1].member == "ana"
    found = bench.store.read().execute("SELECT measure, member, end_at - start_at FROM measures").fetchall()
    assert sorted(f[0] for f in found) == ["first_response", "reply"]
    assert all(f[1] == "ana" and 0 < f[2] < 10 * MINUTE for f in found)
    await bench.poll()
    await bench.poll()
    assert len(messages.thread(bench.store.read(), row.id)) == 2
    told = [e.action for e in events.of(bench.store.read(), row.id)]
    assert "sent" in told
    assert "edit" not in told
    assert messages.thread(bench.store.read(), row.id)[1].edited_at is None


async def test_nothing_leaves_while_it_is_held_and_taking_back_keeps_the_text(bench):
    _, row = await one(bench)
    reply = bench.holding.outbox.send(row.id, "too fast")
    await bench.poll()
    assert bench.network.accepted() == []
    back = bench.desk.outbox.cancel(reply.id)
    assert (back.status, back.text) == ("draft", "too fast")
    await bench.poll()
    assert bench.network.accepted() == []
    assert replies.draft(bench.store.read(), row.id, "ana").text == "too fast"
    assert bench.only().status == "open"


@pytest.mark.parametrize("fault", ["cut-before", "cut-after", "slow", "500", "429", "html"])
async def test_whatever_breaks_while_sending_nobody_is_answered_twice(bench, fault):
    _, row = await one(bench)
    bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail(fault, "/api/v1/statuses", method="POST", times=1, seconds=1)
    await drain(bench)
    assert [p["text"].split(" ", 1)[1] for p in bench.network.accepted()] == ["We are looking into it"]
    (reply,) = replies.of(bench.store.read(), row.id)
    assert reply.status == "sent"
    assert bench.only().status == "pending"


async def test_a_refused_reply_fails_says_why_and_can_be_sent_after_all(bench):
    status, row = await one(bench)
    bench.network.delete(status)
    bench.desk.outbox.send(row.id, "hello?")
    await drain(bench)
    (reply,) = replies.of(bench.store.read(), row.id)
    assert reply.status == "failed"
    assert reply.error
    assert bench.network.accepted() == []


async def test_sending_stops_when_somebody_answered_since(bench):
    status, row = await one(bench)
    seen = messages.newest_id(bench.store.read(), row.id)
    bench.network.post_as("saffronheron", "@mina handled by phone", in_reply_to=status)
    await bench.poll()
    with pytest.raises(ActionError, match="answered since you opened this") as refused:
        bench.desk.outbox.send(row.id, "We are looking into it", seen=seen)
    assert "handled by phone" in refused.value.hint


async def test_an_answer_that_arrives_while_a_reply_is_held_stops_it(bench):
    status, row = await one(bench)
    reply = bench.holding.outbox.send(row.id, "We are looking into it")
    bench.network.post_as("saffronheron", "@mina handled by phone", in_reply_to=status)
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 0"))
    await bench.poll()
    stopped = replies.get(bench.store.read(), reply.id)
    assert stopped.status == "failed"
    assert "handled by phone" in stopped.error
    assert len(bench.network.accepted()) == 0 or all("looking" not in p["text"] for p in bench.network.accepted())
    bench.desk.outbox.retry(reply.id)
    await bench.poll()
    assert replies.get(bench.store.read(), reply.id).status == "sent"


async def test_two_members_cannot_answer_the_same_person_at_once(bench):
    _, row = await one(bench)
    bench.holding.outbox.send(row.id, "first")
    lena = Desk(bench.store, bench.config, Member("lena", "Lena", "responder"))
    with pytest.raises(ActionError, match="ana's reply is on its way") as refused:
        lena.outbox.send(row.id, "second")
    assert "first" in refused.value.hint
    assert replies.draft(bench.store.read(), row.id, "lena") is None


async def test_a_drafters_reply_waits_for_approval(bench):
    _, row = await one(bench)
    drafter = Desk(bench.store, bench.config, Member("dan", "Dan", "drafter"))
    reply = drafter.outbox.send(row.id, "may I say this?")
    assert reply.status == "awaiting approval"
    await bench.poll()
    assert bench.network.accepted() == []


async def test_a_reply_survives_an_engine_that_runs_again(bench):
    """A reply that was being sent when the engine died is looked up; here the network has it."""
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "on its way")
    bench.network.fail("cut-after", "/api/v1/statuses", method="POST", times=1)
    await bench.poll()
    assert replies.get(bench.store.read(), reply.id).status == "unknown"
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'sending'"))
    await drain(bench)
    assert len(bench.network.accepted()) == 1
    assert replies.get(bench.store.read(), reply.id).status == "sent"


async def test_a_disk_that_fills_between_the_networks_answer_and_our_note_of_it(bench):
    """The network has the reply, the store could not take that down, and the same engine lives on."""
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "a new one is on its way")
    full = ["send: answered"]

    def step(name):
        if name in full:
            full.remove(name)
            raise Full("the disk is full")

    engine = bench.engine(step)
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(40):
            while replies.get(bench.store.read(), reply.id).status != "sent":
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await task
    assert full == []
    assert len(bench.network.accepted()) == 1
    assert bench.only().status == "pending"


@pytest.mark.parametrize("seconds", [120, 20])
async def test_a_message_that_the_reply_could_not_know_opens_it(bench, seconds):
    """Somebody writes again, or their server is slow: our reply is there before we hear of it."""
    status, row = await one(bench)
    bench.desk.outbox.send(row.id, "We are looking into your order.")
    await bench.poll()
    assert bench.only().status == "pending"
    late = now() - seconds * 1000
    bench.network.post_as("mina", "@saffronheron and the cup is broken too", status, at=late)
    await bench.poll()
    after = bench.only()
    assert (after.status, after.waiting, after.waiting_since, after.needs_since) == ("open", 1, late, late)
    assert after.preview == "and the cup is broken too"
    found = bench.store.read().execute("SELECT outcome FROM waits ORDER BY start_at").fetchall()
    assert [row[0] for row in found] == ["answered", ""]
    bench.desk.outbox.send(row.id, "And a new cup.")
    await bench.poll()
    assert (bench.only().status, bench.only().waiting) == ("pending", 0)


async def test_a_message_that_came_while_the_reply_was_held_is_not_answered_by_it(bench):
    status, row = await one(bench)
    reply = bench.holding.outbox.send(row.id, "We are looking into your order.")
    bench.network.post_as("mina", "@saffronheron and the cup is broken too", status, at=now() - 1000)
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 1 WHERE id = ?", (reply.id,)))
    await drain(bench)
    after = bench.only()
    assert (after.status, after.waiting) == ("open", 1)
