"""Handing a shift over: signed, ticked, taken by one of two, given back by one undo, withdrawn, late."""

from __future__ import annotations

import pytest

from cminbox.channels import ChannelConfig, TellConfig, Telling
from cminbox.desk import Ask, Assign, Close, Escalate, Snooze, Take
from cminbox.engine import late_handovers, returning
from cminbox.engine.colleagues import take_mail
from cminbox.engine.telling import planning
from cminbox.errors import ActionError
from cminbox.experts import ExpertFile
from cminbox.handover import build
from cminbox.mail import answers
from cminbox.model import HOUR, MINUTE
from cminbox.store import crises, duty, handovers, notices, promises, questions
from cminbox.store.handovers import Words

WORDS = Words("lena", "the depot may reopen at five", "a call to the depot at four", "promise Friday")


def signed(office, **more):
    return office.ana.handovers.sign(**more)


def tick_all(desk, office, number):
    desk.handovers.tick(number, [item.key for item in handovers.items(office.store.read(), number)])


def shift(office):
    """A shift of ana's with something of most kinds in it; the ids of its conversations."""
    ids = [office.write(f"my parcel {n} is lost", author=f"mina{n}") for n in range(4)]
    office.ana.do(Take(), ids[:3])
    office.now += 5 * HOUR
    office.engine()
    crisis = office.ana.crises.declare("Late parcels", severity=2, reason="the depot is shut")
    due = office.now + 2 * HOUR

    def more(conn):
        promises.add(conn, ids[0], "refund booked", due, "ana", "ana", office.now)
        conn.execute("INSERT INTO watchers VALUES (?, 'ana', ?)", (ids[3], office.now))

    office.store.write(more)
    return ids, crisis


def owners(office):
    return (
        [row[0] for row in office.rows("SELECT assignee FROM conversations ORDER BY id")],
        [row[0] for row in office.rows("SELECT owner FROM promises ORDER BY id")],
        [row[0] for row in office.rows("SELECT lead FROM crises ORDER BY id")],
        [row[0] for row in office.rows("SELECT member FROM watchers ORDER BY conversation_id")],
    )


def test_nothing_moves_until_the_next_has_it_then_all_at_once_and_one_undo_brings_it_back(office):
    shift(office)
    before = owners(office)
    assert before == (["ana", "ana", "ana", ""], ["ana"], ["ana"], ["ana"])
    made = signed(office, words=WORDS)
    assert owners(office) == before
    tick_all(office.lena, office, made.id)
    assert owners(office) == before
    taken = office.lena.handovers.take(made.id, " the depot,\n the refund, no Friday ")
    assert taken.summary == "3 conversations, 1 promise, the lead of Late parcels"
    assert taken.handover.read_back == "the depot, the refund, no Friday"
    assert owners(office) == (["lena", "lena", "lena", ""], ["lena"], ["lena"], ["lena"])
    (event,) = office.rows("SELECT actor, count FROM events WHERE action = 'handover taken'")
    assert event == ("member:lena", 3)
    undone = office.lena.undo()
    assert undone.summary == "handover 1 given back to ana"
    assert owners(office) == before
    assert handovers.get(office.store.read(), made.id).status == "signed"
    assert office.lena.handovers.take(made.id, "again").handover.status == "taken"


def test_what_others_changed_since_stays_theirs(office):
    ids, _ = shift(office)
    made = signed(office, words=WORDS)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "all three")
    office.dan.do(Assign("dan"), [ids[1]])
    assert "1 conversation changed meanwhile and left alone" in office.lena.undo().summary
    assert owners(office)[0] == ["ana", "dan", "ana", ""]


def test_of_two_takers_one_gets_it(office):
    shift(office)
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.dan.handovers.take(made.id, "mine")
    with pytest.raises(ActionError, match="dan has it already"):
        office.lena.handovers.take(made.id, "mine")
    assert owners(office)[0] == ["dan", "dan", "dan", ""]


def test_who_takes_it_instead_of_the_named_one_has_ticked_it_themselves(office):
    shift(office)
    made = signed(office, words=WORDS)
    assert made.words.next == "lena"
    tick_all(office.lena, office, made.id)
    with pytest.raises(ActionError, match="ticked by lena alone"):
        office.dan.handovers.take(made.id, "depot, refund, Friday")
    tick_all(office.dan, office, made.id)
    assert office.dan.handovers.take(made.id, "depot, refund, Friday").handover.taken_by == "dan"


