"""The table of the outbox: what may become of a reply, when it is looked at again, and what errors mean for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from cminbox.errors import AuthError, RateLimited, Refused, Retryable
from cminbox.model import MINUTE, SECOND, Instant, ReplyStatus
from cminbox.outbox_states import (
    DEFAULT_TIMING,
    IN_FLIGHT,
    MAY_HAVE_ARRIVED,
    TABLE,
    Event,
    EventName,
    failed_to_ask,
    failed_to_send,
    not_found,
    step,
)

STATES = get_args(ReplyStatus)
NOW = 1_000 * SECOND


@dataclass
class Item:
    status: ReplyStatus
    tries: int = 1
    sending_at: Instant | None = NOW
    error: str = ""


def may_move(old: ReplyStatus, new: ReplyStatus) -> bool:
    """Whether any event leads from one status to the other."""
    return any(status == old and rule.becomes == new != old for (status, _), rule in TABLE.items())


def after(event: Event, item: Item, now: Instant = NOW) -> tuple[ReplyStatus, Instant | None]:
    move = step(item, event, now, DEFAULT_TIMING)
    return move.status, move.next_try_at


def test_sending_is_entered_only_from_queued_and_nothing_leaves_sent():
    assert [old for old in STATES if may_move(old, "sending")] == ["queued"]
    assert not any(may_move("sent", new) for new in STATES)


def test_no_way_to_sending_goes_round_the_countdown_or_the_network():
    """Who may be on the network already gets to be queued again only from `sending` and `unknown`, by the engine."""
    assert {old for old in STATES if may_move(old, "queued")} == {"held", "sending", "unknown"}
    assert {old for old in STATES if may_move(old, "held")} == {"draft", "awaiting approval", "failed"}
    assert not may_move("unknown", "draft")
    assert not may_move("sending", "draft")
    assert not may_move("sending", "cancelled")


def test_every_state_but_the_two_ends_can_be_left_and_every_state_but_draft_be_reached():
    for state in STATES:
        assert any(may_move(state, new) for new in STATES) == (state not in ("sent", "cancelled"))
        assert any(may_move(old, state) for old in STATES if old != state)


def test_what_may_have_arrived_is_taken_back_by_nobody_and_all_else_on_its_way_can_be():
    assert {status for status, event in TABLE if event == "taken back"} == (IN_FLIGHT | {"failed"}) - MAY_HAVE_ARRIVED


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
    ("waited", "tries", "guarded", "becomes", "wait"),
    [
        (2 * SECOND, 1, True, "unknown", SECOND),
        (3 * SECOND, 1, True, "queued", None),
        (3 * SECOND, 1, False, "unknown", 5 * SECOND),
        (18 * SECOND, 1, False, "unknown", 2 * SECOND),
        (20 * SECOND, 1, False, "queued", None),
        (20 * SECOND, 8, False, "failed", None),
    ],
)
def test_what_is_not_found_is_sent_again_only_once_it_would_have_shown(waited, tries, guarded, becomes, wait):
    item, now = Item("unknown", tries, NOW, "the line was cut"), NOW + waited
    event = not_found(item, now, DEFAULT_TIMING, guarded=guarded)
    assert after(event, item, now) == (becomes, None if wait is None else now + wait)
    assert (event.error == item.error) == (becomes == "unknown")


def test_a_look_up_that_fails_is_made_again():
    item = Item("unknown")
    assert after(failed_to_ask(Refused("no")), item) == ("unknown", NOW + 10 * SECOND)
    assert after(failed_to_ask(RateLimited("wait", until=NOW + MINUTE)), item) == ("unknown", NOW + MINUTE)


def test_the_developers_page_shows_the_table_as_it_is():
    page = (Path(__file__).parents[2] / "docs/dev/outbox.md").read_text("utf-8")
    shown = [tuple(cell.strip() for cell in line.split("|")[1:6]) for line in page.splitlines() if line.startswith("|")]
    rows = [(status, event, rule.becomes, rule.wait, rule.logged) for (status, event), rule in TABLE.items()]
    assert [row for row in shown if row[0] in STATES] == rows
