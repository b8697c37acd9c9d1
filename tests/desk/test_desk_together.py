"""Several people, the rules and the engine on one store: nothing is lost, and a person's word counts."""

from __future__ import annotations

import threading

import pytest
from desk_office import SCORING

from cminbox.desk import Assign, Close, Correct, Label, Note, SetPriority, Take, Unassign
from cminbox.engine.scoring import Scoring
from cminbox.errors import ActionError
from cminbox.model import HOUR, MINUTE
from cminbox.store import Store, events, labels, people, replies, timers

RULES = """
[[rule]]
name = "refund"
when = 'refund'
priority = +35
labels = ["billing", "angry"]
assign = "team:night"
sla = "1h"
"""


@pytest.fixture
def ruled(office, tmp_path):
    """An office whose rules label and assign whoever wants a refund."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "refund.toml").write_text(RULES)
    office.scoring = Scoring(folder)
    return office


def rescore(office):
    """The engine judges everything again, as after a change of the rules."""
    office.store.write(timers.rescore_all)
    office.engine()


def at_once(*works):
    """Run these in threads of their own, all let go together; what each returned or raised."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        gate.wait()
        try:
            found[number] = work()
        except ActionError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number, work)) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.fixture
def lenas(office):
    """Lena's desk in another process, as far as the store can tell: a Store of its own on the same file."""
    with Store.open(office.store.path) as store:
        yield office.desk("lena", store)


def test_of_two_who_take_at_once_one_holds_it_and_the_other_is_told_who(office, lenas):
    for _ in range(10):
        number = office.write()
        first, second = at_once(lambda n=number: office.ana.do(Take(), [n]), lambda n=number: lenas.do(Take(), [n]))
        winner = office.row(number).assignee
        loser = second if winner == "ana" else first
        assert {first.changed, second.changed} == {(number,), ()}
        assert loser.skipped == ((number, f"{winner} holds it"),)
        assert people.claimed(office.store.read(), number, office.now).member == winner


def test_of_two_who_reply_at_once_one_does_and_the_other_is_told(office, lenas):
    for _ in range(10):
        number = office.write()
        found = at_once(
            lambda n=number: office.ana.outbox.send(n, "ours"), lambda n=number: lenas.outbox.send(n, "hers")
        )
        (refused,) = [f for f in found if isinstance(f, ActionError)]
        (sent,) = [f for f in found if not isinstance(f, ActionError)]
        assert f"{sent.member}'s reply is on its way" in refused.line()
        assert sent.text in refused.line()
        assert [r.status for r in replies.of(office.store.read(), number)] == ["held"]


def test_nothing_is_lost_when_two_work_on_the_same_rows_at_once(office, lenas):
    ids = [office.write() for _ in range(20)]
    for n in range(10):
        at_once(
            lambda n=n: office.ana.do(Label(add=(f"ana-{n}",)), ids),
            lambda n=n: lenas.do(Label(add=(f"lena-{n}",)), ids),
            lambda n=n: lenas.do(Note(f"note {n}"), ids[:3]),
        )
    wanted = {f"{who}-{n}" for who in ("ana", "lena") for n in range(10)}
    for number in ids:
        assert set(office.row(number).labels) == set(labels.of(office.store.read(), number)) >= wanted
    assert [office.row(number).notes for number in ids[:3]] == [10, 10, 10]
    assert office.rows("SELECT COUNT(*) FROM events WHERE action IN ('label', 'note')") == [(30,)]


def test_the_second_to_close_is_told_that_it_is_done(office, lenas):
    number = office.write()
    found = at_once(lambda: office.ana.do(Close(), [number]), lambda: lenas.do(Close(), [number]))
    assert sorted(len(f.changed) for f in found) == [0, 1]
    assert office.rows("SELECT COUNT(*) FROM cycle_ends") == [(1,)]
    assert office.rows("SELECT outcome FROM waits") == [("unanswered",)]


