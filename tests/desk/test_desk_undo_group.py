"""What was done under one name is taken back together, and nothing else with it."""

from __future__ import annotations

import pytest
from desk_office import Office

from cminbox.desk import Close, Label, Note, Take
from cminbox.errors import ActionError
from cminbox.store import conversations, events


def test_one_undo_takes_back_a_group(office: Office) -> None:
    first, second, other = office.write("thank you"), office.write("you are great"), office.write("hello?")
    office.lena.do(Take(), [other])
    office.lena.do(Label(add=("thanks",)), [first, second], group="thanks#1")
    office.lena.do(Close(), [first, second], group="thanks#1")
    office.lena.do(Label(add=("thanks",)), [other], group="thanks#2")
    assert office.lena.undoable() == "thanks of 1 conversation"
    assert office.lena.undo().changed == (other,)
    outcome = office.lena.undo()
    assert sorted(outcome.changed) == [first, second]
    assert outcome.summary == "2 undone (thanks)"
    rows = conversations.many(office.store.read(), [first, second, other])
    assert {(row.status, row.labels) for row in rows.values()} == {("open", ())}
    assert rows[other].assignee == "lena"
    assert office.lena.undo().summary == "1 undone (take)"
    with pytest.raises(ActionError):
        office.lena.undo()


def test_what_was_done_between_is_not_of_the_group(office: Office) -> None:
    number = office.write("thank you")
    office.lena.do(Label(add=("thanks",)), [number], group="thanks#1")
    office.lena.do(Note("call them"), [number])
    office.lena.do(Close(), [number], group="thanks#1")
    assert office.lena.undo().summary == "1 undone (thanks)"
    assert office.lena.undo().summary == "1 undone (note)"
    assert office.lena.undo().summary == "1 undone (thanks)"
    assert len([e for e in events.of(office.store.read(), number) if e.action == "undo"]) == 3


def test_what_somebody_changed_since_stays_theirs(office: Office) -> None:
    number = office.write("thank you")
    office.lena.do(Take(), [number], group="mine#1")
    office.lena.do(Label(add=("thanks",)), [number], group="mine#1")
    office.ana.do(Label(remove=("thanks",)), [number])
    outcome = office.lena.undo()
    assert outcome.changed == ()
    assert outcome.skipped == ((number, "label thanks was changed meanwhile"),)
    row = conversations.get(office.store.read(), number)
    assert row is not None
    assert row.assignee == ""
