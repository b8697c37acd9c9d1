"""How long somebody writes at a reply: from opening the composer to sending it, without pauses."""

from __future__ import annotations

import pytest

from cminbox.errors import ActionError
from cminbox.model import MINUTE, SECOND
from cminbox.store import events, replies


def handled(office, reply) -> int:
    """The milliseconds that were counted of a reply."""
    return office.rows("SELECT handle_ms FROM outgoing WHERE id = ?", reply.id)[0][0]


def test_it_runs_from_opening_the_composer_to_sending(office):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now += 40 * SECOND
    office.ana.outbox.draft(number, "Dear Mina")
    office.now += 20 * SECOND
    reply = office.ana.outbox.send(number, "Dear Mina, it is on its way.")
    assert handled(office, reply) == 60 * SECOND


def test_what_is_sent_before_a_draft_was_kept_counts_too(office):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now += 3 * SECOND
    assert handled(office, office.ana.outbox.send(number, "Yes.")) == 3 * SECOND


@pytest.mark.parametrize(("pause", "counted"), [(5 * MINUTE, 5 * MINUTE), (5 * MINUTE + 1, 0)])
def test_pauses_over_five_minutes_are_left_out(office, pause, counted):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now += 10 * SECOND
    office.ana.outbox.draft(number, "Dear Mina")
    office.now += pause
    office.ana.outbox.draft(number, "Dear Mina, one")
    office.now += 20 * SECOND
    assert handled(office, office.ana.outbox.send(number, "Dear Mina, one moment.")) == 30 * SECOND + counted


def test_nobody_is_at_it_while_the_composer_is_closed(office):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now += 10 * SECOND
    office.ana.outbox.draft(number, "Dear Mina")
    office.now += 2 * MINUTE  # the composer was left; what passed until it is opened again is no work at it
    office.ana.outbox.opened(number)
    office.now += 5 * SECOND
    assert handled(office, office.ana.outbox.send(number, "Dear Mina, yes.")) == 15 * SECOND


def test_what_was_taken_back_goes_on_where_it_was(office):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now += 10 * SECOND
    reply = office.ana.outbox.send(number, "Yes")
    office.now += 8 * SECOND
    office.ana.outbox.cancel(reply.id)
    office.now += MINUTE
    office.ana.outbox.opened(number)
    office.now += 7 * SECOND
    assert office.ana.outbox.send(number, "Yes, tomorrow").id == reply.id
    assert handled(office, reply) == 17 * SECOND


def test_without_a_composer_nothing_is_measured(office):
    number = office.write()
    assert handled(office, office.ana.outbox.send(number, "Yes")) == 0


def test_a_clock_that_was_set_back_counts_nothing(office):
    number = office.write()
    office.ana.outbox.opened(number)
    office.now -= MINUTE
    office.ana.outbox.draft(number, "Yes")
    office.now += 5 * SECOND
    assert handled(office, office.ana.outbox.send(number, "Yes.")) == 5 * SECOND


def test_opening_is_an_event_that_no_undo_meets(office):
    number = office.write()
    office.ana.outbox.opened(number)
    (event,) = events.of(office.store.read(), number)
    assert (event.actor, event.action) == ("member:ana", "compose")
    with pytest.raises(ActionError, match="nothing to undo"):
        office.ana.undo()
    with pytest.raises(ActionError, match="observer"):
        office.olga.outbox.opened(number)


def test_a_reply_knows_whether_it_only_says_that_an_answer_is_to_come(office):
    number = office.write()
    reply = office.ana.outbox.send(number, "We are looking into it.", template="looking-into")
    assert replies.get(office.store.read(), reply.id).holding
    office.ana.outbox.cancel(reply.id)
    # Written anew, by hand.
    reply = office.ana.outbox.send(number, "It was sent back to us; a new one leaves today.")
    assert not replies.get(office.store.read(), reply.id).holding
