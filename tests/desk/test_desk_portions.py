"""A long action is cut into portions: it comes to the same, is one event and one undo, and stands as far as it came."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.desk import Assign, Close, Escalate, Label, Pace, Reopen, Snooze, Take
from cminbox.errors import ActionError
from cminbox.model import DAY, SECOND
from cminbox.store import crises, events
from profiles import examples
from stores import new_store

TWO = Pace(first=2, hold=0, rest=0)
THREE = Pace(first=3, hold=0, rest=0)
ALL = list(range(6))


def cut(office: Office, handle: str = "ana", pace: Pace = TWO):
    """A desk whose actions are cut after two conversations."""
    return office.desk(handle, pace=pace)


TOKEN = re.compile(r"cm-[a-z2-7]{10}")


def tables(office: Office) -> dict[str, list[tuple]]:
    """All that is stored, without the numbers of changes."""
    dump = office.dump()
    columns = office.store.read().execute("PRAGMA table_info(conversations)")
    place = [column["name"] for column in columns].index("changed")
    dump["conversations"] = [row[:place] + row[place + 1 :] for row in dump["conversations"]]
    dump["events"] = [row[:6] + row[7:] for row in dump["events"]]  # the sessions are two
    for table in ("notices", "questions"):  # names that nobody can guess are never the same
        dump[table] = [tuple(TOKEN.sub("cm", v) if isinstance(v, str) else v for v in row) for row in dump[table]]
    del dump["settings"], dump["_sqlite_migrations"]
    return dump


@settings(max_examples=examples(40))
@given(ACTIONS, st.sampled_from([TWO, THREE, Pace(first=1, hold=0, rest=0)]))
def test_in_portions_it_is_the_same_as_in_one_and_so_is_its_undo(action, pace):
    with tempfile.TemporaryDirectory(dir=MEMORY) as one, tempfile.TemporaryDirectory(dir=MEMORY) as other:
        whole, parts = Office(Path(one), new_store), Office(Path(other), new_store)
        ids = furnish(whole)
        assert furnish(parts) == ids
        before = picture(parts)
        desk = cut(parts, pace=pace)
        outcomes = whole.ana.do(action, ids), desk.do(action, ids)
        assert [(o.changed, o.skipped, o.left, o.summary) for o in outcomes[:1]] == [
            (o.changed, o.skipped, o.left, o.summary) for o in outcomes[1:]
        ]
        assert tables(whole) == tables(parts)
        if outcomes[1].event_id is not None:
            undone = whole.ana.undo(), desk.undo()
            assert (undone[0].changed, undone[0].skipped) == (undone[1].changed, undone[1].skipped)
            assert tables(whole) == tables(parts)
            assert picture(parts) == before
        whole.store.close()
        parts.store.close()


@settings(max_examples=examples(40))
@given(ACTIONS, st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), ACTIONS), max_size=4))
def test_what_one_does_meanwhile_comes_after_it_conversation_by_conversation(action, between):
    """The same desk goes on while its long action runs; it ends as if that had been done with before."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as one, tempfile.TemporaryDirectory(dir=MEMORY) as other:
        first, second = Office(Path(one), new_store), Office(Path(other), new_store)
        ids = furnish(first)
        furnish(second)
        before = picture(second)
        between = [(turn, [ids[n]], then) for turn, n, then in sorted(between, key=lambda b: b[0])]
        loads = any(then == Assign("least-loaded:care") for _, _, then in between)
        if loads or action.name == "assign" or any(then.name in ("vip", "escalate") for _, _, then in between):
            return  # who is least loaded, who else is the same person, which crisis there is: not of one conversation
        first.ana.do(action, ids)
        for _, numbers, then in between:
            first.ana.do(then, numbers)
        desk, turn = cut(second, pace=Pace(first=1, hold=0, rest=0)), 0

        def meanwhile(_: int) -> None:
            nonlocal turn
            turn += 1
            for _, numbers, then in [b for b in between if b[0] == turn]:
                desk.do(then, numbers)

        desk.do(action, ids, progress=meanwhile)
        assert picture(second)["rows"] == picture(first)["rows"]
        while desk.undoable():
            assert desk.undo().skipped == ()
        assert picture(second) == before
        first.store.close()
        second.store.close()


