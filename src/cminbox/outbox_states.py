"""What waits in the outbox: its statuses, the events that move it from one to the next, and the waits between. Pure.

`TABLE` holds every move there is: (status, event) → the next status, how long to wait, what is logged. Nothing moves
otherwise. `sending` is entered only from `queued`, and `unknown` returns to `queued` only after the network was asked
when it could no longer accept the try: that is what keeps anybody from being answered twice. Only a verb that is the
same done twice as once may be tried again before that. `sent` is left where the network's own review turned down what
it held: nobody saw it. It returns there from `failed` where somebody lets it through after all.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from cminbox.errors import AuthError, CminboxError, ConfigError, RateLimited, Refused, Retryable
from cminbox.model import HOUR, MINUTE, SECOND, Instant, OutgoingStatus

IN_FLIGHT: frozenset[OutgoingStatus] = frozenset({"awaiting approval", "held", "queued", "sending", "unknown"})
"""Given to the outbox, and neither sent nor failed yet."""
MAY_HAVE_ARRIVED: frozenset[OutgoingStatus] = frozenset({"sending", "unknown", "sent"})
"""It stands on the network, or nobody knows: it can no longer be taken back."""

EventName = Literal[
    # what people do
    "edited",
    "emptied",
    "submitted",
    "submitted for approval",
    "approved",
    "rejected",
    "decision undone",
    "taken back",
    "superseded",
    "retried",
    "said to be there",
    "said not to be there",
    "withdrawn",
    # what the engine finds
    "countdown over",
    "target gone",
    "answered since",
    "stands already",
    "begun",
    "accepted",
    "no sure answer",
    "engine ended",
    "put back",
    "limited",
    "unavailable",
    "could not ask",
    "login needed",
    "refused",
    "not there",
    "not there yet",
    "harmless to repeat",
    "something there",
    "given up",
    "cannot be asked",
    "turned down",
    "let through",
]
LONGEST_LIMIT = 26 * HOUR
"""A limit that lasts longer (a month's budget is spent) fails what was to be sent: nobody would look for it then."""
Wait = Literal["", "until", "a moment", "a moment after the try", "longer each time", "for a person", "a while", "soon"]
Logged = Literal["", "reply failed", "reply stopped", "reply unknown", "sent"]


class Waiting(Protocol):
    """What the table needs to know of a reply, a post or an action."""

    @property
    def status(self) -> OutgoingStatus:
        """Where it stands, as the table has it."""

    @property
    def tries(self) -> int:
        """How often sending was begun."""

    @property
    def sending_at(self) -> Instant | None:
        """When it was begun last."""

    @property
    def try_ended_at(self) -> Instant | None:
        """When the last try ended without a sure answer, or was found cut."""

    @property
    def cause(self) -> str:
        """What people were told of the first try that did not go well."""


class Timing(NamedTuple):
    """How long the outbox waits for what, in milliseconds.

    Attributes:
        tick: how often the engine looks whether anything changed.
        look_every: how often it looks what is due though nothing changed.
        moment: how long after a lost answer the network is first asked; what it accepted shows only then.
        may_be_accepted: how long after a try ended, or was found cut, a network may still accept it. Only what it does
            not show later than that was not accepted.
        look_within: the longest look-up.
        soon: until the network is asked again while it may not show the reply yet. Later a quarter of the time since
            the try ended, at most `longest_retry`.
        a_while: the same after it could not be asked.
        first_retry: the wait after a failed try, doubled with each; at most `longest_retry`.
        for_a_person: the wait where a person has to act first.
        most_tries: how often one is tried.
        linger: how long an engine that was started for one reply stays after it, for the next one.
    """

    tick: int = 200
    look_every: int = SECOND
    moment: int = 3 * SECOND
    may_be_accepted: int = 5 * MINUTE
    look_within: int = 30 * SECOND
    soon: int = 5 * SECOND
    a_while: int = 10 * SECOND
    first_retry: int = 2 * SECOND
    longest_retry: int = 5 * MINUTE
    for_a_person: int = MINUTE
    most_tries: int = 8
    linger: int = 30 * SECOND


DEFAULT_TIMING = Timing()


class Event(NamedTuple):
    """Something happened to what is in the outbox.

    Attributes:
        error: what people are told, in one line.
        until: the instant that the network named, or until which nothing is certain.
    """

    name: EventName
    error: str = ""
    until: Instant | None = None


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        becomes: the next status.
        wait: until the engine looks at it again; "" for at once, or for nothing to look at.
        logged: the event that the engine writes into the log with it.
    """

    becomes: OutgoingStatus
    wait: Wait = ""
    logged: Logged = ""


TABLE: dict[tuple[OutgoingStatus, EventName], Rule] = {
    ("draft", "edited"): Rule("draft"),
    ("draft", "emptied"): Rule("cancelled"),
    ("draft", "submitted"): Rule("held"),
    ("draft", "submitted for approval"): Rule("awaiting approval"),
    ("draft", "decision undone"): Rule("awaiting approval"),
    ("awaiting approval", "approved"): Rule("held"),
    ("awaiting approval", "rejected"): Rule("draft"),
    ("awaiting approval", "taken back"): Rule("draft"),
    ("awaiting approval", "superseded"): Rule("cancelled"),
    ("held", "decision undone"): Rule("awaiting approval"),
    ("held", "taken back"): Rule("draft"),
    ("held", "superseded"): Rule("cancelled"),
    ("held", "countdown over"): Rule("queued"),
    ("held", "withdrawn"): Rule("cancelled"),
    ("held", "put back"): Rule("unknown", "a moment after the try"),
    ("queued", "taken back"): Rule("draft"),
    ("queued", "superseded"): Rule("cancelled"),
    ("queued", "withdrawn"): Rule("cancelled"),
    ("queued", "put back"): Rule("unknown", "a moment after the try"),
    ("queued", "target gone"): Rule("failed", logged="reply failed"),
    ("queued", "answered since"): Rule("failed", logged="reply stopped"),
    ("queued", "stands already"): Rule("sent", logged="sent"),
    ("queued", "accepted"): Rule("sent", logged="sent"),
    ("queued", "begun"): Rule("sending"),
    ("sending", "accepted"): Rule("sent", logged="sent"),
    ("sending", "no sure answer"): Rule("unknown", "a moment", "reply unknown"),
    ("sending", "engine ended"): Rule("unknown", "a moment after the try", "reply unknown"),
    ("sending", "limited"): Rule("queued", "until"),
    ("sending", "unavailable"): Rule("queued", "longer each time"),
    ("sending", "login needed"): Rule("queued", "for a person"),
    ("sending", "refused"): Rule("failed", logged="reply failed"),
    ("unknown", "accepted"): Rule("sent", logged="sent"),
    ("unknown", "not there"): Rule("queued"),
    ("unknown", "harmless to repeat"): Rule("queued", "longer each time"),
    ("unknown", "not there yet"): Rule("unknown", "soon"),
    ("unknown", "something there"): Rule("unknown", "soon"),
    ("unknown", "limited"): Rule("unknown", "until"),
    ("unknown", "could not ask"): Rule("unknown", "a while"),
    ("unknown", "login needed"): Rule("unknown", "for a person"),
    ("unknown", "cannot be asked"): Rule("unknown", "for a person"),
    ("unknown", "target gone"): Rule("failed", logged="reply failed"),
    ("unknown", "given up"): Rule("failed", logged="reply failed"),
    ("unknown", "said to be there"): Rule("unknown"),
    ("unknown", "said not to be there"): Rule("draft"),
    ("unknown", "superseded"): Rule("cancelled"),
    ("unknown", "retried"): Rule("held"),
    ("unknown", "withdrawn"): Rule("cancelled"),
    ("sent", "turned down"): Rule("failed", logged="reply failed"),
    ("failed", "taken back"): Rule("draft"),
    ("failed", "superseded"): Rule("cancelled"),
    ("failed", "retried"): Rule("held"),
    ("failed", "withdrawn"): Rule("cancelled"),
    ("failed", "let through"): Rule("sent", logged="sent"),
}


class Move(NamedTuple):
    """What an event makes of what waits: its next status, when to look again, what people are told, what is logged."""

    status: OutgoingStatus
    next_try_at: Instant | None
    error: str
    logged: Logged


def step(item: Waiting, event: Event, now: Instant, timing: Timing) -> Move | None:
    """What the event makes of a reply, a post or an action; None where nothing of the kind can happen to it."""
    rule = TABLE.get((item.status, event.name))
    if rule is None:
        return None
    return Move(rule.becomes, _next_try(rule.wait, item, event, now, timing), event.error, rule.logged)


def _next_try(wait: Wait, item: Waiting, event: Event, now: Instant, timing: Timing) -> Instant | None:
    match wait:
        case "":
            return None
        case "until":
            return event.until
        case "a moment":
            return now + timing.moment
        case "a moment after the try":
            return (item.sending_at or now) + timing.moment
        case "longer each time":
            return now + min(timing.first_retry << item.tries, timing.longest_retry)
        case "for a person":
            return now + timing.for_a_person
        case "a while":
            return now + _look_again(item, now, timing.a_while, timing)
        case "soon":
            soon = now + _look_again(item, now, timing.soon, timing)
            return soon if event.until is None else min(event.until, soon)


def _look_again(item: Waiting, now: Instant, first: int, timing: Timing) -> int:
    """How long until the network is asked again: the longer ago the try, the longer."""
    return max(first, min((now - try_ended(item, now)) // 4, timing.longest_retry))


def try_ended(item: Waiting, now: Instant) -> Instant:
    """When the last try ended; where nobody saw its end, when it began, and now where it never did."""
    return item.try_ended_at or item.sending_at or now


def accepted_until(item: Waiting, now: Instant, timing: Timing = DEFAULT_TIMING) -> Instant:
    """Until when the network may still accept its last try."""
    return try_ended(item, now) + timing.may_be_accepted


def failed_to_send(item: Waiting, error: CminboxError, timing: Timing) -> Event:
    """The event that an error of a try to send is."""
    if isinstance(error, Retryable) and error.maybe_done:
        return Event("no sure answer", error.line())
    if isinstance(error, RateLimited):
        if error.until - (item.sending_at or error.until) > LONGEST_LIMIT:
            return Event("refused", f"{error.line()}: too long to wait for")
        return Event("limited", error.line(), error.until)
    if isinstance(error, Retryable | AuthError) and item.tries < timing.most_tries:
        return Event("login needed" if isinstance(error, AuthError) else "unavailable", error.line())
    return Event("refused", error.line())


def failed_to_ask(error: CminboxError) -> Event:
    """The event that an error of a look-up is."""
    if isinstance(error, RateLimited):
        return Event("limited", error.line(), error.until)
    if isinstance(error, AuthError):
        return Event("login needed", error.line())
    if isinstance(error, ConfigError | Refused):
        return Event("cannot be asked", error.line())
    return Event("could not ask", error.line())


def not_found(item: Waiting, asked_at: Instant, timing: Timing, *, deleted: bool = False) -> Event:
    """The event that a look-up is which found nothing that may be the reply.

    Args:
        asked_at: when the look-up began.
        deleted: whether the message that it answers was deleted.
    """
    until = accepted_until(item, asked_at, timing)
    if asked_at <= until:
        return Event("not there yet", item.cause, until + 1)
    if deleted:
        return Event("target gone", "not sent: the message that it answers was deleted")
    if item.tries >= timing.most_tries:
        return Event("given up", "the network took it none of the times")
    return Event("not there")
