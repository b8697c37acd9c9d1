"""Taking back: what an action changed becomes what it was, save what somebody else made of it since."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.desk import (
    Assign,
    Close,
    Correct,
    Label,
    Note,
    SetPriority,
    Snooze,
    Take,
    Vip,
)
from cminbox.errors import ActionError
from cminbox.model import DAY, HOUR, MINUTE
from cminbox.store import conversations, labels, notes, people
from profiles import examples
from stores import new_store

DEEDS = st.tuples(st.sampled_from(["ana", "lena"]), ACTIONS, st.sets(st.integers(0, 5), min_size=1), st.booleans())


@settings(max_examples=examples(60))
@given(st.lists(DEEDS, max_size=8))
def test_undoing_all_the_way_leads_back_to_the_start(actions):
    """Two members at work, the engine between them; each takes back what they did, the last first."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = Office(Path(folder), new_store)
        ids = furnish(office)
        desks = {handle: office.desk(handle) for handle in ("ana", "lena")}
        before = picture(office)
        done = []
        for handle, action, chosen, engine_runs in actions:
            office.now += 1000
            outcome = desks[handle].do(action, [ids[n] for n in sorted(chosen)])
            if outcome.event_id is not None:
                done.append((handle, outcome))
            if engine_runs:
                office.engine()
        for handle, outcome in reversed(done):
            office.now += 1000
            undone = desks[handle].undo()
            assert (undone.changed, undone.skipped) == (outcome.changed, ())
        after = picture(office)
        office.store.close()
        assert after == before


def test_nothing_to_undo_is_told(office):
    number = office.write()
    office.lena.do(Close(), [number])
    assert office.ana.undoable() is None
    with pytest.raises(ActionError, match="nothing to undo"):
        office.ana.undo()
    assert office.row(number).status == "closed"


def test_undo_says_what_it_takes_back_and_is_an_event_of_its_own(office):
    ids = [office.write(), office.write()]
    done = office.ana.do(Close(), ids)
    assert office.ana.undoable() == "close of 2 conversations"
    undone = office.ana.undo()
    assert undone.summary == "2 undone (close)"
    events = office.rows("SELECT id, action, undoes, undone_by FROM events ORDER BY id DESC LIMIT 2")
    assert events == [(undone.event_id, "undo", done.event_id, None), (done.event_id, "close", None, undone.event_id)]
    assert office.ana.undoable() is None


def test_undone_steps_stay_in_the_log(office):
    number = office.write()
    office.ana.do(Close(), [number])
    office.ana.undo()
    assert office.rows("SELECT step, undone FROM life_steps") == [("closed", 1)]


