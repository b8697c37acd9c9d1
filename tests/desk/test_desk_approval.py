"""Approval: nothing of a drafter's leaves without another member, who may change it or send it back."""

from __future__ import annotations

import pytest

from cminbox.desk import Approve, Escalate, Reject
from cminbox.errors import ActionError
from cminbox.model import SECOND
from cminbox.store import crises, events, notes, replies


@pytest.fixture
def waiting(office):
    """A conversation with a drafter's reply that waits."""
    number = office.write()
    assert office.dan.outbox.send(number, "Dear Mina, so sory").status == "awaiting approval"
    return number


def reply_of(office, number):
    """The newest reply of a conversation."""
    return replies.of(office.store.read(), number)[-1]


def test_another_member_lets_it_go(office, waiting):
    office.now += 60 * SECOND
    outcome = office.lena.do(Approve(), [waiting])
    assert outcome.summary == "1 approved"
    reply = reply_of(office, waiting)
    assert (reply.status, reply.approved_by, reply.member) == ("held", "lena", "dan")
    assert reply.held_until == office.now + 10 * SECOND
    assert office.lena.do(Approve(), [waiting]).skipped == ((waiting, "no reply awaits approval"),)


def test_what_the_approver_changes_is_in_the_log(office, waiting):
    office.ana.do(Approve("Dear Mina, so sorry"), [waiting])
    assert reply_of(office, waiting).text == "Dear Mina, so sorry"
    event = next(e for e in events.of(office.store.read(), waiting) if e.action == "approve")
    (item,) = events.items(office.store.read(), event.id)
    assert (item.undo_data["text"], item.undo_data["said"]) == ("Dear Mina, so sory", "Dear Mina, so sorry")
    assert event.actor == "member:ana"


def test_a_rejected_one_is_its_writers_draft_again_with_a_note(office, waiting):
    office.lena.do(Reject("too short: offer a replacement"), [waiting])
    assert office.draft(waiting, "dan").text == "Dear Mina, so sory"
    (note,) = notes.of(office.store.read(), waiting)
    assert (note.member, note.text) == ("lena", "too short: offer a replacement")
    # Until its writer has looked at it.
    assert office.row(waiting).outbox == "rejected"
    office.dan.outbox.saw_rejection(waiting)
    assert office.row(waiting).outbox == "draft"
    assert office.dan.outbox.send(waiting, "Dear Mina, a new one is on its way").status == "awaiting approval"


@pytest.mark.parametrize("action", [Approve(), Approve("better words"), Reject("no")])
def test_both_are_undone_while_nothing_was_sent(office, waiting, action):
    before = reply_of(office, waiting)
    office.lena.do(action, [waiting])
    office.lena.undo()
    after = reply_of(office, waiting)
    assert (after.status, after.text, after.approved_by) == ("awaiting approval", before.text, "")
    assert notes.of(office.store.read(), waiting) == []


def test_an_approval_whose_reply_left_is_not_undone(office, waiting):
    office.lena.do(Approve(), [waiting])
    office.store.write(lambda conn: replies.move(conn, reply_of(office, waiting).id, "countdown over", office.now))
    assert "the reply was changed meanwhile" in office.lena.undo().summary
    assert reply_of(office, waiting).status == "queued"


def test_nobody_approves_their_own_and_drafters_and_observers_none(office, waiting):
    for desk in (office.dan, office.olga):
        for action in (Approve(), Reject("no")):
            with pytest.raises(ActionError, match=r"drafter cannot|observer"):
                desk.do(action, [waiting])
    with pytest.raises(ActionError, match="note"):
        office.ana.do(Reject(" "), [waiting])
    assert reply_of(office, waiting).status == "awaiting approval"


def test_in_a_crisis_that_demands_it_a_leads_reply_waits_for_another(office):
    number = office.write()
    office.ana.do(Escalate(crisis_name="Late parcels", reason="many"), [number])
    (crisis,) = crises.all(office.store.read(), running_only=True)
    office.ana.crises.update(crisis.id, approval=True)
    assert office.ana.outbox.send(number, "We are looking into it").status == "awaiting approval"
    assert office.ana.do(Approve(), [number]).skipped == ((number, "nobody approves their own reply"),)
    office.lena.do(Approve(), [number])
    assert reply_of(office, number).status == "held"
