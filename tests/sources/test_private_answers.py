"""A comment that is answered in private, from the desk through the outbox to a network, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from engine_desk import EngineDesk
from facebook_world import TOKEN, World, error
from loopback import Loopback, Reply

from cminbox.cli.entry import run
from cminbox.desk import Hide
from cminbox.errors import ActionError
from cminbox.model import DAY, MINUTE, now
from cminbox.sources.networks import facebook
from cminbox.store import events, replies


@pytest.fixture
def bench(home) -> Iterator[EngineDesk]:
    world = World()
    with Loopback(world.handle) as server:
        world.server = server
        yield EngineDesk(home, "facebook", world, world.server.url, TOKEN)


async def commented(bench: EngineDesk, text: str = "My order never came!") -> str:
    own = bench.world.comment(text)
    await bench.step()
    assert bench.row(own).status == "open"
    return own


async def test_it_answers_the_comment_and_opens_nothing(bench):
    own = await commented(bench)
    reply = bench.desk.outbox.send(bench.row(own).id, "Your order number, please?", private=True)
    assert reply.private
    await bench.step()
    assert bench.reply(reply).status == "sent"
    assert bench.world.told == [(own, "Your order number, please?")]
    assert list(bench.world.comments) == [own]
    said, answer = bench.thread(own)
    assert (answer.text, answer.visibility, answer.parent, answer.member) == (
        "Your order number, please?", "private", said.remote_id, "ana",
    )  # fmt: skip
    assert (bench.row(own).status, bench.row(own).waiting_since) == ("pending", None)
    await bench.step()
    assert [m.text for m in bench.thread(own)] == ["My order never came!", "Your order number, please?"]
    direct = bench.row("dm:7")
    assert (direct.status, direct.waiting_since) == ("pending", None)
    assert [(m.direction, m.member) for m in bench.thread("dm:7")] == [("out", "")]
    # What they answer in private opens that conversation, below what we asked.
    bench.world.write("7", "It is 4711")
    await bench.step()
    assert bench.row("dm:7").status == "open"
    assert [m.text for m in bench.thread("dm:7")] == ["Your order number, please?", "It is 4711"]
    assert bench.row(own).status == "pending"


async def test_a_lost_answer_is_looked_up_and_never_sent_twice(bench):
    own = await commented(bench)
    reply = bench.desk.outbox.send(bench.row(own).id, "Your order number, please?", private=True)
    bench.world.fault_after = Reply({"error": {"message": "An unknown error occurred", "code": 1}}, 500)
    await bench.step(0)
    assert bench.reply(reply).status == "unknown"
    for _ in range(3):
        await bench.step()
    assert bench.reply(reply).status == "sent"
    assert len(bench.world.told) == 1
    assert [m.visibility for m in bench.thread(own)] == ["", "private"]
    assert bench.row(own).status == "pending"


async def test_what_was_read_back_settles_it_where_nobody_can_look(bench, monkeypatch):
    own = await commented(bench)
    reply = bench.desk.outbox.send(bench.row(own).id, "Your order number, please?", private=True)
    bench.world.fault_after = Reply({"error": {"message": "An unknown error occurred", "code": 1}}, 500)
    route = bench.world._route
    monkeypatch.setattr(bench.world, "_route", lambda asked: error(2) if "user_id" in asked.query else route(asked))
    await bench.step(0)
    assert bench.reply(reply).status == "unknown"
    await bench.step()  # reads it back
    assert bench.reply(reply).status == "sent"
    assert bench.reply(reply).look_ups == 0
    assert len(bench.world.told) == 1


async def test_the_guards(bench):
    own = await commented(bench)
    number, outbox = bench.row(own).id, bench.desk.outbox
    with pytest.raises(ActionError, match="1 too long for facebook"):
        outbox.send(number, "x" * 2001, private=True)
    reply = outbox.send(number, "Your order number, please?", private=True)
    with pytest.raises(ActionError, match="is on its way"):
        outbox.send(number, "In public", seen=None)
    await bench.step()
    assert bench.reply(reply).status == "sent"
    with pytest.raises(ActionError, match="answered in private before"):
        outbox.send(number, "And again", private=True)
    late = await commented(bench, "Another one")
    bench.world.clock += 7 * DAY
    with pytest.raises(ActionError, match="takes a private answer for"):
        outbox.send(bench.row(late).id, "Hello?", private=True)
    bench.world.write("5", "In private")
    await bench.step()
    with pytest.raises(ActionError, match="private anyway"):
        outbox.send(bench.row("dm:5").id, "Hello", private=True)


async def test_whoever_was_told_why_is_not_written_to_a_second_time(bench):
    own = await commented(bench, "rude words")
    bench.desk.do(Hide("insult or hate"), [bench.row(own).id])
    await bench.step()
    assert len(bench.world.told) == 1
    with pytest.raises(ActionError, match="told why in private"):
        bench.desk.outbox.send(bench.row(own).id, "Sorry", private=True)


async def test_a_network_without_it_is_given_nothing(bench, monkeypatch):
    """Whatever the store says: a private answer never stands in public."""
    own = await commented(bench)
    reply = bench.desk.outbox.send(bench.row(own).id, "Your order number, please?", private=True)
    able = replace(facebook.INFO.capabilities, private_reply=None)
    monkeypatch.setattr(facebook, "INFO", replace(facebook.INFO, capabilities=able))
    await bench.step()
    assert bench.reply(reply).status == "failed"
    assert "no private answer" in bench.reply(reply).error
    assert (bench.world.told, list(bench.world.comments)) == ([], [own])
    with pytest.raises(ActionError, match="no private answer to a comment"):
        bench.desk.outbox.retry(reply.id)


async def test_the_log_says_that_it_was_private(bench):
    own = await commented(bench)
    bench.desk.outbox.send(bench.row(own).id, "Your order number, please?", private=True)
    (given,) = [event for event in events.of(bench.store.read(), bench.row(own).id, 9) if event.action == "reply"]
    assert given.detail["visibility"] == "private"


async def test_it_is_given_from_the_shell_too(bench, monkeypatch, capsys):
    # A shell has the clock of its host: the comment was written just now.
    bench.world.clock = now() - MINUTE
    own = await commented(bench)
    monkeypatch.setattr("cminbox.cli.reply.ensure_running", lambda *_, **__: False)
    number, words = str(bench.row(own).id), ["--text", "Your order number, please?", "--private"]
    assert run(["reply", number, *words, "--dry-run"]) == 0
    assert capsys.readouterr().out == "Your order number, please?\n"
    assert run(["reply", number, "--text", "x" * 2001, "--private"]) == 1
    assert "1 too long for facebook" in capsys.readouterr().err
    assert run(["reply", number, *words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["private"] is True
    (reply,) = replies.of(bench.store.read(), bench.row(own).id)
    assert (reply.private, reply.status) == (True, "held")
