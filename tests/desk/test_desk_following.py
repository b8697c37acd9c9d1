"""What comes back when nobody answers, and what members watch."""

from __future__ import annotations

import pytest
from desk_office import Office

from cminbox.desk import Back, Close, NoneNeeded, Reopen, Snooze, Spam, Unwatch, Watch
from cminbox.desk.following import read_back
from cminbox.errors import UsageError
from cminbox.model import DAY, HOUR, MINUTE, WEEK, Brings
from cminbox.query import Context, parse
from cminbox.store import conversations, events, replies
from cminbox.store.sqlite.store import Store

AFTER = 2 * DAY


def answered(office: Office, text: str = "where is my parcel?") -> int:
    """A conversation in which our side has answered."""
    number = office.write(text)
    office.now += MINUTE
    office.write("here it is", to=number, direction="out", author="us")
    return number


def found(office: Office, text: str) -> int:
    return conversations.tally(office.store.read(), parse(text), Context(office.now, "ana"))


@pytest.mark.parametrize(("typed", "length"), [("2d", 2 * DAY), ("in 1w", WEEK), ("90m", 90 * MINUTE), ("OFF", None)])
def test_lengths_as_people_type_them(typed: str, length: int | None) -> None:
    assert read_back(typed) == length


@pytest.mark.parametrize("typed", ["", "soon", "30s", "2y", "99w", "tomorrow"])
def test_what_is_no_length_is_told(typed: str) -> None:
    with pytest.raises(UsageError):
        read_back(typed)


def test_it_comes_back_with_its_reason_when_nobody_answered(office: Office) -> None:
    ids = [answered(office), answered(office)]
    assert office.ana.do(Back(AFTER), ids).summary == "2 set"
    assert [office.row(number).status for number in ids] == ["pending", "pending"]
    assert (found(office, "is:back"), found(office, "back:<2d"), found(office, "back:<3d")) == (2, 0, 2)
    office.engine(2 * 24 * 60 - 1)
    assert office.row(ids[0]).status == "pending"
    office.engine(1)
    for number in ids:
        row = office.row(number)
        assert (row.status, row.back_at, row.back_why, row.came_back) == ("open", None, "no reply in 2d", True)
        last = events.of(office.store.read(), number)[-1]
        assert (last.actor, last.action, last.detail) == ("engine", "came back", {"reason": "no reply in 2d"})
    assert found(office, "is:open is:back") == 2
    before = len(office.rows("SELECT id FROM events"))
    office.engine(7 * 24 * 60)
    assert len(office.rows("SELECT id FROM events")) == before


def test_their_answer_cancels_it(office: Office) -> None:
    number, other = answered(office), answered(office)
    office.ana.do(Back(AFTER), [number, other])
    office.engine(60)
    office.write("thanks", to=number)
    assert (office.row(number).back_at, office.row(number).back_why) == (None, "")
    office.write("sorry, one more thing", to=other, direction="out", author="us")
    assert office.row(other).back_at is not None
    office.lena.do(NoneNeeded("thanks"), [number])
    office.engine(3 * 24 * 60)
    assert office.row(number).status == "closed"
    assert office.row(other).came_back


def test_what_had_come_back_and_is_answered_by_them_is_as_any(office: Office) -> None:
    number = answered(office)
    office.ana.do(Back(HOUR), [number])
    office.engine(61)
    assert office.row(number).came_back
    office.write("it came!", to=number)
    row = office.row(number)
    assert (row.status, row.came_back, row.back_why) == ("open", False, "")


def test_closed_and_snoozed_ones_come_back_too_spam_does_not(office: Office) -> None:
    closed, asleep, spam = (answered(office) for _ in range(3))
    office.ana.do(Back(AFTER), [closed, asleep, spam])
    office.ana.do(Close(), [closed])
    office.ana.do(Snooze(office.now + 9 * DAY), [asleep])
    office.ana.do(Spam(), [spam])
    office.engine(2 * 24 * 60)
    assert [office.row(n).status for n in (closed, asleep, spam)] == ["open", "open", "spam"]
    assert office.row(spam).back_at is None
    # What is opened again was not resolved after all.
    assert office.rows("SELECT * FROM measures WHERE measure = 'resolution'") == []
    assert found(office, "is:back") == 2


def test_what_waits_for_us_or_was_never_answered_cannot_come_back(office: Office) -> None:
    waiting, never, spam = office.write(), office.write(), answered(office)
    office.ana.do(NoneNeeded("chatter"), [never])
    office.ana.do(Spam(), [spam])
    assert office.ana.do(Back(AFTER), [waiting, never, spam]).skipped == (
        (waiting, "they wait for us: it is in the queue"),
        (never, "we wrote nothing there that they could answer"),
        (spam, "it is spam"),
    )
    assert office.ana.do(Back(None), [waiting]).skipped == ((waiting, "already so"),)


def test_off_lets_it_be_and_undo_brings_it_back(office: Office) -> None:
    number = answered(office)
    office.ana.do(Back(AFTER), [number])
    at = office.row(number).back_at
    office.now += HOUR
    office.ana.do(Back(None), [number])
    assert (office.row(number).back_at, office.row(number).back_why) == (None, "")
    office.ana.undo()
    assert (office.row(number).back_at, office.row(number).back_why) == (at, "no reply in 2d")
    office.ana.undo()
    assert office.row(number).back_at is None


def test_who_was_reopened_by_hand_and_waits_is_not_opened_twice(office: Office) -> None:
    number = answered(office)
    office.ana.do(Back(HOUR), [number])
    office.ana.do(Close(), [number])
    office.ana.do(Reopen(), [number])
    office.engine(61)
    row = office.row(number)
    assert (row.status, row.came_back) == ("open", True)


def test_it_survives_a_restart(office: Office) -> None:
    number = answered(office)
    office.ana.do(Back(AFTER), [number])
    path = office.store.path
    office.store.close()
    office.store = Store.open(path)
    office.engine(5 * 24 * 60)
    assert office.row(number).came_back


def send(office: Office, number: int, brings: Brings = Brings()) -> replies.Reply:  # noqa: B008 - a tuple
    return office.ana.outbox.send(number, "it is on its way", brings=brings)


def test_with_a_reply_on_its_way_the_reply_carries_it(office: Office) -> None:
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    number = office.write()
    reply = send(office, number)
    office.ana.do(Back(AFTER), [number])
    assert office.row(number).back_at is None
    assert replies.get(office.store.read(), reply.id).back_after == AFTER
    assert office.ana.do(Back(AFTER), [number]).skipped == ((number, "already so"),)
    office.ana.do(Back(WEEK), [number])
    office.ana.undo()
    assert replies.get(office.store.read(), reply.id).back_after == AFTER
    office.ana.do(Back(None), [number])
    assert replies.get(office.store.read(), reply.id).back_after is None


def test_watching_is_ones_own(office: Office) -> None:
    ids = [office.write(), office.write()]
    office.ana.do(Watch(), ids)
    office.lena.do(Watch(), ids[:1])
    assert [office.row(number).watchers for number in ids] == [("ana", "lena"), ("ana",)]
    assert found(office, "is:watched") == 2
    assert office.lena.do(Watch(), ids).skipped == ((ids[0], "already so"),)
    office.ana.do(Unwatch(), ids)
    assert office.row(ids[0]).watchers == ("lena",)
    assert found(office, "is:watched") == 0
    office.ana.undo()
    assert found(office, "is:watched") == 2
