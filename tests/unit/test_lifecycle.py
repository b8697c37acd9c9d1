"""What moves a conversation, and what is measured on the way: the definitions, one example each."""

from __future__ import annotations

import pytest

from cminbox.lifecycle import (
    CycleEnd,
    Findings,
    Lifecycle,
    Measure,
    MessageFact,
    Sla,
    Step,
    due_at,
    in_order,
    replay,
)
from cminbox.model import HOUR, STATUSES


def them(id: int, at: int, **more) -> MessageFact:
    """They wrote."""
    return MessageFact(id, at, True, **more)


def us(id: int, at: int, member: str = "ana", **more) -> MessageFact:
    """We wrote."""
    return MessageFact(id, at, False, member, **more)


def told(*items: MessageFact | Step) -> tuple[Lifecycle, list[tuple[str, int, int, str]]]:
    """The life of a timeline, and its measures as (name, start, end, member)."""
    life, found = replayed(*items)
    return life, [(m.name, m.start, m.end, m.member) for m in found.measures]


def replayed(*items: MessageFact | Step) -> tuple[Lifecycle, Findings]:
    """The life of a timeline, and all that was found on the way."""
    return replay([i for i in items if isinstance(i, MessageFact)], [i for i in items if isinstance(i, Step)])


def waited(*items: MessageFact | Step) -> list[tuple[int, int | None, str]]:
    """The waits of a timeline as (start, end, outcome)."""
    return [(w.start, w.end, w.outcome) for w in replayed(*items)[1].waits]


def test_nobody_said_anything():
    assert told() == (Lifecycle(), [])


def test_a_first_inbound_message_opens_and_starts_the_first_cycle():
    life, found = told(them(1, 10))
    assert (life.status, life.waiting_since, life.waiting, life.cycle_at) == ("open", 10, 1, 10)
    assert found == []


def test_an_answer_ends_the_wait_and_makes_it_pending():
    life, found = told(them(1, 10), them(2, 20), us(3, 50))
    assert (life.status, life.waiting_since, life.waiting, life.first_reply_at) == ("pending", None, 0, 50)
    assert found == [("first_response", 10, 50, "ana"), ("reply", 10, 50, "ana")]


def test_the_second_part_of_a_two_part_answer_ends_no_wait():
    life, found = told(them(1, 10), us(2, 50), us(3, 51))
    assert life.status == "pending"
    assert found == [("first_response", 10, 50, "ana"), ("reply", 10, 50, "ana")]


def test_each_wait_is_measured_and_only_the_first_reply_of_a_cycle_is_a_first_response():
    life, found = told(them(1, 10), us(2, 50), them(3, 70), us(4, 100, "lena"))
    assert found == [("first_response", 10, 50, "ana"), ("reply", 10, 50, "ana"), ("reply", 70, 100, "lena")]
    assert life.cycle_at == 10


def test_an_answer_written_elsewhere_is_nobodys_credit():
    _, found = told(them(1, 10), us(2, 50, ""))
    assert found == [("first_response", 10, 50, ""), ("reply", 10, 50, "")]


def test_the_brands_own_post_starts_no_cycle():
    life, found = told(us(1, 5, ""), us(2, 6, ""))
    assert (life.status, life.cycle_at, life.waiting_since, found) == ("pending", None, None, [])
    life, found = told(us(1, 5, ""), Step(9, "closed", 1, "ana"))
    assert (life.status, found) == ("closed", [])
    life, found = told(us(1, 5, ""), them(2, 10), us(3, 30))
    assert (life.cycle_at, found) == (10, [("first_response", 10, 30, "ana"), ("reply", 10, 30, "ana")])


def test_closing_is_measured_from_the_start_of_the_cycle():
    life, found = told(them(1, 10), us(2, 50), Step(80, "closed", 2, "lena"))
    assert (life.status, life.closed_at, life.waiting_since) == ("closed", 80, None)
    assert found[-1] == ("resolution", 10, 80, "lena")


