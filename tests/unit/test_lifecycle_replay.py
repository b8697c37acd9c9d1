"""Appending one thing after another and replaying the whole are the same, whatever happened and in whatever order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cminbox.lifecycle import (
    CycleEnd,
    Findings,
    Lifecycle,
    Measure,
    MessageFact,
    Step,
    Wait,
    decided_since,
    in_order,
    replay,
)
from profiles import examples

TIMES = st.integers(0, 30)


class Timeline:
    """A conversation as the store keeps it: what was said and done, and the life that its row stands for.

    It appends where `in_order` and `can_append` allow, and replays elsewhere, as the engine and the desk do.
    """

    def __init__(self) -> None:
        self.said: list[MessageFact] = []
        self.steps: list[Step] = []
        self.life = Lifecycle()
        self.measures: list[Measure] = []
        self.waits: dict[int, Wait] = {}
        self.ends: list[CycleEnd] = []
        self.now = 15
        self.appended = 0

    @property
    def row(self) -> Lifecycle:
        """What a row keeps of a life."""
        return plain(self.life)

    def replayed(self) -> None:
        self.life, found = replay(self.said, self.steps)
        self.measures, self.ends = found.measures, found.ends
        self.waits = {wait.message_id: wait for wait in found.waits}

    def append(self, life: Lifecycle, found: Findings) -> None:
        self.life = life
        self.measures, self.ends = [*self.measures, *found.measures], [*self.ends, *found.ends]
        for wait in found.waits:
            if wait.message_id:
                self.waits.setdefault(wait.message_id, wait)
                continue
            running = next((w for w in self.waits.values() if not w.outcome), None)
            if running is not None:
                self.waits[running.message_id] = running._replace(
                    end=wait.end, outcome=wait.outcome, member=wait.member
                )
        if life.running is not None:
            self.waits.setdefault(life.running.message_id, life.running)
        self.appended += 1

    def say(
        self,
        at: int | None,
        inbound: bool,
        member: str,
        written: int | None,
        history: bool,
        needs: bool = True,
        unseen: int | None = None,
    ) -> None:
        self.now += 1
        at = self.now if at is None else at
        newest = max((m.at for m in self.said), default=None)
        deletions = any(m.deleted_at is not None for m in self.said)
        written = None if inbound or written is None else at - written
        seen = None if inbound or unseen is None else max(0, len(self.said) - unseen)
        said = MessageFact(
            *(len(self.said) + 1, at, inbound, "" if inbound else member, written, history), needs=needs, seen=seen
        )
        self.said.append(said)
        life = self.row
        known = seen is None or seen == len(self.said) - 1
        if in_order(newest, said, deletions=deletions) and (inbound or (known and not decided_since(life, said))):
            found = Findings()
            life.add_message(said, found)
            self.append(life, found)
        else:
            self.replayed()

    def step(self, name: str, member: str, reason: str = "") -> None:
        self.now += 1
        until = self.now + 50 if name == "snoozed" else None
        reason = reason if name == "closed" else ""
        step = Step(self.now, name, len(self.said), member, until, len(self.steps) + 1, reason)
        # What the desk refuses, and what the clock does not do.
        status = self.life.status
        if (status, name) in {("closed", "closed"), ("open", "opened"), ("spam", "spammed"), ("spam", "snoozed")}:
            return
        if name == "woke" and status != "snoozed":
            return
        self.steps.append(step)
        if (life := self.row).can_append(step):
            found = Findings()
            life.add_step(step, found)
            self.append(life, found)
        else:
            self.replayed()

    def delete(self, number: int) -> None:
        self.now += 1
        if self.said:
            number %= len(self.said)
            if self.said[number].deleted_at is None:
                self.said[number] = self.said[number]._replace(deleted_at=self.now)
                self.replayed()

    def undo(self, number: int) -> None:
        self.now += 1
        if self.steps:
            del self.steps[number % len(self.steps)]
            self.replayed()


SAY = st.tuples(
    st.just("say"),
    st.none() | TIMES,
    st.booleans(),
    st.sampled_from(["", "ana", "lena"]),
    st.none() | st.integers(0, 5),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([True, True, False]),
    st.sampled_from([None, 0, 1, 2]),
)
STEP = st.tuples(
    st.just("step"),
    st.sampled_from(["opened", "closed", "snoozed", "woke", "spammed"]),
    st.just("ana") | st.just(""),
    st.sampled_from(["", "thanks"]),
)
DELETE = st.tuples(st.just("delete"), st.integers(0, 20))
UNDO = st.tuples(st.just("undo"), st.integers(0, 20))
HAPPENINGS = st.lists(SAY | SAY | STEP | STEP | DELETE | UNDO, max_size=9)


def walk(happenings: list[tuple]) -> Timeline:
    line = Timeline()
    for name, *rest in happenings:
        getattr(line, name)(*rest)
    return line


def plain(life: Lifecycle) -> Lifecycle:
    """A life without what only a replay knows."""
    return replace(life, needs_id=0, owed_id=0, unanswered=[], set_aside=[], closings=[])


def key(measure: Measure) -> tuple:
    return (measure.name, measure.start, measure.end, measure.member)


# Answered after it was closed, then snoozed: it stays resolved.
ANSWERED_LATE = [
    ("say", None, True, "", None, False),
    ("step", "closed", "ana"),
    ("say", None, False, "", None, False),
    ("step", "snoozed", "ana"),
]


@settings(max_examples=examples(400))
@given(HAPPENINGS)
@example(ANSWERED_LATE)
def test_appending_and_replaying_are_the_same_at_every_moment(happenings):
    line = Timeline()
    for name, *rest in happenings:
        getattr(line, name)(*rest)
        life, found = replay(line.said, line.steps)
        assert line.row == plain(life)
        assert sorted(map(key, line.measures)) == sorted(map(key, found.measures))
        assert line.waits == {wait.message_id: wait for wait in found.waits}
        assert sorted(line.ends) == sorted(found.ends)


@settings(max_examples=examples(200))
@given(HAPPENINGS, st.randoms())
def test_a_replay_does_not_ask_in_which_order_it_is_given(happenings, random):
    line = walk(happenings)
    said, steps = line.said[:], line.steps[:]
    random.shuffle(said)
    random.shuffle(steps)
    assert replay(said, steps) == replay(line.said, line.steps)


@settings(max_examples=examples(200))
@given(HAPPENINGS)
def test_a_life_is_sound(happenings):
    line = walk(happenings)
    life, found = replay(line.said, line.steps)
    measures = found.measures
    assert (life.waiting_since is None) == (life.waiting == 0)
    assert [asked.at for asked in sorted(life.unanswered)][:1] == (
        [] if life.waiting_since is None else [life.waiting_since]
    )
    assert len(life.unanswered) == life.waiting
    assert (life.snoozed_until is not None) == (life.status == "snoozed")
    assert life.status == "closed" or life.closed_at is None
    if life.waiting_since is not None:
        assert life.status in ("open", "snoozed")
    needing = [asked.at for asked in life.unanswered if asked.needs]
    assert life.needs_since == min(needing, default=None)
    assert (life.end != "") <= (life.status == "closed")
    assert len({wait.message_id for wait in found.waits}) == len(found.waits)
    assert all(wait.end is None or wait.end >= wait.start for wait in found.waits)
    running = [wait for wait in found.waits if not wait.outcome]
    assert len(running) <= (life.needs_since is not None)
    assert all(m.end >= m.start for m in measures if m.name != "resolution")
    inbound = {m.at for m in line.said if m.inbound}
    assert all(m.start in inbound for m in measures)
    if life.cycle_at is not None:
        assert life.cycle_at in inbound


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["", "ana"])), max_size=12))
def test_without_steps_the_definitions_can_be_counted_by_hand(turns):
    """One cycle: its start is the first question, its first response the first answer after it; a reply is measured
    wherever an answer follows a question."""
    said = [MessageFact(n, n * 10, inbound, "" if inbound else member) for n, (inbound, member) in enumerate(turns, 1)]
    wanted: list[tuple] = []
    asked: int | None = None
    start: int | None = None
    answered = False
    for m in said:
        if m.inbound:
            asked = m.at if asked is None else asked
            start = m.at if start is None else start
            continue
        if start is not None and not answered:
            wanted.append(("first_response", start, m.at, m.member))
            answered = True
        if asked is not None:
            wanted.append(("reply", asked, m.at, m.member))
            asked = None
    life, found = replay(said, [])
    assert list(map(key, found.measures)) == wanted
    assert life.waiting_since == asked
    assert life.status == ("closed" if not said else "open" if asked is not None else "pending")


def test_the_walk_appends_more_often_than_not():
    """The property would say nothing if everything were replayed."""
    line = walk([("say", None, True, "", None, False), ("step", "snoozed", "ana"), ("step", "woke", "")])
    assert line.appended == 3
