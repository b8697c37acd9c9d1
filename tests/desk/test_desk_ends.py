"""How conversations end, and that nothing but an answer makes a figure look better."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.desk import Close, NoneNeeded, Reopen, Snooze, Spam
from cminbox.engine.takein import take_in
from cminbox.model import DAY, HOUR, MINUTE
from cminbox.reports import Group, compute
from profiles import examples
from stores import new_store

DEEDS = st.tuples(ACTIONS, st.sets(st.integers(0, 5), min_size=1), st.sampled_from(["", "undo", "engine"]))


def figures(office: Office) -> Group:
    """The figures of all that happened."""
    return compute(office.store.read(), 0, office.now + DAY, None, office.now).total


@settings(max_examples=examples(40))
@given(st.lists(DEEDS, min_size=1, max_size=6))
def test_no_act_without_an_answer_improves_a_figure_of_who_is_late(deeds):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = Office(Path(folder), new_store)
        ids = furnish(office)
        office.now += 5 * HOUR
        office.engine()
        before = figures(office)
        for action, chosen, then in deeds:
            office.now += 1000
            outcome = office.ana.do(action, [ids[n] for n in sorted(chosen)])
            if then == "undo" and outcome.event_id is not None:
                office.ana.undo()
            if then == "engine":
                office.engine(1)
        after = figures(office)
        office.store.close()
    assert (after.sla.hit, after.answer_rate.answered) == (before.sla.hit, before.answer_rate.answered)
    assert after.sla.missed >= before.sla.missed
    assert after.answer_rate.needed >= before.answer_rate.needed
    assert after.answer_rate.rate <= before.answer_rate.rate
    for limit, share in before.answer_rate.within.items():
        assert (after.answer_rate.within[limit] or 0) <= (share or 0)
    assert (after.first_response, after.reply) == (before.first_response, before.reply)
    assert after.resolution.wall.count <= before.resolution.wall.count + 1  # the one that was answered


@pytest.mark.parametrize("action", [Close(), NoneNeeded("duplicate"), Spam()])
def test_what_is_late_is_a_miss_whatever_takes_it_out(office, action):
    number = office.write()
    office.now += 5 * HOUR
    office.engine()
    assert figures(office).sla.missed == 1
    office.ana.do(action, [number])
    office.engine()
    found = figures(office)
    assert (found.sla.missed, found.sla.running) == (1, 0)
    assert (found.answer_rate.needed, found.answer_rate.answered) == (1, 0)


@pytest.mark.parametrize(("action", "missed"), [(Close(), 1), (NoneNeeded("chatter"), 0), (Spam(), 0)])
def test_what_is_not_late_is_a_miss_only_when_it_is_closed_unanswered(office, action, missed):
    number = office.write()
    office.now += HOUR
    office.ana.do(action, [number])
    office.now += 5 * HOUR
    found = figures(office)
    assert (found.sla.missed, found.answer_rate.needed) == (missed, missed)


@pytest.mark.parametrize("action", [Close(), NoneNeeded("chatter"), Spam()])
def test_an_undo_restores_everything_and_what_is_late_by_then_is_late(office, action):
    number = office.write()
    before = office.dump()["waits"]
    office.ana.do(action, [number])
    office.now += 5 * HOUR
    office.ana.undo()
    office.engine()
    assert office.dump()["waits"] == before
    found = figures(office)
    assert (found.sla.missed, found.sla.running) == (1, 0)
    office.write("here it is", to=number, direction="out", author="us")
    assert figures(office).answer_rate.answered == 1


def test_a_deletion_takes_out_only_what_is_not_late(office):
    early, late = office.write(), office.write()
    office.now += HOUR
    office.delete(early)
    office.now += 4 * HOUR
    office.delete(late)
    found = figures(office)
    assert (found.sla.missed, found.answer_rate.needed) == (1, 1)
    assert office.rows("SELECT outcome FROM waits") == [("gone",), ("gone",)]


@pytest.mark.parametrize("hours", [1, 5])
@pytest.mark.parametrize("ended", [Close(), NoneNeeded("chatter"), Spam(), "answered"])
@pytest.mark.parametrize("texts", [("where is it?", "thanks!"), ("thanks!", "where is it?")])
def test_an_edit_changes_no_figure_of_what_was_answered_or_ended_before(office, texts, ended, hours):
    number = office.write(texts[0])
    office.now += hours * HOUR
    office.engine()
    if isinstance(ended, str):
        office.write("here it is", to=number, direction="out", author="us")
    else:
        office.ana.do(ended, [number])
    office.now += MINUTE
    before, row = figures(office), office.row(number)
    office.hear(office.message("m1", number, texts[1])._replace(edited_at=office.now))
    office.engine()
    assert figures(office) == before
    assert (office.row(number).status, office.row(number).end) == (row.status, row.end)


def test_what_was_edited_meanwhile_is_judged_anew_when_it_waits_again(office):
    number = office.write("thanks!")
    office.ana.do(NoneNeeded("thanks"), [number])
    office.hear(office.message("m1", number, "where is it?")._replace(edited_at=office.now))
    office.ana.do(Reopen(), [number])
    office.engine()
    assert office.row(number).needs_since is not None


def test_what_is_seen_again_after_a_deletion_waits_as_before(office):
    number = office.write("where is it?")
    before = office.rows("SELECT start_at, due_at, outcome FROM waits")
    office.delete(number)
    office.now += MINUTE
    again = office.message("m1", number, "where is it?")
    office.store.write(lambda conn: take_in(conn, office.source, [office.scoring.score(again)], office.intake()))
    assert office.row(number).status == "open"
    assert office.rows("SELECT start_at, due_at, outcome FROM waits") == before


def test_chatter_has_no_promise_and_ends_without_being_missed(office):
    number = office.write("lol 😂")
    row = office.row(number)
    assert (row.status, row.waiting, row.due_at, row.needs_since) == ("open", 1, None, None)
    office.now += DAY
    assert office.ana.do(Close(), [number]).summary == "1 closed"
    assert (office.row(number).end, office.row(number).end_reason) == ("none needed", "")
    assert figures(office).sla == figures(office).sla.__class__()


def test_thanks_behind_an_answer_end_it_as_answered(office):
    number = office.write()
    office.now += MINUTE
    office.write("here it is", to=number, direction="out", author="us")
    office.now += MINUTE
    office.write("Thank you so much!", to=number)
    assert (office.row(number).status, office.row(number).needs_since) == ("open", None)
    office.ana.do(Close(), [number])
    assert office.row(number).end == "answered"
    assert figures(office).ends.answered == 1


def test_an_edit_may_make_an_answer_needed_and_no_longer_needed_unless_it_is_late(office):
    number = office.write("thanks!")
    asked = office.message("m1", number, "thanks! and where is the rest?")
    office.hear(asked)
    assert office.row(number).needs_since is not None
    office.hear(office.message("m1", number, "thanks!"))
    assert office.row(number).needs_since is None
    office.hear(asked)
    office.now += 5 * HOUR
    office.hear(office.message("m1", number, "thanks!"))
    assert office.row(number).needs_since is not None


def test_a_snooze_leaves_the_promise_running(office):
    number = office.write()
    office.ana.do(Snooze(office.now + 9 * HOUR), [number])
    office.now += 5 * HOUR
    assert figures(office).sla.missed == 1


def test_opening_what_was_closed_unanswered_makes_it_wait_again_but_no_second_miss(office):
    number = office.write()
    office.now += HOUR
    office.ana.do(Close(), [number])
    office.now += HOUR
    office.ana.do(Reopen(), [number])
    office.engine()
    row = office.row(number)
    assert (row.needs_since, row.end, figures(office).waiting.needing) == (row.waiting_since, "", 1)
    office.now += 5 * HOUR
    office.write("here it is", to=number, direction="out", author="us")
    found = figures(office)
    assert (found.sla.hit, found.sla.missed, found.answer_rate.answered) == (0, 1, 0)
    assert found.reply.wall.count == 1
