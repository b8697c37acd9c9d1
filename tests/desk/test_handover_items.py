"""What stands in a handover: lines, folding, what left and how, the third shift, erasing, news for who joins late."""

from __future__ import annotations

import re

import pytest

from cminbox.desk import Close, MakePromise, NoneNeeded, Note, Take, Vip
from cminbox.handover import as_markdown, build, news
from cminbox.handover.left import left_since
from cminbox.model import DAY, HOUR, MINUTE, Member
from cminbox.store import erasing, handovers, sources
from cminbox.store.handovers import Words

ANA = Member("ana", "Ana", "lead", ("care",))


def made(office, member=ANA):
    return build(office.store.read(), office.config, member, office.now)


def item(built, start):
    (found,) = [one for one in built.items if one.key.startswith(start)]
    return found


def hand_over(office, leaving, taking):
    """One shift ends and the next begins."""
    one = leaving.handovers.sign()
    keys = [each.key for each in handovers.items(office.store.read(), one.id)]
    taking.handovers.tick(one.id, keys)
    taking.handovers.take(one.id, "the three")
    return one


def test_hundreds_of_overdue_ones_are_a_line_behind_the_first_few_and_vips_come_first(office):
    ids = [office.write("where is it?", author=f"a{n}") for n in range(300)]
    office.ana.do(Vip(True), [ids[250]])
    office.engine(5 * 60)
    due = [one for one in made(office).items if one.kind == "due"]
    assert 2 <= len(due) <= 6
    assert due[0].conversation_id == ids[250]
    assert (due[-1].key, due[-1].query) == ("due:more", "is:open is:due")
    assert sum(one.many for one in due) == 300
    assert due[-1].line == f"{301 - len(due)} more overdue or due within the hour"
    assert len(made(office).items) <= 14


def test_what_moves_with_a_conversation_and_is_due_after_the_next_shift_has_its_line(office):
    mine, others = office.write("refund me", author="ravi"), office.write("me too", author="jo")
    office.ana.do(Take(), [mine])
    due = office.now + 2 * DAY
    for number, text in ((mine, "refund booked"), (others, "a call")):
        office.ana.do(MakePromise(text, due), [number])
    found = [one for one in made(office).items if one.key.startswith("later:")]
    assert [(one.level, one.owner, one.promised, one.promised_to, one.by_at) for one in found] == [
        ("steady", "ana", "refund booked", "@ravi", due)
    ]
    assert found[0].line.startswith("@ravi: refund booked promised by ")
    page = as_markdown(made(office).unsigned("ana", office.now), made(office).items, (), office.config.zone)
    assert "promised: refund booked, to @ravi" in page
    hand_over(office, office.ana, office.lena)
    assert office.rows("SELECT owner FROM promises ORDER BY id") == [("lena",), ("ana",)]


def test_a_promise_says_what_to_whom_by_when_and_whose_it_is(office):
    number = office.write("refund me", author="ravi")
    office.ana.do(Take(), [number])
    office.ana.do(MakePromise("refund booked", office.now + 2 * HOUR), [number])
    office.ana.do(Note("the parcel is lost"), [number])
    found = item(made(office), "promise")
    assert (found.level, found.promised, found.promised_to, found.owner) == ("burning", "refund booked", "@ravi", "ana")
    assert (found.by_at, found.conversation_id) == (office.now + 2 * HOUR, number)
    assert found.note == "ana: the parcel is lost"
    assert found.if_then.startswith("if it cannot be done by")
    office.now += 3 * HOUR
    assert "promised, was due" in item(made(office), "promise").line


def test_what_left_the_list_says_how(office):
    ids = [office.write("where is it?", author=f"a{n}") for n in range(4)]
    office.engine(5 * 60)
    crisis = office.ana.crises.declare("Storm", reason="many")
    office.ana.do(MakePromise("a call", office.now + HOUR), [ids[3]])
    office.ana.handovers.sign()
    office.now += MINUTE
    office.ana.do(Close(), [ids[0]])
    office.ana.do(NoneNeeded("duplicate"), [ids[1]])
    office.write("here you are", to=ids[2], direction="out", author="us")
    office.ana.crises.end(crisis.id, "over")
    left = {one.key: one.how for one in made(office).left}
    assert left[f"conversation:{ids[0]}"] == "closed unanswered"
    assert left[f"conversation:{ids[2]}"] == "answered"
    assert left[f"crisis:{crisis.id}"] == "ended"
    assert f"conversation:{ids[1]}" not in left or "none needed" in left[f"conversation:{ids[1]}"]


