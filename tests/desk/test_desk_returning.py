"""Work comes back to the queue: what was not taken up, and what silent and absent members have; and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk_rota import EARLY, MONDAY, Rota

from cminbox.config import Config
from cminbox.desk import Assign, Close, Label, Note, Reopen, Snooze, Take
from cminbox.desk.duty import SaidOfDuty
from cminbox.engine import returning
from cminbox.engine.transaction import Intake
from cminbox.errors import ActionError
from cminbox.model import DAY, HOUR, MINUTE, SECOND
from cminbox.reports.report import compute
from cminbox.rules.files import load_file
from cminbox.screens.conversation.words import event_words
from cminbox.store import Connection, assignments, duty, events, handovers, people

TAKE_UP = '[team]\ntake_up = "30m"\n'
CALENDAR = '[calendar]\nzone = "Europe/Madrid"\nmon = ["09:00-12:00"]\n'
ALL = '[team]\ntake_up = "30m"\nsilent = "2h"\nabsent = "1h"\n'


@pytest.fixture
def rota(tmp_path: Path, request: pytest.FixtureRequest):
    made = Rota(tmp_path, getattr(request, "param", TAKE_UP))
    yield made
    made.store.close()


def given(rota: Rota, handle: str = "lena", count: int = 1) -> list[int]:
    """Conversations that a lead gave to somebody, which the engine saw."""
    ids = [rota.write() for _ in range(count)]
    rota.ana.do(Assign(handle), ids)
    rota.chore()
    return ids


def test_what_was_not_taken_up_comes_back_and_says_why(rota: Rota) -> None:
    (number,) = given(rota)
    assert rota.pass_by(25) == 0
    assert rota.pass_by(5) == 1
    row = rota.row(number)
    assert (row.assignee, row.status, row.assigned_by) == ("", "open", "member:ana")
    assert rota.why() == [("lena did not take it up in 30m", [number])]
    told = events.of(rota.store.read(), number)[-1]
    assert event_words(told, "ana") == "engine returned it to the queue: lena did not take it up in 30m"
    (notice,) = rota.told()
    assert notice.title == "a conversation on brand returned to the queue: lena did not take it up in 30m"
    assert (notice.conversation_id, notice.people) == (number, {"lead": ["ana"], "assignee": ["lena"]})
    assert rota.pass_by(120) == 0  # once


ACTS = {
    "label": lambda rota, number: rota.lena.do(Label(add=("billing",)), [number]),
    "note": lambda rota, number: rota.lena.do(Note("called"), [number]),
    "take": lambda rota, number: rota.lena.do(Take(), [number]),
    "open": lambda rota, number: rota.lena.presence.opened(number),
    "begin a reply": lambda rota, number: rota.lena.outbox.opened(number),
}


@pytest.mark.parametrize("act", ["label", "note", "take", "open"])
def test_whatever_the_assignee_does_to_it_takes_it_up(rota: Rota, act: str) -> None:
    (number,) = given(rota)
    rota.pass_by(20)
    ACTS[act](rota, number)
    assert rota.pass_by(24 * 60, step=30) == 0
    assert rota.row(number).assignee == "lena"


def test_what_others_do_to_it_and_what_they_do_elsewhere_does_not(rota: Rota) -> None:
    first, second = given(rota, count=2)
    rota.pass_by(10)
    rota.ana.do(Note("lena?"), [first])
    rota.ana.presence.opened(first)
    rota.lena.presence.viewing(first)  # the cursor stands on it, which is no act
    rota.lena.do(Note("on it"), [second])
    assert rota.pass_by(20) == 1
    assert [rota.row(n).assignee for n in (first, second)] == ["", "lena"]


def test_what_somebody_took_by_themselves_comes_back_too(rota: Rota) -> None:
    number = rota.write()
    rota.lena.do(Take(), [number])
    rota.chore()
    assert people.claimed(rota.store.read(), number, rota.now)
    assert rota.pass_by(30) == 1
    assert people.claimed(rota.store.read(), number, rota.now) is None
    told = rota.lena.undo()  # what the engine did since stays
    assert "assignee was changed meanwhile" in told.summary
    assert rota.row(number).assignee == ""


def test_the_team_stays_and_rules_do_not_give_it_to_the_same_member_again(rota: Rota, tmp_path: Path) -> None:
    file = tmp_path / "config" / "rules" / "50.toml"
    file.parent.mkdir()
    file.write_text("[[rule]]\nname = 'r'\nwhen = ''\nassign = 'least-loaded:night'\n")
    assert not load_file(file).problems
    rota.scoring = type(rota.scoring)(file.parent)
    number = rota.write()
    assert (rota.row(number).assignee, rota.row(number).assigned_by) == ("lena", "rule:r")
    rota.chore()
    assert rota.pass_by(30) == 1
    rota.engine(60)  # judged again, and again
    rota.write("still nothing", to=number)
    assert (rota.row(number).assignee, rota.row(number).team) == ("", "night")


def test_a_rule_gives_by_turns_to_those_on_duty_and_else_to_the_team(rota: Rota, tmp_path: Path) -> None:
    file = tmp_path / "config" / "rules" / "50.toml"
    file.parent.mkdir()
    file.write_text("[[rule]]\nname = 'r'\nwhen = ''\nassign = 'round-robin:care'\n")
    assert not load_file(file).problems
    rota.scoring = type(rota.scoring)(file.parent)
    plain = rota.intake

    def intake() -> Intake:
        available = duty.Available(rota.config, rota.now)
        return Intake(rota.scoring, rota.now, None, 4 * HOUR, rota.config.teams, available=available)

    rota.intake = intake
    assert plain().available is None
    assert [rota.row(rota.write()).assignee for _ in range(4)] == ["ana", "dan", "lena", "ana"]
    for handle in ("ana", "lena", "dan"):
        rota.ana.duty.say(SaidOfDuty(handle, False))
    row = rota.row(rota.write())
    assert (row.assignee, row.team) == ("", "care")
    told = events.of(rota.store.read(), row.id)[-1]
    assert event_words(told, "ana") == "rule r assigned it: round-robin:care, nobody of care is on duty"


@pytest.mark.parametrize("rota", [ALL.replace("take_up", "# take_up")], indirect=True)
def test_all_that_a_silent_member_has_comes_back_with_one_notice(rota: Rota) -> None:
    ids = given(rota, count=30)
    rota.lena.do(Note("on it"), ids[:5])
    given(rota, "dan", 2)
    assert rota.pass_by(115) == 0
    assert rota.pass_by(10) == 32
    assert [(why, len(found)) for why, found in rota.why()] == [
        ("dan did nothing for 2h", 2),
        ("lena did nothing for 2h", 30),
    ]
    (notice,) = rota.told()
    assert "returned to the queue: " in notice.title
    assert notice.conversation_id is None


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_who_does_anything_at_all_is_not_silent(rota: Rota) -> None:
    given(rota, count=3)
    rota.lena.do(Note("on it"), [1, 2, 3])
    for _ in range(12):
        rota.pass_by(60)
        rota.lena.do(Label(add=(f"l{rota.now}",)), [rota.write()])
    assert rota.why() == []


@pytest.mark.parametrize("rota", [EARLY + CALENDAR + ALL], indirect=True)
def test_what_an_absent_member_has_comes_back_and_time_counts_on_duty_alone(rota: Rota) -> None:
    (number,) = given(rota)
    rota.lena.presence.opened(number)
    rota.now += 5 * HOUR - 10 * MINUTE  # 13:50 in Madrid
    rota.lena.do(Note("soon"), [number])
    late = given(rota)
    assert rota.pass_by(65) == 0  # her shift ended at 14:00
    assert rota.pass_by(10) == 2
    assert rota.why() == [("lena is off duty since Mon 2026-03-02 14:00 CET", [number, *late])]
    tomorrow = given(rota)
    assert rota.pass_by(60) == 1  # given to her while she is off duty: as long, and not longer
    assert rota.row(tomorrow[0]).assignee == ""


@pytest.mark.parametrize("rota", [EARLY + TAKE_UP], indirect=True)
def test_time_to_take_up_goes_on_in_the_next_shift(rota: Rota) -> None:
    rota.now += 4 * HOUR + 45 * MINUTE  # 13:45
    given(rota)
    assert rota.pass_by(16 * 60, step=15) == 0  # Tuesday 5:45
    assert rota.pass_by(15) == 0
    assert rota.pass_by(20) == 1  # 15 minutes each day


@pytest.mark.parametrize("rota", [EARLY + ALL], indirect=True)
def test_who_works_on_after_their_shift_is_not_absent(rota: Rota) -> None:
    ids = given(rota)
    rota.now += 5 * HOUR
    for _ in range(4):
        rota.lena.do(Note("nearly"), ids)
        assert rota.pass_by(55) == 0
    assert rota.pass_by(10) == 1


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_a_reply_on_its_way_or_being_written_keeps_it_and_a_draft_is_said(rota: Rota) -> None:
    sent, typed, drafted = given(rota, count=3)
    rota.lena.outbox.send(sent, "on its way")
    rota.lena.outbox.draft(typed, "half a")
    rota.lena.outbox.draft(drafted, "half a")
    rota.ana.duty.say(SaidOfDuty("lena", False, None, "ill"))
    for _ in range(100):
        rota.lena.presence.replying(typed)
        rota.now += 40 * SECOND
        rota.chore()
    assert [rota.row(n).assignee for n in (sent, typed, drafted)] == ["lena", "lena", ""]
    ((why, ids),) = rota.why()
    assert (why.partition(" since")[0], why.partition("; ")[2]) == ("lena is off duty", "their draft stays")
    assert ids == [drafted]
    assert rota.draft(drafted, "lena").text == "half a"
    assert "their draft stays" in rota.told()[0].title
    rota.pass_by(60)
    assert rota.row(typed).assignee == ""
    assert rota.draft(typed, "lena").text == "half a"


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_what_is_snoozed_or_answered_stays_and_comes_back_once_it_opens(rota: Rota) -> None:
    (number,) = given(rota)
    rota.lena.do(Snooze(rota.now + DAY), [number])
    rota.ana.duty.say(SaidOfDuty("lena", False))
    for _ in range(23):
        rota.engine(60)
        assert rota.chore() == 0
    assert (rota.row(number).status, rota.row(number).assignee) == ("snoozed", "lena")
    rota.engine(61)
    assert rota.row(number).status == "open"
    assert rota.chore() == 0  # the engine sees it
    assert rota.pass_by(60) == 1


def test_what_opens_again_has_to_be_taken_up_anew(rota: Rota) -> None:
    (number,) = given(rota)
    rota.lena.do(Close(), [number])
    rota.pass_by(120)
    rota.ana.do(Reopen(), [number])
    rota.chore()
    assert rota.row(number).assignee == "lena"
    assert rota.pass_by(30) == 1


@pytest.mark.parametrize(
    "rota", ["", EARLY, "[team]\ntake_up = false\nsilent = false\nabsent = false\n"], indirect=True
)
def test_nothing_comes_back_where_nobody_said_so(rota: Rota) -> None:
    ids = given(rota, count=3)
    rota.ana.duty.say(SaidOfDuty("lena", False))
    assert rota.pass_by(3 * 24 * 60, step=60) == 0
    assert [rota.row(number).assignee for number in ids] == ["lena"] * 3


@pytest.mark.parametrize("rota", [CALENDAR + TAKE_UP], indirect=True)
def test_a_team_without_shifts_counts_its_business_hours(rota: Rota) -> None:
    rota.now += 3 * HOUR - 10 * MINUTE
    given(rota)
    assert rota.pass_by(6 * 24 * 60, step=60) == 0
    assert rota.pass_by(24 * 60 + 40, step=10) == 1


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_a_clock_that_jumped_ahead_and_a_time_without_an_engine_are_nobodys_silence(rota: Rota) -> None:
    ids = given(rota, count=5)
    rota.lena.do(Note("x"), ids[:2])
    rota.pass_by(15)
    for jump in (True, False):
        slept, rota.now = rota.now, rota.now + 10 * HOUR
        rota.store.write(lambda conn, slept=slept, jump=jump: duty.note_gap(conn, slept, rota.now, jump=jump))
        assert rota.chore() == 0
        assert rota.pass_by(5) == 0
    assert rota.pass_by(5) == 3  # 30 minutes in all, the jumps left out
    assert rota.pass_by(85) == 0
    assert rota.pass_by(10) == 2


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_after_a_jump_of_the_clock_nobody_is_absent_at_once(rota: Rota) -> None:
    given(rota)
    rota.ana.duty.say(SaidOfDuty("lena", False))
    slept, rota.now = rota.now, rota.now + 10 * HOUR
    rota.store.write(lambda conn: duty.note_gap(conn, slept, rota.now, jump=True))
    assert rota.pass_by(55) == 0
    assert rota.pass_by(10) == 1


def test_a_clock_that_was_set_back_begins_anew(rota: Rota) -> None:
    given(rota)
    rota.now -= 30 * DAY
    rota.chore()
    assert rota.pass_by(25) == 0
    assert rota.pass_by(10) == 1


def test_what_came_back_improves_no_figure_and_is_nobodys_act(rota: Rota) -> None:
    answered = given(rota, count=4)[0]
    rota.lena.outbox.send(answered, "here it is")
    rota.pass_by(25)

    def figures() -> dict[str, Any]:
        found = compute(rota.store.read(), rota.now - DAY, rota.now + HOUR, None, rota.now).to_json()
        for member in found["by"].pop("member").items():  # whose is what waits now is told of whoever has it
            found[member[0]] = {name: member[1][name] for name in ("first_response", "reply", "first_act", "touches")}
        return {name: value for name, value in found.items() if name != ""}

    rota.now += 10 * MINUTE
    before = figures()
    assert rota.chore() >= 3
    assert figures() == before


def test_many_come_back_in_portions_and_an_engine_that_was_killed_goes_on(
    rota: Rota, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "AT_ONCE", 10)
    monkeypatch.setattr(returning._due, "__defaults__", (10,))
    ids = given(rota, count=25)
    rota.now += 31 * MINUTE

    class Killed(Exception):
        pass

    def dies(conn: Connection) -> None:
        returning.run(conn, rota.config, rota.now)
        raise Killed

    with pytest.raises(Killed):
        rota.store.write(dies)
    assert (rota.why(), rota.told()) == ([], [])
    work = lambda: rota.store.write(lambda conn: returning.run(conn, rota.config, rota.now))  # noqa: E731
    assert [work(), work()] == [10, 10]
    assert rota.told() == []  # there is more to come, and an engine that dies here leaves that to the next
    assert rota.chore() == 5
    assert sorted(number for _, found in rota.why() for number in found) == ids
    (notice,) = rota.told()
    assert notice.title == "25 conversations returned to the queue: 25 from lena"
    assert notice.text.endswith("#20 and 5 more")


def test_looking_reads_indexes_alone(rota: Rota) -> None:
    """However many conversations there are, what is due is looked up."""
    given(rota)
    conn, told = rota.store.read(), []
    conn.set_trace_callback(told.append)
    returning.any_due(conn, rota.config, rota.now)
    conn.set_trace_callback(None)
    assert any("FROM assignments" in sql for sql in told)
    for sql in told:
        plan = " | ".join(row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")) if "SELECT" in sql else ""
        for table in ("assignments", "conversations", "events", "event_items"):
            assert f"SCAN {table}" not in plan or "assignments_new" in plan, (sql, plan)


def test_the_table_follows_whoever_writes(rota: Rota) -> None:
    """What the triggers keep is what the conversations say."""

    def wanted() -> list[tuple]:
        sql = "SELECT id, assignee FROM conversations WHERE assignee <> '' AND status = 'open' AND gone = 0 ORDER BY id"
        return rota.rows(sql)

    def kept() -> list[tuple]:
        return rota.rows("SELECT conversation_id, member FROM assignments ORDER BY 1")

    ids = [rota.write() for _ in range(6)]
    rota.ana.do(Assign("lena"), ids)
    rota.lena.do(Close(), ids[:2])
    rota.ana.do(Assign("team:night"), ids[2:3])
    rota.delete(ids[3])
    assert kept() == wanted() == [(ids[4], "lena"), (ids[5], "lena")]
    rota.write("and now?", to=ids[0])
    rota.lena.undo()
    assert kept() == wanted()
    with pytest.raises(ActionError):
        rota.olga.do(Assign("ana"), ids)
    rota.store.write(lambda conn: conn.execute("DELETE FROM conversations WHERE id = ?", (ids[5],)))
    assert kept() == wanted()
    assert not assignments.any_new(rota.store.read()) or kept()


def test_without_members_nothing_is_looked_at(tmp_path: Path) -> None:
    assert not any(Config(None).returning)
    assert MONDAY % (24 * HOUR) == 8 * HOUR


@pytest.mark.parametrize("rota", [ALL], indirect=True)
def test_what_is_signed_over_stays_until_it_is_late(rota: Rota) -> None:
    (number,) = given(rota)
    rota.lena.do(Note("soon"), [number])
    take_by = rota.now + 3 * HOUR
    signed = {"leaving": "lena", "since": rota.now, "signed_at": rota.now, "take_by": take_by}
    made = rota.store.write(lambda conn: handovers.add(conn, signed, (), ()))
    rota.ana.duty.say(SaidOfDuty("lena", False))
    assert rota.pass_by(170) == 0
    rota.store.write(lambda conn: handovers.update(conn, made, {"status": "withdrawn", "withdrawn_at": rota.now}))
    assert rota.pass_by(5) == 1
