"""A crisis that has ended: its conversations are still found, and it is nowhere named as one that runs."""

from __future__ import annotations

import pytest

from cminbox.desk import Escalate
from cminbox.query import Context, parse, quoted
from cminbox.store import conversations, crises, search


def found(office, text: str) -> list[int]:
    return conversations.ids(office.store.read(), search.to_sql(parse(text), Context(office.now)))


@pytest.mark.parametrize(
    "name", ["Storm", 'say "hi" OR x', "back\\slash", "it ends with *", "(in brackets)", "शिकायत", "#9"]
)
def test_its_conversations_are_found_by_name_and_number(office, name):
    first, other = office.write(), office.write()
    office.ana.do(Escalate(crisis_name=name, reason="many"), [first])
    number = office.row(first).crisis_id
    queries = [f"crisis:#{number}", *([] if name == "#9" else [f"crisis:{quoted(name)}"])]
    for text in queries:
        assert found(office, text) == [first]
    office.ana.crises.end(number, "over")
    assert (office.row(first).crisis, office.row(first).crises[1:]) == ("", (name,))
    assert found(office, "is:crisis") == []
    for text in queries:
        assert found(office, text) == [first]
        assert found(office, f"-({text})") == [other]


def test_a_new_name_reaches_what_was_in_it(office):
    first = office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [first])
    number = office.row(first).crisis_id
    office.ana.crises.end(number, "over")
    office.store.write(lambda conn: crises.update(conn, number, {"name": "Gale"}))
    assert found(office, "crisis:gale") == [first]
    assert office.row(first).crisis == ""


def test_undoing_an_escalation_gives_back_no_ended_crisis_as_running(office):
    first = office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [first])
    storm = office.row(first).crisis_id
    office.ana.do(Escalate(crisis_name="Flood", reason="more"), [first])
    office.lena.crises.end(storm, "over")
    assert office.ana.undo().summary
    row = office.row(first)
    assert (row.crisis_id, row.crisis, row.crises) == (storm, "", (f"#{storm}", "Storm"))
    assert found(office, "is:crisis") == []


def test_taking_back_a_confirmation_names_no_proposed_crisis_as_running(office):
    first = office.write()
    number = office.store.write(
        lambda conn: crises.begin(
            conn, {"name": "Storm", "severity": 3, "status": "proposed", "declared_at": office.now}, "by the rule x"
        )
    )
    office.ana.crises.confirm(number, "it is one")
    office.lena.do(Escalate(crisis_id=number), [first])
    assert office.row(first).crisis == "Storm"
    office.ana.undo()
    assert crises.get(office.store.read(), number).status == "proposed"
    assert (office.row(first).crisis, office.row(first).crises[-1]) == ("", "Storm")
    office.ana.crises.confirm(number, "it is one after all")
    assert office.row(first).crisis == "Storm"


def test_a_crisis_that_ended_keeps_what_joined_another_one_since(office):
    first, second = office.write(), office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [first, second])
    storm = office.row(first).crisis_id
    office.ana.crises.end(storm, "over")
    office.ana.do(Escalate(crisis_name="Flood", reason="again"), [first])
    flood = office.row(first).crisis_id
    assert (office.row(first).crisis, office.row(first).crises[:2]) == ("Flood", (f"#{storm}", "Storm"))
    for text in (f"crisis:#{storm}", "crisis:storm", "crisis:st*"):
        assert sorted(found(office, text)) == [first, second]
    assert found(office, f"crisis:#{flood}") == [first]
    counts = [crises.get(office.store.read(), number).conversation_count for number in (storm, flood)]
    assert counts == [2, 1]
    office.ana.undo()
    assert (office.row(first).crisis_id, office.row(first).crisis) == (storm, "")
    assert sorted(found(office, "crisis:storm")) == [first, second]
    assert crises.get(office.store.read(), storm).conversation_count == 2


def test_what_comes_again_joins_the_next_one_and_stays_in_the_one_that_ended(office):
    first = office.write("where is my parcel?")
    made = office.ana.crises.declare("Storm", reason="many", attach="parcel")
    office.engine()
    office.ana.crises.end(made.id, "over")
    again = office.ana.crises.declare("Flood", reason="more", attach="parcel")
    office.write("and the other parcel?", to=first)
    assert office.row(first).crisis == "Flood"
    assert found(office, f"crisis:#{made.id}") == found(office, f"crisis:#{again.id}") == [first]


def test_what_moves_between_crises_that_run_is_in_one_alone(office):
    first = office.write()
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [first])
    office.lena.do(Escalate(crisis_name="Flood", reason="rather"), [first])
    assert (found(office, "crisis:storm"), found(office, "crisis:flood")) == ([], [first])
