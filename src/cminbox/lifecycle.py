"""The lifecycle of a conversation: its states, what moves it, and what is measured on the way. Pure.

A conversation's state is a fold over its timeline: messages of the network in the order of their network times, and
the steps that people and the clock made. A step stands after every message that the store held when it was made, and
before every later one, whatever their network times: nobody resolves what they could not have seen. Nor does a reply
that went through us answer what its writer had not seen (`answers`).

`Lifecycle.add_message` and `Lifecycle.add_step` append one item; `replay` folds a whole timeline. Appending in order
and replaying give the same result; where `in_order` or `can_append` say no, the whole timeline is replayed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, NamedTuple, Protocol

from cminbox.model import End, Instant, Status, StoredMessage

StepName = Literal["opened", "closed", "snoozed", "woke", "spammed"]
MeasureName = Literal["first_response", "first_holding", "first_useful", "reply", "resolution"]
"""A first response that only says that an answer is to come is `first_holding`, the first useful one after it
`first_useful`."""
Outcome = Literal["", "answered", "none needed", "unanswered", "spam", "gone"]
"""How a wait ended; empty while it runs."""


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
        needs: inbound: it needs an answer.
        seen: outbound through us: the newest message of the conversation that its writer had seen.
        holding: outbound through us: it only says that an answer is to come.
        looked_at: outbound through us: when its writer last looked at the conversation, by our clock.
        forgotten: inbound: who wrote it was forgotten at `deleted_at`, and not taken back.
    """

    id: int
    at: Instant
    inbound: bool
    member: str = ""
    written_at: Instant | None = None
    history: bool = False
    deleted_at: Instant | None = None
    needs: bool = True
    seen: int | None = None
    holding: bool = False
    looked_at: Instant | None = None
    forgotten: bool = False

    @classmethod
    def of(cls, message: StoredMessage) -> MessageFact:
        """What counts of a message that is stored, or about to be."""
        m = message
        return cls(
            *(m.id, m.created_at, m.direction == "in", m.member, m.written_at, m.history, m.deleted_at),
            m.needs_answer,
            m.seen_message_id,
            m.holding,
        )


class Asked(NamedTuple):
    """An inbound message that nobody has answered: its time, its id, and whether it needs an answer.

    Attributes:
        learnt_at: when we learnt of it, where it was asked by an edit; `id` is less than 0 then.
    """

    at: Instant
    id: int
    needs: bool
    learnt_at: Instant | None = None


def answers(answer: MessageFact, asked: Asked) -> bool:
    """Whether an answer of ours answers a message.

    What went through us answers what its writer had seen, whatever the network's times say. Of what was written
    elsewhere nobody knows what its writer saw, so the network's times decide.
    """
    if answer.seen is None:
        return asked.at <= answer.at
    if asked.learnt_at is not None:
        return answer.looked_at is not None and asked.learnt_at <= answer.looked_at
    return asked.id <= answer.seen


class AskedAgain(NamedTuple):
    """A message of theirs was edited, and its new text needs an answer: it asks once more.

    It stands after the messages and the steps that the store held when it learnt of the edit.

    Attributes:
        id: grows in the order in which the store learnt of edits.
        message_id: the message; history and deleted_at: as in its `MessageFact`.
        at: the network's time of the edit.
        learnt_at: when we learnt of it.
        seen: the newest message of the conversation by then; step: the newest step, 0 for none.
        needs: it needs an answer, as it is judged now.
    """

    id: int
    message_id: int
    at: Instant
    learnt_at: Instant
    seen: int
    step: int
    needs: bool
    history: bool
    deleted_at: Instant | None

    @property
    def asked(self) -> Asked:
        """The edit as what asks for an answer."""
        return Asked(self.at, -self.id, self.needs, self.learnt_at)


class Step(NamedTuple):
    """What a person or the clock did, after having seen every message up to the id `seen`.

    `id` grows in the order in which steps were made; a clock that was set back does not change that order. `reason`
    says why a closed conversation needs no answer; without one it is as it was.
    """

    at: Instant
    name: StepName
    seen: int
    member: str = ""
    until: Instant | None = None
    id: int = 0
    reason: str = ""


class Measure(NamedTuple):
    """One finished measure, from `start` to `end`, credited to `member` ("" for nobody)."""

    name: MeasureName
    start: Instant
    end: Instant
    member: str = ""