def test_what_reopens_a_closed_conversation_starts_a_cycle():
    life, found = told(them(1, 10), us(2, 15), Step(20, "closed", 2, "ana"), them(3, 100), us(4, 130))
    assert (life.status, life.cycle_at, life.waiting_since) == ("pending", 100, None)
    assert found[2:] == [("resolution", 10, 20, "ana"), ("first_response", 100, 130, "ana"), ("reply", 100, 130, "ana")]


@pytest.mark.parametrize("before", [us(2, 20), Step(20, "snoozed", 1, "ana", 900)])
def test_what_reopens_a_pending_or_snoozed_one_starts_none(before):
    life, _ = told(them(1, 10), before, them(3, 100))
    assert (life.status, life.cycle_at, life.snoozed_until) == ("open", 10, None)


def test_a_snoozed_conversation_still_waits_and_wakes_open():
    life, _ = told(them(1, 10), Step(20, "snoozed", 1, "ana", 900))
    assert (life.status, life.waiting_since, life.snoozed_until) == ("snoozed", 10, 900)
    life, _ = told(them(1, 10), Step(20, "snoozed", 1, "ana", 900), Step(900, "woke", 1))
    assert (life.status, life.waiting_since, life.snoozed_until) == ("open", 10, None)


def test_waking_what_does_not_sleep_changes_nothing():
    answered, _ = told(them(1, 10), us(2, 20))
    assert told(them(1, 10), us(2, 20), Step(900, "woke", 2))[0] == answered


def test_spam_is_opened_by_nothing_and_measures_no_resolution():
    life, found = told(them(1, 10), Step(20, "spammed", 1, "ana"), them(2, 30), us(3, 40), Step(50, "closed", 3))
    assert life.status == "closed"
    assert not [m for m in found if m[0] == "resolution"]
    assert told(them(1, 10), Step(20, "spammed", 1, "ana"), them(2, 30))[0].status == "spam"
    assert told(them(1, 10), Step(20, "spammed", 1, "ana"), us(2, 30))[0].status == "spam"


def test_not_spam_brings_back_who_waited_unless_they_were_answered():
    spammed = (them(1, 10), Step(20, "spammed", 1, "ana"), them(2, 30))
    life, _ = told(*spammed, Step(50, "opened", 2, "ana"))
    assert (life.status, life.waiting_since, life.waiting) == ("open", 10, 2)
    life, _ = told(*spammed, us(3, 40), Step(50, "opened", 3, "ana"))
    assert (life.status, life.waiting_since, life.waiting) == ("open", None, 0)


@pytest.mark.parametrize("back", [Step(60, "opened", 1, "lena"), Step(60, "snoozed", 1, "lena", 900)])
def test_bringing_a_closed_conversation_back_goes_on_with_its_cycle(back):
    life, found = told(them(1, 10), Step(20, "closed", 1, "ana"), back)
    assert (life.waiting_since, life.waiting, life.cycle_at, life.closed_at) == (10, 1, 10, None)
    assert found == []
    answered = (them(1, 10), us(2, 15), Step(20, "closed", 2, "ana"), back._replace(seen=2))
    _, found = told(*answered, Step(90, "closed", 2, "ana"))
    assert found[2:] == [("resolution", 10, 90, "ana")]


def test_calling_a_closed_conversation_spam_and_back_counts_no_resolution_twice():
    steps = [Step(20, "closed", 2), Step(30, "spammed", 2), Step(40, "opened", 2), Step(50, "closed", 2)]
    _, found = told(them(1, 10), us(2, 15), *steps)
    assert found[2:] == [("resolution", 10, 50, "")]


def test_deleted_before_anyone_answered_it_never_asked():
    life, found = told(them(1, 10, deleted_at=40), us(2, 60))
    assert (life.waiting_since, life.cycle_at, found) == (None, None, [])
    life, _ = told(them(1, 10, deleted_at=40))
    assert (life.status, life.waiting_since) == ("closed", None)
    life, _ = told(them(1, 10, deleted_at=40), them(2, 20))
    assert (life.status, life.waiting_since, life.waiting, life.cycle_at) == ("open", 20, 1, 20)


