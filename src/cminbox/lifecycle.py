"""The life of a conversation and of a reply: states, what moves them, and what is measured on the way. Pure.

A conversation's state is a fold over its timeline: messages of the network in the order of their network times, and
the steps that people and the clock made. A step stands after every message that the store held when it was made, and
before every later one, whatever their network times: nobody resolves what they could not have seen.

`advance` appends one item; `replay` folds a whole timeline. Appending in order and replaying give the same result, and
the engine replays whenever something arrives out of order, is deleted, or a step is undone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cminbox.model import MINUTE, Instant, ReplyStatus, Status

StepName = Literal["opened", "closed", "snoozed", "woke", "spammed"]
MeasureName = Literal["first_response", "reply", "resolution"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message in a timeline.

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


@dataclass(frozen=True, slots=True)
class Step:
    """What a person or the clock did, after having seen every message up to the id `seen`.

    `id` grows in the order in which steps were made; a clock that was set back does not change that order.
    """

    at: Instant
    name: StepName
    seen: int
    member: str = ""
    until: Instant | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One finished measure, from `start` to `end`, credited to `member` ("" for nobody)."""

    name: MeasureName
    start: Instant
    end: Instant
    member: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """Where a conversation stands.

    Attributes:
        waiting_since: the network time of the oldest inbound message not yet answered, while somebody waits.
        waiting: how many inbound messages that is.
        cycle_at: start of the running or last cycle; None before the first inbound message.
        first_reply_at: the first team reply in that cycle.
        status_at: when a person or the clock last made a step.
        asked: the times of the unanswered messages. Only a replay knows them.
        left: the times of what was unanswered when it was closed or called spam, should it be opened again. Only a
            replay knows them.
    """

    status: Status = "closed"
    waiting_since: Instant | None = None
    waiting: int = 0
    cycle_at: Instant | None = None
    first_reply_at: Instant | None = None
    closed_at: Instant | None = None
    snoozed_until: Instant | None = None
    status_at: Instant | None = None
    asked: tuple[Instant, ...] = ()
    left: tuple[Instant, ...] = ()


NOTHING: tuple[Measure, ...] = ()


class Course:
    """A life while it moves on: the same as `hear` and `take`, without a new `Life` after each of many items."""

    __slots__ = (
        "_asked",
        "_left",
        "closed_at",
        "cycle_at",
        "first_reply_at",
        "snoozed_until",
        "status",
        "status_at",
        "waiting",
        "waiting_since",
    )

    def __init__(self, life: Life) -> None:
        self.status = life.status
        self.waiting_since = life.waiting_since
        self.waiting = life.waiting
        self.cycle_at = life.cycle_at
        self.first_reply_at = life.first_reply_at
        self.closed_at = life.closed_at
        self.snoozed_until = life.snoozed_until
        self.status_at = life.status_at
        self._asked = list(life.asked)
        self._left = list(life.left)

    @property
    def life(self) -> Life:
        """Where it has come to."""
        return Life(
            self.status,
            self.waiting_since,
            self.waiting,
            self.cycle_at,
            self.first_reply_at,
            self.closed_at,
            self.snoozed_until,
            self.status_at,
            tuple(self._asked),
            tuple(self._left),
        )

    def hear(self, said: Said) -> tuple[Measure, ...]:
        """Move on by one more message; returns the measures that it finishes."""
        if said.history:
            return NOTHING
        if said.inbound:
            self._heard_them(said)
            return NOTHING
        return self._heard_us(said)

    def _heard_them(self, said: Said) -> None:
        if self.status == "spam":
            self._left.append(said.at)
            if self.cycle_at is None:
                self.cycle_at = said.at
            return
        if self.cycle_at is None or self.status == "closed":
            self.cycle_at, self.first_reply_at = said.at, None
        self.status = "open"
        self.waiting_since = said.at if self.waiting_since is None else min(self.waiting_since, said.at)
        self.waiting += 1
        self.closed_at = self.snoozed_until = None
        self._asked.append(said.at)
        self._left = []

    def _heard_us(self, said: Said) -> tuple[Measure, ...]:
        found: tuple[Measure, ...] = NOTHING
        if self.cycle_at is not None and self.first_reply_at is None and said.at >= self.cycle_at:
            found = (Measure("first_response", self.cycle_at, said.at, said.member),)
            self.first_reply_at = said.at
        if self.waiting_since is not None and said.at >= self.waiting_since:
            found = (*found, Measure("reply", self.waiting_since, said.at, said.member))
            # What was asked later than this answer still waits; appending in order there is no such message.
            self._asked = [at for at in self._asked if at > said.at]
            self.waiting_since, self.waiting = min(self._asked, default=None), len(self._asked)
        self._left = [at for at in self._left if at > said.at]
        written = said.at if said.written_at is None else said.written_at
        decided = self.status_at is not None and written <= self.status_at
        answered = self.waiting_since is None and self.status != "spam"
        if answered and not (decided and self.status in ("closed", "snoozed")):
            self.status = "pending"
            self.closed_at = self.snoozed_until = None
            self._left = []
        return found

    def take(self, step: Step) -> tuple[Measure, ...]:
        """Move on by one more step; returns the measures that it finishes."""
        if step.name == "woke" and self.status != "snoozed":
            return NOTHING
        self.status_at = step.at
        self.closed_at = self.snoozed_until = None
        if step.name in ("closed", "spammed"):
            self._left = self._asked or self._left
            self.waiting_since, self.waiting, self._asked = None, 0, []
            before = self.status
            if step.name == "spammed":
                self.status = "spam"
                return NOTHING
            self.status, self.closed_at = "closed", step.at
            if before in ("closed", "spam") or self.cycle_at is None:
                return NOTHING
            return (Measure("resolution", self.cycle_at, step.at, step.member),)
        if self._left and not self._asked:
            self.waiting_since, self.waiting = min(self._left), len(self._left)
            self._asked, self._left = self._left, []
        self.status = "snoozed" if step.name == "snoozed" else "open"
        if step.name == "snoozed":
            self.snoozed_until = step.until
        return NOTHING