class Wait(NamedTuple):
    """Somebody waited for an answer that they needed.

    Attributes:
        message_id: the message that began it; 0 where the store has the wait already, as the running one.
        start: the network's time of that message.
        end: when it ended; None while it runs.
        member: who ended it; "" for nobody.
    """

    message_id: int
    start: Instant
    end: Instant | None = None
    outcome: Outcome = ""
    member: str = ""


class CycleEnd(NamedTuple):
    """How the cycle that began at `start` ended."""

    start: Instant
    at: Instant
    end: End
    reason: str = ""
    member: str = ""


@dataclass(slots=True)
class Findings:
    """What was measured on the way.

    Attributes:
        waits: those that ended, in the order of their ends.
    """

    measures: list[Measure] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    ends: list[CycleEnd] = field(default_factory=list)


class _Closing(NamedTuple):
    """A step that closed, and the place of the wait that it ended among the findings."""

    step: Step
    wait: int | None
    asked: tuple[Asked, ...]


@dataclass(slots=True)
class Lifecycle:
    """Where a conversation stands, and how it moves on.

    Attributes:
        waiting_since: the network time of the oldest inbound message not yet answered, while somebody waits.
        waiting: how many inbound messages that is.
        needs_since: the network time of the oldest of these that needs an answer.
        cycle_at: start of the running or last cycle; None before the first inbound message.
        first_reply_at: the first team reply in that cycle.
        first_useful_at: the first that said more than that an answer is to come.
        asked_at: what its first response is measured from: its start, or that of an earlier cycle which was closed
            unanswered.
        owed_since: the network time of the oldest message that was closed unanswered, and is to this moment.
        status_at: when a person or the clock last made a step.
        end: how the cycle ended, while it is closed; end_reason: why it needs no answer.
        needs_id: the message of `needs_since`; 0 where only the store knows it.
        owed_id: the newest message that was closed unanswered with that of `owed_since`; 0 where it is not known.
        unanswered: the unanswered messages. Only a replay knows all of them.
        set_aside: what was unanswered when it was closed or called spam, should it be opened again. Only a replay
            knows it.
        closings: the steps that closed it in this cycle. Only a replay knows them.
    """

    status: Status = "closed"
    waiting_since: Instant | None = None
    waiting: int = 0
    needs_since: Instant | None = None
    cycle_at: Instant | None = None
    first_reply_at: Instant | None = None
    first_useful_at: Instant | None = None
    asked_at: Instant | None = None
    owed_since: Instant | None = None
    closed_at: Instant | None = None
    snoozed_until: Instant | None = None
    status_at: Instant | None = None
    end: End = ""
    end_reason: str = ""
    needs_id: int = 0
    owed_id: int = 0
    unanswered: list[Asked] = field(default_factory=list)
    set_aside: list[Asked] = field(default_factory=list)
    closings: list[_Closing] = field(default_factory=list)

    @property
    def running(self) -> Wait | None:
        """The wait that runs, where the message that began it is known here."""
        if self.needs_since is None or not self.needs_id:
            return None
        return Wait(self.needs_id, self.needs_since)

    def add_message(self, message: MessageFact, found: Findings) -> None:
        """Move on by one more message (in a row of the store only where `in_order`); note what it measures."""
        if message.history:
            return
        if message.inbound:
            self.add_asked(Asked(message.at, message.id, message.needs))
        else:
            self._add_outbound(message, found)

    def add_asked(self, asked: Asked) -> None:
        """Move on by what they ask, in a message or by an edit."""
        if self.status == "spam":
            self.set_aside.append(asked)
            if self.cycle_at is None:
                self.cycle_at = self.asked_at = asked.at
            return
        self.begin_cycle(asked.at)
        self.status = "open"
        self.waiting_since = asked.at if self.waiting_since is None else min(self.waiting_since, asked.at)
        self.waiting += 1
        self.closed_at = self.snoozed_until = None
        self.end, self.end_reason = "", ""
        self.unanswered.append(asked)
        self.set_aside = []
        if asked.needs and (self.needs_since is None or asked.at < self.needs_since):
            self.needs_since, self.needs_id = asked.at, asked.id

    def begin_cycle(self, at: Instant) -> None:
        """Begin a cycle by a message of that time, unless one runs."""
        if self.cycle_at is None or self.status == "closed":
            self.cycle_at, self.first_reply_at, self.first_useful_at = at, None, None
            # Closing gave them no answer: they have waited for the first one since then.
            self.asked_at = at if self.owed_since is None else min(self.owed_since, at)
            self.closings = []

    def _add_outbound(self, answer: MessageFact, found: Findings) -> None:
        if self.cycle_at is not None and (answer.seen is not None or answer.at >= self.cycle_at):
            self._respond(self.cycle_at, answer, found)
        self._answer(answer, found)
        self.set_aside = [asked for asked in self.set_aside if not answers(answer, asked)]
        written = answer.at if answer.written_at is None else answer.written_at
        self._answer_closed(answer, written, found)
        decided = self.status_at is not None and written <= self.status_at
        answered = self.waiting_since is None and self.status != "spam"
        if answered and not (decided and self.status in ("closed", "snoozed")):
            self.status = "pending"
            self.closed_at = self.snoozed_until = None
            self.end, self.end_reason = "", ""
            self.set_aside = []

    def _respond(self, cycle_at: Instant, answer: MessageFact, found: Findings) -> None:
        """Note a cycle's first response, and the first that says more than that an answer is to come."""
        start, at = cycle_at if self.asked_at is None else self.asked_at, max(answer.at, cycle_at)
        if self.first_reply_at is None:
            self.first_reply_at = at
            name: MeasureName = "first_holding" if answer.holding else "first_response"
            found.measures.append(Measure(name, start, at, answer.member))
        elif self.first_useful_at is None and not answer.holding:
            found.measures.append(Measure("first_useful", start, at, answer.member))
        if self.first_useful_at is None and not answer.holding:
            self.first_useful_at = at

    def _owed_to(self, answer: MessageFact) -> Instant | None:
        """Since when those have waited who were closed unanswered, if this answers them; they do no longer then."""
        since = self.owed_since
        if since is None or (answer.at < since if answer.seen is None else answer.seen < self.owed_id):
            return None
        self.owed_since, self.owed_id = None, 0
        return since

    def _answer(self, answer: MessageFact, found: Findings) -> None:
        """End the waits of those whom an answer answers; who it does not still waits."""
        # Appending in order it answers all, known here or not.
        rest = [asked for asked in self.unanswered if not answers(answer, asked)]
        owed = self._owed_to(answer)
        if self.waiting_since is None or len(rest) == self.waiting:
            if owed is not None:
                found.measures.append(Measure("reply", owed, max(answer.at, owed), answer.member))
            return
        start = self.waiting_since
        if len(self.unanswered) == self.waiting:
            start = min(asked.at for asked in self.unanswered if answers(answer, asked))
        start = start if owed is None else min(start, owed)
        found.measures.append(Measure("reply", start, max(answer.at, start), answer.member))
        needing = [asked for asked in rest if asked.needs]
        first = min(needing, default=None)
        if self.needs_since is not None and (first is None or first.id != self.needs_id):
            end = max(answer.at, self.needs_since)
            found.waits.append(Wait(self.needs_id, self.needs_since, end, "answered", answer.member))
            self.needs_since, self.needs_id = (None, 0) if first is None else (first.at, first.id)
        self.unanswered = rest
        self.waiting_since, self.waiting = min((asked.at for asked in rest), default=None), len(rest)

    def _answer_closed(self, answer: MessageFact, written: Instant, found: Findings) -> None:
        """What was closed while its answer was on its way was answered."""
        for place, (step, wait, asked) in enumerate(self.closings):
            left = tuple(one for one in asked if not answers(answer, one))
            if written > step.at or len(left) == len(asked):
                continue
            needed = any(one.needs for one in left)
            if wait is not None and not needed and found.waits[wait].outcome in ("unanswered", "none needed"):
                ended = found.waits[wait]
                end = max(answer.at, ended.start)
                found.waits[wait] = ended._replace(end=end, outcome="answered", member=answer.member)
            self.closings[place] = _Closing(step, wait, left)
            if needed or step.reason or self.status != "closed" or step is not self.closings[-1].step:
                continue
            for number, cycle in enumerate(found.ends):
                if cycle.at == step.at and cycle.start == self.cycle_at and cycle.end != "answered":
                    self.end = "answered"
                    found.ends[number] = cycle._replace(end="answered")
                    found.measures.append(Measure("resolution", cycle.start, step.at, step.member))

    def can_append(self, step: Step) -> bool:
        """Whether `add_step` alone may append the step; what brings back a closed conversation needs a replay."""
        return step.name != "opened" and not (step.name == "snoozed" and self.status in ("closed", "spam"))

    def add_step(self, step: Step, found: Findings) -> None:
        """Move on by one more step (in a row of the store only where `can_append`); note what it measures."""
        if step.name == "woke" and self.status != "snoozed":
            return
        self.status_at = step.at
        self.closed_at = self.snoozed_until = None
        if step.name in ("closed", "spammed"):
            self._end(step, found)
            return
        self.end, self.end_reason = "", ""
        if self.set_aside and not self.unanswered:
            self.waiting_since, self.waiting = min(asked.at for asked in self.set_aside), len(self.set_aside)
            self.unanswered, self.set_aside = self.set_aside, []
            first = min((asked for asked in self.unanswered if asked.needs), default=None)
            self.needs_since, self.needs_id = (None, 0) if first is None else (first.at, first.id)
        self.status = "snoozed" if step.name == "snoozed" else "open"
        if step.name == "snoozed":
            self.snoozed_until = step.until

    def _end(self, step: Step, found: Findings) -> None:
        needed, number, waited = self.needs_since, self.needs_id, self.waiting_since
        asked = tuple(self.unanswered)
        self.set_aside = self.unanswered or self.set_aside
        self.waiting_since, self.waiting, self.unanswered = None, 0, []
        self.needs_since, self.needs_id = None, 0
        before = self.status
        if step.name == "spammed":
            self.status, self.end, self.end_reason = "spam", "", ""
            if needed is not None:
                found.waits.append(Wait(number, needed, max(step.at, needed), "spam", step.member))
            return
        self.status, self.closed_at = "closed", step.at
        wait = None
        if needed is not None:
            outcome: Outcome = "none needed" if step.reason else "unanswered"
            if not step.reason and waited is not None:
                self.owed_since = waited if self.owed_since is None else min(self.owed_since, waited)
                self.owed_id = max((one.id for one in asked), default=0)
            wait = len(found.waits)
            found.waits.append(Wait(number, needed, max(step.at, needed), outcome, step.member))
        if before in ("closed", "spam") or self.cycle_at is None:
            return
        self.closings.append(_Closing(step, wait, asked))
        if step.reason or (needed is None and self.first_reply_at is None):
            self.end, self.end_reason = "none needed", step.reason
        else:
            self.end, self.end_reason = ("answered" if needed is None else "unanswered"), ""
        found.ends.append(CycleEnd(self.cycle_at, step.at, self.end, self.end_reason, step.member))
        if self.end == "answered":
            found.measures.append(Measure("resolution", self.cycle_at, step.at, step.member))