def test_burning_items_are_ticked_and_the_three_read_back_first(office):
    shift(office)
    made = signed(office)
    with pytest.raises(ActionError, match=r"burning items? not ticked yet"):
        office.lena.handovers.take(made.id, "yes")
    tick_all(office.lena, office, made.id)
    with pytest.raises(ActionError, match="read back the three"):
        office.lena.handovers.take(made.id, "  ")
    with pytest.raises(ActionError, match="is yours"):
        office.ana.handovers.take(made.id, "mine")
    with pytest.raises(ActionError, match="is yours"):
        office.ana.handovers.tick(made.id, ["crisis:1"])
    with pytest.raises(ActionError, match="no item"):
        office.lena.handovers.tick(made.id, ["crisis:99"])
    assert owners(office)[0] == ["ana", "ana", "ana", ""]


def test_signing_again_replaces_and_undo_brings_the_one_before_back(office):
    shift(office)
    first = signed(office, words=WORDS)
    second = signed(office, words=WORDS._replace(worries="worse"))
    found = [handovers.get(office.store.read(), one.id).status for one in (first, second)]
    assert found == ["withdrawn", "signed"]
    assert "draft again" in office.ana.undo().summary
    found = [handovers.get(office.store.read(), one.id).status for one in (first, second)]
    assert found == ["signed", "withdrawn"]
    assert handovers.words_of(office.store.read(), "ana").worries == "worse"


def test_a_signed_one_is_withdrawn_by_its_writer_or_a_lead(office):
    shift(office)
    made = signed(office)
    with pytest.raises(ActionError, match="handover 1 is ana's"):
        office.lena.handovers.withdraw(made.id)
    office.ana.handovers.withdraw(made.id)
    with pytest.raises(ActionError, match="ana has withdrawn"):
        office.lena.handovers.take(made.id, "x")
    assert office.ana.undo().summary == "handover 1 is signed again"
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "x")


@pytest.mark.parametrize(
    ("to", "words"),
    [("ana", "to yourself"), ("olga", "cannot take it"), ("lenna", "no member 'lenna'")],
)
def test_whom_it_is_for_must_be_able_to_take_it(office, to, words):
    with pytest.raises(ActionError, match=words):
        office.ana.handovers.sign(to)
    assert office.rows("SELECT COUNT(*) FROM handovers") == [(0,)]


def test_words_are_kept_until_they_are_signed(office):
    office.ana.handovers.keep_words(WORDS)
    assert handovers.words_of(office.store.read(), "ana") == WORDS
    made = signed(office)
    assert (made.next, made.worries) == ("lena", WORDS.worries)
    assert handovers.words_of(office.store.read(), "ana") == Words()


def test_a_plan_stands_with_its_matter_in_each_handover(office):
    _, crisis = shift(office)
    (item,) = (i for i in build(office.store.read(), office.config, office.ana.context.member, office.now).items
               if i.crisis_id == crisis.id)  # fmt: skip
    office.ana.handovers.plan(item, "if > 300/h, then hold all")
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "x")
    office.now += HOUR
    again = office.lena.handovers.sign()
    found = {i.key: i.if_then for i in handovers.items(office.store.read(), again.id)}
    assert found[f"crisis:{crisis.id}"] == "if > 300/h, then hold all"


def test_who_is_told_and_of_what(office):
    shift(office)
    made = signed(office, words=WORDS)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "the depot")
    signed_one, taken = [
        one for one in notices.unplanned(office.store.read(), office.now, 10) if one.kind == "handover"
    ]
    assert (signed_one.by, signed_one.people) == ("ana", {"next": ["lena"]})
    assert "## Burning" in signed_one.text
    assert "the depot may reopen at five" in signed_one.text
    assert (taken.by, taken.recipients) == ("lena", ("ana",))


