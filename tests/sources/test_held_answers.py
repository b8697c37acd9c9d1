"""Our own answers that a network holds for its review: they are sent, and said to be held until everybody sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import discourse_world
import pytest
import wordpress_world
from engine_desk import EngineDesk
from loopback import Loopback

from cminbox.model import DAY
from cminbox.store import events

START = wordpress_world.START + DAY


@pytest.fixture(params=["wordpress", "discourse"])
def bench(request: pytest.FixtureRequest, home) -> Iterator[EngineDesk]:
    if request.param == "wordpress":
        world, secret = wordpress_world.World(), wordpress_world.SECRET
        world.moderator = False
    else:
        world, secret = discourse_world.World(), f"{discourse_world.NAME}:{discourse_world.KEY}"
        world.enqueue = True
    with Loopback(world.handle) as server:
        yield EngineDesk(home, request.param, world, server.url, secret, SimpleNamespace(clock=START))


def look_at(bench: EngineDesk, status: str, decision: str, of: str = "hold") -> None:
    """Somebody looks at what waits, and decides."""
    world = bench.world
    if isinstance(world, wordpress_world.World):
        for each in world.comments.values():
            each["status"] = status if each["status"] == of else each["status"]
    else:
        for number in list(world.reviews):
            world._perform(number, decision, world.reviews[number]["version"])


def let_through(bench: EngineDesk) -> None:
    """Everybody sees it."""
    look_at(bench, "approved", "approve_post")


def turn_down(bench: EngineDesk, status: str = "trash") -> None:
    """Nobody ever sees it."""
    look_at(bench, status, "reject_post")


async def answered(bench: EngineDesk):
    bench.world.say("ana", "Does it come in green?")
    await bench.step()
    row = next(iter(bench.rows()))
    reply = bench.desk.outbox.send(row.id, "It does, from May on")
    await bench.step()
    return row, reply


async def test_what_is_held_is_sent_and_held(bench):
    row, reply = await answered(bench)
    after = bench.reply(reply)
    assert after.status == "sent"
    assert after.error == "the network holds it for review: nobody sees it before it is released there"
    ours = bench.messages(row)[-1]
    assert (ours.direction, ours.held, ours.member) == ("out", True, "ana")
    (told,) = [event for event in events.of(bench.store.read(), row.id, 9) if event.action == "sent"]
    assert told.detail["error"] == after.error
    assert bench.row(row.remote_id).status == "pending"
    # It is ours: nobody has to release it here.
    assert not bench.row(row.remote_id).content.held


async def test_once_everybody_sees_it_it_is_no_second_answer(bench):
    row, reply = await answered(bench)
    let_through(bench)
    for _ in range(2):
        await bench.step()
    ours = [message for message in bench.messages(row) if not message.inbound]
    assert [(message.text, message.held, message.member) for message in ours] == [
        ("It does, from May on", False, "ana")
    ]
    assert (bench.reply(reply).status, bench.reply(reply).error) == ("sent", "")


@pytest.mark.parametrize("status", ["trash", "spam"])
@pytest.mark.parametrize("moderator", [True, False])
async def test_what_the_review_turns_down_has_failed_and_answered_nobody(bench, moderator, status):
    if status == "spam" and isinstance(bench.world, discourse_world.World):
        pytest.skip("a forum knows one way to turn down")
    row, reply = await answered(bench)
    bench.world.moderator = moderator
    turn_down(bench, status)
    await bench.step()
    after = bench.reply(reply)
    how = " as spam" if status == "spam" else ""
    assert (after.status, after.error) == ("failed", f"the network's review turned it down{how}: nobody saw it")
    now = bench.row(row.remote_id)
    assert (now.status, now.outbox, now.waiting_since) == ("open", "failed", row.waiting_since)
    told = [event.action for event in events.of(bench.store.read(), row.id, 9)]
    assert told.count("reply failed") == 1
    assert bench.store.read().execute("SELECT COUNT(*) FROM measures").fetchone()[0] == 0
    # It can be written anew, and answers then.
    bench.world.enqueue, bench.world.moderator = False, True
    bench.desk.outbox.retry(reply.id)
    if status == "spam":
        # The same words again are refused as they stand in the spam: it is this one still, until it is let out.
        for _ in range(2):
            await bench.step()
        assert (bench.reply(reply).status, bench.row(row.remote_id).status) == ("failed", "open")
        look_at(bench, "approved", "", of="spam")
    for _ in range(2):
        await bench.step()
    assert bench.reply(reply).status == "sent"
    assert bench.row(row.remote_id).status == "pending"
    shown = [(each.held, each.deleted_at) for each in bench.messages(row)[1:]]
    assert (False, None) in shown
    assert len(shown) == (1 if status == "spam" else 2)


@pytest.mark.parametrize("bench", ["wordpress"], indirect=True)
async def test_what_a_blog_takes_for_spam_has_failed_until_it_is_let_out(bench):
    """Nobody sees spam, and a site keeps it for some days at most; whoever finds it there may let it out."""
    bench.world.moderator = True
    bench.world.spam_filter = True
    row, reply = await answered(bench)
    for _ in range(3):
        await bench.step()
        after = bench.reply(reply)
        assert (after.status, after.error) == ("failed", "the network's review turned it down as spam: nobody saw it")
        assert bench.row(row.remote_id).status == "open"
        assert bench.messages(row)[-1].deleted_at is not None
    look_at(bench, "approved", "", of="spam")
    for _ in range(2):
        await bench.step()
    assert (bench.reply(reply).status, bench.reply(reply).error) == ("sent", "")
    assert bench.row(row.remote_id).status == "pending"
    assert [(each.text, each.deleted_at) for each in bench.messages(row)[1:]] == [("It does, from May on", None)]


@pytest.mark.parametrize("moderator", [True, False])
async def test_what_nobody_decided_stays_held(bench, moderator):
    row, reply = await answered(bench)
    bench.world.moderator = moderator
    for _ in range(3):
        await bench.step()
    assert bench.reply(reply).status == "sent"
    assert bench.messages(row)[-1].held


@pytest.mark.parametrize("moderator", [True, False])
@pytest.mark.parametrize("bench", ["discourse"], indirect=True)
async def test_what_is_let_through_in_other_words_is_our_answer_where_the_network_says_so(bench, moderator):
    """Whoever looks at what waits may edit it first; who may not moderate is not told which post it became."""
    row, reply = await answered(bench)
    bench.world.moderator = moderator
    for each in bench.world.reviews.values():
        each["payload"]["raw"] = "It does, from June on"
    bench.world.clock += timedelta(days=1, hours=1)
    let_through(bench)
    for _ in range(2):
        await bench.step()
    assert bench.reply(reply).status == "sent"
    assert (bench.reply(reply).error == "") is moderator
    shown = [message for message in bench.messages(row) if not message.inbound and message.deleted_at is None]
    assert ("It does, from June on", "ana" if moderator else "") in [(each.text, each.member) for each in shown]
    assert bench.row(row.remote_id).status == "pending"
