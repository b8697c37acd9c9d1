"""What a reply brings with it: promised, and counted from, only once it stands on the network."""

from __future__ import annotations

import pytest

from cminbox.engine import scheduled
from cminbox.errors import ActionError
from cminbox.model import DAY, HOUR, MINUTE, Brings, ToPromise, now
from cminbox.store import events, promises, replies

SOON = now() + 9 * DAY
BRINGS = Brings(2 * DAY, (ToPromise("the refund is booked", SOON, ""), ToPromise("a new cup", SOON + DAY, "jo")))


async def one(bench, text="@saffronheron my parcel is broken"):
    """A conversation that waits."""
    bench.network.post_as("mina", text, at=now() - 5 * MINUTE, visibility="unlisted")
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("INSERT OR IGNORE INTO members (handle) VALUES ('jo')"))
    return bench.only()


def made(bench, row):
    return [(p.text, p.due_at, p.owner, p.made_by, p.status) for p in promises.of(bench.store.read(), row.id)]


async def test_what_is_promised_with_a_reply_is_promised_once_it_is_sent(bench):
    row = await one(bench)
    reply = bench.desk.outbox.send(row.id, "So sorry!", brings=BRINGS)
    assert made(bench, row) == []
    assert (bench.only().promise_at, bench.only().back_at) == (None, None)
    await bench.poll()
    sent = replies.get(bench.store.read(), reply.id)
    assert made(bench, row) == [
        ("the refund is booked", SOON, "ana", "ana", "open"),
        ("a new cup", SOON + DAY, "jo", "ana", "open"),
    ]
    after = bench.only()
    assert (after.promise_at, after.promise, after.promise_owner) == (SOON, "the refund is booked", "ana")
    assert (after.status, after.back_at, after.back_why) == ("pending", sent.sent_at + 2 * DAY, "no reply in 2d")
    told = [(e.actor, e.detail["text"]) for e in events.of(bench.store.read(), row.id) if e.action == "promise"]
    assert told == [("member:ana", "the refund is booked"), ("member:ana", "a new cup")]
    await bench.poll()
    await bench.poll()
    assert len(made(bench, row)) == 2


async def test_what_is_taken_back_promises_nothing_and_keeps_what_it_would_bring(bench):
    row = await one(bench)
    reply = bench.holding.outbox.send(row.id, "too fast", brings=BRINGS)
    back = bench.desk.outbox.cancel(reply.id)
    assert (back.status, back.back_after, [p.text for p in back.promises]) == (
        "draft",
        2 * DAY,
        ["the refund is booked", "a new cup"],
    )
    await bench.poll()
    assert (made(bench, row), bench.only().back_at) == ([], None)


@pytest.mark.parametrize("fault", ["cut-before", "cut-after", "500"])
async def test_whatever_breaks_while_sending_it_is_promised_once(bench, fault):
    from test_engine_sending import drain

    row = await one(bench)
    bench.desk.outbox.send(row.id, "We are looking into it", brings=BRINGS)
    bench.network.fail(fault, "/api/v1/statuses", method="POST", times=1, seconds=1)
    await drain(bench)
    assert [text for text, *_ in made(bench, row)] == ["the refund is booked", "a new cup"]
    assert bench.only().back_why == "no reply in 2d"


async def test_who_wrote_before_it_was_sent_is_in_the_queue_already(bench):
    row = await one(bench)
    parent = bench.store.read().execute("SELECT remote_id FROM messages").fetchone()[0]
    bench.holding.outbox.send(row.id, "We are looking into it", brings=BRINGS)
    bench.network.post_as("mina", "@saffronheron hello?", in_reply_to=parent)
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET held_until = 0"))
    await bench.poll()
    after = bench.only()
    assert (after.status, after.back_at, after.back_why) == ("open", None, "")
    assert len(made(bench, row)) == 2


async def test_an_answer_after_it_had_come_back_lets_it_be_pending_again(bench):
    row = await one(bench)
    bench.desk.outbox.send(row.id, "So sorry!", brings=Brings(2 * DAY))
    await bench.poll()
    bench.store.write(lambda conn: conn.execute("UPDATE conversations SET back_at = 1"))
    bench.store.write(lambda conn: scheduled.run(conn, bench.engine().poller.intake()))
    assert bench.only().came_back
    bench.desk.outbox.send(row.id, "Did it arrive?")
    await bench.poll()
    after = bench.only()
    assert (after.status, after.back_why, after.came_back) == ("pending", "", False)


async def test_a_promise_needs_a_time_to_come_and_somebody_who_is_there(bench):
    row = await one(bench)
    past = Brings(None, (ToPromise("the refund", now() - HOUR, ""),))
    with pytest.raises(ActionError, match="the time of “the refund” is past"):
        bench.desk.outbox.send(row.id, "So sorry!", brings=past)
    nobody = Brings(None, (ToPromise("the refund", SOON, "nobody"),))
    with pytest.raises(ActionError, match="no member 'nobody'"):
        bench.desk.outbox.send(row.id, "So sorry!", brings=nobody)
    assert replies.of(bench.store.read(), row.id) == []
