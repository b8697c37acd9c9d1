"""Verbs on the network as the desk gives them to the outbox: what is refused, held, withdrawn and undone."""

from __future__ import annotations

import pytest

from cminbox.desk import Block, Boost, DeleteThere, Hide, Like, Mute, Pin, Release, ReportSpam, verbs
from cminbox.desk.verbs import VERB_ACTIONS, needs_reason
from cminbox.errors import ActionError, UsageError
from cminbox.model import MINUTE
from cminbox.outbox_states import Event
from cminbox.sources.contract import VerbInfo
from cminbox.store import events, messages, network_actions, sources


@pytest.fixture(autouse=True)
def polled(office):
    """The source is configured: something can be sent through it."""
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))


def acts(office, number):
    return network_actions.of(office.store.read(), number)


def states(office, number):
    return [(each.verb, each.undo, each.status) for each in acts(office, number)]


def newest(office, number):
    return messages.inbound(office.store.read(), number)[-1]


def carry_out(office, number):
    """What the engine does once the network said yes."""
    from cminbox.engine.action_attempt import message_changes

    def work(conn):
        for action in network_actions.of(conn, number):
            if action.status == "held":
                for event in ("countdown over", "begun", "accepted"):
                    from cminbox.outbox_states import DEFAULT_TIMING, step

                    move = step(action, Event(event), office.now, DEFAULT_TIMING)
                    action = network_actions.write(conn, action, move, office.now, sent_at=office.now)
                changes = message_changes(action, messages.get(conn, action.message_id), office.now)
                if changes:
                    messages.update(conn, action.message_id, changes)

    office.store.write(work)


def test_a_verb_is_held_for_the_countdown_and_says_nothing_is_done(office):
    number = office.write()
    outcome = office.ana.do(Like(), [number])
    assert outcome.summary == "1 on the way: like"
    (action,) = acts(office, number)
    assert (action.status, action.held_until, action.member) == ("held", office.now + office.config.undo_ms, "ana")
    assert newest(office, number).done == frozenset()
    assert office.row(number).outbox == ""


def test_pressed_again_while_it_is_held_it_is_withdrawn_and_undo_withdraws_too(office):
    number = office.write()
    office.ana.do(Like(), [number])
    office.ana.do(Like(), [number])
    assert states(office, number) == [("like", False, "cancelled")]
    office.ana.undo()
    assert states(office, number)[-1] == ("like", False, "held")
    office.ana.undo()
    assert {status for _, _, status in states(office, number)} == {"cancelled"}


def test_pressed_on_what_stands_it_is_taken_back(office):
    number = office.write()
    office.ana.do(Like(), [number])
    carry_out(office, number)
    assert newest(office, number).done == {"like"}
    office.lena.do(Like(), [number])
    assert states(office, number) == [("like", False, "sent"), ("like", True, "held")]
    carry_out(office, number)
    assert newest(office, number).done == frozenset()


def test_what_was_done_is_undone_on_the_network_later(office):
    number = office.write()
    office.ana.do(Mute("insult or hate"), [number])
    carry_out(office, number)
    office.now += MINUTE
    office.ana.undo()
    assert states(office, number) == [("mute", False, "sent"), ("mute", True, "held")]


def test_what_the_network_cannot_take_back_is_said(office):
    number = office.write()
    office.write("ours", to=number, direction="out", author="us")
    ours = messages.thread(office.store.read(), number)[-1]
    office.ana.do(DeleteThere("wrong", message_id=ours.id), [number])
    carry_out(office, number)
    outcome = office.ana.undo()
    assert "cannot take it back" in outcome.summary
    assert states(office, number) == [("delete", False, "sent")]


