"""What is told through a channel: the statuses of a delivery, what moves it, and the waits between. Pure.

`TABLE` holds every move there is. `sending` is entered only from `queued`, and nothing leads from `unknown` back to
`queued` but a person's word: what may have been told is not told again.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from cminbox.model import DAY, HOUR, MINUTE, SECOND, DeliveryStatus, Instant

EventName = Literal[
    "begun",
    "accepted",
    "refused",  # for certain, and a second try would be refused too
    "unavailable",  # for certain nothing was delivered
    "limited",
    "login needed",
    "no sure answer",
    "engine ended",
    "put back",  # the store is an older copy: it may have been told since
    "quiet",
    "given up",
    "read already",
    "withdrawn",
    "looked up",
    "not there",
    "could not ask",
    "cannot be asked",
    # what people do
    "retried",
    "let be",  # a person gives it up
    "failed again",  # a person takes that back
    "unknown again",
]
Wait = Literal["", "now", "until", "longer each time", "for a person", "longer each look"]
Logged = Literal["", "told", "not told", "maybe told"]


class Waiting(Protocol):
    """What the table needs to know of a delivery."""

    @property
    def status(self) -> DeliveryStatus:
        """Where it stands, as the table has it."""

    @property
    def tries(self) -> int:
        """How often it was begun."""

    @property
    def look_ups(self) -> int:
        """How often it was looked up since its last try."""


class Timing(NamedTuple):
    """How long deliveries wait for what, in milliseconds.

    Attributes:
        first_retry: the wait after a failed try, doubled with each; at most `longest_retry`.
        for_a_person: the wait where a person has to act first.
        give_up: how long after its first try a delivery that certainly failed is tried no more.
        first_look: the wait before something unknown is looked up, doubled with each; at most `longest_look`.
        look_for: how long it is looked up.
    """

    first_retry: int = 5 * SECOND
    longest_retry: int = 5 * MINUTE
    for_a_person: int = 5 * MINUTE
    give_up: int = DAY
    first_look: int = 15 * SECOND
    longest_look: int = HOUR
    look_for: int = DAY


DEFAULT_TIMING = Timing()


class Event(NamedTuple):
    """Something happened to a delivery.

    Attributes:
        error: what people are told, in one line.
        hint: what they can do.
        until: the instant until which it waits.
    """

    name: EventName
    error: str = ""
    hint: str = ""
    until: Instant | None = None


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        wait: until the engine looks at it again; "" for nothing to look at.
        logged: the event that the engine writes into the log with it.
    """

    becomes: DeliveryStatus
    wait: Wait = ""
    logged: Logged = ""


TABLE: dict[tuple[DeliveryStatus, EventName], Rule] = {
    ("queued", "begun"): Rule("sending"),
    ("queued", "quiet"): Rule("queued", "until"),
    ("queued", "login needed"): Rule("queued", "for a person"),
    ("queued", "refused"): Rule("failed", logged="not told"),
    ("queued", "given up"): Rule("failed", logged="not told"),
    ("queued", "read already"): Rule("cancelled"),
    ("queued", "withdrawn"): Rule("cancelled"),
    ("queued", "put back"): Rule("unknown", "longer each look", "maybe told"),
    ("sending", "accepted"): Rule("sent", logged="told"),
    ("sending", "refused"): Rule("failed", logged="not told"),
    ("sending", "given up"): Rule("failed", logged="not told"),
    ("sending", "unavailable"): Rule("queued", "longer each time"),
    ("sending", "limited"): Rule("queued", "until"),
    ("sending", "login needed"): Rule("queued", "for a person"),
    ("sending", "no sure answer"): Rule("unknown", "longer each look", "maybe told"),
    ("sending", "engine ended"): Rule("unknown", "longer each look", "maybe told"),
    ("unknown", "looked up"): Rule("sent", logged="told"),
    ("unknown", "not there"): Rule("unknown", "longer each look"),
    ("unknown", "could not ask"): Rule("unknown", "longer each look"),
    ("unknown", "cannot be asked"): Rule("unknown"),
    ("unknown", "retried"): Rule("queued", "now"),
    ("unknown", "let be"): Rule("unknown"),
    ("unknown", "unknown again"): Rule("unknown", "longer each look"),
    ("failed", "retried"): Rule("queued", "now"),
    ("failed", "let be"): Rule("failed"),
    ("failed", "failed again"): Rule("failed"),
    ("queued", "failed again"): Rule("failed"),
    ("queued", "unknown again"): Rule("unknown", "longer each look"),
}


class Move(NamedTuple):
    """What an event makes of a delivery."""

    status: DeliveryStatus
    next_try_at: Instant | None
    error: str
    logged: Logged


def step(item: Waiting, event: Event, now: Instant, timing: Timing) -> Move | None:
    """What the event makes of a delivery; None where nothing of the kind can happen to it."""
    rule = TABLE.get((item.status, event.name))
    if rule is None:
        return None
    return Move(rule.becomes, _next_try(rule.wait, item, event, now, timing), event.error, rule.logged)


def _next_try(wait: Wait, item: Waiting, event: Event, now: Instant, timing: Timing) -> Instant | None:
    match wait:
        case "":
            return None
        case "now":
            return now
        case "until":
            return event.until
        case "longer each time":
            return now + min(timing.first_retry << min(max(item.tries - 1, 0), 20), timing.longest_retry)
        case "for a person":
            return now + timing.for_a_person
        case "longer each look":
            return now + min(timing.first_look << min(item.look_ups, 20), timing.longest_look)