def test_deleted_after_it_was_answered_or_closed_it_still_counts():
    _, found = told(them(1, 10, deleted_at=90), us(2, 60))
    assert found == [("first_response", 10, 60, "ana"), ("reply", 10, 60, "ana")]
    _, found = replayed(them(1, 10, deleted_at=90), Step(60, "closed", 1, "ana"))
    assert found.ends == [CycleEnd(10, 60, "unanswered", "", "ana")]


def test_what_was_answered_stays_measured_though_all_of_it_is_deleted():
    _, found = told(them(1, 10, deleted_at=90), us(2, 60, deleted_at=90))
    assert found == [("first_response", 10, 60, "ana"), ("reply", 10, 60, "ana")]


def test_an_answer_that_we_took_back_was_given():
    life, found = told(them(1, 10), us(2, 60, deleted_at=70))
    assert life.status == "pending"
    assert [m[0] for m in found] == ["first_response", "reply"]


def test_closed_before_the_held_reply_left_it_stays_closed():
    life, found = told(them(1, 10), Step(55, "closed", 1, "ana"), us(2, 60, written_at=50))
    assert (life.status, life.closed_at) == ("closed", 55)
    assert ("first_response", 10, 60, "ana") in found


def test_a_reply_written_after_the_closing_makes_it_pending():
    life, _ = told(them(1, 10), Step(55, "closed", 1, "ana"), us(2, 60, written_at=58))
    assert (life.status, life.closed_at) == ("pending", None)


def test_snoozed_before_the_held_reply_left_it_sleeps_on_but_nobody_waits():
    life, _ = told(them(1, 10), Step(55, "snoozed", 1, "ana", 900), us(2, 60, written_at=50))
    assert (life.status, life.snoozed_until, life.waiting_since) == ("snoozed", 900, None)


def test_an_earlier_message_that_arrives_late_is_put_where_it_belongs():
    life, found = told(them(1, 50), us(2, 60), them(3, 10))
    assert (life.status, life.cycle_at) == ("pending", 10)
    assert found == [("first_response", 10, 60, "ana"), ("reply", 10, 60, "ana")]


@pytest.mark.parametrize("at", [60, 10])
def test_what_arrives_after_a_closing_reopens_it_however_old_it_is(at):
    """Nobody resolves what they could not have seen."""
    life, found = told(them(1, 50), us(2, 55), Step(70, "closed", 2, "ana"), them(3, at))
    assert (life.status, life.waiting_since, life.cycle_at) == ("open", at, at)
    assert found[2:] == [("resolution", 50, 70, "ana")]


def test_an_old_answer_is_no_first_response_to_a_later_question():
    _, found = told(them(1, 50), Step(70, "snoozed", 1, "ana", 900), us(2, 20, ""))
    assert found == []


def test_an_answer_that_arrives_after_a_deletion_may_count_for_what_was_deleted():
    """It was given before the network took the question back: only a replay can tell."""
    deleted, answer = them(1, 10, deleted_at=40), us(2, 30)
    assert not in_order(10, answer, deletions=True)
    assert in_order(10, answer)
    assert in_order(10, them(2, 30), deletions=True)
    assert told(deleted, answer)[1] == [("first_response", 10, 30, "ana"), ("reply", 10, 30, "ana")]


def test_a_late_answer_does_not_answer_what_was_asked_after_it():
    """Of what arrives after a person's step, an old question with its old answer leaves the newer question open."""
    life, found = told(them(1, 50), Step(70, "snoozed", 1, "ana", 900), them(2, 10), us(3, 20, ""))
    assert (life.status, life.waiting_since, life.waiting) == ("open", 50, 1)
    assert ("reply", 10, 20, "") in found


def test_history_opens_nothing_and_measures_nothing():
    life, found = told(them(1, 10, history=True), us(2, 20, history=True))
    assert (life, found) == (Lifecycle(), [])
    assert told(them(1, 10, history=True), them(2, 50))[0].cycle_at == 50


def test_steps_stand_in_the_order_in_which_they_were_made_though_the_clock_was_set_back():
    life, _ = told(them(1, 10), Step(500, "closed", 1, "ana", id=1), Step(400, "opened", 1, "ana", id=2))
    assert (life.status, life.waiting_since) == ("open", 10)


