"""What the row of a conversation says of its replies: the one that needs a person most."""

from __future__ import annotations

from cminbox.query import Context, parse
from cminbox.store import conversations, replies, search


def found(office, text: str) -> list[int]:
    return conversations.ids(office.store.read(), search.to_sql(parse(text), Context(office.now)))


def test_a_draft_hides_no_reply_that_awaits_approval(office):
    first = office.write()
    reply = office.dan.outbox.send(first, "It is on its way")
    assert (office.row(first).outbox, found(office, "is:awaiting")) == ("awaiting approval", [first])
    office.lena.outbox.draft(first, "I would say")
    assert (office.row(first).outbox, found(office, "is:awaiting")) == ("awaiting approval", [first])
    assert [(one.id, one.member) for one in replies.awaiting(office.store.read())] == [(reply.id, "dan")]
    office.lena.outbox.draft(first, "")
    assert found(office, "is:failed") == []


def test_a_draft_hides_no_reply_that_failed(office):
    first = office.write()
    reply = office.ana.outbox.send(first, "It is on its way")
    for event in ("countdown over", "target gone"):
        office.store.write(lambda conn, event=event: replies.move(conn, reply.id, event, office.now))
    assert (office.row(first).outbox, found(office, "is:failed")) == ("failed", [first])
    office.lena.outbox.draft(first, "I would say")
    assert (office.row(first).outbox, found(office, "is:failed")) == ("failed", [first])
    office.ana.outbox.cancel(reply.id)
    assert (office.row(first).outbox, found(office, "is:failed")) == ("draft", [])
