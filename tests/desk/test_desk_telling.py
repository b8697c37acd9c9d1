"""Who is told of what members and the engine do: written with the act, told once it cannot be undone."""

from __future__ import annotations

from datetime import UTC

import pytest
from desk_office import Office

from cminbox.channels import ChannelConfig, TellConfig, Telling
from cminbox.delivery_states import Event
from cminbox.desk import Assign, Escalate, Note, Reject, Take
from cminbox.desk.acknowledging import Acknowledge
from cminbox.desk.telling import mentioned
from cminbox.engine.telling import planning
from cminbox.errors import ActionError
from cminbox.model import MINUTE, SECOND, Member
from cminbox.screens.conversation.data import load
from cminbox.screens.conversation.words import event_words
from cminbox.store import deliveries, notices
from cminbox.store.crises import notice_key
from cminbox.store.deliveries import Delivery, Told
from cminbox.store.notices import Notice

UNDO = 10 * SECOND


def told(office: Office, after: int = UNDO) -> list[Notice]:
    """What is to be told so long from now on."""
    return notices.unplanned(office.store.read(), office.now + after, 50)


def test_whoever_gets_a_conversation_is_told_once_of_all(office: Office) -> None:
    number = office.write()
    office.ana.do(Assign("lena"), [number])
    assert told(office, 0) == []  # it can still be undone
    (one,) = told(office)
    assert one.title == f"ana gave you conversation {number} (@mina-c1, mastodon)"
    assert (one.kind, one.by, one.people, one.conversation_id) == ("assigned", "ana", {"assignee": ["lena"]}, number)
    many = [office.write() for _ in range(12)]
    office.ana.do(Assign("lena"), many)
    _, all_of_them = told(office)
    assert (all_of_them.title, all_of_them.conversation_id) == ("ana gave you 12 conversations", None)


def test_nobody_is_told_of_what_they_took_or_gave_themselves_or_a_team(office: Office) -> None:
    office.ana.do(Take(), [office.write()])
    office.ana.do(Assign("ana"), [office.write()])
    office.ana.do(Assign("team:care"), [office.write()])
    assert told(office) == []


def test_the_least_loaded_are_each_told_of_theirs(office: Office) -> None:
    office.lena.do(Assign("least-loaded:care"), [office.write() for _ in range(6)])
    assert {tuple(one.people["assignee"]): one.title for one in told(office)} == {
        ("ana",): "lena gave you 2 conversations",
        ("dan",): "lena gave you 2 conversations",
    }


def test_what_is_undone_in_time_is_not_told_and_later_stays_told(office: Office) -> None:
    office.ana.do(Assign("lena"), [office.write()])
    undone = office.ana.undo()
    assert told(office) == []
    assert "told" not in undone.summary
    office.config = reaching_lena(office)
    office.ana.do(Assign("lena"), [office.write()])
    office.now += UNDO
    office.store.write(lambda conn: planning.plan(conn, office.config, office.now))
    undone = office.ana.undo()  # it waits for a digest, or for the engine
    assert "told" not in undone.summary
    assert deliveries.due(office.store.read(), office.now) == []


def test_an_undo_says_that_somebody_was_told(office: Office) -> None:
    office.config = reaching_lena(office)
    office.ana.do(Assign("lena"), [office.write()])
    office.now += UNDO
    office.store.write(lambda conn: planning.plan(conn, office.config, office.now))
    (waiting,) = deliveries.due(office.store.read(), office.now)
    begun = office.store.write(lambda conn: deliveries.move(conn, waiting, Event("begun"), office.now))
    office.store.write(lambda conn: deliveries.move(conn, begun, Event("accepted"), office.now))
    assert office.ana.undo().summary.endswith("; who was told of it stays told")


def reaching_lena(office: Office):
    members = tuple(
        one._replace(telling=Telling(("mail:lena@shop.example",))) if one.handle == "lena" else one
        for one in office.config.members
    )
    return office.config._replace(members=members, tell=TellConfig((ChannelConfig("mail"),)))


TEAM = (Member("ana", teams=("care",)), Member("jo.b", teams=("care", "press")), Member("lena"))


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@ana can you look?", ["ana"]),
        ("ask @JO.B. And @lena, please", ["jo.b", "lena"]),
        ("@care: all of you", ["ana", "jo.b"]),
        ("mail ana@ana.example, see https://x.example/@ana, @@ana", []),
        ("@anan @an", []),
        ("@ana@mastodon.example @care@shop.example parcels+@ana bob-@lena", []),
        ("@ana, @lena@ at noon", ["ana", "lena"]),
        ("(@ana) “@lena”", ["ana", "lena"]),
    ],
)
def test_mentions_are_those_that_stand_alone(text: str, who: list[str]) -> None:
    assert mentioned(text, TEAM) == who


