"""Verbs on the network: each once, whatever breaks."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace

import pytest

from cminbox.desk import Block, Desk, Like
from cminbox.engine.action_attempt import TOLD_UNKNOWN
from cminbox.model import MINUTE, Member, now
from cminbox.sources.networks import mastodon
from cminbox.store import conversations, events, messages, network_actions

POSTS = "/api/v1/statuses"


async def one(bench, text="@saffronheron my parcel is broken"):
    """A status of somebody's, and the message that it became."""
    status = bench.network.post_as("mina", text, at=now() - 5 * MINUTE)
    await bench.poll()
    message = messages.by_remote(bench.store.read(), bench.only().source_id, status)
    return bench.network.world.status(int(status)), message


def give(bench, message, verb="like", undo=False, text=""):
    """Give an action to the outbox."""
    values = {
        "conversation_id": message.conversation_id,
        "source_id": message.source_id,
        "message_id": message.id,
        "status": "held",
        "member": "ana",
        "verb": verb,
        "undo": undo,
        "text": text,
        "key": uuid.uuid4().hex,
        "created_at": now(),
        "updated_at": now(),
        "held_until": 0,
    }
    return bench.store.write(lambda conn: network_actions.insert(conn, values))


def get(bench, action_id):
    return network_actions.get(bench.store.read(), action_id)


async def drain(bench, seconds=40.0):
    """Run an engine until no action is on its way."""
    engine = bench.engine()
    task = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(seconds):
            while any(each.status != "failed" for each in network_actions.outbox(bench.store.read())):
                await asyncio.sleep(0.05)
    finally:
        engine.stop()
        await task


def asked(bench, tail):
    """How often something was asked for."""
    return [request.path for request in bench.requests if request.path.endswith(tail)]


@pytest.fixture(autouse=True)
def requests(bench, monkeypatch):
    """What the server carried out."""
    bench.requests = []
    answer = bench.network._api.answer

    def noted(request):
        bench.requests.append(request)
        return answer(request)

    monkeypatch.setattr(bench.network._api, "answer", noted)


async def test_each_verb_is_done_and_taken_back(bench):
    status, message = await one(bench)
    for verb, stands in (
        ("like", lambda: status.favourited),
        ("boost", lambda: status.reblogged),
        ("block", lambda: status.account.blocked),
        ("mute", lambda: status.account.muted),
    ):
        for undo in (False, True):
            action = give(bench, message, verb, undo)
            await bench.poll()
            assert get(bench, action).status == "sent", verb
            assert stands() is not undo, verb
            stored = messages.get(bench.store.read(), message.id)
            assert network_actions.stands(bench.store.read(), stored, verb) is not undo
    told = [e.action for e in events.of(bench.store.read(), message.conversation_id, 100)]
    assert told.count("action done") == 8


@pytest.mark.parametrize("fault", ["cut-before", "cut-after", "500", "429", "html-after", "bad-json-after"])
async def test_whatever_breaks_it_is_done_in_the_end(bench, fault):
    status, message = await one(bench)
    action = give(bench, message)
    bench.network.fail(fault, POSTS, method="POST", times=2, seconds=1)
    await drain(bench)
    assert get(bench, action).status == "sent"
    assert status.favourited


async def test_what_cannot_be_repeated_is_asked_for_once_and_looked_up(bench, monkeypatch):
    """A lost answer, of a verb that done twice is something else: only the network's word ends it."""
    verbs = {
        **mastodon.INFO.capabilities.verbs,
        "like": replace(mastodon.INFO.capabilities.verbs["like"], repeatable=False),
    }
    capabilities = replace(mastodon.INFO.capabilities, verbs=verbs)
    monkeypatch.setattr(mastodon, "INFO", replace(mastodon.INFO, capabilities=capabilities))
    _, message = await one(bench)
    action = give(bench, message)
    bench.network.fail("cut-after", POSTS, method="POST", times=1)
    bench.network.fail("500", POSTS, method="GET", times=6)
    await bench.poll()
    assert get(bench, action).status == "unknown"
    await drain(bench)
    assert get(bench, action).status == "sent"
    assert len(asked(bench, "/favourite")) == 1


