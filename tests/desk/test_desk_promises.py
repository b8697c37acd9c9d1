"""Promises: made, kept, broken, withdrawn, given to others, told of; none is lost."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest
from desk_office import Office
from desk_random import ACTIONS, MEMORY, furnish
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.commands.action import action_of
from cminbox.desk import Broken, Close, GivePromise, Kept, MakePromise, Spam, Withdraw
from cminbox.desk.promising import read_promise, typed_promise
from cminbox.errors import ActionError, UsageError
from cminbox.model import DAY, HOUR, MINUTE, ToPromise
from cminbox.reports.report import compute
from cminbox.reports.text import as_csv, as_text
from cminbox.store import erasing, notices, promises
from cminbox.when import parse_when
from profiles import examples
from stores import new_store

NOON = 1_700_000_000_000  # Tue 2023-11-14 22:13 UTC
THURSDAY = parse_when("thu 18:00", NOON, UTC)
DEEDS = st.tuples(st.sampled_from(["ana", "lena"]), ACTIONS, st.sets(st.integers(0, 5), min_size=1), st.booleans())


@pytest.mark.parametrize(
    ("typed", "text", "due", "owner"),
    [
        ("refund booked by Thursday 18:00", "refund booked", THURSDAY, ""),
        ("refund booked by Thursday 18:00 @jo", "refund booked", THURSDAY, "jo"),
        ("@jo refund booked by thu 18:00", "refund booked", THURSDAY, "jo"),
        ("stand by the refund by 2h", "stand by the refund", NOON + 2 * HOUR, ""),
        ("sent BY in 30m", "sent", NOON + 30 * MINUTE, ""),
        ("call them back in 2h", "call them back", NOON + 2 * HOUR, ""),
        ("call them thu 18:00", "call them", THURSDAY, ""),
        ("a refund to @mika by 3d", "a refund to @mika", NOON + 3 * DAY, ""),
        ("12 cups by mail by 1w", "12 cups by mail", NOON + 7 * DAY, ""),
    ],
)
def test_promises_as_people_type_them(typed: str, text: str, due: int, owner: str) -> None:
    assert read_promise(typed, NOON, UTC) == ToPromise(text, due, owner)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("refund booked", "by when"),
        ("refund booked by soon", "by when"),
        ("by 2h", "what is promised"),
        ("2h", "what is promised"),
        ("", "by when"),
        ("@jo", "by when"),
        ("refund by 2020-01-01", "is past"),
        (f"{'x' * 201} by 2h", "200 characters"),
    ],
)
def test_what_is_no_promise_is_told(typed: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_promise(typed, NOON, UTC)


@given(
    text=st.lists(st.sampled_from(["refund", "by", "to", "@mika", "12", "2h", "Thursday", "रिफंड"]), min_size=1),
    due=st.integers(NOON + MINUTE, NOON + 300 * DAY),
    owner=st.sampled_from(["", "jo"]),
)
def test_a_promise_that_is_written_is_read_again(text: list[str], due: int, owner: str) -> None:
    promise = ToPromise(" ".join(["the", *text, "."]), due, owner)
    assert read_promise(typed_promise(promise), NOON, timezone(timedelta(hours=-3))) == promise


def test_its_time_is_that_of_the_teams_zone() -> None:
    east = timezone(timedelta(hours=9))
    action = action_of("promise", ["refund", "booked", "by", "thu", "18:00"], NOON, east)
    assert action == MakePromise("refund booked", parse_when("thu 18:00", NOON, east))


def test_it_changes_nothing_of_the_conversation_and_stands_in_its_row(office: Office) -> None:
    number = office.write()
    before = office.row(number)
    assert office.lena.do(MakePromise("refund", office.now + DAY), [number]).summary == "1 promised"
    office.ana.do(MakePromise("a new cup", office.now + HOUR, "dan"), [number])
    row = office.row(number)
    assert (row.promise_at, row.promise, row.promise_owner) == (office.now + HOUR, "a new cup", "dan")
    assert (row.status, row.due_at, row.assignee) == (before.status, before.due_at, before.assignee)
    office.ana.do(Kept("sent by mail"), [number])
    assert office.row(number).promise == "refund"
    office.lena.do(Broken("out of stock"), [number])
    row = office.row(number)
    assert (row.promise_at, row.promise, row.promise_owner) == (None, "", "")
    found = [(p.text, p.status, p.ended_by, p.word) for p in promises.of(office.store.read(), number)]
    assert found == [("a new cup", "kept", "ana", "sent by mail"), ("refund", "broken", "lena", "out of stock")]


def test_which_of_several_can_be_said(office: Office) -> None:
    number, other = office.write(), office.write()
    office.ana.do(MakePromise("first", office.now + HOUR), [number])
    office.ana.do(MakePromise("second", office.now + DAY), [number])
    second = promises.of(office.store.read(), number)[1].id
    assert office.ana.do(Kept(promise_id=second), [other]).skipped == (
        (other, f"promise {second} is of conversation {number}"),
    )
    office.ana.do(Kept.parse([f"promise:{second}", "early"], office.now), [number])
    assert [(p.text, p.status, p.word) for p in promises.of(office.store.read(), number)] == [
        ("first", "open", ""),
        ("second", "kept", "early"),
    ]
    assert office.ana.do(Withdraw(promise_id=second), [number]).skipped == ((number, "the promise is kept"),)
    assert office.ana.do(Withdraw(), [number, other]).skipped == ((other, "nothing is promised there"),)


def test_it_is_somebody_elses_to_keep_who_exists(office: Office) -> None:
    number = office.write()
    with pytest.raises(ActionError, match="no member 'jo'"):
        office.ana.do(MakePromise("refund", office.now + DAY, "jo"), [number])
    with pytest.raises(ActionError, match="that time is past"):
        office.ana.do(MakePromise("refund", office.now), [number])
    office.ana.do(MakePromise("refund", office.now + DAY), [number])
    assert office.ana.do(GivePromise("ana"), [number]).skipped == ((number, "already theirs"),)
    office.ana.do(GivePromise("dan"), [number])
    assert office.row(number).promise_owner == "dan"
    office.ana.undo()
    assert office.row(number).promise_owner == "ana"


def test_an_undo_leaves_what_others_made_of_it(office: Office) -> None:
    number = office.write()
    office.ana.do(MakePromise("refund", office.now + DAY), [number])
    office.lena.do(Kept(), [number])
    assert "changed meanwhile" in office.ana.undo().summary
    assert promises.of(office.store.read(), number)[0].status == "kept"
    office.now += 1000
    office.lena.undo()
    office.dan.do(Broken(), [number])
    assert promises.of(office.store.read(), number)[0].status == "broken"


def told(office: Office) -> list[tuple[str, dict, tuple[str, ...]]]:
    found = notices.unplanned(office.store.read(), office.now, 100)
    return [(one.title, dict(one.people), one.recipients) for one in found if one.kind == "promise"]


def test_its_owner_is_told_once_before_and_once_when_it_is_late_and_then_the_lead_too(office: Office) -> None:
    office.store.write(lambda conn: conn.execute("INSERT OR IGNORE INTO members (handle, role) VALUES ('ana', 'lead')"))
    number = office.write(author="mika")
    office.lena.do(MakePromise("refund booked", office.now + 10 * HOUR), [number])
    office.engine(8 * 60)
    assert told(office) == []
    office.engine(61)
    office.engine(1)
    assert told(office) == [("promise due in 59m: refund booked, to @mika on mastodon", {"owner": ["lena"]}, ())]
    office.engine(59)
    office.engine(600)
    assert told(office)[1:] == [
        ("promise not kept in time: refund booked, to @mika on mastodon", {"owner": ["lena"]}, ("ana",))
    ]


def test_what_was_kept_rings_no_more_and_an_undo_tells_nobody_twice(office: Office) -> None:
    kept, undone = office.write(), office.write()
    office.lena.do(MakePromise("one", office.now + 10 * HOUR), [kept])
    office.lena.do(MakePromise("two", office.now + 10 * HOUR), [undone])
    office.engine(10 * 60 - 30)
    assert len(told(office)) == 2
    office.lena.do(Kept(), [kept])
    office.lena.do(Kept(), [undone])
    office.lena.undo()
    office.engine(60)
    assert [title.partition(":")[0] for title, _, _ in told(office)[2:]] == ["promise not kept in time"]
    office.engine(60)
    assert len(told(office)) == 3


def test_who_gets_a_promise_is_told_of_it_too(office: Office) -> None:
    number = office.write()
    office.lena.do(MakePromise("refund", office.now + 10 * HOUR), [number])
    office.engine(9 * 60 + 30)
    office.lena.do(GivePromise("dan"), [number])
    office.engine(1)
    assert [people for _, people, _ in told(office)] == [{"owner": ["lena"]}, {"owner": ["dan"]}]


def test_what_is_late_when_it_is_first_seen_is_told_as_late_alone(office: Office) -> None:
    office.lena.do(MakePromise("refund", office.now + 10 * HOUR), [office.write()])
    office.engine(3 * 24 * 60)
    assert [title.partition(":")[0] for title, _, _ in told(office)] == ["promise not kept in time"]


@settings(max_examples=examples(40))
@given(st.lists(DEEDS, max_size=10), st.sets(st.integers(0, 9)))
def test_no_sequence_of_acts_loses_a_promise(deeds, undone) -> None:
    """Only who made it takes it away, by an undo; its conversation shows the first that is open, whatever is done."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        office = Office(Path(folder), new_store)
        ids = furnish(office)
        desks = {handle: office.desk(handle) for handle in ("ana", "lena")}
        made: dict[int, str] = dict(office.rows("SELECT id, text FROM promises"))
        for place, (handle, action, chosen, engine_runs) in enumerate(deeds):
            office.now += HOUR
            desks[handle].do(action, [ids[n] for n in sorted(chosen)])
            if place in undone and (last := desks[handle].undoable()) is not None:
                if last.startswith("promise of"):
                    made = {}
                desks[handle].undo()
            if engine_runs:
                office.engine()
            known = dict(office.rows("SELECT id, text FROM promises"))
            assert made.items() <= known.items()
            made = known
        office.store.write(lambda conn: erasing.purge(conn, erasing.old(conn, office.now + 99 * DAY)))
        for row in map(office.row, ids):
            waiting = [p for p in promises.of(office.store.read(), row.id) if p.status == "open"]
            first = (waiting[0].due_at, waiting[0].text, waiting[0].owner) if waiting else (None, "", "")
            assert (row.promise_at, row.promise, row.promise_owner) == first
            assert all(promise.text for promise in waiting), "a purge leaves what is still promised"
        office.store.close()


