"""Who is on duty: said by hand, by the calendar of shifts, and taken back."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from desk_rota import EARLY, MONDAY, Rota

from cminbox.desk import Assign, Note
from cminbox.desk.duty import SaidOfDuty, duty_line, parse_duty
from cminbox.errors import ActionError, CminboxError, UsageError
from cminbox.model import DAY, HOUR, MINUTE
from cminbox.store import duty

HANDLES = ("ana", "lena", "dan", "olga")


@pytest.fixture
def rota(tmp_path: Path):
    made = Rota(tmp_path, EARLY + '[calendar]\nzone = "Europe/Madrid"\nmon = ["09:00-17:00"]\n')
    yield made
    made.store.close()


def on(rota: Rota) -> set[str]:
    return set(duty.on_duty(rota.store.read(), rota.config, HANDLES, rota.now))


def say(desk, words: str) -> str:
    clock, zone = desk.context.clock(), desk.context.config.zone
    return desk.duty.say(parse_duty(words.split(), clock, zone))


def line(rota: Rota) -> str:
    return duty_line(rota.ana.duty.states(), rota.now, rota.config.zone)


def test_who_stands_in_no_shift_is_on_duty_always_and_others_as_their_shift_has_it(rota: Rota) -> None:
    assert on(rota) == {"ana", "lena", "dan", "olga"}
    assert line(rota) == "on duty: ana, lena until 14:00, dan, olga"
    rota.now += 5 * HOUR
    assert on(rota) == {"ana", "dan", "olga"}
    assert line(rota).endswith("; off: lena until Tue 06:00")
    rota.now = MONDAY + 2 * DAY + 6 * HOUR
    assert line(rota).endswith("; off: lena until Mon 06:00")


def test_a_word_by_hand_wins_while_it_lasts(rota: Rota) -> None:
    assert say(rota.lena, "off until tomorrow 9:00 ill") == "you are off duty until Tue 09:00 (ill)"
    assert "lena" not in on(rota)
    rota.now += 22 * HOUR  # Tuesday 7:00: the shift has begun, the word holds
    assert "lena" not in on(rota)
    rota.now += 2 * HOUR
    assert "lena" in on(rota)
    rota.now += 8 * HOUR
    assert say(rota.lena, "on 18:00 helps out") == "you are on duty until 18:00 (helps out)"
    assert "lena" in on(rota)
    assert say(rota.lena, "auto") == "you are off duty until Wed 06:00"


def test_duty_by_hand_that_ends_in_the_shift_goes_on_as_the_shift_does(rota: Rota) -> None:
    assert say(rota.lena, "on 11:00") == "you are on duty until 14:00"


def test_a_lead_says_it_of_others_and_nobody_else_does(rota: Rota) -> None:
    assert say(rota.ana, "@lena off ill") == "lena is off duty (ill)"
    assert "lena" not in on(rota)
    with pytest.raises(ActionError, match="lena is no lead"):
        say(rota.lena, "@ana off")
    with pytest.raises(ActionError, match="no member 'lean'") as told:
        say(rota.ana, "@lean off")
    assert "lena" in told.value.hint
    with pytest.raises(ActionError, match="olga is an observer"):
        say(rota.olga, "off")


def test_each_word_is_one_event_and_one_undo(rota: Rota) -> None:
    say(rota.lena, "off until tomorrow 9:00 ill")
    rota.now += MINUTE
    say(rota.lena, "on 18:00")
    assert rota.rows("SELECT actor, action FROM events") == [("member:lena", "duty")] * 2
    assert rota.lena.undoable() == "duty"
    assert rota.lena.undo().summary == "undone (duty): you are off duty until Tue 09:00 (ill)"
    assert rota.lena.undo().summary == "undone (duty): you are on duty until 14:00"
    with pytest.raises(ActionError, match="nothing to undo"):
        rota.lena.undo()


def test_what_somebody_else_said_since_is_not_taken_back(rota: Rota) -> None:
    say(rota.lena, "off")
    say(rota.ana, "@lena on")
    with pytest.raises(ActionError, match="something else was said of lena's duty since"):
        rota.lena.undo()
    assert "lena" in on(rota)


def test_words_never_overlap_so_that_time_is_counted_once(rota: Rota) -> None:
    for words in ("off", "on 18:00", "off ill", "auto", "on"):
        if words != "auto" or duty.said(rota.store.read(), rota.now):
            say(rota.lena, words)
        rota.now += HOUR
    spans = rota.rows("SELECT since, MIN(COALESCE(until, 1e15), COALESCE(ended_at, 1e15)) FROM duty ORDER BY id")
    assert len(spans) == 1 or all(a[1] <= b[0] for a, b in pairwise(spans))
    found = duty.stretches(rota.store.read(), rota.config, "lena", MONDAY, rota.now)
    assert sum(b - a for a, b in found) == 3 * HOUR  # on 18:00, then the shift after auto, then on


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("on", SaidOfDuty("", True)),
        ("OFF", SaidOfDuty("", False)),
        ("on until 18:00", SaidOfDuty("", True, MONDAY + 9 * HOUR)),
        ("@ben off 2h dentist", SaidOfDuty("ben", False, MONDAY + 2 * HOUR, "dentist")),
        ("off ill since Sunday", SaidOfDuty("", False, None, "ill since Sunday")),
        ("off tomorrow 9:00 back then", SaidOfDuty("", False, MONDAY + DAY, "back then")),
        ("auto", SaidOfDuty("", None)),
    ],
)
def test_what_is_typed_is_understood(rota: Rota, words: str, said: SaidOfDuty) -> None:
    assert parse_duty(words.split(), MONDAY, rota.config.zone) == said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "on, off or auto"),
        ("maybe", "'maybe' is neither on, off nor auto"),
        ("@ana", "on, off or auto"),
        ("on 25:00", "is no time"),
        ("on until", "is no time"),
        ("off until ill", "is no time"),
        ("off until 2020-01-01 ill", "is past"),
        ("on 2020-01-01", "is past"),
        ("auto 18:00", "auto takes no time"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(rota: Rota, words: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_duty(words.split(), MONDAY, rota.config.zone)
    assert told in error.value.line()
    assert "\n" not in error.value.line()


def test_a_time_that_passed_meanwhile_is_refused(rota: Rota) -> None:
    with pytest.raises(ActionError, match="that time is past"):
        rota.lena.duty.say(SaidOfDuty("", True, rota.now - 1))
    with pytest.raises(CminboxError, match="nothing was said of lena"):
        say(rota.lena, "auto")


def test_by_turns_and_by_load_count_only_who_is_on_duty(rota: Rota) -> None:
    ids = [rota.write() for _ in range(6)]
    say(rota.ana, "@lena off")
    rota.ana.do(Assign("round-robin:care"), ids)
    assert [rota.row(number).assignee for number in ids] == ["ana", "dan"] * 3
    say(rota.ana, "@lena on")
    more = [rota.write() for _ in range(3)]
    for number in more:  # whose turn it is outlives the program
        rota.desk("ana").do(Assign("round-robin:care"), [number])
    assert [rota.row(number).assignee for number in more] == ["lena", "ana", "dan"]
    say(rota.ana, "@dan off")
    few = [rota.write() for _ in range(3)]
    rota.ana.do(Assign("least-loaded:care"), few)
    assert [rota.row(number).assignee for number in few] == ["lena"] * 3


def test_where_nobody_is_on_duty_the_team_has_it_and_it_is_said(rota: Rota) -> None:
    number = rota.write()
    say(rota.ana, "@lena off")
    told = rota.ana.do(Assign("round-robin:night"), [number])
    assert told.summary == "1 assigned to the team: nobody of night is on duty"
    assert (rota.row(number).assignee, rota.row(number).team) == ("", "night")
    told = rota.ana.do(Assign("lena"), [number])
    assert told.summary == "1 assigned; lena is off duty"


def test_a_silent_member_gets_none_until_they_do_something(tmp_path: Path) -> None:
    rota = Rota(tmp_path, '[team]\ntake_up = "30m"\n')
    rota.ana.do(Assign("lena"), [rota.write()])
    rota.chore()
    assert rota.chore(31) == 1
    rota.ana.do(Assign("round-robin:night"), [rota.write()])
    assert rota.row(2).assignee == ""
    rota.now += MINUTE
    rota.lena.do(Note("here again"), [1])
    rota.ana.do(Assign("round-robin:night"), [2])
    assert rota.row(2).assignee == "lena"
    rota.store.close()
