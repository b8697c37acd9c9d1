"""The table of the outbox: what may become of a reply, when it is looked at again, and what errors mean for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import AuthError, ConfigError, RateLimited, Refused, Retryable
from cminbox.model import HOUR, MINUTE, SECOND, Instant, OutgoingStatus
from cminbox.outbox_states import (
    DEFAULT_TIMING,
    IN_FLIGHT,
    MAY_HAVE_ARRIVED,
    TABLE,
    Event,
    EventName,
    accepted_until,
    failed_to_ask,
    failed_to_send,
    not_found,
    step,
)

STATES = get_args(OutgoingStatus)
NOW = 1_000 * SECOND


@dataclass
class Item:
    status: OutgoingStatus
    tries: int = 1
    sending_at: Instant | None = NOW
    try_ended_at: Instant | None = None
    cause: str = ""
    error: str = ""


def may_move(old: OutgoingStatus, new: OutgoingStatus) -> bool:
    """Whether any event leads from one status to the other."""
    return any(status == old and rule.becomes == new != old for (status, _), rule in TABLE.items())


def after(event: Event, item: Item, now: Instant = NOW) -> tuple[OutgoingStatus, Instant | None]:
    move = step(item, event, now, DEFAULT_TIMING)
    return move.status, move.next_try_at


def test_sending_is_entered_only_from_queued_and_sent_is_left_only_where_nobody_saw_it():
    assert [old for old in STATES if may_move(old, "sending")] == ["queued"]
    assert [event for old, event in TABLE if old == "sent"] == ["turned down"]
    assert TABLE["sent", "turned down"].becomes == "failed"
    assert [event for (old, event), rule in TABLE.items() if (old, rule.becomes) == ("failed", "sent")] == [
        "let through"
    ]


def test_no_way_to_sending_goes_round_the_countdown_or_the_network():
    """Who may be on the network already gets to be queued again only from `sending` and `unknown`: by the engine, or by
    a person who looked there."""
    assert {old for old in STATES if may_move(old, "queued")} == {"held", "sending", "unknown"}
    assert {old for old in STATES if may_move(old, "held")} == {"draft", "awaiting approval", "failed", "unknown"}
    assert [event for (old, event), rule in TABLE.items() if (old, rule.becomes) == ("unknown", "held")] == ["retried"]
    assert [event for (old, event), rule in TABLE.items() if (old, rule.becomes) == ("unknown", "draft")] == [
        "said not to be there"
    ]
    assert not may_move("sending", "draft")
    assert not may_move("sending", "cancelled")


def test_every_state_but_cancelled_can_be_left_and_every_state_but_draft_be_reached():
    for state in STATES:
        assert any(may_move(state, new) for new in STATES) == (state != "cancelled")
        assert any(may_move(old, state) for old in STATES if old != state)


def test_what_may_have_arrived_is_taken_back_by_nobody_and_all_else_on_its_way_can_be():
    assert {status for status, event in TABLE if event == "taken back"} == (IN_FLIGHT | {"failed"}) - MAY_HAVE_ARRIVED


def test_what_may_be_repeated_blindly_is_queued_again_by_one_event_alone():
    assert {event for (old, event), rule in TABLE.items() if (old, rule.becomes) == ("unknown", "queued")} == {
        "not there",
        "harmless to repeat",
    }
    assert {old for (old, event), rule in TABLE.items() if event == "withdrawn"} == {
        "held",
        "queued",
        "failed",
        "unknown",
    }


def test_every_event_can_happen():
    assert {event for _, event in TABLE} == set(get_args(EventName))


def test_nothing_happens_to_a_reply_that_the_table_does_not_hold():
    assert step(Item("sent"), Event("taken back"), NOW, DEFAULT_TIMING) is None


@pytest.mark.parametrize(
    ("error", "tries", "becomes", "wait"),
    [
        (Retryable("cut", maybe_done=True), 1, "unknown", 3 * SECOND),
        (Retryable("cut", maybe_done=True), 8, "unknown", 3 * SECOND),
        (RateLimited("wait", until=NOW + MINUTE), 8, "queued", MINUTE),
        (Retryable("busy"), 1, "queued", 4 * SECOND),
        (Retryable("busy"), 7, "queued", 256 * SECOND),
        (Retryable("busy"), 8, "failed", None),
        (AuthError("who?"), 1, "queued", MINUTE),
        (AuthError("who?"), 8, "failed", None),
        (Refused("no"), 1, "failed", None),
    ],
)
def test_an_error_of_sending_says_what_to_do_next(error, tries, becomes, wait):
    item = Item("sending", tries)
    event = failed_to_send(item, error, DEFAULT_TIMING)
    assert event.error == error.line()
    assert after(event, item) == (becomes, None if wait is None else NOW + wait)


def test_what_was_cut_is_looked_up_a_moment_after_its_try():
    assert after(Event("engine ended"), Item("sending"), NOW + MINUTE) == ("unknown", NOW + 3 * SECOND)


@pytest.mark.parametrize(
    ("waited", "tries", "deleted", "becomes", "wait"),
    [
        (2 * SECOND, 1, False, "unknown", 5 * SECOND),
        (40 * SECOND, 1, False, "unknown", 10 * SECOND),
        (4 * MINUTE, 1, False, "unknown", MINUTE),
        (4 * MINUTE, 8, True, "unknown", MINUTE),
        (298 * SECOND, 1, False, "unknown", 2 * SECOND + 1),
        (5 * MINUTE, 1, False, "unknown", 1),
        (5 * MINUTE + 1, 1, False, "queued", None),
        (5 * MINUTE + 1, 8, False, "failed", None),
        (5 * MINUTE + 1, 1, True, "failed", None),
    ],
)
def test_what_is_not_found_is_sent_again_only_once_it_can_no_longer_be_accepted(waited, tries, deleted, becomes, wait):
    ended = NOW + 20 * SECOND
    item, now = Item("unknown", tries, NOW, ended, "the line was cut", "could not ask"), ended + waited
    event = not_found(item, now, DEFAULT_TIMING, deleted=deleted)
    assert after(event, item, now) == (becomes, None if wait is None else now + wait)
    assert (event.error == "the line was cut") == (becomes == "unknown")


def test_the_time_in_which_it_may_be_accepted_counts_from_the_end_of_the_try():
    assert accepted_until(Item("unknown", 1, NOW, NOW + 20 * SECOND), NOW) == NOW + 20 * SECOND + 5 * MINUTE
    assert accepted_until(Item("unknown", 1, NOW), NOW + MINUTE) == NOW + 5 * MINUTE


@given(
    waited=st.integers(0, 10 * MINUTE),
    later=st.integers(0, HOUR),
    tries=st.integers(1, 9),
    deleted=st.booleans(),
)
def test_no_look_up_within_that_time_ends_in_a_second_try_or_in_not_sent(waited, later, tries, deleted):
    item = Item("unknown", tries, NOW - MINUTE, NOW)
    event = not_found(item, NOW + waited, DEFAULT_TIMING, deleted=deleted)
    moved = step(item, event, NOW + waited + later, DEFAULT_TIMING)
    assert (moved.status == "unknown") == (waited <= DEFAULT_TIMING.may_be_accepted)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Retryable("busy"), 10 * SECOND),
        (RateLimited("wait", until=NOW + MINUTE), MINUTE),
        (AuthError("who?"), MINUTE),
        (Refused("no"), MINUTE),
        (ConfigError("no such option"), MINUTE),
    ],
)
def test_a_look_up_that_fails_is_made_again(error, wait):
    event = failed_to_ask(error)
    assert event.error == error.line()
    assert after(event, Item("unknown")) == ("unknown", NOW + wait)


def test_a_look_up_that_keeps_failing_is_made_more_seldom():
    waits = []
    for minutes in (0, 1, 10, 60, 600):
        now = NOW + minutes * MINUTE
        waits.append(after(failed_to_ask(Retryable("busy")), Item("unknown", 1, NOW, NOW), now)[1] - now)
    assert waits == [10 * SECOND, 15 * SECOND, 150 * SECOND, 5 * MINUTE, 5 * MINUTE]


def test_the_developers_page_shows_the_table_as_it_is():
    page = (Path(__file__).parents[2] / "docs/dev/outbox.md").read_text("utf-8")
    shown = [tuple(cell.strip() for cell in line.split("|")[1:6]) for line in page.splitlines() if line.startswith("|")]
    rows = [(status, event, rule.becomes, rule.wait, rule.logged) for (status, event), rule in TABLE.items()]
    assert [row for row in shown if row[0] in STATES] == rows