def test_what_a_third_shift_left_untouched_says_so_until_somebody_acts(office):
    touched, forgotten = office.write("one", author="a"), office.write("two", author="b")
    office.engine(5 * 60)
    hand_over(office, office.ana, office.lena)
    office.now += 8 * HOUR
    hand_over(office, office.lena, office.ana)
    office.now += 8 * HOUR
    office.ana.do(Note("called them"), [touched])
    found = {one.conversation_id: (one.stood, one.untouched) for one in made(office).items if one.kind == "due"}
    assert found == {touched: (2, False), forgotten: (2, True)}
    page = as_markdown(made(office).unsigned("ana", office.now), made(office).items, (), office.config.zone)
    assert "## Left untouched by two shifts or more\n\n- @b overdue" in page


def test_sources_in_trouble_and_replies_that_are_stuck_are_told(office):
    number = office.write("hello?")
    office.dan.outbox.send(number, "hi there")
    office.store.write(
        lambda conn: sources.update(conn, office.source.id, {"health": "failing", "error": "401", "hint": "log in"})
    )
    found = item(made(office), "source")
    assert "source brand is failing: 401" in found.line
    assert found.if_then == "if it stays so, then log in"
    stuck = item(made(office), "reply")
    assert (stuck.level, stuck.line) == ("watch", "reply by dan to @mina-c1 awaits approval")


def test_erasing_empties_what_handovers_say_of_a_conversation(office):
    number = office.write("my secret is out", author="ravi")
    office.engine(5 * 60)
    one = office.ana.handovers.sign(words=Words("", "worry", "", ""))
    office.ana.do(Close(), [number])
    office.store.write(lambda conn: erasing.purge(conn, [number]))
    assert "secret" not in str(office.rows("SELECT * FROM handover_items"))
    assert "secret" not in str(office.rows("SELECT * FROM notices"))
    found = handovers.items(office.store.read(), one.id)
    assert {each.line for each in found if each.conversation_id == number} == {erasing.ERASED}


@pytest.mark.parametrize("text", ["# no\n- [x] head", "@all `x` [a](http://b)", "<script>"])
def test_what_strangers_write_means_nothing_to_markdown(office, text):
    office.write(text, author="eve")
    office.engine(5 * 60)
    one = office.ana.handovers.sign()
    page = as_markdown(one, handovers.items(office.store.read(), one.id), (), office.config.zone)
    lines = [line for line in page.splitlines() if "eve" in line]
    assert len(lines) == 1
    assert not re.search(r"(?<!\\)\]\(", page)
    assert "@all" not in page
    assert not re.search(r"(?<!\\)<", page)


def test_handovers_are_found_by_words_of_any_script(office):
    office.write("मेरा पैसा वापस करो", author="rahul")
    office.engine(5 * 60)
    office.ana.handovers.sign(words=Words("", "the dépôt", "", ""))
    conn = office.store.read()
    for query in ("depot", "DÉPÔT rahul", "पैसा"):
        assert len(handovers.newest(conn, 9, query)) == 1
    assert handovers.newest(conn, 9, "friday") == []


def test_who_joins_late_hears_what_happened_since_they_were_here(office):
    office.lena.presence.viewing(None)
    seen = office.now
    office.now += 3 * HOUR
    number = office.write("hello?", author="ravi")
    office.ana.do(Note("@lena please call them"), [number])
    office.ana.crises.declare("Storm", severity=2, reason="many parcels lost")
    office.ana.handovers.sign()
    again = office.desk("lena")
    conn = office.store.read()
    last = handovers.last_here(conn, "lena", again.context.session)
    assert last == seen
    told = news(conn, "lena", last, office.now, office.config.zone)
    text = "\n".join(told.lines)
    assert "crisis Storm: declared by ana: many parcels lost" in text
    assert "ana wrote to you at @ravi: @lena please call them" in text
    assert "handover 1 of ana" in text
    assert "1 message came" in text
    assert news(conn, "lena", office.now + DAY, office.now + 2 * DAY, office.config.zone).lines == ()


def test_what_is_due_later_was_given_more_time_and_is_no_vip(office):
    soon, vip = office.write("soon"), office.write("a vip", author="vera")
    office.ana.do(Vip(), [vip])

    def due(home, hours):
        sql = "UPDATE conversations SET due_at = ? WHERE id = ?"
        office.store.write(lambda conn: conn.execute(sql, (office.now + int(hours * HOUR), home)))

    due(soon, 0.5)
    due(vip, 3)
    made = office.ana.handovers.sign()

    def left():
        found = left_since(office.store.read(), made, (), office.now, office.now, office.config.zone)
        return {item.conversation_id: item.how for item in found}

    assert {item.conversation_id for item in handovers.items(office.store.read(), made.id)} >= {soon, vip}
    assert left() == {}
    due(soon, 5)
    assert left() == {soon: "due later"}
