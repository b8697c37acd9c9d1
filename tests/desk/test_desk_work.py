"""What a report says of the work: first acts, touches, answers, time at replies, and who came back."""

from __future__ import annotations

from itertools import count

import pytest
from desk_office import Office

from cminbox.desk import Close, Desk, Label, NoneNeeded, Note, Reopen, Snooze, Take
from cminbox.model import DAY, HOUR, MINUTE, SECOND, WEEK
from cminbox.reports import Calendar, Group, compute
from cminbox.screens.metrics import data
from cminbox.store import replies


class Hours:
    """Around the clock on weekdays."""

    zone = "UTC"
    days = {day: ((0, 1440),) for day in range(5)}
    holidays: tuple[object, ...] = ()


def report(office: Office, since: int | None = None, until: int | None = None, **more) -> Group:
    """All figures of a period that ends now unless another end is given."""
    end = office.now + 1 if until is None else until
    return compute(office.store.read(), since or 0, end, more.pop("calendar", None), office.now, **more).total


def answer(office: Office, number: int) -> None:
    """Somebody answers on a phone."""
    office.write("here you are", to=number, direction="out", author="us")


def sent(office: Office, number: int, text: str = "Here you are.", **more) -> None:
    """Ana answers, and the network takes it: the next poll reads it back."""
    reply = office.ana.outbox.send(number, text, **more)
    office.now += 10 * SECOND

    def accepted(conn) -> None:
        for event in ("countdown over", "begun", "accepted"):
            replies.move(conn, reply.id, event, office.now, remote_id=f"r{reply.id}", sent_at=office.now)

    office.store.write(accepted)
    said = office.message(f"r{reply.id}", number, text)
    office.hear(said._replace(direction="out", created_at=office.now))


def test_the_first_act_is_a_members_and_of_each_cycle(office):
    number = office.write()
    office.now += 7 * MINUTE
    office.ana.do(Take(), [number])
    office.now += MINUTE
    office.lena.do(Note("called"), [number])
    first = report(office).first_act.wall
    assert (first.count, first.p50) == (1, 420.0)
    answer(office, number)
    office.now += MINUTE
    office.ana.do(Close(), [number])
    office.now += DAY
    office.write("and now?", to=number)
    office.now += 3 * MINUTE
    office.lena.do(Label(add=("billing",)), [number])
    assert report(office).first_act.wall.count == 2
    # Of the second cycle alone, by when the act was and by when they wrote.
    since = office.now - HOUR
    assert report(office, since).first_act.wall.p50 == 180.0
    assert report(office, since, cohort="written").first_act.wall.p50 == 180.0


def test_what_was_undone_and_what_was_opened_is_no_act(office):
    number = office.write()
    office.now += MINUTE
    office.ana.outbox.opened(number)
    office.ana.do(Take(), [number])
    office.ana.undo()
    assert report(office).first_act.wall.count == 0
    office.now += MINUTE
    office.ana.do(Take(), [number])
    assert report(office).first_act.wall.p50 == 120.0


def test_a_network_whose_clock_is_ahead_loses_no_first_act(office):
    number = office.write(at=office.now + 7 * MINUTE)
    office.now += MINUTE
    office.ana.do(Take(), [number])
    first = report(office).first_act.wall
    assert (first.count, first.p50) == (1, 0.0)


def test_a_cycle_that_was_answered_elsewhere_first_has_no_first_act(office):
    number = office.write()
    office.now += MINUTE
    answer(office, number)
    office.now += HOUR
    office.ana.do(Label(add=("billing",)), [number])
    assert report(office).first_act.wall.count == 0


def test_first_acts_go_by_business_hours_too(office):
    # 2023-11-14 was a Tuesday; the next Saturday and Sunday count nothing.
    office.now += 3 * DAY + HOUR
    number = office.write()
    office.now += 3 * DAY
    office.ana.do(Take(), [number])
    first = report(office, calendar=Calendar(Hours())).first_act
    assert first.business is not None
    assert (first.wall.p50, first.business.p50) == (3 * DAY / 1000, DAY / 1000)


