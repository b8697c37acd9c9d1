"""Approval: nothing of a drafter's leaves without another member, who may change it or send it back."""

from __future__ import annotations

import pytest

from cminbox.desk import Escalate
from cminbox.errors import ActionError
from cminbox.model import SECOND
from cminbox.store import crises, events, notes, replies


@pytest.fixture
def waiting(office):
    """A drafter's reply that waits."""
    number = office.write()
    reply = office.dan.send(number, "Dear Mina, so sory")
    assert reply.status == "awaiting approval"
    return number, reply


def test_another_member_lets_it_go(office, waiting):
    number, reply = waiting
    assert office.lena.awaiting(number).id == reply.id
    office.now += 60 * SECOND
    moved = office.lena.approve(reply.id)
    assert (moved.status, moved.approved_by, moved.member) == ("held", "lena", "dan")
    assert moved.held_until == office.now + 10 * SECOND
    assert office.lena.awaiting(number) is None


def test_what_the_approver_changes_is_in_the_log(office, waiting):
    number, reply = waiting
    moved = office.ana.approve(reply.id, "Dear Mina, so sorry")
    assert moved.text == "Dear Mina, so sorry"
    (told,) = [e for e in events.of(office.store.read(), number) if e.action == "approve"]
    assert told.detail["before"] == "Dear Mina, so sory"
    assert told.actor == "member:ana"


def test_a_rejected_one_is_its_writers_draft_again_with_a_note(office, waiting):
    number, reply = waiting
    office.lena.reject(reply.id, "too short: offer a replacement")
    assert office.dan.drafted(number).text == "Dear Mina, so sory"
    (note,) = notes.of(office.store.read(), number)
    assert (note.member, note.text) == ("lena", "too short: offer a replacement")
    assert office.row(number).outbox == "draft"
    again = office.dan.send(number, "Dear Mina, a new one is on its way")
    assert again.status == "awaiting approval"


def test_nobody_approves_their_own_and_drafters_and_observers_none(office, waiting):
    _, reply = waiting
    for desk, words in ((office.dan, "drafter cannot"), (office.olga, "observer cannot")):
        with pytest.raises(ActionError, match=words):
            desk.approve(reply.id)
        with pytest.raises(ActionError, match=words):
            desk.reject(reply.id, "no")
    assert replies.get(office.store.read(), reply.id).status == "awaiting approval"
    with pytest.raises(ActionError, match="note"):
        office.ana.reject(reply.id, " ")
    office.ana.approve(reply.id)
    with pytest.raises(ActionError, match="is held"):
        office.lena.approve(reply.id)


def test_in_a_crisis_that_demands_it_a_leads_reply_waits_for_another(office):
    number = office.write()
    office.ana.do(Escalate(crisis_name="Late parcels"), [number])
    (crisis,) = crises.all(office.store.read(), running_only=True)
    office.ana.update_crisis(crisis.id, approval=True)
    reply = office.ana.send(number, "We are looking into it")
    assert reply.status == "awaiting approval"
    with pytest.raises(ActionError, match="own reply"):
        office.ana.approve(reply.id)
    assert office.lena.approve(reply.id).status == "held"