def test_many_are_one_event_and_one_undo_and_are_all_done_before_any_is_taken_back(office):
    ids = [office.write(f"parcel {n}") for n in range(3)]
    office.lena.do(Like(), ids[:1])
    carry_out(office, ids[0])
    outcome = office.ana.do(Like(), ids)
    assert (outcome.changed, outcome.skipped) == (tuple(ids[1:]), ((ids[0], "already so"),))
    assert [event.action for event in events.of(office.store.read(), ids[1])].count("like") == 1
    for number in ids[1:]:
        carry_out(office, number)
    office.ana.do(Like(), ids)
    assert [states(office, number)[-1] for number in ids] == [("like", True, "held")] * 3
    office.ana.undo()
    assert [states(office, number)[-1] for number in ids] == [("like", True, "cancelled")] * 3


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Hide("spam"), "answers of others cannot be hidden on Mastodon"),
        (ReportSpam("spam"), "reports go to the server's moderators in the browser"),
        (Release(), "nothing here is held for review"),
        (Pin(), "mastodon lets one pin only our own messages"),
        (DeleteThere("spam"), "mastodon lets one delete only our own messages"),
        (Block(), "say why: block REASON"),
    ],
)
def test_what_is_not_possible_says_why(office, action, why):
    number = office.write()
    before = office.dump()
    assert office.ana.do(action, [number]).skipped == ((number, why),)
    assert office.dump() == before


def test_which_messages_a_verb_can_be_done_with_is_said_where_this_one_is_none(office, monkeypatch):
    only = VerbInfo(only="for moderators alone", note="it is gone then")
    monkeypatch.setattr(verbs, "verb_info", lambda *_: (only, ""))
    number = office.write(can=frozenset())
    said = "mastodon does not let us hide this one: for moderators alone"
    assert office.ana.do(Hide("spam"), [number]).skipped == ((number, said),)
    assert verbs.note_of("mastodon", "hide") == "it is gone then; for moderators alone"


def test_the_message_itself_may_not_allow_it(office):
    number = office.write(can=frozenset({"boost"}))
    assert office.ana.do(Like(), [number]).skipped == ((number, "mastodon does not let us like this one"),)
    assert office.ana.do(Boost(), [number]).changed == (number,)


def test_a_deleted_message_is_left_alone_and_its_author_can_still_be_blocked(office):
    number = office.write()
    message = newest(office, number)
    office.delete(number)
    assert "deleted" in office.ana.do(Like(message_id=message.id), [number]).skipped[0][1]
    assert office.ana.do(Block("insult or hate", message_id=message.id), [number]).changed == (number,)


def test_two_members_at_the_same_message(office):
    number = office.write()
    office.ana.do(Block("spam"), [number])
    office.lena.do(Like(), [number])
    assert office.lena.do(Like(message_id=newest(office, number).id), [number]).changed == (number,)
    office.store.write(lambda conn: conn.execute("UPDATE outgoing SET status = 'sending' WHERE verb = 'block'"))
    assert office.lena.do(Block("spam"), [number]).skipped == ((number, "it is on its way to the network (sending)"),)
    office.ana.undo()
    assert states(office, number)[0] == ("block", False, "sending")
    assert states(office, number)[-1] == ("block", True, "held")


@pytest.mark.parametrize("action", [each() for each in VERB_ACTIONS], ids=lambda each: each.name)
def test_drafters_and_observers_may_not(office, action):
    number = office.write()
    before = office.dump()
    with pytest.raises(ActionError, match="a drafter cannot"):
        office.dan.do(action, [number])
    with pytest.raises(ActionError, match="observer"):
        office.olga.do(action, [number])
    assert office.dump() == before


def test_a_source_that_is_not_polled_sends_nothing(office):
    number = office.write()
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 0"))
    assert not sources.get(office.store.read(), office.source.id).polled
    assert "config.toml does not name it" in office.ana.do(Like(), [number]).skipped[0][1]


def test_a_reason_is_asked_for_only_where_something_is_taken(office):
    number = office.write()
    conn = office.store.read()
    assert needs_reason(conn, Block(), [number])
    assert not needs_reason(conn, Like(), [number])
    office.ana.do(Block("Insult or HATE"), [number])
    (action,) = acts(office, number)
    assert action.reason == "insult or hate"
    assert action.text.startswith("We removed this")
    carry_out(office, number)
    assert not needs_reason(office.store.read(), Block(), [number])
    assert [each.reason for each in network_actions.done_to_author(conn, newest(office, number).author.id, {"block"})]