def hear(life: Life, said: Said) -> tuple[Life, tuple[Measure, ...]]:
    """The life after one more message, and the measures that it finishes."""
    course = Course(life)
    found = course.hear(said)
    return course.life, found


def takes_alone(life: Life, step: Step) -> bool:
    """Whether `take` alone may append the step; what brings back a closed conversation needs a replay."""
    return not _brings_back(life.status, step)


def _brings_back(status: Status, step: Step) -> bool:
    return step.name == "opened" or (step.name == "snoozed" and status in ("closed", "spam"))


def take(life: Life, step: Step) -> tuple[Life, tuple[Measure, ...]]:
    """The life after one more step. Outside of a replay only where `takes_alone` says so."""
    course = Course(life)
    found = course.take(step)
    return course.life, found


def replay(said: Iterable[Said], steps: Iterable[Step]) -> tuple[Life, list[Measure]]:
    """The life and the measures of a whole timeline, whatever the order in which it is given."""
    told = sorted(steps, key=lambda s: (s.seen, s.id, s.at))
    bounds = [s.seen for s in told]
    messages = _still_said(list(said), told)
    ordered = sorted(messages, key=lambda m: (bisect_left(bounds, m.id), m.at, m.id))
    course, measures, position = Course(Life()), list[Measure](), 0
    for step in [*told, None]:
        while position < len(ordered) and (step is None or ordered[position].id <= step.seen):
            measures += course.hear(ordered[position])
            position += 1
        if step is not None:
            if _brings_back(course.status, step):
                # It was not resolved after all: the cycle goes on.
                measures = [m for m in measures if not (m.name == "resolution" and m.start == course.cycle_at)]
            measures += course.take(step)
    return course.life, measures


def _still_said(said: list[Said], steps: list[Step]) -> list[Said]:
    """What counts: an inbound message that was deleted before anyone answered or closed never asked for anything."""
    answers = sorted(m.at for m in said if not m.inbound and m.deleted_at is None)
    closings = sorted(s.at for s in steps if s.name == "closed")

    def counts(m: Said) -> bool:
        if m.deleted_at is None:
            return True
        if not m.inbound:
            return True  # an answer that we took back was still given: its time stands
        end = m.deleted_at
        return any(m.at <= a <= end for a in answers) or any(m.at <= c <= end for c in closings)

    return [m for m in said if counts(m)]


def in_order(newest_at: Instant | None, said: Said, *, deletions: bool = False) -> bool:
    """Whether `hear` alone may take the message in, which is the newest that the store learnt of.

    Args:
        newest_at: the time of the newest message so far.
        deletions: whether a message of the conversation was deleted; an answer may then count for it after all.
    """
    if said.deleted_at is not None or (deletions and not said.inbound):
        return False
    return newest_at is None or said.at >= newest_at


def due_at(life: Life, target: int | None) -> Instant | None:
    """When the promise of `target` milliseconds ends for who waits; None while nobody that we owe an answer does."""
    if target is None or life.waiting_since is None or life.status not in ("open", "snoozed"):
        return None
    return life.waiting_since + target


def warning_at(due: Instant, target: int) -> Instant:
    """When to warn before a miss: 15 minutes or a tenth of the target before it, whichever is shorter."""
    return due - min(15 * MINUTE, target // 10)


_MOVES: dict[ReplyStatus, frozenset[ReplyStatus]] = {
    "draft": frozenset({"awaiting approval", "held", "cancelled"}),
    "awaiting approval": frozenset({"held", "draft", "cancelled"}),
    "held": frozenset({"queued", "draft", "awaiting approval", "failed", "cancelled"}),
    "queued": frozenset({"sending", "draft", "failed", "cancelled"}),
    "sending": frozenset({"sent", "queued", "failed", "unknown"}),
    "unknown": frozenset({"sent", "queued", "failed", "cancelled"}),
    "failed": frozenset({"held", "draft", "cancelled"}),
    "sent": frozenset(),
    "cancelled": frozenset({"draft"}),
}


def may_move(old: ReplyStatus, new: ReplyStatus) -> bool:
    """Whether a reply may go from one status to another.

    `sending` is entered only from `queued`, and `unknown` returns to `queued` only after the network was asked: that is
    what keeps anybody from being answered twice.
    """
    return new in _MOVES[old]