def test_what_others_assigned_since_stays_theirs_with_their_hold(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.now += HOUR
    office.lena.do(Take(), [number])
    undone = office.ana.undo()
    assert undone.skipped == ((number, "assignee was changed meanwhile"),)
    assert "left alone (assignee was changed meanwhile)" in undone.summary
    assert office.row(number).assignee == "lena"
    assert people.claimed(office.store.read(), number, office.now).member == "lena"


def test_only_the_rows_that_others_changed_stay_theirs(office):
    first, second = office.write(), office.write()
    office.ana.do(Assign("dan"), [first, second])
    office.lena.do(Assign("lena"), [second])
    undone = office.ana.undo()
    assert (undone.changed, [n for n, _ in undone.skipped]) == ((first,), [second])
    assert (office.row(first).assignee, office.row(second).assignee) == ("", "lena")


def test_others_labels_stay(office):
    number = office.write("hello?")
    office.ana.do(Label(add=("angry", "late")), [number])
    office.lena.do(Label(add=("press",), remove=("late",)), [number])
    undone = office.ana.undo()
    assert undone.skipped == ((number, "label late was changed meanwhile"),)
    assert office.row(number).labels == ("press",)
    assert labels.state(office.store.read(), number) == {
        "late": ("member:lena", True),
        "press": ("member:lena", False),
    }
    office.engine()
    assert office.row(number).labels == ("press",)


def test_others_priority_stays(office):
    number = office.write()
    office.ana.do(SetPriority(10), [number])
    office.lena.do(SetPriority(95), [number])
    assert office.ana.undo().skipped == ((number, "priority was changed meanwhile"),)
    assert (office.row(number).priority, office.row(number).priority_by) == (95, "lena")


def test_giving_a_priority_back_to_the_rules_can_be_taken_back_after_they_had_their_say(office):
    number = office.write()
    office.ana.do(SetPriority(88), [number])
    office.ana.do(SetPriority(None), [number])
    office.engine()
    assert office.row(number).priority != 88
    assert office.ana.undo().changed == (number,)
    office.engine()
    assert (office.row(number).priority, office.row(number).priority_by) == (88, "ana")


def test_others_correction_stays(office):
    number = office.write("I am so angry")
    office.ana.do(Correct(sentiment=0.1), [number])
    office.lena.do(Correct(sentiment=-1), [number])
    assert office.ana.undo().skipped == ((number, "the correction was changed meanwhile"),)
    office.engine()
    assert office.row(number).sentiment == -1


def test_others_vip_mark_stays(office):
    number = office.write()
    office.ana.do(Vip(), [number])
    office.lena.do(Vip(on=False), [number])
    assert office.ana.undo().skipped == ((number, "VIP was changed meanwhile"),)
    office.engine()
    assert not office.row(number).vip


def test_others_steps_stay(office):
    number = office.write()
    office.ana.do(Close(), [number])
    office.now += MINUTE
    office.lena.do(Snooze(office.now + DAY), [number])
    undone = office.ana.undo()
    assert undone.skipped == ((number, "status was changed meanwhile"),)
    assert office.row(number).status == "snoozed"


def test_a_message_that_came_since_is_not_lost_by_undoing(office):
    number = office.write()
    since = office.now
    office.ana.do(Close(), [number])
    office.now += MINUTE
    office.write("hello?", to=number)
    assert office.row(number).cycle_at == office.now
    assert office.ana.undo().changed == (number,)
    row = office.row(number)
    assert (row.status, row.waiting, row.waiting_since, row.cycle_at) == ("open", 2, since, since)
    assert office.rows("SELECT * FROM measures") == []


def test_undoing_a_snooze_that_woke_changes_nothing_more(office):
    number = office.write()
    office.ana.do(Snooze(office.now + HOUR), [number])
    office.engine(61)
    assert office.ana.undo().changed == (number,)
    assert (office.row(number).status, office.row(number).snoozed_until) == ("open", None)


def test_a_note_is_taken_back_but_its_text_stays_in_the_store(office):
    number = office.write()
    office.ana.do(Note("wrong window"), [number])
    office.lena.do(Note("mine"), [number])
    office.ana.undo()
    assert [n.text for n in notes.of(office.store.read(), number)] == ["mine"]
    assert office.row(number).notes == 1
    assert office.rows("SELECT text FROM notes WHERE removed_at IS NOT NULL") == [("wrong window",)]


def test_each_screen_takes_back_its_own(office):
    number = office.write("hello?")
    other_screen = office.desk("ana")
    office.ana.do(Label(add=("one",)), [number])
    other_screen.do(Label(add=("two",)), [number])
    office.ana.undo()
    assert office.row(number).labels == ("two",)


def test_a_conversation_that_is_no_longer_there_is_told(office):
    number, other = office.write(), office.write()
    office.ana.do(Close(), [number, other])
    office.store.write(lambda conn: conn.execute("DELETE FROM conversations WHERE id = ?", (number,)))
    undone = office.ana.undo()
    assert (undone.changed, undone.skipped) == ((other,), ((number, "it is no longer there"),))


def test_a_thousand_are_taken_back_as_one(office):
    ids = [office.write() for _ in range(2)]

    def copies(conn):
        row = conversations.get(conn, ids[0])
        made = [row._replace(id=1000 + n, remote_id=f"copy-{n}", reasons=(), labels=()) for n in range(1100)]
        conversations.insert(conn, made)
        return [row.id for row in made]

    made = office.store.write(copies)
    office.ana.do(Assign("lena"), made)
    assert len(office.ana.undo().changed) == 1100
    assert office.rows("SELECT COUNT(*) FROM conversations WHERE assignee != ''") == [(0,)]