def replay(
    messages: Iterable[MessageFact], steps: Iterable[Step], edits: Iterable[AskedAgain] = ()
) -> tuple[Lifecycle, Findings]:
    """The lifecycle and the findings of a whole timeline, whatever the order in which it is given.

    The waits are all that there are, one for each message or edit that began one, the running one too.
    """
    in_turn: list[Step | AskedAgain] = [*steps, *edits]
    in_turn.sort(key=_turn)
    bounds = [s.seen for s in in_turn]
    given = list(messages)
    counts = _counting(given, [s for s in in_turn if isinstance(s, Step)])
    ordered = _ordered(given, bounds)
    life, found, position = Lifecycle(), Findings(), 0
    elsewhere = -1
    for step in [*in_turn, None]:
        while position < len(ordered) and (step is None or ordered[position].id <= step.seen):
            message = ordered[position]
            if not message.inbound and message.seen is None:
                elsewhere = max(elsewhere, message.at)
            if not message.inbound or counts(_asked(message), message.deleted_at):
                life.add_message(message, found)
            elif not message.history:
                if message.forgotten and (
                    life.cycle_at is None or (life.closed_at is not None and life.cycle_at <= life.closed_at)
                ):
                    life.begin_cycle(message.at)  # it came: what was done about it counts
                _taken_back(life, found, _asked(message), message.deleted_at)
            position += 1
        if isinstance(step, AskedAgain):
            if step.history or step.at <= elsewhere:
                continue  # what we wrote elsewhere was later than the edit, though it was read before
            if counts(step.asked, step.deleted_at):
                life.add_asked(step.asked)
            else:
                _taken_back(life, found, step.asked, step.deleted_at)
        elif step is not None:
            if not life.can_append(step):
                # It was not resolved after all: the cycle goes on.
                found.measures = [m for m in found.measures if m.name != "resolution" or m.start != life.cycle_at]
                found.ends = [end for end in found.ends if end.start != life.cycle_at]
            life.add_step(step, found)
    found.waits = _one_each([*found.waits, *([life.running] if life.running else [])])
    return life, found