def test_a_purge_leaves_what_is_promised_and_empties_what_was(office: Office) -> None:
    open_one, over = office.write(), office.write()
    office.ana.do(MakePromise("a secret refund", office.now + 900 * DAY), [open_one, over])
    office.ana.do(Withdraw("a secret word"), [over])
    office.ana.do(Close(), [open_one, over])
    office.engine(60)
    old = erasing.old(office.store.read(), office.now + DAY)
    assert old == [over]
    office.store.write(lambda conn: erasing.purge(conn, old))
    assert [(p.text, p.word, p.status) for p in promises.of(office.store.read(), over)] == [("", "", "withdrawn")]
    assert office.row(open_one).promise == "a secret refund"


def test_spam_and_closing_leave_it_open(office: Office) -> None:
    number = office.write()
    office.ana.do(MakePromise("refund", office.now + DAY), [number])
    office.ana.do(Close(), [number])
    office.ana.do(Spam(), [number])
    office.engine(60)
    assert office.row(number).promise == "refund"


def test_a_report_counts_what_is_open_and_overdue_as_late(office: Office) -> None:
    begin = office.now
    assert "promises" not in as_text(compute(office.store.read(), begin, begin + 1, None, begin), 120)
    for text in ("in time", "too late", "never", "broken", "withdrawn", "running"):
        office.ana.do(MakePromise(text, office.now + (9 * DAY if text == "running" else HOUR)), [office.write(text)])
    ids = {text: number for number, text in office.rows("SELECT conversation_id, text FROM promises")}
    office.ana.do(Kept(), [ids["in time"]])
    office.ana.do(Broken(), [ids["broken"]])
    office.ana.do(Withdraw(), [ids["withdrawn"]])
    office.now += 2 * HOUR
    office.ana.do(Kept(), [ids["too late"]])
    found = compute(office.store.read(), begin, office.now + 1, None, office.now)
    assert found.promises == (6, 1, 2, 1, 1, 1)
    assert found.to_json()["promises"] == {
        "made": 6, "kept": 1, "late": 2, "broken": 1, "withdrawn": 1, "running": 1,
    }  # fmt: skip
    assert "6 made, 1 kept in time, 2 late, 1 broken, 1 withdrawn, 1 running" in as_text(found, 120)


