"""Each action: what it does to one and to many, what it refuses, and that it is one event."""

from __future__ import annotations

import json

import pytest

from cminbox.desk import (
    Answered,
    Ask,
    Assign,
    Back,
    Broken,
    Close,
    Correct,
    Escalate,
    GivePromise,
    Kept,
    Label,
    Like,
    MakePromise,
    Mute,
    NeedsAnswer,
    NoneNeeded,
    Note,
    NotSpam,
    Reopen,
    SetPriority,
    SetRole,
    Snooze,
    Spam,
    Take,
    Unask,
    Unassign,
    Unwatch,
    Vip,
    Watch,
    Withdraw,
)
from cminbox.errors import ActionError, UsageError
from cminbox.model import DAY, HOUR, MINUTE
from cminbox.store import crises, events, labels, messages, notes, people

SOON = 1_700_000_000_000 + 3 * HOUR

ALL = {
    "take": Take(),
    "assign": Assign("lena"),
    "assign a team": Assign("team:night"),
    "least loaded": Assign("least-loaded:care"),
    "snooze": Snooze(SOON),
    "close": Close(),
    "none needed": NoneNeeded("thanks"),
    "needs an answer": NeedsAnswer(),
    "spam": Spam(),
    "label": Label(add=("angry",)),
    "note": Note("called them"),
    "priority": SetPriority(90),
    "correct": Correct(sentiment=0.5, lang="es"),
    "correct signals": Correct(add=("refund",), remove=("question",)),
    "correct all": Correct(sentiment=-0.6, lang="es", add=("scam",), needs=True),
    "escalate": Escalate(crisis_name="Storm", severity=2, reason="many"),
    "vip": Vip(),
    "role": SetRole("journalist"),
    "ask": Ask("anna", "is it recalled?"),
    "like": Like(),
    "mute": Mute("shouting"),
    "promise": MakePromise("the refund", SOON),
    "watch": Watch(),
}


def prepare(office, action, count=3):
    """Conversations that the action fits."""
    ids = [office.write(f"where is parcel {n}?") for n in range(count)]
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    first = {NotSpam: Spam(), Reopen: Close(), Unassign: Assign("ana"), Unwatch: Watch()}
    asked = dict.fromkeys((Answered, Unask), Ask("anna", "is it recalled?"))
    before = {**first, **asked}.get(type(action))
    if type(action) in (Kept, Broken, Withdraw, GivePromise):
        before = MakePromise("the refund", SOON)
    if type(action) is Back:
        office.now += MINUTE
        for number in ids:
            office.write("here it is", to=number, direction="out", author="us")
    if before is not None:
        office.ana.do(before, ids)
    return ids


EVERY = [*ALL.values(), NotSpam(), Reopen(), Unassign(), Answered("anna", "it is"), Unask()]
EVERY += [Unwatch(), Back(2 * DAY)]
EVERY += [Kept("sent"), Broken(), Withdraw(), GivePromise("lena")]


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.name)
def test_an_action_on_many_is_one_event_and_one_change_number(office, action):
    ids = prepare(office, action)
    other = office.write("somebody else")
    known = office.rows("SELECT MAX(id) FROM events")[0][0]
    before = office.row(other)
    outcome = office.ana.do(action, ids)
    assert (outcome.changed, outcome.skipped) == (tuple(ids), ())
    assert outcome.summary == f"3 {action.done}" + (", 3 of them unanswered" if action == Close() else "")
    (event,) = office.rows("SELECT id, actor, action, count, session FROM events WHERE id > ?", known or 0)
    assert event == (outcome.event_id, "member:ana", action.name, 3, office.ana.context.session)
    assert [item.conversation_id for item in events.items(office.store.read(), outcome.event_id)] == ids
    assert len({office.row(number).changed for number in ids}) == 1
    assert office.row(other) == before


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.name)
def test_a_dry_run_says_what_would_change_and_changes_nothing(office, action):
    ids = [*prepare(office, action), 999]
    before = office.dump()
    dry = office.ana.do(action, ids, dry_run=True)
    assert office.dump() == before
    wet = office.ana.do(action, ids)
    assert (dry.changed, dry.skipped) == (wet.changed, wet.skipped)
    assert dry.summary.startswith(f"{action.name} {len(wet.changed)}")
    assert (dry.event_id is None, wet.event_id is None) == (True, False)
    assert office.dump() != before


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.name)
def test_an_action_that_fits_nothing_leaves_no_trace(office, action):
    before = office.dump()
    outcome = office.ana.do(action, [998, 999, 998])
    assert (outcome.event_id, outcome.changed) == (None, ())
    assert outcome.skipped == ((998, "there is no such conversation"), (999, "there is no such conversation"))
    assert office.dump() == before