def _turn(step: Step | AskedAgain) -> tuple[int, int, int, int]:
    """Where a step or an edit stands among the others."""
    if isinstance(step, AskedAgain):
        return (step.seen, step.step, 1, step.id)
    return (step.seen, step.id, 0, step.at)


def _asked(message: MessageFact) -> Asked:
    return Asked(message.at, message.id, message.needs)


def _taken_back(life: Lifecycle, found: Findings, asked: Asked, deleted_at: Instant | None) -> None:
    """Nobody answered before it was taken back: they waited in vain."""
    if life.needs_since is None and life.status != "spam" and asked.needs:
        found.waits.append(Wait(asked.id, asked.at, max(deleted_at or 0, asked.at), "gone"))


def _ordered(messages: Sequence[MessageFact], bounds: Sequence[int]) -> list[MessageFact]:
    """Messages in the order in which they count: by their times, and a reply behind what its writer had seen."""
    place = {m.id: bisect_left(bounds, m.id) for m in messages}
    seen_at: dict[int, Instant] = {}
    if any(m.seen is not None for m in messages):
        by_id = sorted(messages, key=lambda m: m.id)
        ids, newest = [m.id for m in by_id], list(accumulate(_asked_at(by_id, place), max))
        for m in messages:
            known = bisect_right(ids, -1 if m.seen is None else m.seen)
            if m.seen is not None and known and newest[known - 1][0] == place[m.id]:
                seen_at[m.id] = newest[known - 1][1]
    return sorted(messages, key=lambda m: (place[m.id], max(m.at, seen_at.get(m.id, m.at)), m.id))


