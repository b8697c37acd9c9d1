"""Rules say what needs an answer and how soon; a person's word stays, and what is late stays late."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_office import Office

from cminbox.business_hours import Calendar
from cminbox.desk import Close, Label, NeedsAnswer, NoneNeeded
from cminbox.engine.scoring import Scoring
from cminbox.engine.transaction import Intake
from cminbox.hours import CalendarConfig
from cminbox.model import HOUR, MINUTE, from_iso
from cminbox.store import timers


@pytest.fixture
def rules(office: Office, tmp_path: Path):
    """Put rules in force, as the engine does when a file changed."""
    folder = tmp_path / "rules"
    folder.mkdir()

    def write(*parts: str) -> None:
        text = "".join(f"[[rule]]\nname = 'r{number}'\n{part}\n" for number, part in enumerate(parts))
        (folder / "50-mine.toml").write_text(text)
        office.scoring = Scoring(folder)
        assert office.scoring.problem == ""
        office.store.write(timers.rescore_all)
        office.engine()

    return write


def needs(office: Office, number: int) -> bool:
    return office.row(number).needs_since is not None


def test_a_rule_says_that_no_answer_is_needed_and_another_that_one_is(office, rules):
    rules("when = 'teatime'\nanswer = false", "when = 'urgent'\nanswer = true")
    assert not needs(office, office.write("my #teatime entry, I made this one myself"))
    assert needs(office, office.write("where is my parcel?"))
    assert needs(office, office.write("lol urgent"))
    assert not needs(office, office.write("lol"))
    assert needs(office, office.write("teatime and urgent")), "the last one has its way"


def test_each_message_is_asked_about_by_itself(office, rules):
    rules("when = 'teatime'\nanswer = false")
    number = office.write("my #teatime entry")
    office.now += MINUTE
    office.write("and where is my parcel?", to=number)
    row = office.row(number)
    assert (row.waiting, row.needs_since, row.waiting_since) == (2, office.now, office.now - MINUTE)


def test_rules_that_change_are_asked_again_about_who_waits(office, rules):
    number, answered = office.write("my #teatime entry"), office.write("my #teatime entry")
    office.now += MINUTE
    office.write("lovely", to=answered, direction="out", author="us")
    rules("when = 'teatime'\nanswer = false")
    assert not needs(office, number)
    assert office.row(number).due_at is None
    outcomes = "SELECT conversation_id, outcome FROM waits ORDER BY 1"
    assert office.rows(outcomes) == [(number, "none needed"), (answered, "answered")]
    rules("when = 'never'\nanswer = false")
    assert needs(office, number)
    assert office.rows(outcomes) == [(number, ""), (answered, "answered")]


def test_a_rule_takes_nobody_out_who_is_late(office, rules):
    number = office.write("my #teatime entry")
    due = office.row(number).due_at
    office.now += 5 * HOUR
    rules("when = 'teatime'\nanswer = false\nsla = 'none'")
    assert needs(office, number)
    assert office.row(number).due_at == due
    assert office.rows("SELECT due_at, outcome FROM waits") == [(due, "")]


def test_a_missed_sla_is_not_mended_by_a_longer_one(office, rules):
    number = office.write()
    due = office.row(number).due_at
    office.now += 5 * HOUR
    rules("when = ''\nsla = '3d'")
    assert office.row(number).due_at == due
    fresh = office.write()
    assert office.row(fresh).due_at == office.now + 72 * HOUR
    office.write("here", to=number, direction="out", author="us")
    assert office.rows("SELECT end_at > due_at FROM waits WHERE outcome = 'answered'") == [(1,)]


def test_a_rule_takes_an_sla_away_that_is_not_missed(office, rules):
    rules("when = 'slow'\nsla = 'none'")
    number = office.write("no hurry, slow is fine")
    row = office.row(number)
    assert (row.sla, row.sla_target, row.due_at, row.needs_since) == ("rule:r0", None, None, office.now)
    assert office.rows("SELECT target, due_at FROM waits") == [(None, None)]


def test_a_rule_may_ask_for_a_label_that_a_person_puts_on(office, rules):
    rules("when = 'label:giveaway'\nanswer = false")
    number = office.write("I made this one myself")
    assert needs(office, number)
    office.ana.do(Label(add=("giveaway",)), [number])
    office.engine()
    assert not needs(office, number)
    office.ana.undo()
    office.engine()
    assert needs(office, number)


def test_a_rule_that_asks_for_needs_answer_does_not_go_round_in_circles(office, rules):
    rules("when = 'is:needs-answer teatime'\nanswer = false")
    number = office.write("my #teatime entry")
    for _ in range(3):
        office.engine(1)
        assert not needs(office, number)


def test_what_a_person_said_the_rules_leave_alone(office, rules):
    number = office.write("my #teatime entry")
    office.ana.do(NeedsAnswer(), [number])
    rules("when = 'teatime'\nanswer = false")
    assert needs(office, number)
    office.ana.undo()
    office.engine()
    assert not needs(office, number)


def test_an_sla_of_business_hours_is_due_in_them(office):
    """Four hours from Friday at four are over on Monday at noon, also after a step of a person."""
    days = {weekday: ((9 * 60, 17 * 60),) for weekday in range(5)}
    office.config = office.config._replace(calendar=CalendarConfig("UTC", days), sla_business=True)
    office.ana = office.desk("ana")
    calendar = Calendar(office.config.calendar)
    office.intake = lambda: Intake(office.scoring, office.now, None, 4 * HOUR, sla_business=True, hours=calendar)
    office.now = from_iso("2024-05-10T16:00:00+00:00")
    number = office.write()
    monday = from_iso("2024-05-13T12:00:00+00:00")
    assert (office.row(number).due_at, office.row(number).sla_business) == (monday, True)
    assert office.rows("SELECT due_at FROM waits") == [(monday,)]
    office.ana.do(NoneNeeded("chatter"), [number])
    office.ana.undo()
    assert office.row(number).due_at == monday
    office.now += HOUR
    office.ana.do(Close(), [number])
    office.ana.undo()
    office.engine()
    assert office.row(number).due_at == monday
    assert office.rows("SELECT due_at, outcome FROM waits") == [(monday, "")]
