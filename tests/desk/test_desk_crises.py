"""Crises: declared, proposed and confirmed, joined by hand and by their query, updated, ended, taken back."""

from __future__ import annotations

import pytest

from cminbox.desk import Close, Escalate
from cminbox.engine.scoring import Scoring
from cminbox.errors import ActionError, QueryError
from cminbox.model import HOUR, MINUTE
from cminbox.store import crises

RULE = "[[rule]]\nname = \"mould\"\nwhen = 'mould'\npropose_crisis = true\n"


def told(office, crisis):
    return [(e.member, e.what, e.text) for e in crises.timeline(office.store.read(), crisis)]


def get(office, crisis):
    return crises.get(office.store.read(), crisis)


def test_a_crisis_is_declared_with_a_name_and_a_reason(office):
    crisis = office.ana.crises.declare("  The\n storm ", severity=2, reason=" many parcels lost ")
    assert (crisis.name, crisis.severity, crisis.status) == ("The storm", 2, "running")
    assert (crisis.lead, crisis.declared_by, crisis.declared_at) == ("ana", "ana", office.now)
    assert told(office, crisis.id) == [("ana", "declared", "many parcels lost")]
    assert office.rows("SELECT actor, action FROM events") == [("member:ana", "crisis declared")]
    with pytest.raises(ActionError, match="'the storm' is there already"):
        office.lena.crises.declare("the storm", reason="again")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": " ", "reason": "x"}, "a name and a reason"),
        ({"name": "x", "reason": " "}, "a name and a reason"),
        ({"name": "x", "reason": "x", "severity": 0}, "not a severity"),
    ],
)
def test_what_makes_no_crisis_is_told(office, given, words):
    with pytest.raises(ActionError, match=words):
        office.ana.crises.declare(**given)


def test_a_crisis_with_a_mistaken_query_is_not_declared(office):
    with pytest.raises(QueryError, match="column 1"):
        office.ana.crises.declare("Storm", reason="many", attach="lable:storm")
    assert crises.all(office.store.read()) == []


def test_what_matches_its_query_joins_by_itself_what_is_there_and_what_comes(office):
    there = office.write("my parcel is lost")
    other, closed = office.write("hello"), office.write("a parcel long ago")
    office.ana.do(Close(), [closed])
    crisis = office.ana.crises.declare("Storm", reason="many", attach="parcel -from:@ravi")
    office.engine()
    came = office.write("where is the parcel?")
    ravi = office.write("parcel", author="ravi")
    assert {n: office.row(n).crisis for n in (there, came, other, closed, ravi)} == {
        there: "Storm",
        came: "Storm",
        other: "",
        closed: "",
        ravi: "",
    }
    assert get(office, crisis.id).conversation_count == 2
    office.ana.crises.end(crisis.id, "all found")
    assert office.row(office.write("another parcel")).crisis == ""


def test_escalating_declares_joins_and_moves(office):
    first, second = office.write(), office.write()
    outcome = office.ana.do(Escalate(crisis_name="Storm", severity=1, reason="many"), [first])
    assert outcome.summary == "1 escalated"
    storm = office.row(first).crisis_id
    assert (get(office, storm).severity, get(office, storm).conversation_count) == (1, 1)
    office.lena.do(Escalate(crisis_name="STORM"), [first, second])
    assert (office.row(second).crisis_id, get(office, storm).conversation_count) == (storm, 2)
    assert len(crises.all(office.store.read())) == 1
    office.lena.do(Escalate(crisis_name="Flood", reason="other"), [second])
    flood = office.row(second).crisis_id
    assert (get(office, storm).conversation_count, get(office, flood).conversation_count) == (1, 1)
    assert office.lena.do(Escalate(crisis_id=flood), [second]).skipped == ((second, "already in it"),)