def _asked_at(messages: Iterable[MessageFact], place: Mapping[int, int]) -> Iterator[tuple[int, Instant]]:
    """Where each message stands among the steps, with its time if it is theirs."""
    return ((place[m.id], m.at if m.inbound else 0) for m in messages)


def _one_each(waits: Iterable[Wait]) -> list[Wait]:
    """One wait for each message: the last word on it, but what was closed unanswered stays so."""
    kept: dict[int, Wait] = {}
    for wait in waits:
        if wait.message_id not in kept or kept[wait.message_id].outcome != "unanswered":
            kept[wait.message_id] = wait
    return list(kept.values())


def _counting(messages: Sequence[MessageFact], steps: Sequence[Step]) -> Callable[[Asked, Instant | None], bool]:
    """Whether what they asked counts: what was deleted before anyone answered or closed opens nothing any more."""
    # An answer that is gone by now was given all the same.
    given = [m for m in messages if not m.inbound]
    closings = sorted(s.at for s in steps if s.name == "closed")

    def counts(asked: Asked, deleted_at: Instant | None) -> bool:
        if deleted_at is None:
            return True
        answered = any(answers(a, asked) and a.at <= deleted_at for a in given)
        known_at = asked.at if asked.learnt_at is None else asked.learnt_at + 1  # who closed then had not seen it
        return answered or any(known_at <= c <= deleted_at for c in closings)

    return counts


def in_order(newest_at: Instant | None, message: MessageFact, *, deletions: bool = False) -> bool:
    """Whether `add_message` alone may take the message in, which is the newest that the store learnt of.

    Args:
        newest_at: the time of the newest message so far.
        deletions: whether a message of the conversation was deleted; an answer may then count for it after all.
    """
    if message.deleted_at is not None or (deletions and not message.inbound):
        return False
    return newest_at is None or message.at >= newest_at


def decided_since(life: Lifecycle, answer: MessageFact) -> bool:
    """Whether a person or the clock made a step after an answer was written: only a replay tells what it means."""
    written = answer.at if answer.written_at is None else answer.written_at
    return life.status_at is not None and written <= life.status_at


class BusinessHours(Protocol):
    """Hours in which a team is there."""

    def after(self, start: Instant, length: int) -> Instant:
        """The instant at which so many business milliseconds have passed since `start`."""


class Sla(NamedTuple):
    """How soon we answer: in milliseconds, None for no SLA; of business hours where these are given."""

    target: int | None = None
    hours: BusinessHours | None = None

    def due(self, start: Instant) -> Instant | None:
        """When the SLA of somebody who waits since `start` ends."""
        if self.target is None:
            return None
        return start + self.target if self.hours is None else self.hours.after(start, self.target)


def due_at(life: Lifecycle, sla: Sla) -> Instant | None:
    """When the SLA ends for who needs an answer; None while nobody whom we owe one does."""
    if life.needs_since is None or life.status not in ("open", "snoozed"):
        return None
    return sla.due(life.needs_since)