def test_promises_are_counted_by_whose_they_are_and_a_late_withdrawal_is_late(office: Office) -> None:
    begin = office.now
    for text in ("ana's", "lena's"):
        number = office.write(text)
        office.ana.do(MakePromise(text, office.now + HOUR), [number])
        if text == "lena's":
            office.ana.do(GivePromise("lena"), [number])
    office.now += 2 * HOUR
    office.lena.do(Withdraw(), [number])
    found = compute(office.store.read(), begin, office.now + 1, None, office.now)
    assert found.promises == (2, 0, 2, 0, 0, 0)
    assert found.promises_by == {"ana": (1, 0, 1, 0, 0, 0), "lena": (1, 0, 1, 0, 0, 0)}
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [line["promises_late"] for line in lines if line["by"] in ("", "member")][:1] == ["2"]
    assert {line["name"]: line["promises_late"] for line in lines if line["by"] == "member"} == {
        "ana": "1",
        "lena": "1",
    }
    assert {line["promises_late"] for line in lines if line["by"] == "source"} == {""}


def test_who_is_forgotten_is_promised_nothing_and_no_text_of_it_is_left(office: Office) -> None:
    number = office.write(author="mika")
    office.ana.do(MakePromise("a kettle for Mika", office.now + DAY), [number])
    office.ana.do(Kept("by mail to Mika"), [number])
    office.ana.do(MakePromise("another kettle", office.now + DAY), [number])
    (person,) = erasing.people(office.store.read(), "@mika")
    office.store.write(lambda conn: erasing.forget(conn, person, office.now))
    assert (office.row(number).promise_at, office.row(number).promise) == (None, "")
    assert [p.status for p in promises.of(office.store.read(), number)] == ["kept", "withdrawn"]
    left = str(office.dump()).casefold()
    assert "kettle" not in left
    assert "mika" not in left


def test_a_promise_that_is_none_is_told_as_that_and_ends_no_other(office: Office) -> None:
    first, second = office.write("one"), office.write("two")
    office.ana.do(MakePromise("a refund", office.now + DAY), [first])
    (promise,) = promises.of(office.store.read(), first)
    with pytest.raises(UsageError, match="'x' is no promise's number"):
        Kept.parse(["promise:x"], office.now)
    outcome = office.ana.do(Kept.parse(["promise:999"], office.now), [first])
    assert outcome.skipped == ((first, "there is no promise 999"),)
    outcome = office.ana.do(Kept.parse([f"promise:{promise.id}"], office.now), [second])
    assert outcome.skipped == ((second, f"promise {promise.id} is of conversation {first}"),)
    assert [one.status for one in promises.of(office.store.read(), first)] == ["open"]
