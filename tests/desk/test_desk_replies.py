"""Drafts and the outbox as far as a person sees them: kept, given, taken back, never two at once."""

from __future__ import annotations

import pytest

from cminbox.desk import Close, Escalate
from cminbox.engine.reply_attempt import ReplyAttempt
from cminbox.errors import ActionError
from cminbox.model import HOUR, MINUTE, SECOND
from cminbox.store import Store, messages, people, replies, sources


def fail(office, reply, error="refused"):
    """The engine could not send it."""
    for event in ("countdown over", "begun", "refused"):
        office.store.write(lambda conn, e=event: replies.move(conn, reply.id, e, office.now, error=error))


def test_whoever_writes_in_private_again_can_be_answered_whichever_message_is_chosen(office):
    number = office.write("hello?", kind="dm", answer_until=office.now + HOUR)
    first = messages.thread(office.store.read(), number)[0].id
    office.engine(61)
    with pytest.raises(ActionError, match="too late"):
        office.ana.outbox.send(number, "Hello Mina", answers=first)
    office.write("anybody?", to=number, kind="dm", answer_until=office.now + HOUR)
    assert office.ana.outbox.send(number, "Hello Mina", answers=first).status == "held"


def test_a_draft_survives_the_screen_and_there_is_one_for_each_member(office):
    number = office.write()
    office.ana.outbox.draft(number, "Dear Mina", template="sorry", lang="en")
    first = office.draft(number, "ana")
    office.lena.outbox.draft(number, "Hello Mina")
    office.store.close()
    office.store = Store.open(office.store.path)
    again = office.desk("ana")
    assert (office.draft(number, "ana").text, office.draft(number, "ana").template) == ("Dear Mina", "sorry")
    again.outbox.draft(number, "Dear Mina, we are sorry")
    assert office.draft(number, "ana").id == first.id
    assert office.draft(number, "ana").key == first.key
    assert office.draft(number, "lena").text == "Hello Mina"
    assert office.row(number).outbox == "draft"


def test_an_emptied_draft_is_forgotten(office):
    number = office.write()
    office.ana.outbox.draft(number, "Dear")
    assert office.ana.outbox.draft(number, " \n") is None
    assert office.draft(number, "ana") is None
    assert office.row(number).outbox == ""
    assert office.ana.outbox.draft(number, "") is None


def test_drafting_for_nobody_is_told(office):
    with pytest.raises(ActionError, match="no conversation 99"):
        office.ana.outbox.draft(99, "Dear nobody")


def test_a_reply_is_cleaned_held_and_claims_the_conversation(office):
    number = office.write()
    office.ana.outbox.draft(number, "So sor")
    reply = office.ana.outbox.send(number, "  So sorry!\x1b ", template="sorry", lang="en")
    assert (reply.status, reply.text, reply.held_until) == ("held", "So sorry!", office.now + 10 * SECOND)
    assert office.draft(number, "ana") is None
    assert office.row(number).outbox == "held"
    assert people.claimed(office.store.read(), number, office.now).member == "ana"
    assert replies.uses(office.store.read()) == {"sorry": 1}
    assert [r.id for r in replies.outbox(office.store.read())] == [reply.id]