def test_who_looks_and_who_replies_is_seen_by_the_others_until_they_leave(office, lenas):
    number = office.write()
    office.ana.presence.viewing(number)
    lenas.presence.replying(number)

    def seen(besides):
        return people.present(office.store.read(), [number], office.now, besides).get(number, [])

    assert [(p.member, p.doing) for p in seen(office.ana.context.session)] == [("lena", "replying")]
    assert [(p.member, p.doing) for p in seen(lenas.context.session)] == [("ana", "viewing")]
    lenas.presence.stopped_replying(number + 1)
    assert [p.doing for p in seen(office.ana.context.session)] == ["replying"]
    lenas.presence.stopped_replying(number)
    assert [p.doing for p in seen(office.ana.context.session)] == ["viewing"]
    lenas.presence.leave()
    lenas.presence.replying(number)  # a screen that closes may still say so
    assert seen(office.ana.context.session) == []
    office.now += MINUTE
    assert seen("") == []
    office.olga.presence.viewing(number)
    assert [p.member for p in seen("")] == ["olga"]


def test_rules_put_back_no_label_that_a_person_took_off(ruled):
    number = ruled.write("I want a refund")
    assert ruled.row(number).labels == ("angry", "billing")
    ruled.ana.do(Label(remove=("angry",)), [number])
    ruled.now += MINUTE
    ruled.write("refund!", to=number)
    rescore(ruled)
    assert ruled.row(number).labels == ("billing",)


def test_rules_take_no_label_that_a_person_put_on(ruled):
    number = ruled.write("hello there")
    ruled.ana.do(Label(add=("angry", "press")), [number])
    rescore(ruled)
    assert ruled.row(number).labels == ("angry", "press")


def test_rules_take_back_their_own_label_when_they_are_changed(ruled):
    number = ruled.write("I want a refund")
    ruled.ana.do(Label(add=("press",)), [number])
    ruled.scoring = SCORING
    rescore(ruled)
    assert ruled.row(number).labels == ("billing", "press")  # the shipped rules know billing too
    assert labels.of(ruled.store.read(), number)["press"] == "member:ana"


def test_rules_assign_and_remember_that_they_did(ruled):
    number = ruled.write("I want a refund")
    row = ruled.row(number)
    assert (row.team, row.assignee, row.assigned_by, row.sla_target) == ("night", "", "rule:refund", HOUR)
    (event,) = events.of(ruled.store.read(), number)
    assert (event.actor, event.action) == ("rule:refund", "assign")


@pytest.mark.parametrize("action", [Assign("dan"), Take(), Unassign()], ids=lambda a: a.name)
def test_rules_assign_nothing_that_a_person_has_assigned_or_put_back(ruled, action):
    number = ruled.write("I want a refund")
    ruled.ana.do(action, [number])
    before = (ruled.row(number).assignee, ruled.row(number).team)
    ruled.now += MINUTE
    ruled.write("refund!", to=number)
    rescore(ruled)
    assert (ruled.row(number).assignee, ruled.row(number).team) == before


def test_rules_assign_again_when_the_person_took_it_back(ruled):
    number = ruled.write("I want a refund")
    ruled.ana.do(Unassign(), [number])
    ruled.ana.undo()
    rescore(ruled)
    assert (ruled.row(number).team, ruled.row(number).assigned_by) == ("night", "rule:refund")


def test_rules_leave_a_priority_set_by_hand_alone(ruled):
    number = ruled.write("I want a refund")
    ruled.ana.do(SetPriority(3), [number])
    ruled.now += MINUTE
    ruled.write("REFUND NOW", to=number)
    rescore(ruled)
    assert (ruled.row(number).priority, ruled.row(number).priority_by) == (3, "ana")


def test_an_edit_on_the_network_leaves_a_correction_alone(office):
    number = office.write("I am so angry and sad")
    office.ana.do(Correct(sentiment=0.9, lang="pt"), [number])
    (remote,) = office.rows("SELECT remote_id FROM messages")
    office.hear(office.message(remote[0], number, "I am so angry and sad and bad"))
    row = office.row(number)
    assert (row.sentiment, row.lang) == (0.9, "pt")
    assert "bad" in row.preview


def test_a_new_message_is_scored_for_itself_beside_a_correction(office):
    number = office.write("I am so angry and sad")
    office.ana.do(Correct(sentiment=0.9), [number])
    office.now += MINUTE
    office.write("this is terrible, I hate it", to=number)
    assert office.row(number).sentiment < 0