def test_an_sla_runs_for_who_waits_open_or_snoozed():
    for status in STATUSES:
        due = due_at(Lifecycle(status=status, waiting_since=50, needs_since=100), Sla(HOUR))
        assert due == (100 + HOUR if status in ("open", "snoozed") else None)
    assert due_at(Lifecycle(status="open", waiting_since=50), Sla(HOUR)) is None
    assert due_at(Lifecycle(status="open", waiting_since=100, needs_since=100), Sla()) is None


def test_measures_are_told_with_who_gave_them():
    _, found = replay([them(1, 10), us(2, 50, "lena")], [])
    assert found.measures == [Measure("first_response", 10, 50, "lena"), Measure("reply", 10, 50, "lena")]


def test_who_needs_an_answer_waits_until_it_comes():
    assert waited(them(1, 10)) == [(10, None, "")]
    assert waited(them(1, 10), them(2, 20), us(3, 50)) == [(10, 50, "answered")]
    assert waited(them(1, 10), us(2, 50), them(3, 70)) == [(10, 50, "answered"), (70, None, "")]


def test_who_needs_none_waits_for_nothing_but_is_measured():
    life, found = told(them(1, 10, needs=False), us(2, 50))
    assert waited(them(1, 10, needs=False), us(2, 50)) == []
    assert [m[0] for m in found] == ["first_response", "reply"]
    life, _ = told(them(1, 10, needs=False), them(2, 20), them(3, 30))
    assert (life.waiting_since, life.waiting, life.needs_since) == (10, 3, 20)


@pytest.mark.parametrize(
    ("said", "reason", "end", "outcome"),
    [
        ([them(1, 10), us(2, 15)], "", "answered", "answered"),
        ([them(1, 10)], "", "unanswered", "unanswered"),
        ([them(1, 10), us(2, 15), them(3, 16)], "", "unanswered", "unanswered"),
        ([them(1, 10)], "chatter", "none needed", "none needed"),
        ([them(1, 10), us(2, 15), them(3, 16, needs=False)], "", "answered", "answered"),
        ([them(1, 10, needs=False)], "", "none needed", ""),
    ],
)
def test_a_cycle_ends_as_it_was_answered(said, reason, end, outcome):
    step = Step(60, "closed", said[-1].id, "lena", reason=reason)
    life, found = replayed(*said, step)
    assert (life.status, life.end, life.end_reason) == ("closed", end, reason)
    assert found.ends == [CycleEnd(10, 60, end, reason, "lena")]
    assert [w.outcome for w in found.waits][-1:] == ([outcome] if outcome else [])
    assert [m.name for m in found.measures if m.name == "resolution"] == (["resolution"] if end == "answered" else [])


def test_closed_unanswered_stays_so_though_it_is_answered_later():
    timeline = (them(1, 10), Step(20, "closed", 1, "ana"), Step(30, "opened", 1, "ana", id=1), us(2, 40))
    assert waited(*timeline) == [(10, 20, "unanswered")]
    life, found = told(*timeline)
    assert (life.status, life.end) == ("pending", "")
    assert found == [("first_response", 10, 40, "ana"), ("reply", 10, 40, "ana")]


@pytest.mark.parametrize("step", [Step(20, "closed", 1, reason="thanks"), Step(20, "spammed", 1)])
def test_what_was_taken_out_goes_on_waiting_when_it_is_opened_again(step):
    assert waited(them(1, 10), step)[0][1:] == (20, "none needed" if step.reason else "spam")
    assert waited(them(1, 10), step, Step(30, "opened", 1, id=1)) == [(10, None, "")]
    assert waited(them(1, 10), step, Step(30, "opened", 1, id=1), us(2, 40)) == [(10, 40, "answered")]


def test_what_was_closed_while_its_answer_was_on_its_way_was_answered():
    timeline = (them(1, 10), Step(55, "closed", 1, "lena"), us(2, 60, written_at=50, seen=1))
    life, found = replayed(*timeline)
    assert (life.status, life.end) == ("closed", "answered")
    assert waited(*timeline) == [(10, 60, "answered")]
    assert found.ends == [CycleEnd(10, 55, "answered", "", "lena")]
    assert Measure("resolution", 10, 55, "lena") in found.measures