def test_a_snoozed_one_that_wakes_later_stays_with_its_member(office):
    first, second = office.write("one", author="a"), office.write("two", author="b")
    office.ana.do(Take(), [first, second])
    office.ana.do(Snooze(office.now + 2 * HOUR), [first])
    office.ana.do(Snooze(office.now + 72 * HOUR), [second])
    made = signed(office)
    office.lena.handovers.take(made.id, "nothing burns")
    assert owners(office)[0] == ["lena", "ana"]


def test_closed_ones_move_nowhere(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.ana.do(Close(), [number])
    made = signed(office)
    assert office.lena.handovers.take(made.id, "nothing").summary == "0 conversations"
    assert office.row(number).assignee == "ana"


def test_an_escalated_conversation_moves_with_its_crisis(office):
    number = office.write()
    office.ana.do(Take(), [number])
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [number])
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "the storm")
    assert crises.get(office.store.read(), office.row(number).crisis_id).lead == "lena"
    assert office.row(number).assignee == "lena"


def test_observers_hand_nothing_over(office):
    shift(office)
    made = signed(office)
    before = office.dump()
    olga = office.olga.handovers
    for work in (
        lambda: olga.sign(),
        lambda: olga.withdraw(made.id),
        lambda: olga.take(made.id, "x"),
        lambda: olga.tick(made.id, ["crisis:1"]),
        lambda: olga.keep_words(WORDS),
    ):
        with pytest.raises(ActionError, match="olga is an observer"):
            work()
    assert office.dump() == before


def test_the_time_to_take_it_begins_anew_when_it_is_given_back(office):
    shift(office)
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "x")
    office.now += 2 * HOUR
    office.lena.undo()
    assert handovers.get(office.store.read(), made.id).take_by == office.now + 30 * MINUTE


def late(office):
    return office.store.write(lambda conn: late_handovers.run(conn, office.config, office.now))


def test_what_nobody_takes_in_time_returns_to_the_queue_and_the_lead_is_told_once(office):
    shift(office)
    made = signed(office, words=WORDS)
    office.now += 29 * MINUTE
    assert late(office) == 0
    assert handovers.ringing(office.store.read(), office.now) == {"ana"}
    office.now += 2 * MINUTE
    assert late(office) == 1
    assert late(office) == 0
    assert owners(office) == (["", "", "", ""], ["ana"], ["ana"], ["ana"])
    (event,) = office.rows("SELECT actor, count, detail FROM events WHERE action = 'returned'")
    assert event[:2] == ("engine", 3)
    assert "nobody took the handover of ana by" in event[2]
    *_, told = [one for one in notices.unplanned(office.store.read(), office.now, 20) if one.kind == "handover"]
    assert told.people == {"lead": ["ana"]}
    assert told.recipients == ("ana", "lena")
    assert "3 conversations went back to the queue" in told.text
    assert "Still with ana: 1 promise, the lead of Late parcels" in told.text
    assert handovers.ringing(office.store.read(), office.now) == frozenset()
    tick_all(office.lena, office, made.id)
    assert office.lena.handovers.take(made.id, "late, but here").summary == (
        "0 conversations, 1 promise, the lead of Late parcels"
    )


def test_a_reply_that_is_being_written_is_not_taken_from_under_it(office):
    ids, _ = shift(office)
    signed(office)
    office.ana.presence.replying(ids[1])
    office.now += 30 * MINUTE
    office.ana.presence.replying(ids[1])
    assert late(office) == 1
    assert owners(office)[0] == ["", "ana", "", ""]


def test_who_leaves_keeps_all_while_the_next_has_time_to_take_it(office):
    shift(office)
    office.config = office.config._replace(returning=office.config.returning._replace(absent=MINUTE))

    def come_back():
        return office.store.write(lambda conn: returning.run(conn, office.config, office.now))

    come_back()
    office.store.write(lambda conn: duty.say(conn, "ana", False, office.now, None, "member:ana"))
    made = signed(office)

    office.now += 10 * MINUTE
    assert come_back() == 0
    office.ana.handovers.withdraw(made.id)
    assert come_back() == 3


def test_what_was_taken_counts_as_taken_up(office):
    shift(office)
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "x")
    assert office.rows("SELECT COUNT(*) FROM assignments WHERE member = 'lena' AND taken_up_at IS NOT NULL") == [(3,)]


