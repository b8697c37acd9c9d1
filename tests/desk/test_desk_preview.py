"""A dry run says in words what would become of conversations, with the action's own judgement, and only reads."""

from __future__ import annotations

import pytest
from desk_random import furnish

from cminbox.desk import Approve, Assign, Close, Correct, Escalate, Label, Note, SetPriority, Take, Unassign, Vip
from cminbox.errors import ActionError


def words(office, action, ids):
    return office.ana.do(action, ids, dry_run=True).summary


def test_it_says_what_becomes_of_them_and_what_one_should_know(office):
    ids = furnish(office)
    office.lena.outbox.send(ids[0], "on my way")
    office.lena.do(Take(), [ids[5]])
    assert words(office, Close(), ids) == (
        "close 5 conversations: 2 open → closed, 1 pending → closed, 1 snoozed → closed,"
        " 2 unanswered, 1 with a reply on its way, 1 held by lena, 1 left alone (already closed)"
    )


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Take(), "take 2 conversations: 2 nobody's → ana"),
        (Assign("dan"), "assign 2 conversations: 2 nobody's → dan"),
        (Assign("team:care"), "assign 2 conversations: 2 nobody's → team:care"),
        (Unassign(), "unassign: nothing would change: 2 left alone (nobody has it)"),
        (Label(add=("late",), remove=("new",)), "label 2 conversations: 2 → +late −new"),
        (Note("called"), "note 2 conversations"),
        (SetPriority(80), "priority 2 conversations: 2 → priority 80"),
        (Correct(lang="es"), "correct 2 conversations"),
        (Escalate(crisis_name="Storm"), "escalate 2 conversations: 2 in no crisis → in Storm"),
        (Vip(), "vip 2 conversations: 2 → VIP"),
        (Approve(), "approve: nothing would change: 2 left alone (no reply awaits approval)"),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_each_action_has_its_words_and_nothing_is_written(office, action, told):
    ids = [office.write(), office.write()]
    before = office.dump()
    assert words(office, action, ids) == told
    assert office.dump() == before


def test_what_is_not_there_is_told(office):
    ids = [office.write() for _ in range(3)]
    desk = office.desk("ana")
    gone = desk.do(Close(), [*ids, 999], dry_run=True)
    assert (gone.changed, gone.event_id) == (tuple(ids), None)
    assert gone.summary.endswith("1 left alone (there is no such conversation)")


def test_what_makes_no_sense_is_said_before(office):
    with pytest.raises(ActionError, match="no member"):
        office.ana.do(Assign("nobody-there"), [office.write()], dry_run=True)
