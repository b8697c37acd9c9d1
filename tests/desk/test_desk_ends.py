"""How conversations end, and that nothing but an answer makes a figure look better."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.desk import Close, NeedsAnswer, NoneNeeded, Reopen, Snooze, Spam
from cminbox.desk.action import Action
from cminbox.engine.takein import take_in
from cminbox.model import DAY, HOUR, MINUTE, Author, Message
from cminbox.reports import Group, compute
from cminbox.store import messages
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


ENDS = [Close(), NoneNeeded("chatter"), Spam(), "answered"]


def end(office: Office, number: int, how: Action | str, hours: int) -> None:
    """After some hours a conversation is ended by an act, or by an answer that was written elsewhere."""
    office.now += hours * HOUR
    office.engine()
    if isinstance(how, str):
        office.write("here it is", to=number, direction="out", author="us")
    else:
        office.ana.do(how, [number])
    office.now += MINUTE


def edit(office: Office, number: int, text: str, remote: str = "m1") -> None:
    """They write another text in place of their message, and a poll brings it."""
    office.hear(office.message(remote, number, text)._replace(edited_at=office.now))
    office.engine()


@pytest.mark.parametrize("hours", [1, 5])
@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize("texts", [("where is it?", "thanks!"), ("where is it?", "WHERE is it?!"), ("thanks!", "lol")])
def test_an_edit_that_asks_nothing_new_changes_no_figure_of_what_was_ended_before(office, texts, ended, hours):
    number = office.write(texts[0])
    end(office, number, ended, hours)
    before, row = figures(office), office.row(number)
    edit(office, number, texts[1])
    assert figures(office) == before
    assert (office.row(number).status, office.row(number).end) == (row.status, row.end)


@pytest.mark.parametrize("hours", [1, 5])
@pytest.mark.parametrize("ended", ENDS)
@pytest.mark.parametrize("texts", [("thanks!", "where is it?"), ("where is it?", "where is the other one?")])
def test_what_is_asked_by_an_edit_opens_again_and_has_an_sla_from_then_on(office, texts, ended, hours):
    number = office.write(texts[0])
    end(office, number, ended, hours)
    before = figures(office)
    edit(office, number, texts[1])
    after, now = figures(office), office.row(number)
    if isinstance(ended, Spam):
        assert (after, now.status) == (before, "spam")
        return
    assert (now.status, now.waiting_since, now.needs_since) == ("open", office.now, office.now)
    assert now.due_at == office.now + 4 * HOUR
    assert now.preview == texts[1]
    past = ("first_response", "reply", "first_useful", "resolution", "ends", "volume", "answers")
    assert [getattr(after, name) for name in past] == [getattr(before, name) for name in past]
    assert after.sla == replace(before.sla, running=before.sla.running + 1)
    assert after.answer_rate.answered == before.answer_rate.answered
    # It ends as whatever asks does.
    office.now += MINUTE
    office.ana.do(Close(), [number])
    assert office.row(number).end == "unanswered"
    office.ana.undo()
    assert office.row(number)._replace(changed=0, rescore_at=None) == now._replace(changed=0, rescore_at=None)
    office.write("here", to=number, direction="out", author="us")
    assert (office.row(number).status, office.row(number).needs_since) == ("pending", None)
    assert figures(office).answer_rate.answered == before.answer_rate.answered + 1


@pytest.mark.parametrize("opened", [None, "before", "after"])
def test_a_reply_answers_an_edit_only_where_its_writer_could_see_it(office, opened):
    number = office.write("thanks!")
    seen = messages.newest_id(office.store.read(), number)
    if opened == "before":
        office.ana.outbox.opened(number)
    office.now += MINUTE
    edit(office, number, "where is it?")
    office.now += MINUTE
    if opened == "after":
        office.ana.outbox.opened(number)
    reply = office.ana.outbox.send(number, "You are welcome!", seen=None if opened is None else seen)
    office.now += MINUTE
    sent = Message("r1", "c1", Author("us", "us"), reply.text, office.now, direction="out", parent="m1")
    office.store.write(lambda conn: conn.execute("UPDATE outgoing SET remote_id = 'r1' WHERE id = ?", (reply.id,)))
    office.hear(sent)
    assert office.row(number).status == ("open" if opened == "before" else "pending")


def test_an_answer_from_elsewhere_answers_an_edit_that_was_read_after_it(office):
    number = office.write("thanks!")
    edited = office.now + MINUTE
    office.write("It comes today", to=number, direction="out", author="us", at=edited + MINUTE)
    office.now = edited + 2 * MINUTE
    office.hear(office.message("m1", number, "where is it?")._replace(edited_at=edited))
    assert office.row(number).status == "pending"
    office.now += MINUTE
    edit(office, number, "where is it now?")
    assert office.row(number).status == "open"


def test_what_a_person_said_of_a_message_holds_for_its_edits(office):
    number = office.write("where is it?")
    office.ana.do(NeedsAnswer(False), [number])
    office.ana.do(Close(), [number])
    edit(office, number, "where is the other one?")
    assert office.row(number).status == "closed"


def test_an_edit_that_asked_and_is_taken_back_leaves_nothing_to_answer(office):
    number = office.write("thanks!")
    office.ana.do(NoneNeeded("thanks"), [number])
    edit(office, number, "where is it?")
    office.now += MINUTE
    office.delete(number)
    assert (office.row(number).waiting_since, office.row(number).gone) == (None, True)
    assert office.rows("SELECT outcome FROM waits") == [("gone",)]


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


def test_chatter_has_no_sla_and_ends_without_being_missed(office):
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


def test_a_snooze_leaves_the_sla_running(office):
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