def test_touches_are_counted_until_the_end(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.ana.do(Label(add=("billing",)), [number])
    office.ana.undo()
    sent(office, number)
    assert report(office).touches.count == 0
    office.ana.do(Close(), [number])
    office.now += MINUTE
    office.ana.do(Note("done"), [number])
    # Taken, answered, closed: that the engine sent it, that a label came and went, and the note after it are none.
    touches = report(office).touches
    assert (touches.count, touches.p50) == (1, 3.0)


def test_who_writes_again_within_a_week_is_back(office):
    number = office.write("where is it?", author="mina")
    answer(office, number)
    office.now += MINUTE
    office.ana.do(Close(), [number])
    back = report(office).back
    assert (back.ended, back.running, back.rate, back.wall.count) == (1, 1, None, 0)
    office.now += 2 * DAY
    office.write("still not here", to=number, author="mina")
    back = report(office).back
    assert (back.ended, back.running, back.rate, back.wall.p50) == (1, 0, 1.0, 2 * DAY / 1000)


@pytest.mark.parametrize(
    ("author", "label", "days", "back"),
    [("mina", "parcel", 2, 1), ("mina", "billing", 2, 0), ("tom", "parcel", 2, 0), ("mina", "parcel", 8, 0)],
)
def test_the_same_person_and_matter_may_come_back_elsewhere(office, author, label, days, back):
    number = office.write("where is it?", author="mina")
    office.ana.do(Label(add=("parcel",)), [number])
    answer(office, number)
    office.now += MINUTE
    office.ana.do(Close(), [number])
    office.now += days * DAY
    other = office.write("hello again", author=author)
    office.ana.do(Label(add=(label,)), [other])
    office.now += WEEK
    found = report(office).back
    assert (found.wall.count, found.ended, found.running, found.rate) == (back, 1, 0, float(back))


def test_a_closing_that_was_taken_back_ended_nothing(office):
    number = office.write()
    answer(office, number)
    office.now += MINUTE
    office.ana.do(Close(), [number])
    office.ana.do(Reopen(), [number])
    assert report(office).touches.count == report(office).back.ended == 0


def test_answers_and_handle_time_are_the_members_who_sent(office):
    number, other = office.write(), office.write()
    office.ana.outbox.opened(number)
    office.now += 30 * SECOND
    sent(office, number, "One moment.")
    sent(office, number, "Here it is.")
    answer(office, other)
    found = compute(office.store.read(), 0, office.now + 1, None, office.now)
    assert found.total.answers == 3
    assert {name: group.answers for name, group in found.by["member"].items()} == {"ana": 2}
    handle = found.by["member"]["ana"].handle
    assert (handle.wall.count, handle.wall.p50, handle.business) == (1, 30.0, None)


def test_a_holding_answer_is_no_useful_one(office):
    number = office.write()
    office.now += 10 * MINUTE - 10 * SECOND
    sent(office, number, "We are looking into it.", template="looking-into")
    found = report(office)
    assert (found.first_response.wall.p50, found.first_useful.wall.count) == (600.0, 0)
    office.now += 20 * MINUTE - 10 * SECOND
    sent(office, number, "It leaves today.", template="parcel-late")
    found = report(office)
    assert (found.first_response.wall.count, found.first_response.wall.p50) == (1, 600.0)
    assert (found.first_useful.wall.count, found.first_useful.wall.p50) == (1, 1800.0)
    sent(office, number, "Anything else?")
    assert report(office).first_useful.wall.count == 1


def test_an_answer_that_holds_nothing_is_useful_at_once(office):
    number = office.write()
    office.now += 10 * MINUTE
    answer(office, number)
    found = report(office)
    assert found.first_useful == found.first_response
    assert found.first_useful.wall.p50 == 600.0


def test_labels_have_the_same_figures(office):
    number, other = office.write(), office.write()
    office.ana.do(Label(add=("billing",)), [number])
    for one in (number, other):
        sent(office, one)
        office.ana.do(Close(), [one])
    found = compute(office.store.read(), 0, office.now + 1, None, office.now)
    billing = found.by["label"]["billing"]
    assert (billing.answers, billing.touches.p50, billing.first_act.wall.count, billing.back.ended) == (1, 3.0, 1, 1)
    assert (found.total.answers, found.total.touches.count) == (2, 2)


def test_what_was_written_in_a_period_is_another_cohort_than_what_ended_in_it(office):
    number = office.write()
    asked = office.now
    office.now += 2 * DAY
    answer(office, number)
    early, late = (asked - 1, asked + DAY), (asked + DAY, office.now + 1)
    assert [report(office, *span).reply.wall.count for span in (early, late)] == [0, 1]
    assert [report(office, *span, cohort="written").reply.wall.count for span in (early, late)] == [1, 0]


def test_snoozing_is_an_act_but_no_end(office):
    number = office.write()
    office.now += MINUTE
    office.ana.do(Snooze(office.now + HOUR), [number])
    found = report(office)
    assert (found.first_act.wall.count, found.touches.count) == (1, 0)


@pytest.mark.parametrize(("age", "words"), [(None, "no SLA yet"), (0, "none ended"), (30 * DAY, "1 overdue")])
def test_a_share_without_slas_that_ended_says_what_is_overdue(office, age, words):
    if age is not None:
        office.write(at=office.now - age)
    found = data.figures(data.read(office.store.read(), "week", office.now, None, 4 * HOUR))[3]
    assert (found.name, found.change) == ("SLA kept 7d", words)


@pytest.mark.parametrize("act", [Close(), NoneNeeded("thanks")], ids=lambda act: act.name)
def test_the_act_that_ends_a_cycle_is_a_touch_though_the_clock_goes_on_meanwhile(office, act):
    number, ticks = office.write(), count(office.now + MINUTE)
    desk = Desk(office.store, office.config, office.ana.context.member, clock=lambda: next(ticks))
    desk.do(Take(), [number])
    desk.do(act, [number])
    office.now += HOUR
    assert report(office).touches.mean == 2.0