def test_who_has_not_heard_of_it_does_not_hear_of_what_was_withdrawn(office):
    shift(office)
    made = signed(office)
    office.ana.handovers.withdraw(made.id)
    told = [one for one in notices.unplanned(office.store.read(), office.now, 20) if one.kind == "handover"]
    assert told == []
    office.now += MINUTE
    office.ana.undo()
    (told,) = [one for one in notices.unplanned(office.store.read(), office.now, 20) if one.kind == "handover"]
    assert "ana hands over" in told.title


def by_mail(office):
    """Everybody has mail of their own, and a digest in which notices wait."""
    members = tuple(
        one._replace(telling=Telling((f"mail:{one.handle}@shop.example",))) for one in office.config.members
    )
    tell = TellConfig((*office.config.tell.channels, ChannelConfig("mail", digest=HOUR)))
    office.config = office.config._replace(members=members, tell=tell)


def plan(office):
    while notices.any_unplanned(office.store.read(), office.now):
        office.store.write(lambda conn: planning.plan(conn, office.config, office.now))


def waits(office, handle):
    """What waits to be told to a member, or was: titles by the status of their deliveries."""
    plan(office)
    return office.rows(
        "SELECT d.status, n.title FROM deliveries d JOIN told t ON t.delivery_id = d.id JOIN notices n"
        " ON n.id = t.notice_id WHERE d.member = ? AND n.kind = 'due' ORDER BY n.id",
        handle,
    )


def test_what_waits_to_be_told_to_who_left_is_told_to_who_took_it(office):
    by_mail(office)
    ids, _ = shift(office)
    stays = office.write("not theirs")

    def tell(conn):
        for place, home in enumerate((ids[0], stays)):
            notices.tell(
                conn, office.now, "due", f"due {place}", key=f"due:{place}", conversation_id=home,
                people={"assignee": ["ana"]},
            )  # fmt: skip

    office.store.write(tell)
    assert waits(office, "ana") == [("queued", "due 0"), ("queued", "due 1")]
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "the depot")
    assert waits(office, "ana") == [("queued", "due 1")]
    assert waits(office, "lena") == [("queued", "due 0")]
    assert waits(office, "dan") == []
    office.lena.undo()
    assert waits(office, "ana") == [("queued", "due 0"), ("queued", "due 1")]
    assert waits(office, "lena") == []
    office.lena.handovers.take(made.id, "the depot")
    assert waits(office, "lena") == [("queued", "due 0")]


def answer(office, token, text, number):
    raw = (
        f"From: anna@lab.example\r\nSubject: Re: [cminbox {token}]\r\nMessage-ID: <{number}@lab.example>\r\n"
        f"\r\n{text}\r\n"
    ).encode()
    book = ExpertFile(office.config.paths.experts).load()
    office.store.write(lambda conn: take_mail(conn, answers.read(raw), book, office.now))


def test_what_a_colleague_answers_is_told_to_whoever_has_the_conversation_then(office):
    office.config.paths.experts.write_text(
        '[[expert]]\nname = "anna"\nchannel = "legal"\nmail = ["anna@lab.example"]\n'
    )
    ids, _ = shift(office)
    for home in (ids[0], ids[3]):
        office.ana.do(Ask("anna", "is it recalled?"), [home])
    first, second = questions.open_ones(office.store.read(), 9)
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "the depot")
    office.lena.do(Assign("dan"), [ids[0]])
    answer(office, first.token, "no", 1)
    answer(office, second.token, "yes", 2)
    told = [one for one in notices.unplanned(office.store.read(), office.now, 99) if one.kind == "answer"]
    assert [one.people for one in told] == [{"asker": ["dan"]}, {"asker": ["lena"]}]


def test_given_back_who_asked_hears_the_answer(office):
    ids, _ = shift(office)
    office.ana.do(Ask("anna", "is it recalled?"), [ids[0]])
    made = signed(office)
    tick_all(office.lena, office, made.id)
    office.lena.handovers.take(made.id, "the depot")
    assert questions.open_ones(office.store.read(), 9)[0].handed_to == "lena"
    office.lena.undo()
    assert questions.open_ones(office.store.read(), 9)[0].handed_to == ""