def test_who_is_mentioned_in_a_note_is_told_what_it_says(office: Office) -> None:
    number = office.write()
    office.ana.do(Note("@lena did batch 12 arrive? @ana"), [number])
    (one,) = told(office)
    assert one.title == f"ana mentions you at conversation {number} (@mina-c1, mastodon)"
    assert (one.kind, one.people, one.text) == (
        "mentioned",
        {"mentioned": ["ana", "lena"]},
        "@lena did batch 12 arrive? @ana",
    )
    office.ana.undo()
    assert told(office) == []
    office.ana.do(Note("nobody"), [number])
    assert told(office) == []


def test_approvers_are_told_of_a_reply_that_waits_as_long_as_it_does(office: Office) -> None:
    number = office.write()
    reply = office.dan.outbox.send(number, "We look into it.")
    (one,) = told(office)
    assert (one.kind, one.by, one.text) == ("approval", "dan", "We look into it.")
    office.lena.do(Reject("say when"), [number])
    assert told(office) == []
    assert reply.status == "awaiting approval"


def test_a_crisis_is_told_at_each_turn(office: Office) -> None:
    crisis = office.ana.crises.declare("Late parcels", severity=2, reason="the depot burns")
    office.ana.crises.update(crisis.id, "the depot is closed")
    office.ana.crises.end(crisis.id, "open again")
    assert [(one.title, one.text, one.by, one.crisis_id) for one in told(office, 0)] == [
        ("Crisis Late parcels (severity 2): declared", "the depot burns", "ana", crisis.id),
        ("Crisis Late parcels (severity 2): update", "the depot is closed", "ana", crisis.id),
        ("Crisis Late parcels (severity 2): ended", "open again", "ana", crisis.id),
    ]


def test_what_is_due_soon_is_told_once(office: Office) -> None:
    number = office.write()
    office.engine(3 * 60 + 46)
    office.engine(1)
    (one,) = told(office, 0)
    assert one.title == f"Due in 14m: conversation {number} (@mina-c1, mastodon)"
    assert (one.kind, one.text, one.conversation_id) == ("due", "where is my parcel?", number)


def test_a_paused_source_is_told(office: Office) -> None:
    office.store.write(lambda conn: conn.execute("UPDATE sources SET polled = 1"))
    office.lena.pause_source("brand", pause=True)
    (one,) = told(office, 0)
    assert (one.kind, one.title, one.by) == ("source", "lena paused the source brand", "lena")


def read_conversation(office: Office, number: int) -> str:
    """The newest event of a conversation, as its screen says it."""
    found = load(office.store.read(), number, me="ana", brand="", now=office.now)
    assert found is not None
    return event_words(found.events[-1], "ana")


def given(office: Office) -> tuple[int, Told]:
    office.config = reaching_lena(office)
    number = office.write()
    office.ana.do(Assign("lena"), [number])
    office.now += UNDO
    office.store.write(lambda conn: planning.plan(conn, office.config, office.now))
    return number, state(office, number)


def state(office: Office, number: int) -> Told:
    (one,) = deliveries.of_conversation(office.store.read(), number)
    return one


def test_who_opens_a_conversation_acknowledges_what_they_were_told_of_it(office: Office) -> None:
    number, before = given(office)
    assert before.acknowledged_at is None
    office.ana.presence.viewing(number)
    assert state(office, number).acknowledged_at is None
    office.now += MINUTE
    office.lena.presence.viewing(number)
    after = state(office, number)
    assert (after.acknowledged_at, after.acknowledged_by) == (office.now, "lena")
    item = office.store.write(lambda conn: deliveries.move(conn, after.delivery, Event("begun"), office.now))
    office.store.write(lambda conn: deliveries.move(conn, item, Event("accepted"), office.now))
    shown = read_conversation(office, number)
    assert shown == "told lena (mail), lena knows"


def test_acknowledging_by_hand_is_undone(office: Office) -> None:
    number, _ = given(office)
    assert "nobody told you of it" in office.ana.do(Acknowledge(), [number]).summary
    assert office.lena.do(Acknowledge(), [number]).summary == "1 acknowledged"
    assert state(office, number).acknowledged_by == "lena"
    office.lena.undo()
    assert state(office, number).acknowledged_at is None


def crisis_told(office: Office) -> int:
    """A crisis of which lena was told; its number."""
    office.config = reaching_lena(office)
    crisis = office.ana.crises.declare("Late parcels", severity=2, reason="the depot burns")
    office.store.write(lambda conn: planning.plan(conn, office.config, office.now))
    return crisis.id


def crisis_state(office: Office, number: int) -> Told:
    (one,) = deliveries.of_crisis(office.store.read(), number)
    return one


