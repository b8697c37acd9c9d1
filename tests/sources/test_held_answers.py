"""Our own answers that a network holds for its review: they are sent, and said to be held until everybody sees them."""

from __future__ import annotations

from collections.abc import Iterator
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


def let_through(bench: EngineDesk) -> None:
    """Somebody looks at what waits, and everybody sees it."""
    world = bench.world
    if isinstance(world, wordpress_world.World):
        for each in world.comments.values():
            each["status"] = "approved"
    else:
        for number in list(world.reviews):
            world._perform(number, "approve_post", world.reviews[number]["version"])


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