def test_a_deletion_is_no_answer():
    assert waited(them(1, 10, deleted_at=40)) == [(10, 40, "gone")]
    assert waited(them(1, 10, deleted_at=40), them(2, 20)) == [(10, 40, "gone"), (20, None, "")]
    assert waited(them(1, 10, deleted_at=40, needs=False)) == []


@pytest.mark.parametrize("late", [12, 40, 70])
def test_what_a_reply_could_not_know_it_does_not_answer(late):
    """Whatever the network's times say: written before, fetched after."""
    life, found = told(them(1, 10), us(2, 60, written_at=45, seen=1), them(3, late))
    assert (life.status, life.waiting_since, life.waiting, life.needs_since) == ("open", late, 1, late)
    assert ("reply", 10, 60, "ana") in found


def test_what_its_writer_had_seen_a_reply_answers_though_a_clock_is_ahead():
    life, found = told(them(1, 10), them(2, 90), us(3, 60, written_at=45, seen=2))
    assert (life.status, life.waiting) == ("pending", 0)
    assert ("reply", 10, 60, "ana") in found


def test_a_second_reply_answers_what_the_first_could_not_know():
    timeline = (them(1, 10), us(2, 60, seen=1), them(3, 40), us(4, 80, seen=3))
    life, found = told(*timeline)
    assert life.status == "pending"
    assert found[-1] == ("reply", 40, 80, "ana")
    assert waited(*timeline) == [(10, 60, "answered"), (40, 80, "answered")]


def test_a_holding_answer_is_a_first_response_and_no_useful_one():
    life, found = told(them(1, 10), us(2, 50, holding=True), us(3, 90, "lena"), us(4, 95))
    assert found == [("first_holding", 10, 50, "ana"), ("reply", 10, 50, "ana"), ("first_useful", 10, 90, "lena")]
    assert (life.first_reply_at, life.first_useful_at) == (50, 90)
    life, found = told(them(1, 10), us(2, 50), us(3, 90, holding=True))
    assert [name for name, *_ in found] == ["first_response", "reply"]
    assert life.first_useful_at == 50


def test_each_cycle_has_a_useful_response_of_its_own():
    said = [them(1, 10), us(2, 50, holding=True), Step(60, "closed", 2, "ana"), them(3, 100), us(4, 130)]
    _, found = told(*said)
    assert [m for m in found if m[0].startswith("first")] == [
        ("first_holding", 10, 50, "ana"),
        ("first_response", 100, 130, "ana"),
    ]


def test_who_was_closed_unanswered_has_waited_since_they_wrote():
    """Closing somebody and answering when they write again is no quick answer."""
    life, found = told(them(1, 10), Step(20, "closed", 1, "ana"), them(2, 100), us(3, 130))
    assert (life.cycle_at, life.asked_at, life.owed_since) == (100, 10, None)
    assert found == [("first_response", 10, 130, "ana"), ("reply", 10, 130, "ana")]
    _, found = told(them(1, 10), Step(20, "closed", 1, "ana"), us(2, 130))
    assert found == [("first_response", 10, 130, "ana"), ("reply", 10, 130, "ana")]
    # What needed no answer begins nothing that is owed.
    _, found = told(them(1, 10, needs=False), Step(20, "closed", 1, "ana"), them(2, 100), us(3, 130))
    assert found == [("first_response", 100, 130, "ana"), ("reply", 100, 130, "ana")]
    _, found = told(them(1, 10), Step(20, "closed", 1, "ana", reason="duplicate"), them(2, 100), us(3, 130))
    assert found == [("first_response", 100, 130, "ana"), ("reply", 100, 130, "ana")]


def test_what_is_owed_is_answered_once():
    said = [them(1, 10), Step(20, "closed", 1, "ana"), them(2, 100), Step(110, "closed", 2, "ana"), them(3, 200)]
    life, found = told(*said, us(4, 230), them(5, 300), us(6, 310))
    assert found == [("first_response", 10, 230, "ana"), ("reply", 10, 230, "ana"), ("reply", 300, 310, "ana")]
    assert life.owed_since is None