@pytest.mark.parametrize("action", EVERY, ids=lambda a: a.name)
def test_observers_look_on(office, action):
    ids = prepare(office, action)
    before = office.dump()
    with pytest.raises(ActionError, match="olga is an observer"):
        office.olga.do(action, ids)
    assert office.dump() == before


def test_closing_measures_lets_go_and_leaves_a_closed_one_alone(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.now += HOUR
    office.lena.do(Close(), [number])
    row = office.row(number)
    assert (row.status, row.closed_at, row.waiting_since, row.due_at) == ("closed", office.now, None, None)
    assert people.claimed(office.store.read(), number, office.now) is None
    found = office.rows("SELECT measure, member, end_at - start_at, sla_target FROM measures")
    assert found == []
    again = office.ana.do(Close(), [number, office.write()])
    assert again.skipped == ((number, "already closed"),)
    assert again.summary == "1 closed, unanswered, 1 left alone (already closed)"


def answered(office) -> int:
    """A conversation in which our side has answered."""
    number = office.write()
    office.now += MINUTE
    office.write("here it is", to=number, direction="out", author="us")
    return number


def test_closing_what_was_answered_is_a_resolution(office):
    number = answered(office)
    office.now += HOUR
    assert office.lena.do(Close(), [number]).summary == "1 closed"
    assert office.row(number).end == "answered"
    found = office.rows("SELECT member, end_at - start_at, sla_target FROM measures WHERE measure = 'resolution'")
    assert found == [("lena", HOUR + MINUTE, 4 * HOUR)]


def test_closing_unanswered_is_told_and_counts_as_a_miss_for_ever(office):
    many = [office.write(), office.write(), answered(office)]
    assert office.ana.do(Close(), many, dry_run=True).summary == (
        "close 3 conversations: 2 open → closed, 1 pending → closed, 2 unanswered"
    )
    assert office.ana.do(Close(), many).summary == "3 closed, 2 of them unanswered"
    assert [office.row(number).end for number in many] == ["unanswered", "unanswered", "answered"]
    office.now += MINUTE
    office.ana.do(Reopen(), many[:1])
    office.now += MINUTE
    office.write("sorry, here", to=many[0], direction="out", author="us")
    assert office.row(many[0]).status == "pending"
    assert office.rows("SELECT outcome FROM waits ORDER BY conversation_id") == [
        ("unanswered",),
        ("unanswered",),
        ("answered",),
    ]


def test_what_is_closed_while_its_reply_is_on_its_way_is_not_called_unanswered(office):
    number = office.write()
    office.ana.outbox.send(number, "here it is")
    assert "unanswered" not in office.ana.do(Close(), [number], dry_run=True).summary
    assert office.ana.do(Close(), [number]).summary == "1 closed"


@pytest.mark.parametrize("typed", [("not", "for", "us"), ("not for us",), ("NOT-for-us",), ("not",)])
def test_reasons_as_people_type_them(typed):
    assert NoneNeeded.parse(typed, 0).reason == "not for us"


def test_what_is_no_reason_is_told():
    with pytest.raises(UsageError, match="no reason"):
        NoneNeeded.parse(("bored",), 0)
    with pytest.raises(ActionError, match="no reason"):
        NoneNeeded("bored").prepare(None)


def test_none_needed_is_no_miss_and_no_resolution(office):
    number = office.write()
    office.now += HOUR
    assert office.ana.do(NoneNeeded("chatter"), [number]).summary == "1 closed: none needed"
    row = office.row(number)
    assert (row.status, row.end, row.end_reason, row.needs_since) == ("closed", "none needed", "chatter", None)
    assert office.rows("SELECT * FROM measures") == []
    assert office.rows("SELECT outcome, end_at > due_at FROM waits") == [("none needed", 0)]
    assert office.rows("SELECT end, reason, member FROM cycle_ends") == [("none needed", "chatter", "ana")]


def test_a_person_says_who_needs_an_answer_and_the_rules_leave_that_alone(office):
    number = office.write("lol 😂")
    assert office.row(number).needs_since is None
    office.lena.do(NeedsAnswer(), [number])
    office.engine()
    assert office.row(number).needs_since == office.row(number).waiting_since
    assert office.row(number).due_at is not None
    office.ana.do(NeedsAnswer(on=False), [number])
    office.engine()
    assert (office.row(number).needs_since, office.row(number).due_at) == (None, None)
    # Taking out is no answer: it stays known that it was.
    assert office.rows("SELECT outcome, end_at - start_at FROM waits") == [("none needed", 0)]


def test_who_is_late_is_not_let_go_by_a_word(office):
    number = office.write()
    office.now += 5 * HOUR
    refused = office.ana.do(NeedsAnswer(on=False), [number])
    assert refused.skipped == ((number, "it is late: a miss stays one"),)


def test_reopening_brings_back_who_waited_and_takes_the_resolution_back(office):
    number = office.write()
    before = office.row(number)
    office.now += HOUR
    office.ana.do(Close(), [number])
    office.engine()
    office.ana.do(Reopen(), [number])
    row = office.row(number)
    assert (row.status, row.waiting_since, row.waiting) == ("open", before.waiting_since, 1)
    assert row.due_at == before.due_at
    assert office.rows("SELECT * FROM measures") == []
    assert office.ana.do(Reopen(), [number]).skipped == ((number, "already open"),)


def test_snoozing_hides_until_a_time_or_until_they_reply(office):
    first, second = office.write(), office.write()
    office.ana.do(Snooze(office.now + HOUR), [first, second])
    assert {office.row(n).status for n in (first, second)} == {"snoozed"}
    assert office.row(first).due_at == office.row(first).waiting_since + 4 * HOUR
    office.now += MINUTE
    office.write("hello?", to=second)
    assert office.row(second).status == "open"
    office.engine(60)
    row = office.row(first)
    assert (row.status, row.snoozed_until, row.waiting) == ("open", None, 1)


def test_snoozing_a_closed_one_brings_it_back_with_who_waited(office):
    number = office.write()
    office.ana.do(Close(), [number])
    office.engine()
    office.now += MINUTE
    office.ana.do(Snooze(office.now + HOUR), [number])
    office.engine(61)
    row = office.row(number)
    assert (row.status, row.waiting, row.waiting_since) == ("open", 1, row.cycle_at)
    assert office.rows("SELECT * FROM measures") == []


def test_a_snooze_lies_ahead_and_spam_does_not_sleep(office):
    number = office.write()
    with pytest.raises(ActionError, match="that time is past"):
        office.ana.do(Snooze(office.now), [number])
    office.ana.do(Spam(), [number])
    assert office.ana.do(Snooze(office.now + DAY), [number]).skipped == ((number, "it is spam"),)
    assert office.ana.do(Spam(), [number]).skipped == ((number, "already spam"),)
    assert office.ana.do(Reopen(), [number]).skipped == ((number, "it is spam: use not-spam"),)


def test_spam_is_opened_by_no_message_and_not_spam_brings_it_back(office):
    number = office.write()
    assert office.ana.do(NotSpam(), [number]).skipped == ((number, "it is not spam"),)
    office.ana.do(Spam(), [number])
    office.write("BUY NOW", to=number)
    assert office.row(number).status == "spam"
    office.ana.do(NotSpam(), [number])
    assert (office.row(number).status, office.row(number).waiting) == ("open", 2)


def test_taking_assigns_and_holds_for_a_while(office):
    number = office.write()
    office.ana.do(Take(), [number])
    assert (office.row(number).assignee, office.row(number).assigned_by) == ("ana", "member:ana")
    assert office.lena.do(Take(), [number]).skipped == ((number, "ana holds it"),)
    office.now += office.config.claim_ms
    assert office.lena.do(Take(), [number]).changed == (number,)
    assert office.row(number).assignee == "lena"


def test_assigning_names_members_and_teams_that_exist(office):
    number = office.write()
    with pytest.raises(ActionError, match="no member 'anna'") as told:
        office.ana.do(Assign("anna"), [number])
    assert "lena" in told.value.hint
    with pytest.raises(ActionError, match="no team 'day'") as told:
        office.ana.do(Assign("team:day"), [number])
    assert "night" in told.value.hint
    assert office.ana.do(Unassign(), [number]).skipped == ((number, "nobody has it"),)
    office.ana.do(Assign("team:night"), [number])
    assert (office.row(number).team, office.row(number).assignee) == ("night", "")
    assert office.ana.do(Assign("team:night"), [number]).skipped == ((number, "already theirs"),)
    office.ana.do(Unassign(), [number])
    assert (office.row(number).team, office.row(number).assignee) == ("", "")


def test_the_least_loaded_of_a_team_get_one_each(office):
    ids = [office.write() for _ in range(7)]
    office.ana.do(Assign("lena"), ids[:2])
    office.ana.do(Assign("least-loaded:care"), ids[2:])
    held = [office.row(number).assignee for number in ids]
    assert {handle: held.count(handle) for handle in ("ana", "dan", "lena")} == {"ana": 3, "dan": 2, "lena": 2}
    assert {office.row(number).team for number in ids[2:]} == {"care"}


def test_labels_are_put_on_and_taken_off_and_remember_who_did(office):
    number = office.write("I want a refund")
    assert office.row(number).labels == ("billing",)
    office.ana.do(Label(add=("angry", "vip event"), remove=("billing",)), [number])
    assert office.row(number).labels == ("angry", "vip event")
    assert labels.of(office.store.read(), number) == {"angry": "member:ana", "vip event": "member:ana"}
    assert office.ana.do(Label(add=("angry",)), [number]).skipped == ((number, "has them"),)


@pytest.mark.parametrize("label", ["", " ", "two\nlines", "x" * 41, " padded"])
def test_a_label_is_a_short_word(office, label):
    with pytest.raises(ActionError, match="not a label"):
        office.ana.do(Label(add=(label,)), [office.write()])


def test_nothing_is_no_label_no_note_no_correction_and_no_crisis(office):
    number = office.write()
    for action, words in [
        (Label(), "no label"),
        (Note("  \n"), "the note is empty"),
        (Correct(), "nothing to correct"),
        (Correct(sentiment=1.2), "not a sentiment"),
        (SetPriority(101), "not a priority"),
        (Escalate(), "needs a name"),
        (Escalate(crisis_name="x", severity=5), "not a severity"),
        (Escalate(crisis_id=77), "no running crisis"),
    ]:
        with pytest.raises(ActionError, match=words):
            office.ana.do(action, [number])
    assert crises.all(office.store.read()) == []


def test_a_note_is_kept_with_its_writer(office):
    number = office.write()
    office.ana.do(Note("  called, no answer "), [number])
    (note,) = notes.of(office.store.read(), number)
    assert (note.member, note.text, note.created_at) == ("ana", "called, no answer", office.now)
    assert office.row(number).notes == 1


def test_a_priority_by_hand_says_so_and_goes_back_to_the_rules(office):
    number = office.write("I want a refund")
    ours = office.row(number).priority
    assert office.ana.do(SetPriority(None), [number]).skipped == ((number, "the rules set it"),)
    office.ana.do(SetPriority(91), [number])
    office.engine()
    row = office.row(number)
    assert (row.priority, row.priority_by) == (91, "ana")
    assert [(r.points, r.rule, r.why) for r in row.reasons] == [(91, "member:ana", "set by hand")]
    office.ana.do(SetPriority(None), [number])
    office.engine()
    assert (office.row(number).priority, office.row(number).priority_by) == (ours, "")


def test_a_correction_is_of_the_newest_message_and_shown(office):
    number = office.write("I am so angry and sad")
    office.ana.do(Correct(sentiment=0.7, lang="pt"), [number])
    office.engine()
    row = office.row(number)
    assert (row.sentiment, row.sentiment_class, row.lang) == (0.7, "positive", "pt")
    (message,) = messages.thread(office.store.read(), number)
    assert (message.sentiment_by, message.lang_by) == ("member:ana", "member:ana")
    office.delete(number)
    assert office.ana.do(Correct(lang="en"), [number]).skipped == ((number, "there is no message of theirs"),)


def test_a_vip_is_a_person_so_all_that_they_wrote_shows_it(office):
    first, second = office.write(author="mina"), office.write(author="mina")
    other = office.write(author="ravi")
    office.ana.do(Vip(), [first])
    assert [office.row(n).vip for n in (first, second, other)] == [True, True, False]
    assert office.ana.do(Vip(), [second]).skipped == ((second, "already so"),)
    assert office.row(office.write(author="mina")).vip
    office.engine()
    assert [office.row(n).vip for n in (first, second, other)] == [True, True, False]
    assert office.ana.do(Vip(on=False), [second]).summary == "1 no VIP any more"
    assert [event.detail["what"] for event in events.of(office.store.read(), second)][-1] == "no VIP any more"
    assert not office.row(first).vip


def test_the_event_tells_what_was_done(office):
    number = office.write()
    office.ana.do(Assign("lena"), [number])
    office.ana.do(Label(add=("angry",)), [number])
    told = [(e.action, json.dumps(e.detail)) for e in events.of(office.store.read(), number)]
    assert told == [("assign", '{"to": "lena"}'), ("label", '{"add": ["angry"], "remove": []}')]


def test_progress_is_told(office):
    ids = [office.write() for _ in range(3)]
    told: list[int] = []
    office.ana.do(Close(), [*ids, 999], progress=told.append)
    assert told == [4]