def test_a_chosen_message_is_of_its_conversation(office):
    first, second = office.write("one"), office.write("two")
    foreign = newest(office, second)
    assert office.ana.do(Like(message_id=foreign.id), [first]).skipped == (
        (first, "that message is of another conversation"),
    )
    assert Like.parse((f"message:{foreign.id}",), 0) == Like(message_id=foreign.id)
    assert Hide.parse(("message:7", "a", "b"), 0) == Hide("a b", 7)
    with pytest.raises(UsageError):
        Like.parse(("message:x",), 0)


def test_what_failed_is_retried_or_withdrawn(office):
    number = office.write()
    office.ana.do(Like(), [number])
    (action,) = acts(office, number)

    def fail(conn):
        from cminbox.outbox_states import DEFAULT_TIMING, step

        current = network_actions.get(conn, action.id)
        for event in ("countdown over", "begun", "refused"):
            move = step(current, Event(event, "no"), office.now, DEFAULT_TIMING)
            current = network_actions.write(conn, current, move, office.now)

    office.store.write(fail)
    assert office.row(number).outbox == "action failed"
    with pytest.raises(ActionError, match="the like is ana's"):
        office.lena.verbs.cancel(action.id)
    assert office.ana.verbs.retry(action.id).status == "held"
    office.store.write(fail)
    assert office.ana.verbs.cancel(action.id).status == "cancelled"
    assert office.row(number).outbox == ""
    with pytest.raises(ActionError):
        office.ana.verbs.retry(action.id)


def test_nobody_is_asked_why_for_what_is_not_possible(office):
    number = office.write()
    assert not needs_reason(office.store.read(), Hide(), [number])
    assert not needs_reason(office.store.read(), DeleteThere(), [number])


def test_our_own_message_is_deleted_without_a_reason(office):
    number = office.write()
    office.write("ours", to=number, direction="out", author="us")
    ours = messages.thread(office.store.read(), number)[-1]
    delete = DeleteThere(message_id=ours.id)
    assert not needs_reason(office.store.read(), delete, [number])
    assert office.ana.do(delete, [number]).changed == (number,)


def test_what_is_held_for_review_is_released_the_newest_first(office):
    """On a network that holds comments: `y` is about the newest that is held, not the newest that waits."""
    office.source = office.store.write(lambda conn: sources.ensure(conn, "blog", "wordpress"))
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    number = office.write("first!", kind="comment", held=True)
    office.now += MINUTE
    office.write("seen by all", to=number, kind="comment")
    assert office.row(number).content.held
    outcome = office.ana.do(Release(), [number])
    assert outcome.summary == "1 on the way: release"
    (action,) = acts(office, number)
    assert messages.get(office.store.read(), action.message_id).text == "first!"
    assert messages.get(office.store.read(), action.message_id).held
    carry_out(office, number)
    assert not messages.get(office.store.read(), action.message_id).held
    assert office.ana.do(Release(), [number]).skipped == ((number, "nothing here is held for review"),)
    chosen = Release(message_id=action.message_id)
    assert office.ana.do(chosen, [number]).changed == (number,)
    carry_out(office, number)
    assert messages.get(office.store.read(), action.message_id).held


def test_a_deletion_is_taken_back_where_the_network_keeps_what_was_deleted(office):
    office.source = office.store.write(lambda conn: sources.ensure(conn, "blog", "wordpress"))
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    number = office.write("buy pills", kind="comment")
    message = newest(office, number)
    office.ana.do(DeleteThere("spam or advertising"), [number])
    carry_out(office, number)
    assert messages.get(office.store.read(), message.id).deleted_at is not None
    assert office.ana.undo().changed == (number,)
    assert states(office, number)[-1] == ("delete", True, "held")
    carry_out(office, number)
    assert messages.get(office.store.read(), message.id).deleted_at is None
