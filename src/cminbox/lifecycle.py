"""The lifecycle of a conversation: its states, what moves it, and what is measured on the way. Pure.

A conversation's state is a fold over its timeline: messages of the network in the order of their network times, and
the steps that people and the clock made. A step stands after every message that the store held when it was made, and
before every later one, whatever their network times: nobody resolves what they could not have seen.

`Lifecycle.add_message` and `Lifecycle.add_step` append one item; `replay` folds a whole timeline. Appending in order
and replaying give the same result; where `in_order` or `can_append` say no, the whole timeline is replayed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cminbox.model import Instant, Status, StoredMessage

StepName = Literal["opened", "closed", "snoozed", "woke", "spammed"]
MeasureName = Literal["first_response", "reply", "resolution"]


class MessageFact(NamedTuple):
    """What counts of a message in a timeline.

    Attributes:
        id: grows in the order in which the store learnt of messages.
        at: the network's time.
        inbound: from them; else from us.
        member: who sent it through the outbox; "" if it was written elsewhere.
        written_at: outbound through us: when it was given to the outbox; a person's later step wins over it.
        history: older than the backfill at the first poll: it opens nothing and measures nothing.
        deleted_at: when we learnt that the network no longer has it.
    """

    id: int
    at: Instant
    inbound: bool
    member: str = ""
    written_at: Instant | None = None
    history: bool = False
    deleted_at: Instant | None = None

    @classmethod
    def of(cls, message: StoredMessage) -> MessageFact:
        """What counts of a message that is stored, or about to be."""
        m = message
        return cls(m.id, m.created_at, m.direction == "in", m.member, m.written_at, m.history, m.deleted_at)


class Step(NamedTuple):
    """What a person or the clock did, after having seen every message up to the id `seen`.

    `id` grows in the order in which steps were made; a clock that was set back does not change that order.
    """

    at: Instant
    name: StepName
    seen: int
    member: str = ""
    until: Instant | None = None
    id: int = 0


class Measure(NamedTuple):
    """One finished measure, from `start` to `end`, credited to `member` ("" for nobody)."""

    name: MeasureName
    start: Instant
    end: Instant
    member: str = ""


NO_MEASURES: tuple[Measure, ...] = ()


@dataclass(slots=True)
class Lifecycle:
    """Where a conversation stands, and how it moves on.

    Attributes:
        waiting_since: the network time of the oldest inbound message not yet answered, while somebody waits.
        waiting: how many inbound messages that is.
        cycle_at: start of the running or last cycle; None before the first inbound message.
        first_reply_at: the first team reply in that cycle.
        status_at: when a person or the clock last made a step.
        unanswered: the times of the unanswered messages. Only a replay knows them.
        set_aside: the times of what was unanswered when it was closed or called spam, should it be opened again. Only
            a replay knows them.
    """

    status: Status = "closed"
    waiting_since: Instant | None = None
    waiting: int = 0
    cycle_at: Instant | None = None
    first_reply_at: Instant | None = None
    closed_at: Instant | None = None
    snoozed_until: Instant | None = None
    status_at: Instant | None = None
    unanswered: list[Instant] = field(default_factory=list)
    set_aside: list[Instant] = field(default_factory=list)

    def add_message(self, message: MessageFact) -> tuple[Measure, ...]:
        """Move on by one more message (in a row of the store only where `in_order`); returns what it measures."""
        if message.history:
            return NO_MEASURES
        if message.inbound:
            self._add_inbound(message.at)
            return NO_MEASURES
        return self._add_outbound(message)

    def _add_inbound(self, at: Instant) -> None:
        if self.status == "spam":
            self.set_aside.append(at)
            if self.cycle_at is None:
                self.cycle_at = at
            return
        if self.cycle_at is None or self.status == "closed":
            self.cycle_at, self.first_reply_at = at, None
        self.status = "open"
        self.waiting_since = at if self.waiting_since is None else min(self.waiting_since, at)
        self.waiting += 1
        self.closed_at = self.snoozed_until = None
        self.unanswered.append(at)
        self.set_aside = []

    def _add_outbound(self, answer: MessageFact) -> tuple[Measure, ...]:
        found: tuple[Measure, ...] = NO_MEASURES
        if self.cycle_at is not None and self.first_reply_at is None and answer.at >= self.cycle_at:
            found = (Measure("first_response", self.cycle_at, answer.at, answer.member),)
            self.first_reply_at = answer.at
        if self.waiting_since is not None and answer.at >= self.waiting_since:
            found = (*found, Measure("reply", self.waiting_since, answer.at, answer.member))
            # What was asked later than this answer still waits; appending in order there is no such message.
            self.unanswered = [at for at in self.unanswered if at > answer.at]
            self.waiting_since, self.waiting = min(self.unanswered, default=None), len(self.unanswered)
        self.set_aside = [at for at in self.set_aside if at > answer.at]
        written = answer.at if answer.written_at is None else answer.written_at
        decided = self.status_at is not None and written <= self.status_at
        answered = self.waiting_since is None and self.status != "spam"
        if answered and not (decided and self.status in ("closed", "snoozed")):
            self.status = "pending"
            self.closed_at = self.snoozed_until = None
            self.set_aside = []
        return found

    def can_append(self, step: Step) -> bool:
        """Whether `add_step` alone may append the step; what brings back a closed conversation needs a replay."""
        return step.name != "opened" and not (step.name == "snoozed" and self.status in ("closed", "spam"))

    def add_step(self, step: Step) -> tuple[Measure, ...]:
        """Move on by one more step (in a row of the store only where `can_append`); returns what it measures."""
        if step.name == "woke" and self.status != "snoozed":
            return NO_MEASURES
        self.status_at = step.at
        self.closed_at = self.snoozed_until = None
        if step.name in ("closed", "spammed"):
            return self._end(step)
        if self.set_aside and not self.unanswered:
            self.waiting_since, self.waiting = min(self.set_aside), len(self.set_aside)
            self.unanswered, self.set_aside = self.set_aside, []
        self.status = "snoozed" if step.name == "snoozed" else "open"
        if step.name == "snoozed":
            self.snoozed_until = step.until
        return NO_MEASURES

    def _end(self, step: Step) -> tuple[Measure, ...]:
        self.set_aside = self.unanswered or self.set_aside
        self.waiting_since, self.waiting, self.unanswered = None, 0, []
        before = self.status
        if step.name == "spammed":
            self.status = "spam"
            return NO_MEASURES
        self.status, self.closed_at = "closed", step.at
        if before in ("closed", "spam") or self.cycle_at is None:
            return NO_MEASURES
        return (Measure("resolution", self.cycle_at, step.at, step.member),)


def replay(messages: Iterable[MessageFact], steps: Iterable[Step]) -> tuple[Lifecycle, list[Measure]]:
    """The lifecycle and the measures of a whole timeline, whatever the order in which it is given."""
    in_turn = sorted(steps, key=lambda s: (s.seen, s.id, s.at))
    bounds = [s.seen for s in in_turn]
    counted = _that_count(list(messages), in_turn)
    ordered = sorted(counted, key=lambda m: (bisect_left(bounds, m.id), m.at, m.id))
    life, measures, position = Lifecycle(), list[Measure](), 0
    for step in [*in_turn, None]:
        while position < len(ordered) and (step is None or ordered[position].id <= step.seen):
            measures += life.add_message(ordered[position])
            position += 1
        if step is not None:
            if not life.can_append(step):
                # It was not resolved after all: the cycle goes on.
                measures = [m for m in measures if not (m.name == "resolution" and m.start == life.cycle_at)]
            measures += life.add_step(step)
    return life, measures


def _that_count(messages: list[MessageFact], steps: list[Step]) -> list[MessageFact]:
    """What counts: an inbound message that was deleted before anyone answered or closed never asked for anything."""
    answers = sorted(m.at for m in messages if not m.inbound and m.deleted_at is None)
    closings = sorted(s.at for s in steps if s.name == "closed")

    def counts(m: MessageFact) -> bool:
        if m.deleted_at is None or not m.inbound:
            return True  # an answer that we took back was still given: its time stands
        end = m.deleted_at
        return any(m.at <= a <= end for a in answers) or any(m.at <= c <= end for c in closings)

    return [m for m in messages if counts(m)]


def in_order(newest_at: Instant | None, message: MessageFact, *, deletions: bool = False) -> bool:
    """Whether `add_message` alone may take the message in, which is the newest that the store learnt of.

    Args:
        newest_at: the time of the newest message so far.
        deletions: whether a message of the conversation was deleted; an answer may then count for it after all.
    """
    if message.deleted_at is not None or (deletions and not message.inbound):
        return False
    return newest_at is None or message.at >= newest_at


def due_at(life: Lifecycle, target: int | None) -> Instant | None:
    """When the promise of `target` milliseconds ends for who waits; None while nobody that we owe an answer does."""
    if target is None or life.waiting_since is None or life.status not in ("open", "snoozed"):
        return None
    return life.waiting_since + target
