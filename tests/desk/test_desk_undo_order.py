"""Undo goes back in order: actions, replies while they can be taken back, crises; what cannot be undone is said."""

from __future__ import annotations

import pytest
from desk_office import Office

from cminbox.desk import Approve, Close, Label, Take
from cminbox.errors import ActionError
from cminbox.store import crises, replies


def go_out(office: Office, reply_id: int) -> None:
    """The engine has begun to send a reply."""
    for event in ("countdown over", "begun"):
        office.store.write(lambda conn, event=event: replies.move(conn, reply_id, event, office.now))


def test_a_held_reply_is_taken_back_in_its_turn(office):
    number = office.write()
    office.ana.do(Take(), [number])
    reply = office.ana.outbox.send(number, "hello")
    office.ana.do(Label(add=("late",)), [number])
    assert office.ana.undo().summary == "1 undone (label)"
    assert office.ana.undoable() == "reply"
    back = office.ana.undo()
    assert (back.changed, back.summary) == ((number,), "reply to @mina-c1 taken back: it is a draft again")
    assert replies.get(office.store.read(), reply.id).status == "draft"
    assert office.ana.undo().summary == "1 undone (take)"
    with pytest.raises(ActionError, match="nothing to undo"):
        office.ana.undo()


def test_a_reply_that_is_being_sent_cannot_be_taken_back_and_undo_says_so_before_it_goes_past_it(office):
    number, other = office.write(), office.write()
    office.ana.do(Close(), [other])
    go_out(office, office.ana.outbox.send(number, "hello").id)
    with pytest.raises(ActionError, match="the reply to @mina-c1 is sending: it can no longer be taken back") as told:
        office.ana.undo()
    assert "undo once more takes back close of 1 conversation" in told.value.line()
    assert office.row(other).status == "closed"
    assert office.ana.undo().summary == "1 undone (close)"


def test_a_reply_that_was_taken_back_by_hand_is_passed_over(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.ana.outbox.cancel(office.ana.outbox.send(number, "hello").id)
    assert office.ana.undo().summary == "1 undone (take)"


def test_an_approval_is_not_taken_back_once_the_reply_goes_out(office):
    number = office.write()
    reply = office.dan.outbox.send(number, "hello")
    office.ana.do(Approve(), [number])
    go_out(office, reply.id)
    undone = office.ana.undo()
    assert undone.skipped == ((number, "the reply is on the network: it can no longer be taken back"),)
    assert replies.get(office.store.read(), reply.id).status == "sending"


def test_what_is_done_to_a_crisis_is_undone_in_order(office):
    number = office.write("my parcel is late")
    crisis = office.ana.crises.declare("Storm", reason="many", severity=3)
    office.ana.crises.update(crisis.id, severity=1)
    office.ana.crises.update(crisis.id, "we know", lead="lena")
    office.store.write(lambda conn: conn.execute("UPDATE conversations SET crisis_id = 1, crisis = 'Storm'"))
    office.ana.crises.end(crisis.id, "over")
    assert office.row(number).crisis == ""
    assert office.ana.undo().summary == "crisis Storm: ended undone"
    assert (office.row(number).crisis, crises.get(office.store.read(), crisis.id).status) == ("Storm", "running")
    office.ana.undo()
    assert crises.get(office.store.read(), crisis.id).lead == "ana"
    office.ana.undo()
    assert crises.get(office.store.read(), crisis.id).severity == 3
    with pytest.raises(ActionError, match="Storm goes on: there is something in it"):
        office.ana.undo()
    with pytest.raises(ActionError, match="nothing to undo"):
        office.ana.undo()
    told = [entry.what for entry in crises.timeline(office.store.read(), crisis.id)]
    assert told == ["declared", "update", "update", "ended", "undone", "undone", "undone"]


def test_a_crisis_that_was_just_declared_is_dismissed_again(office):
    crisis = office.ana.crises.declare("Storm", reason="many")
    assert office.ana.undo().summary == "crisis Storm: declared undone"
    assert crises.get(office.store.read(), crisis.id).status == "dismissed"


def test_what_another_did_to_a_crisis_since_stays(office):
    crisis = office.ana.crises.declare("Storm", reason="many", severity=3)
    office.ana.crises.update(crisis.id, severity=2)
    office.lena.crises.update(crisis.id, severity=1)
    with pytest.raises(ActionError, match="Storm was changed meanwhile"):
        office.ana.undo()
    assert crises.get(office.store.read(), crisis.id).severity == 1


def test_undo_goes_past_all_replies_that_went_out_in_one_step_and_names_their_people(office):
    first, *others = [office.write() for _ in range(3)]
    office.ana.do(Close(), [first])
    for number in others:
        go_out(office, office.ana.outbox.send(number, "hello").id)
    with pytest.raises(ActionError, match="2 replies, to @mina-c3, @mina-c2, went out") as told:
        office.ana.undo()
    assert "undo once more takes back close of 1 conversation" in told.value.line()
    assert office.ana.undo().summary == "1 undone (close)"


def test_an_undo_of_what_is_not_in_front_says_whose_it_was(office):
    number, other = office.write(), office.write()
    for _ in range(2):
        office.ana.do(Close(), [number])
        assert office.ana.undo(in_front=[number]).summary == "1 undone (close)"
    office.ana.do(Close(), [number])
    assert office.ana.undo(in_front=[other]).summary == "1 undone (close: @mina-c1)"