async def test_what_does_not_stand_there_is_done_again_once_it_can_no_longer_be_accepted(bench, monkeypatch):
    verbs = {
        **mastodon.INFO.capabilities.verbs,
        "like": replace(mastodon.INFO.capabilities.verbs["like"], repeatable=False),
    }
    capabilities = replace(mastodon.INFO.capabilities, verbs=verbs)
    monkeypatch.setattr(mastodon, "INFO", replace(mastodon.INFO, capabilities=capabilities))
    status, message = await one(bench)
    action = give(bench, message)
    bench.network.fail("cut-before", POSTS, method="POST", times=1)
    began = now()
    await drain(bench)
    assert get(bench, action).status == "sent"
    assert get(bench, action).sent_at - began > 400  # the bench's own time in which it may be accepted
    assert status.favourited


async def test_what_stands_already_is_not_asked_for(bench):
    _, message = await one(bench)
    first, second = give(bench, message), give(bench, message)
    await bench.poll()
    assert [get(bench, each).status for each in (first, second)] == ["sent", "sent"]
    assert len(asked(bench, "/favourite")) == 1


async def test_an_act_on_what_was_deleted_meanwhile_fails_and_says_so(bench):
    status, message = await one(bench)
    bench.network.delete(str(status.id))
    action = give(bench, message)
    await bench.poll()
    assert get(bench, action).status == "failed"
    assert conversations.get(bench.store.read(), message.conversation_id).outbox == "action failed"
    told = [e.action for e in events.of(bench.store.read(), message.conversation_id)]
    assert "action failed" in told


async def test_blocking_whoever_deleted_what_they_wrote_is_done(bench):
    status, message = await one(bench)
    bench.store.write(lambda conn: messages.update(conn, message.id, {"deleted_at": now()}))
    action = give(bench, message, "block")
    await bench.poll()
    assert get(bench, action).status == "sent"
    assert status.account.blocked


async def test_our_own_reply_is_deleted_there_and_only_then_here(bench):
    _, message = await one(bench)
    bench.desk.outbox.send(message.conversation_id, "Good day to you")
    await bench.poll()
    (ours,) = [m for m in messages.thread(bench.store.read(), message.conversation_id) if not m.inbound]
    action = give(bench, ours, "delete")
    bench.network.fail("500", POSTS, method="DELETE", times=1)
    await bench.poll()
    assert messages.get(bench.store.read(), ours.id).deleted_at is None
    await drain(bench)
    assert get(bench, action).status == "sent"
    assert bench.network.accepted() == []
    assert messages.get(bench.store.read(), ours.id).deleted_at is not None
    again = give(bench, ours, "delete")
    await bench.poll()
    assert get(bench, again).status == "sent"


async def test_a_deletion_that_the_network_does_not_know_any_more_is_done(bench):
    """Somebody was first, elsewhere: the network says 404, and that it is not there is what was wanted."""
    _, message = await one(bench)
    bench.desk.outbox.send(message.conversation_id, "Good day to you")
    await bench.poll()
    (ours,) = [m for m in messages.thread(bench.store.read(), message.conversation_id) if not m.inbound]
    bench.network.delete(ours.remote_id)
    action = give(bench, ours, "delete")
    await bench.poll()
    assert get(bench, action).status == "sent"


async def test_a_refusal_fails_with_the_networks_words(bench):
    _, message = await one(bench)
    action = give(bench, message)
    bench.network.fail("403", f"{POSTS}/{message.remote_id}/favourite", method="POST", times=1)
    await bench.poll()
    found = get(bench, action)
    assert found.status == "failed"
    assert "not allowed" in found.error