def test_a_rule_proposes_and_a_person_confirms_or_dismisses(office, tmp_path):
    (tmp_path / "rule.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    office.write("there is mould in my tea")
    office.write("mould here too")
    (proposed,) = crises.all(office.store.read())
    assert (proposed.status, proposed.name, proposed.declared_by) == ("proposed", "mould", "")
    with pytest.raises(ActionError, match="is proposed, not running"):
        office.ana.crises.end(proposed.id, "no")
    with pytest.raises(ActionError, match="with a reason"):
        office.ana.crises.confirm(proposed.id, " ")
    crisis = office.ana.crises.confirm(proposed.id, "two of them")
    assert (crisis.status, crisis.lead, crisis.declared_by) == ("running", "ana", "ana")
    assert [what for _, what, _ in told(office, crisis.id)] == ["proposed", "confirmed"]
    with pytest.raises(ActionError, match="is running, not proposed"):
        office.lena.crises.dismiss(crisis.id)


def test_a_dismissed_proposal_is_not_made_again_at_once(office, tmp_path):
    (tmp_path / "rule.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    office.write("there is mould in my tea")
    (proposed,) = crises.all(office.store.read())
    assert office.lena.crises.dismiss(proposed.id, "one box").status == "dismissed"
    office.now += HOUR
    office.write("mould again")
    assert len(crises.all(office.store.read())) == 1


def test_updates_and_the_end_are_told_on_the_timeline(office):
    crisis = office.ana.crises.declare("Storm", reason="many").id
    soon = office.now + HOUR
    office.now += MINUTE
    office.lena.crises.update(crisis, "the van is found", next_update_at=soon, severity=1)
    office.lena.crises.update(crisis, lead="lena")
    found = get(office, crisis)
    assert (found.next_update_at, found.severity, found.lead) == (soon, 1, "lena")
    with pytest.raises(ActionError, match="nothing to tell"):
        office.ana.crises.update(crisis)
    with pytest.raises(ActionError, match="not a severity"):
        office.ana.crises.update(crisis, "x", severity=9)
    with pytest.raises(ActionError, match="with a reason"):
        office.ana.crises.end(crisis, "")
    ended = office.ana.crises.end(crisis, "all delivered")
    assert (ended.status, ended.ended_at, ended.next_update_at) == ("ended", office.now, None)
    assert told(office, crisis)[1:] == [
        ("lena", "update", "the van is found"),
        ("lena", "update", "lead set"),
        ("ana", "ended", "all delivered"),
    ]
    with pytest.raises(ActionError, match="is ended, not running"):
        office.ana.crises.update(crisis, "too late")
    with pytest.raises(ActionError, match="no crisis 99"):
        office.ana.crises.end(99, "x")


def test_taking_an_escalation_back_takes_back_the_crisis_that_it_declared(office):
    number = office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [number])
    crisis = office.row(number).crisis_id
    office.ana.undo()
    assert (office.row(number).crisis_id, office.row(number).crisis) == (None, "")
    assert get(office, crisis).status == "dismissed"
    assert told(office, crisis)[-1] == ("ana", "dismissed", "undone")


def test_but_not_one_that_somebody_declared_before_or_works_on(office):
    number, other = office.write(), office.write()
    declared = office.lena.crises.declare("Storm", reason="many")
    office.ana.do(Escalate(crisis_id=declared.id), [number])
    office.ana.undo()
    assert (get(office, declared.id).status, get(office, declared.id).conversation_count) == ("running", 0)
    office.ana.do(Escalate(crisis_name="Flood", reason="many"), [number])
    flood = office.row(number).crisis_id
    office.lena.crises.update(flood, "the pump is on its way")
    office.ana.undo()
    assert get(office, flood).status == "running"
    office.ana.do(Escalate(crisis_name="Fire", reason="many"), [number])
    fire = office.row(number).crisis_id
    office.lena.do(Escalate(crisis_id=fire), [other])
    office.ana.undo()
    assert (get(office, fire).status, get(office, fire).conversation_count) == ("running", 1)


def test_a_proposal_that_escalating_confirmed_is_a_proposal_again(office, tmp_path):
    (tmp_path / "rule.toml").write_text(RULE)
    office.scoring = Scoring(tmp_path)
    number = office.write("there is mould in my tea")
    (before,) = crises.all(office.store.read())
    office.ana.do(Escalate(crisis_id=before.id, reason="yes"), [number])
    assert get(office, before.id).status == "running"
    office.ana.undo()
    assert get(office, before.id) == before


def test_a_crisis_that_somebody_joined_since_keeps_the_conversation(office):
    number = office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [number])
    office.lena.do(Escalate(crisis_name="Flood", reason="rather"), [number])
    undone = office.ana.undo()
    assert undone.skipped == ((number, "crisis was changed meanwhile"),)
    assert office.row(number).crisis == "Flood"


def test_observers_lead_no_crisis(office):
    crisis = office.ana.crises.declare("Storm", reason="many").id
    before = office.dump()
    for work in (
        lambda: office.olga.crises.declare("Flood", reason="x"),
        lambda: office.olga.crises.confirm(crisis, "x"),
        lambda: office.olga.crises.dismiss(crisis, "x"),
        lambda: office.olga.crises.update(crisis, "x"),
        lambda: office.olga.crises.end(crisis, "x"),
    ):
        with pytest.raises(ActionError, match="olga is an observer"):
            work()
    assert office.dump() == before


def test_an_ended_crisis_lets_its_conversations_go(office):
    number = office.write("where is my parcel?")
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [number])
    office.engine()
    before = office.row(number)
    assert any(reason.why == "crisis" for reason in before.reasons)
    office.ana.crises.end(before.crisis_id, "over")
    office.engine()
    after = office.row(number)
    assert (after.crisis, after.crisis_id) == ("", before.crisis_id)
    assert after.priority < before.priority
    assert get(office, before.crisis_id).conversation_count == 1
    office.ana.do(Escalate(crisis_name="Flood", reason="again"), [number])
    assert office.row(number).crisis == "Flood"