def test_who_reads_a_crisis_acknowledges_what_they_were_told_of_it(office: Office) -> None:
    number = crisis_told(office)
    office.ana.presence.reads(notice_key(number))
    office.lena.presence.reads(notice_key(number + 1))
    assert crisis_state(office, number).acknowledged_at is None
    office.lena.presence.reads(notice_key(number))
    one = crisis_state(office, number)
    assert (one.acknowledged_by, one.acknowledged_at) == ("lena", office.now)
    assert "acknowledged by lena" in one.words(UTC)


def test_a_crisis_is_acknowledged_by_hand_and_that_is_undone(office: Office) -> None:
    number = crisis_told(office)
    with pytest.raises(ActionError, match="nobody told you of it"):
        office.ana.crises.acknowledge(number)
    assert office.lena.crises.acknowledge(number) == 1
    assert crisis_state(office, number).acknowledged_by == "lena"
    assert "acknowledged no more" in office.lena.undo().summary
    assert crisis_state(office, number).acknowledged_at is None


def test_acknowledging_a_conversation_acknowledges_its_crisis(office: Office) -> None:
    number, crisis = office.write(), crisis_told(office)
    office.ana.do(Escalate(crisis), [number])
    assert office.lena.do(Acknowledge(), [number]).summary == "1 acknowledged"
    assert crisis_state(office, crisis).acknowledged_by == "lena"
    office.lena.undo()
    assert crisis_state(office, crisis).acknowledged_at is None


def ended(office: Office, *happened: str) -> tuple[int, int]:
    """A delivery of which that became, and the conversation that it tells of."""
    number, told = given(office)
    item = told.delivery
    for name in ("begun", *happened):
        happening = Event(name, "550 no such user" if name == "refused" else "the line was cut")
        item = office.store.write(
            lambda conn, item=item, event=happening: deliveries.move(
                conn, item, event, office.now, columns={"tries": 1, "first_try_at": office.now}
            )
        )
    return item.id, number


def delivery(office: Office, number: int) -> Delivery:
    found = deliveries.get(office.store.read(), number)
    assert found is not None
    return found


def not_told(office: Office) -> list[int]:
    return [one.id for one in deliveries.not_told(office.store.read(), 50)]


def test_a_person_has_told_again_what_failed_and_takes_that_back(office: Office) -> None:
    one, conversation = ended(office, "refused")
    assert not_told(office) == [one]
    assert read_conversation(office, conversation) == (
        f"could not tell lena (mail): 550 no such user; cminbox channels retry {one}"
    )
    office.ana.deliveries.retry([one])
    again = delivery(office, one)
    assert (again.status, again.next_try_at, again.first_try_at) == ("queued", office.now, None)
    assert not_told(office) == []
    assert read_conversation(office, conversation) == "you had told again: lena (mail)"
    assert office.ana.undo().summary == "undone (tell again): 1 delivery"
    back = delivery(office, one)
    assert (back.status, back.error, not_told(office)) == ("failed", "550 no such user", [one])
    office.ana.deliveries.retry([one])
    item = delivery(office, one)
    office.store.write(lambda conn: deliveries.move(conn, item, Event("begun"), office.now, columns={"tries": 2}))
    with pytest.raises(ActionError, match="is sending"):
        office.ana.undo()


def test_what_is_unknown_is_told_again_only_where_it_may_arrive_twice(office: Office) -> None:
    one, _ = ended(office, "no sure answer")
    with pytest.raises(ActionError, match="may have arrived: the line was cut"):
        office.ana.deliveries.retry([one])
    assert delivery(office, one).status == "unknown"
    office.ana.deliveries.retry([one], maybe_twice=True)
    assert delivery(office, one).status == "queued"
    office.ana.undo()
    back = delivery(office, one)
    assert (back.status, back.next_try_at is not None) == ("unknown", True)


def test_what_is_given_up_is_listed_and_looked_up_no_more(office: Office) -> None:
    one, conversation = ended(office, "no sure answer")
    office.ana.deliveries.give_up([one])
    item = delivery(office, one)
    assert (item.status, item.next_try_at, item.given_up_by, not_told(office)) == ("unknown", None, "ana", [])
    assert "given up by ana" in state(office, conversation).words(UTC)
    with pytest.raises(ActionError, match="ana gave up"):
        office.lena.deliveries.give_up([one])
    office.ana.undo()
    item = delivery(office, one)
    assert (item.status, item.given_up_by, not_told(office)) == ("unknown", "", [one])
    assert item.next_try_at is not None


def test_nothing_is_decided_of_what_was_read_or_needs_no_decision(office: Office) -> None:
    one, conversation = ended(office, "refused")
    office.lena.presence.viewing(conversation)
    assert not_told(office) == []
    with pytest.raises(ActionError, match="lena has read"):
        office.ana.deliveries.retry([one])
    with pytest.raises(ActionError, match="no delivery 99"):
        office.ana.deliveries.give_up([99])
    other, _ = ended(office, "accepted")
    with pytest.raises(ActionError, match="is sent: it needs no decision"):
        office.ana.deliveries.give_up([other])