async def test_an_engine_that_starts_asks_for_what_was_cut(bench):
    status, message = await one(bench)
    action = give(bench, message)
    bench.store.write(
        lambda conn: conn.execute("UPDATE outgoing SET status = 'sending', tries = 1, sending_at = ?", (now(),))
    )
    await drain(bench)
    assert get(bench, action).status == "sent"
    assert status.favourited


LENA = Member("lena", "Lena", "responder", ("care",))


async def test_undo_within_the_countdown_asks_the_network_for_nothing(bench):
    status, message = await one(bench)
    bench.holding.do(Like(), [message.conversation_id])
    bench.holding.undo()
    await bench.poll()
    assert not status.favourited
    assert asked(bench, "/favourite") == []


async def test_undo_pressed_while_it_is_being_sent_undoes_it_once_it_is_done(bench):
    status, message = await one(bench)
    desk = Desk(bench.store, bench.config, LENA)
    desk.do(Like(), [message.conversation_id])
    bench.network.fail("slow", f"{POSTS}/{message.remote_id}/favourite", method="POST", times=1, seconds=0.6)
    polling = asyncio.create_task(bench.poll())
    async with asyncio.timeout(20):
        while network_actions.of(bench.store.read(), message.conversation_id)[0].status != "sending":
            await asyncio.sleep(0.02)
    assert desk.undo().summary == "1 being taken back (like)"
    await polling
    await drain(bench)
    assert not status.favourited
    assert len(asked(bench, "/favourite")) == len(asked(bench, "/unfavourite")) == 1


async def test_two_members_who_do_the_same_ask_the_network_once(bench):
    status, message = await one(bench)
    lena = Desk(bench.store, bench.config._replace(undo_ms=60_000), LENA)
    bench.desk.do(Block("insult or hate"), [message.conversation_id])
    bench.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'queued'"))
    outcome = lena.do(Block("spam"), [message.conversation_id])
    assert "on its way to the network" in outcome.summary
    await drain(bench)
    assert status.account.blocked
    assert len(asked(bench, "/block")) == 1
    lena.do(Block(), [message.conversation_id])
    (_, back) = network_actions.of(bench.store.read(), message.conversation_id)
    assert (back.verb, back.undo, back.member) == ("block", True, "lena")


async def test_another_engine_goes_on_with_what_is_held_and_queued(bench):
    status, message = await one(bench)
    bench.desk.do(Like(), [message.conversation_id])
    bench.network.fail("500", POSTS, method="POST", times=1)
    await bench.poll()
    assert not status.favourited
    await drain(bench)
    assert status.favourited
    assert messages.get(bench.store.read(), message.id).done == {"like"}


async def test_what_a_verb_did_not_do_besides_is_kept_and_the_verb_counts(bench, monkeypatch):
    """A network that carries a verb out and does not let us tell its author."""
    status, message = await one(bench)
    act = mastodon.act

    async def act_untold(client, account, wanted):
        await act(client, account, wanted)
        return "its author was not told: it is older than 7 days"

    monkeypatch.setattr(mastodon, "act", act_untold)
    number = give(bench, message)
    await drain(bench)
    action = get(bench, number)
    assert (action.status, action.error) == ("sent", "its author was not told: it is older than 7 days")
    assert status.favourited
    assert messages.get(bench.store.read(), message.id).done == {"like"}


async def test_whether_its_author_was_told_is_not_known_where_the_answer_was_lost(bench, monkeypatch):
    status, message = await one(bench)
    verbs = {
        **mastodon.INFO.capabilities.verbs,
        "like": replace(mastodon.INFO.capabilities.verbs["like"], repeatable=False, tells=True),
    }
    capabilities = replace(mastodon.INFO.capabilities, verbs=verbs)
    monkeypatch.setattr(mastodon, "INFO", replace(mastodon.INFO, capabilities=capabilities))
    bench.network.fail("cut-after", POSTS, method="POST", times=1)
    number = give(bench, message, text="We take away what insults")
    await drain(bench)
    action = get(bench, number)
    assert status.favourited
    assert (action.status, action.error) == ("sent", TOLD_UNKNOWN)