def test_it_is_stopped_where_it_is_says_so_and_one_undo_takes_that_back(office):
    ids = furnish(office)
    before = picture(office)
    desk = cut(office)
    outcome = desk.do(Label(add=("old",)), ids, progress=lambda _: desk.bulk.stop())
    assert (outcome.changed, outcome.left) == (tuple(ids[:2]), 4)
    assert outcome.summary == "2 labelled; stopped at 2 of 6"
    (event,) = [e for e in events.of(office.store.read(), ids[0]) if e.id == outcome.event_id]
    assert (event.count, event.detail["reached"], event.detail["asked"], event.unfinished) == (2, 2, 6, False)
    assert desk.bulk.busy == ""
    assert desk.undo().changed == tuple(ids[:2])
    assert picture(office) == before


def test_an_undo_that_was_stopped_goes_on_with_the_next(office):
    ids = furnish(office)
    before = picture(office)
    desk = cut(office)
    done = desk.do(Label(add=("old",)), ids)
    first = desk.undo(progress=lambda _: desk.bulk.stop())
    assert (first.changed, first.left) == (tuple(ids[:2]), 4)
    assert first.summary == "2 undone (label); stopped at 2 of 6"
    second = desk.undo()
    assert (second.event_id, second.changed, second.left) == (first.event_id, tuple(ids[2:]), 0)
    assert picture(office) == before
    assert office.rows("SELECT count, unfinished FROM events WHERE undoes = ?", done.event_id) == [(6, 0)]
    assert desk.undoable() is None


def test_undo_while_it_runs_stops_it_and_takes_back_what_it_did(office):
    ids = furnish(office)
    before = picture(office)
    desk = cut(office)
    assert desk.do(Label(add=("old",)), ids, progress=lambda _: desk.prepare_undo()).left == 4
    assert desk.undo().changed == tuple(ids[:2])
    assert picture(office) == before


def test_a_second_long_one_waits_for_the_first(office):
    ids = furnish(office)
    desk, said = cut(office), []

    def another(_: int) -> None:
        try:
            desk.do(Close(), ids)
        except ActionError as error:
            said.append(error.line())

    assert len(desk.do(Label(add=("old",)), ids, progress=another).changed) == 6
    assert said[0] == "label: 2 of 6 done so far — wait for it, or stop it"


def test_whoever_leaves_stops_it_and_takes_it_back_when_they_are_here_again(office):
    ids = furnish(office)
    before = picture(office)
    desk = cut(office)

    def leave(_: int) -> None:
        desk.bulk.stop(leaving=True)

    assert desk.do(Label(add=("old",)), ids, progress=leave).left == 4
    assert desk.bulk.shut_down() == ""
    again = office.desk("ana")
    assert again.undoable() == "label of 2 conversations"
    assert office.lena.undoable() == "priority of 1 conversation"  # what she did last herself
    assert again.undo().changed == tuple(ids[:2])
    assert picture(office) == before
    assert office.desk("ana").undoable() is None


def test_what_nobody_has_come_to_may_be_changed_by_others_and_theirs_stays(office):
    ids = [office.write() for _ in range(6)]
    office.engine()
    desk = cut(office)

    def meanwhile(reached: int) -> None:
        if reached == 2:
            office.now += SECOND
            office.lena.do(Take(), [ids[0], ids[2]])
            office.lena.do(Label(add=("vip",)), [ids[3]])
            office.lena.outbox.send(ids[4], "on my way")
            office.write("hello?", to=ids[5])

    outcome = desk.do(Close(), ids, progress=meanwhile)
    assert outcome.changed == (ids[0], ids[1], ids[3])
    assert dict(outcome.skipped) == {
        ids[2]: "lena was there first: take",
        ids[4]: "lena was there first: reply",
        ids[5]: "something was said there meanwhile",
    }
    assert [office.row(n).status for n in ids] == ["closed", "closed", "open", "closed", "open", "open"]
    assert office.row(ids[0]).assignee == office.row(ids[2]).assignee == "lena"
    assert "vip" in office.row(ids[3]).labels
    undone = desk.undo()
    assert (undone.changed, undone.skipped) == ((ids[0], ids[1], ids[3]), ())
    assert {office.row(n).status for n in ids} == {"open"}
    assert office.row(ids[2]).assignee == "lena"
    assert "vip" in office.row(ids[3]).labels