def test_taking_back_keeps_the_text_as_a_draft(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    back = office.ana.outbox.cancel(reply.id)
    assert (back.status, back.held_until) == ("draft", None)
    assert office.draft(number, "ana").text == "So sorry!"
    assert replies.outbox(office.store.read()) == []
    with pytest.raises(ActionError, match="there is nothing to take back"):
        office.ana.outbox.cancel(reply.id)
    assert office.ana.outbox.send(number, "So very sorry!").id == reply.id


def test_a_newer_draft_stands_and_what_was_taken_back_stays_in_the_store(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "first words")
    office.ana.outbox.draft(number, "second words")
    assert office.ana.outbox.cancel(reply.id).status == "cancelled"
    assert office.draft(number, "ana").text == "second words"
    assert replies.get(office.store.read(), reply.id).text == "first words"


@pytest.mark.parametrize("status", ["sending", "sent"])
def test_what_may_be_on_the_network_can_no_longer_be_taken_back(office, status):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    for event in ("countdown over", "begun", *{"sent": ["accepted"]}.get(status, [])):
        office.store.write(lambda conn, e=event: replies.move(conn, reply.id, e, office.now))
    with pytest.raises(ActionError, match=f"is {status}: it can no longer be taken back"):
        office.ana.outbox.cancel(reply.id)


def test_a_failed_reply_is_sent_after_all_unless_another_is_on_its_way(office):
    number = office.write()
    first = office.ana.outbox.send(number, "one")
    with pytest.raises(ActionError, match="only a failed or an unknown one"):
        office.ana.outbox.retry(first.id)
    fail(office, first)
    second = office.lena.outbox.send(number, "two")
    with pytest.raises(ActionError, match="lena's reply is on its way"):
        office.ana.outbox.retry(first.id)
    office.lena.outbox.cancel(second.id)
    assert office.ana.outbox.retry(first.id).status == "held"


def test_anothers_reply_is_a_leads_business_alone(office):
    number = office.write()
    reply = office.lena.outbox.send(number, "hers")
    with pytest.raises(ActionError, match=r"reply 1 is lena's"):
        office.dan.outbox.cancel(reply.id)
    assert office.ana.outbox.cancel(reply.id).status == "draft"
    assert office.draft(number, "lena").text == "hers"


def test_whoever_answered_since_the_composer_was_opened_is_shown(office):
    number = office.write()
    seen = messages.newest_id(office.store.read(), number)
    office.now += MINUTE
    office.write("handled by phone", to=number, direction="out", author="brand")
    with pytest.raises(ActionError, match="@brand answered since you opened this") as told:
        office.ana.outbox.send(number, "hello", seen=seen)
    assert "handled by phone" in told.value.hint
    assert office.ana.outbox.send(number, "one thing more").status == "held"


def test_nothing_to_say_nobody_to_tell(office):
    number = office.write()
    with pytest.raises(ActionError, match="the reply is empty"):
        office.ana.outbox.send(number, "\x1b \n")
    with pytest.raises(ActionError, match="no conversation 99"):
        office.ana.outbox.send(99, "hello")
    feed = office.write("an article", kind="article", answerable=False)
    with pytest.raises(ActionError, match="nothing here that can be answered"):
        office.ana.outbox.send(feed, "hello")
    office.delete(number)
    with pytest.raises(ActionError, match="nothing here that can be answered"):
        office.ana.outbox.send(number, "hello")


def test_a_drafters_replies_and_those_of_a_crisis_that_demands_it_wait_for_approval(office):
    number, other = office.write(), office.write()
    assert office.dan.outbox.send(number, "may I?").status == "awaiting approval"
    office.ana.do(Escalate(crisis_name="Storm", reason="many"), [other])
    crisis = office.row(other).crisis_id
    assert office.ana.crises.update(crisis, "careful now", approval=True).approval
    reply = office.ana.outbox.send(other, "we know")
    assert reply.status == "awaiting approval"
    office.ana.outbox.cancel(reply.id)
    office.ana.crises.end(crisis, "over")
    assert office.ana.outbox.send(other, "we know").status == "held"


def test_observers_write_nothing(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "ours")
    before = office.dump()
    for work in (
        lambda: office.olga.outbox.draft(number, "psst"),
        lambda: office.olga.outbox.send(number, "psst"),
        lambda: office.olga.outbox.cancel(reply.id),
        lambda: office.olga.outbox.retry(reply.id),
        lambda: office.olga.undo(),
    ):
        with pytest.raises(ActionError, match="olga is an observer"):
            work()
    assert office.dump() == before


def test_closing_leaves_a_held_reply_on_its_way(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    office.ana.do(Close(), [number])
    assert replies.get(office.store.read(), reply.id).status == "held"
    assert (office.row(number).status, office.row(number).outbox) == ("closed", "held")


@pytest.mark.parametrize("later", [60, 500])
def test_an_answer_is_seen_however_many_messages_came_after_it(office, later):
    number = office.write()
    seen = messages.newest_id(office.store.read(), number)
    office.now += MINUTE
    office.write("handled by phone", to=number, direction="out", author="brand")
    for _ in range(later):
        office.now += SECOND
        office.write("and another thing", to=number)
    with pytest.raises(ActionError, match="@brand answered since you opened this"):
        office.ana.outbox.send(number, "hello", seen=seen)


def test_an_unknown_reply_is_sent_again_only_when_it_can_no_longer_be_accepted(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    for event in ("countdown over", "begun", "no sure answer"):
        office.store.write(
            lambda conn, e=event: replies.move(conn, reply.id, e, office.now, sending_at=office.now, first_try_at=1)
        )
    office.now += 5 * MINUTE
    for work in (office.ana.outbox.retry, office.ana.outbox.cancel):
        with pytest.raises(ActionError, match="may still accept it"):
            work(reply.id)
    office.now += SECOND
    again = office.ana.outbox.retry(reply.id)
    assert (again.status, again.tries, again.first_try_at) == ("held", 0, 1)


def test_a_person_says_that_an_unknown_reply_is_there(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    with pytest.raises(ActionError, match="only of an unknown one"):
        office.ana.outbox.arrived(reply.id)
    for event in ("countdown over", "begun", "no sure answer"):
        office.store.write(lambda conn, e=event: replies.move(conn, reply.id, e, office.now))
    with pytest.raises(ActionError, match="reply 1 is ana's"):
        office.dan.outbox.arrived(reply.id)
    said = office.ana.outbox.arrived(reply.id)
    assert (said.status, said.arrived_by, said.next_try_at) == ("unknown", "ana", None)


def test_an_unknown_reply_that_is_not_there_becomes_a_draft_when_it_can_no_longer_be_accepted(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "So sorry!")
    for event in ("countdown over", "begun", "no sure answer"):
        office.store.write(lambda conn, e=event: replies.move(conn, reply.id, e, office.now, sending_at=office.now))
    office.now += 5 * MINUTE + 1
    with pytest.raises(ActionError, match="your reply is on its way"):
        office.ana.outbox.send(number, "Another one")
    assert office.ana.outbox.cancel(reply.id).status == "draft"
    assert office.draft(number, "ana").text == "So sorry!"
    again = office.ana.outbox.send(number, "Another one")
    assert (again.id, again.first_try_at, again.tries) == (reply.id, None, 0)


def test_what_was_only_imported_is_answered_by_nobody(office):
    number = office.write()
    office.store.write(lambda conn: sources.forget_unconfigured(conn, []))
    with pytest.raises(ActionError, match="nobody can be answered through brand") as told:
        office.ana.outbox.send(number, "hello")
    assert "only imported" in told.value.hint
    assert replies.of(office.store.read(), number) == []


def test_a_reply_goes_to_what_its_writer_had_seen(office):
    number = office.write("where is my parcel?")
    (seen,) = messages.thread(office.store.read(), number)
    office.now += MINUTE
    office.write("and the cup is broken too", to=number)
    reply = office.ana.outbox.send(number, "It comes tomorrow", seen=seen.id)
    assert (reply.message_id, reply.seen_message_id) == (seen.id, seen.id)
    office.ana.outbox.cancel(reply.id)
    newest = messages.thread(office.store.read(), number)[-1]
    assert office.ana.outbox.send(number, "It comes tomorrow").message_id == newest.id


def test_a_reply_that_is_retried_does_not_know_what_was_written_since(office):
    number = office.write("where is my parcel?")
    reply = office.ana.outbox.send(number, "It comes tomorrow")
    office.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'failed' WHERE id = ?", (reply.id,)))
    office.now += MINUTE
    office.write("and the cup is broken too", to=number)
    again = office.ana.outbox.retry(reply.id)
    assert (again.seen_message_id, again.message_id) == (reply.seen_message_id, reply.message_id)
    office.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'failed' WHERE id = ?", (reply.id,)))
    office.write("we look into it", to=number, direction="out", author="us")
    newest = messages.newest_id(office.store.read(), number)
    again = office.ana.outbox.retry(reply.id)
    assert (again.seen_message_id, again.answer_seen_id) == (reply.seen_message_id, newest)


def test_what_was_asked_before_another_answer_stays_open_when_a_reply_is_sent_again(office):
    number = office.write("where is my parcel?")
    reply = office.ana.outbox.send(number, "It comes tomorrow")
    office.now += MINUTE
    phoned = office.now
    office.now += MINUTE
    office.write("and the cup is broken too", to=number)
    office.write("we look for it", to=number, direction="out", author="us", at=phoned)
    office.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'failed' WHERE id = ?", (reply.id,)))
    office.ana.outbox.retry(reply.id)
    assert ReplyAttempt.load(office.store.read(), reply.id).answered_since() is None

    def accepted(conn):
        for event in ("countdown over", "begun", "accepted"):
            replies.move(conn, reply.id, event, office.now, remote_id="r1", sent_at=office.now)

    office.store.write(accepted)
    office.hear(office.message("r1", number, "It comes tomorrow")._replace(direction="out", created_at=office.now))
    row = office.row(number)
    assert (row.status, row.waiting) == ("open", 1)
