"""Replies of which nobody knows whether they arrived: each ends rightly, or shows what was seen and waits."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from engine_bench import ANA, Bench, nap, write_config

from cminbox.cli import shapes
from cminbox.desk import Desk
from cminbox.engine.loop import Engine
from cminbox.errors import ActionError
from cminbox.model import HOUR, MINUTE, SECOND, now
from cminbox.outbox_states import Timing
from cminbox.sources.networks import mastodon
from cminbox.store import events, messages, replies, sources
from demo_network import DemoNetwork
from stores import new_store

WINDOW = 1500
TIMING = Timing(
    tick=20,
    look_every=50,
    moment=50,
    may_be_accepted=WINDOW,
    look_within=3000,
    soon=50,
    a_while=50,
    first_retry=50,
    longest_retry=200,
    for_a_person=100,
)
POST = "/api/v1/statuses"


async def one(bench, handle="mina"):
    """A conversation that waits, and the status that it is about."""
    status = bench.network.post_as(handle, "@saffronheron may I have my money back?", at=now() - 5 * MINUTE)
    await bench.poll()
    return status, next(row for row in bench.rows() if row.handle == handle)


def state(bench, reply):
    return replies.get(bench.store.read(), reply.id)


@asynccontextmanager
async def running(bench, step=lambda name: None, timing=TIMING, **clocks):
    """An engine that runs within the block."""
    engine = Engine(bench.store, bench.config, step=step, timing=timing, sleep=nap, **clocks)
    task = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        engine.stop()
        await task


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def said(bench):
    """What our account posted, without who is mentioned."""
    return [str(each["text"]).partition(" ")[2] for each in bench.network.accepted()]


@pytest.mark.parametrize("keys", ["kept", "late", "none"])
async def test_what_is_accepted_late_is_posted_once(bench, keys):
    bench.network.keys = keys
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("late", POST, method="POST", seconds=0.6)
    async with running(bench):
        await until(lambda: state(bench, reply).status == "sent")
    assert said(bench) == ["We are looking into it"]
    assert state(bench, reply).tries == 1


async def test_what_was_never_accepted_is_sent_in_the_end_and_not_before(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    tried = []
    async with running(bench, lambda name: tried.append(now()) if name == "send: marked" else None):
        await until(lambda: state(bench, reply).status == "sent")
    assert len(tried) == 2
    assert tried[1] - tried[0] > WINDOW
    sent = state(bench, reply)
    assert (sent.tries, said(bench)) == (2, ["We are looking into it"])
    assert "cut the connection" in sent.cause
    assert [e.action for e in events.of(bench.store.read(), row.id)].count("reply unknown") == 1


async def test_a_colleagues_answer_that_is_like_ours_is_shown_and_not_taken_for_ours(bench):
    status, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We can refund you, please send us the order number.")
    bench.network.fail("cut-before", POST, method="POST")
    theirs = "@mina We can't refund you, please send us the order number."
    bench.network.post_as("saffronheron", theirs, in_reply_to=status)
    async with running(bench):
        await until(lambda: state(bench, reply).seen)
        await asyncio.sleep(2 * WINDOW / 1000)
    kept = state(bench, reply)
    assert (kept.status, said(bench)) == ("unknown", [])
    assert "We can't refund you" in kept.error
    assert "We can't refund you" in shapes.reply(kept)["seen"]
    assert kept.look_ups > 3
    with pytest.raises(ActionError, match="may still accept it"):
        bench.desk.outbox.retry(reply.id)
    with pytest.raises(ActionError, match="may still accept it"):
        bench.desk.outbox.cancel(reply.id)


async def test_a_person_says_that_it_is_there(bench):
    status, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We *can* refund you")
    with pytest.raises(ActionError, match="only of an unknown one"):
        bench.desk.outbox.arrived(reply.id)
    bench.network.fail("cut-before", POST, method="POST")
    shown = bench.network.post_as("saffronheron", "@mina We can refund you", in_reply_to=status)
    async with running(bench):
        await until(lambda: state(bench, reply).seen)
        bench.desk.outbox.arrived(reply.id)
        await until(lambda: state(bench, reply).status == "sent")
    assert state(bench, reply).remote_id == shown
    await bench.poll()
    row = bench.only()
    assert (row.status, row.outbox) == ("pending", "")
    (ours,) = [m for m in messages.thread(bench.store.read(), row.id) if not m.inbound]
    assert (ours.remote_id, ours.member, ours.reply_id) == (shown, "ana", reply.id)


async def test_a_person_says_that_it_is_there_though_nothing_of_it_is_seen(bench):
    status, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We can refund you")
    bench.network.fail("cut-before", POST, method="POST")
    async with running(bench):
        await until(lambda: state(bench, reply).status == "unknown")
        bench.desk.outbox.arrived(reply.id)
        await until(lambda: state(bench, reply).status == "sent")
    assert bench.only().status == "pending"
    assert said(bench) == []
    shown = bench.network.post_as("saffronheron", "@mina We can refund you", in_reply_to=status)
    await bench.poll()
    await bench.poll()
    (ours,) = [m for m in messages.thread(bench.store.read(), row.id) if not m.inbound]
    assert (ours.remote_id, ours.member, ours.text) == (shown, "ana", "@mina We can refund you")
    assert state(bench, reply).remote_id == shown


async def test_a_look_up_that_always_fails_is_counted_and_a_person_ends_it(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    bench.network.fail("500", "/api/v1/accounts", method="GET", skip=2, times=10_000)
    bench.network.fail("500", "/api/v1/statuses", method="GET", times=10_000)
    later = Desk(bench.store, bench.config, ANA, clock=lambda: now() + 6 * MINUTE)
    async with running(bench):
        await until(lambda: state(bench, reply).look_ups >= 5)
        kept = state(bench, reply)
        assert kept.status == "unknown"
        assert "in trouble (500)" in kept.error
        assert "cut the connection" in kept.cause
        with pytest.raises(ActionError, match="may still accept it"):
            bench.desk.outbox.retry(reply.id)
        bench.network.faults.clear()
        bench.network.fail("500", "/api/v1/accounts", method="GET", times=10_000)
        assert later.outbox.retry(reply.id).status == "held"
        bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 0"))
        await until(lambda: state(bench, reply).status == "sent")
    assert said(bench) == ["We are looking into it"]


@pytest.mark.parametrize("there", [True, False])
async def test_an_unknown_reply_whose_message_was_deleted_is_asked_for(bench, there):
    status, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-after" if there else "cut-before", POST, method="POST")
    deleted = []

    def step(name):
        if name == "send: failed":
            bench.network.delete(status)
            target = messages.by_remote(bench.store.read(), row.source_id, status)
            bench.store.write(lambda conn: messages.update(conn, target.id, {"deleted_at": now()}))
            deleted.append(now())

    async with running(bench, step):
        await until(lambda: state(bench, reply).status in ("sent", "failed"))
        took = now() - deleted[0]
    ended = state(bench, reply)
    if there:
        assert ended.status == "sent"
        assert said(bench) == ["We are looking into it"]
    else:
        assert ended.status == "failed"
        assert "was deleted" in ended.error
        assert took > WINDOW
        assert said(bench) == []


@pytest.mark.parametrize("code", ["403", "413", "422"])
async def test_a_refusal_of_one_reply_fails_at_once_with_what_the_server_said(bench, code):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail(code, POST, method="POST", times=10)
    async with running(bench):
        await until(lambda: state(bench, reply).status == "failed")
    failed = state(bench, reply)
    assert failed.tries == 1
    assert "This action is not allowed" in failed.error
    assert "login" not in failed.error


@pytest.mark.parametrize("code", ["401", "403", "422"])
async def test_a_refusal_is_a_login_where_the_accounts_own_check_fails_too(bench, code):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail(code, POST, method="POST")
    bench.network.fail("401", "/api/v1/accounts/verify_credentials", skip=1, times=1)
    async with running(bench):
        await until(lambda: state(bench, reply).tries == 1 and state(bench, reply).status == "queued")
        assert "sources login brand" in state(bench, reply).error
        await until(lambda: state(bench, reply).status == "sent")
    assert said(bench) == ["We are looking into it"]


async def test_a_look_up_that_is_refused_asks_for_a_login_only_where_the_check_fails(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-after", POST, method="POST")
    async with running(bench):
        await until(lambda: state(bench, reply).status == "unknown")
        bench.network.fail("401", "/api/v1", method="GET", times=10_000)
        await until(lambda: "sources login brand" in state(bench, reply).error)
        bench.network.faults.clear()
        await until(lambda: state(bench, reply).status == "sent")


async def test_a_look_up_that_hangs_keeps_no_other_reply_of_its_source_waiting(bench):
    _, first = await one(bench)
    _, second = await one(bench, "ravi")
    stuck = bench.desk.outbox.send(first.id, "We are looking into it")
    bench.network.fail("cut-after", POST, method="POST")
    async with running(bench, timing=TIMING._replace(look_within=600_000)):
        await until(lambda: state(bench, stuck).status == "unknown")
        bench.network.fail("slow-before", "/api/v1", method="GET", times=10_000, seconds=8)
        await asyncio.sleep(0.5)
        other = bench.desk.outbox.send(second.id, "Yours is on its way")
        await until(lambda: state(bench, other).status == "sent", seconds=5)
        assert state(bench, stuck).status == "unknown"
        bench.network.ending.set()


async def test_a_look_up_is_bounded(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    async with running(bench, timing=TIMING._replace(look_within=200)):
        await until(lambda: state(bench, reply).status == "unknown")
        bench.network.fail("slow-before", "/api/v1", method="GET", times=10_000, seconds=20)
        await until(lambda: state(bench, reply).look_ups > 1, seconds=8)
        assert "in time" in state(bench, reply).error
        bench.network.ending.set()


async def test_what_a_poll_read_back_settles_a_reply_that_cannot_be_looked_up(bench):
    _, row = await one(bench)
    account = sources.by_name(bench.store.read(), "brand").account_id
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-after", POST, method="POST")
    await bench.poll()
    assert state(bench, reply).status == "unknown"
    bench.network.fail("500", f"/api/v1/accounts/{account}/statuses", skip=1, times=10_000)
    bench.network.fail("500", POST, method="GET", times=10_000)
    await bench.step()
    kept = state(bench, reply)
    assert (kept.status, kept.look_ups) == ("sent", 0)
    (ours,) = [m for m in messages.thread(bench.store.read(), row.id) if not m.inbound]
    assert (ours.member, ours.reply_id) == ("ana", reply.id)
    assert bench.only().status == "pending"


@pytest.mark.parametrize("minutes", [-7, 7])
async def test_a_servers_clock_that_is_off_makes_no_colleague_of_us(home, monkeypatch, minutes):
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", "let-me-in")
    with DemoNetwork(token="let-me-in", clock=lambda: now() + minutes * MINUTE, keys="none") as network:
        config = write_config(home, network.url)._replace(undo_ms=0)
        with new_store(config.paths.store) as store:
            bench = Bench(network, config, store)
            asked = now()
            status = network.post_as("mina@far.test", "@saffronheron may I have my money back?", at=asked)
            await bench.poll()
            row = bench.only()
            reply = bench.desk.outbox.send(row.id, "We are looking into it")
            network.fail("cut-after", POST, method="POST")
            async with running(bench):
                await until(lambda: state(bench, reply).status in ("sent", "failed"))
            assert state(bench, reply).error == ""
            assert state(bench, reply).status == "sent"
            await bench.poll()
            assert len(network.accepted()) == 1
            (ours,) = [m for m in messages.thread(store.read(), row.id) if not m.inbound]
            assert (ours.reply_id, ours.parent) == (reply.id, status)
            assert asked <= ours.created_at <= now()
            assert bench.only().status == "pending"


@pytest.mark.parametrize("minutes", [-7, 7])
async def test_an_answer_given_on_a_phone_is_later_than_its_question_and_not_in_the_future(home, monkeypatch, minutes):
    monkeypatch.setenv("CMINBOX_SECRET_BRAND", "let-me-in")
    with DemoNetwork(token="let-me-in", clock=lambda: now() + minutes * MINUTE) as network:
        config = write_config(home, network.url)
        with new_store(config.paths.store) as store:
            bench = Bench(network, config, store)
            asked = now()
            status = network.post_as("mina@far.test", "@saffronheron hello?", at=asked)
            network.post_as("saffronheron", "@mina@far.test hello", in_reply_to=status)
            await bench.poll()
            row = bench.only()
            assert row.status == "pending"
            (ours,) = [m for m in messages.thread(store.read(), row.id) if not m.inbound]
            assert asked <= ours.created_at <= now()


@pytest.mark.parametrize("later", [60, 500])
async def test_an_answer_far_above_stops_a_reply(bench, later):
    status, row = await one(bench)
    reply = bench.holding.outbox.send(row.id, "Second answer")
    bench.network.post_as("saffronheron", "@mina handled by phone", in_reply_to=status)
    for number in range(later):
        bench.network.post_as("mina", f"@saffronheron and another thing {number}", in_reply_to=status)
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 0"))
    await bench.poll()
    assert state(bench, reply).status == "failed"
    assert "handled by phone" in state(bench, reply).error
    assert said(bench) == []


async def test_a_secret_of_another_account_sends_nothing(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.store.write(lambda conn: conn.execute("UPDATE sources SET account_id = '77'"))
    async with running(bench):
        await until(lambda: state(bench, reply).status == "failed")
    assert "belongs to another account" in state(bench, reply).error
    assert said(bench) == []


async def test_a_message_of_another_conversation_or_none_is_not_answered(bench):
    _, first = await one(bench)
    _, second = await one(bench, "ravi")
    target = messages.answerable(bench.store.read(), second.id)
    for wrong in (target.id, 4711):
        reply = bench.desk.outbox.send(first.id, "We are looking into it")
        bench.store.write(
            lambda conn, wrong=wrong, reply=reply: conn.execute(
                "UPDATE outgoing SET message_id = ? WHERE id = ?", (wrong, reply.id)
            )
        )
        async with running(bench):
            await until(lambda reply=reply: state(bench, reply).status == "failed")
        assert "the store has no message" in state(bench, reply).error
    assert said(bench) == []


async def test_a_source_that_leads_to_another_server_answers_nobody_there_by_the_old_ids(bench, monkeypatch, home):
    _, row = await one(bench)
    held = bench.holding.outbox.send(row.id, "We are looking into it")
    with DemoNetwork(token="let-me-in") as other:
        for _ in range(3):
            other.post_as("ravi", "not for us")
        elsewhere = Bench(other, write_config(home, other.url)._replace(undo_ms=0), bench.store)
        bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 0"))
        await elsewhere.poll()
        assert "the store has no message of that server" in state(bench, held).error
        with pytest.raises(ActionError, match="nothing here that can be answered"):
            elsewhere.desk.outbox.send(row.id, "We are looking into it")
        assert other.accepted() == []
    back = Bench(bench.network, write_config(home, bench.network.url)._replace(undo_ms=0), bench.store)
    await back.poll()
    assert back.desk.outbox.retry(held.id).status == "held"
    await back.poll()
    assert said(back) == ["We are looking into it"]


async def test_a_clock_that_is_set_back_keeps_no_reply_waiting(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    back, tried = 0, []
    step = lambda name: tried.append(now()) if name == "send: marked" else None  # noqa: E731
    async with running(bench, step, clock=lambda: now() - back):
        await until(lambda: state(bench, reply).status == "unknown")
        back = 120 * MINUTE
        await until(lambda: state(bench, reply).status == "sent")
    assert tried[1] - tried[0] > WINDOW - 100
    assert said(bench) == ["We are looking into it"]


async def test_a_clock_that_is_set_forward_or_a_host_that_slept_shortens_no_wait(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    ahead, tried = 0, []
    step = lambda name: tried.append(now()) if name == "send: marked" else None  # noqa: E731
    passed = lambda: round(time.monotonic() * 1000)  # noqa: E731
    async with running(bench, step, clock=lambda: now() + ahead, passed=passed):
        await until(lambda: state(bench, reply).status == "unknown")
        ahead = 2 * HOUR
        await until(lambda: state(bench, reply).status == "sent")
    assert tried[1] - tried[0] > WINDOW - 100
    assert said(bench) == ["We are looking into it"]


@pytest.mark.parametrize("booted", [False, True])
async def test_a_clock_that_is_set_forward_between_two_engines_shortens_no_wait(bench, monkeypatch, booted):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    tried = []
    step = lambda name: tried.append(now()) if name == "send: marked" else None  # noqa: E731
    since = 0
    passed = lambda: round(time.monotonic() * 1000) - since  # noqa: E731
    async with running(bench, step, clock=now, passed=passed):
        await until(lambda: state(bench, reply).status == "unknown")
    if booted:
        since = passed()
        monkeypatch.setattr("cminbox.engine.loop.boot_id", lambda: "another")
    async with running(bench, step, clock=lambda: now() + 2 * HOUR, passed=passed):
        await until(lambda: state(bench, reply).status == "sent")
    assert tried[1] - tried[0] > WINDOW - 100
    assert said(bench) == ["We are looking into it"]


async def test_many_short_engines_end_a_wait_too(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")
    for _ in range(100):
        async with running(bench):
            await asyncio.sleep(WINDOW / 10 / SECOND)
        if state(bench, reply).status == "sent":
            break
    assert said(bench) == ["We are looking into it"]


async def test_what_a_person_decides_while_it_is_looked_up_stands(bench):
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")
    bench.network.fail("cut-before", POST, method="POST")

    def step(name):
        if name == "look up: answered":  # with a sure «no», which would have it sent again
            bench.desk.outbox.arrived(reply.id)

    async with running(bench, step, TIMING._replace(may_be_accepted=1)):
        await until(lambda: state(bench, reply).status == "sent")
    assert state(bench, reply).tries == 1
    assert said(bench) == []


async def test_a_mistake_of_an_adapter_is_told_without_its_name(bench, monkeypatch):
    """Of a try and of a look-up: the program's log has the traceback, people are told where to look."""
    _, row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "We are looking into it")

    async def broken(*_: object) -> None:
        raise KeyError("in_reply_to_id")

    monkeypatch.setattr(mastodon, "send", broken)
    monkeypatch.setattr(mastodon, "find_sent", broken)
    await bench.poll()
    tried = state(bench, reply)
    assert (tried.status, tried.error) == ("unknown", "the adapter failed; see the log")
    await asyncio.sleep(0.2)
    await bench.step()
    looked = state(bench, reply)
    assert (looked.status, looked.error, looked.look_ups) == ("unknown", "the adapter failed; see the log", 1)