def test_what_others_do_after_it_came_stays_when_it_is_undone_in_portions(office):
    ids = [office.write() for _ in range(5)]
    desk = cut(office)
    desk.do(Close(), ids)
    office.now += SECOND

    def meanwhile(reached: int) -> None:
        if reached == 2:
            office.now += SECOND
            office.lena.do(Snooze(office.now + DAY), [ids[4]])

    undone = desk.undo(progress=meanwhile)
    assert undone.skipped == ((ids[4], "status was changed meanwhile"),)
    assert [office.row(n).status for n in ids] == ["open"] * 4 + ["snoozed"]


def test_a_crisis_that_ends_meanwhile_takes_no_more_in(office):
    ids = [office.write() for _ in range(5)]
    desk = cut(office)

    def end(reached: int) -> None:
        if reached == 2:
            (crisis,) = crises.all(office.store.read(), running_only=True)
            office.lena.crises.end(crisis.id, "over")

    outcome = desk.do(Escalate(crisis_name="Storm", reason="many"), ids, progress=end)
    assert outcome.changed == tuple(ids[:2])
    assert outcome.summary == "2 escalated; stopped at 2 of 5 (Storm has ended meanwhile)"
    (event,) = office.rows("SELECT unfinished FROM events WHERE id = ?", outcome.event_id)
    assert event == (0,)


def test_what_fits_none_in_the_first_portions_is_still_one_event(office):
    ids = [office.write() for _ in range(6)]
    office.lena.do(Close(), ids[:4])
    outcome = cut(office).do(Close(), ids)
    assert (outcome.changed, len(outcome.skipped)) == (tuple(ids[4:]), 4)
    assert office.rows("SELECT id, count FROM events WHERE actor = 'member:ana'") == [(outcome.event_id, 2)]
    nothing = cut(office).do(Close(), ids)
    assert (nothing.event_id, nothing.changed, nothing.left) == (None, (), 0)
    assert office.rows("SELECT COUNT(*) FROM events WHERE actor = 'member:ana'") == [(1,)]


def test_the_same_desk_closes_all_and_reopens_one_that_was_not_reached(office):
    ids = [office.write() for _ in range(6)]
    desk, said = cut(office), []
    desk.do(Close(), ids, progress=lambda n: said.append(desk.do(Reopen(), [ids[5]])) if n == 2 else None)
    assert said[0].changed == (ids[5],)
    assert [office.row(n).status for n in ids] == ["closed"] * 5 + ["open"]
    assert desk.undo().summary == "1 undone (reopen)"
    assert desk.undo().summary == "6 undone (close)"
    assert {office.row(n).status for n in ids} == {"open"}


def test_the_engine_judges_nothing_while_it_runs_and_everything_afterwards(office):
    ids = [office.write() for _ in range(6)]
    office.engine()
    seen = []

    def look(reached: int) -> None:
        office.engine()
        seen.append({office.row(number).rescore_at for number in ids[:reached]})

    cut(office).do(Label(add=("old",)), ids, progress=look)
    assert seen[:2] == [{1}, {1}]
    office.engine()
    assert 1 not in {office.row(number).rescore_at for number in ids}


def test_one_that_was_cut_off_does_not_keep_the_engine_from_judging_for_long(office):
    number = office.write()
    office.store.write(lambda conn: events.add(conn, office.now, "member:ana", "close", detail={"beat": office.now}))
    office.store.write(lambda conn: conn.execute("UPDATE events SET unfinished = 1"))
    office.ana.do(Label(add=("old",)), [number])
    office.engine()
    assert office.row(number).rescore_at == 1
    office.engine(1)
    assert office.row(number).rescore_at != 1
