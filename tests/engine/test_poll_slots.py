"""Places for polls: whoever answers is never kept waiting by who does not."""

from __future__ import annotations

import random

from cminbox.engine.poll_slots import PER_HOST, QUICK_AT_ONCE, SLOW_AFTER, SLOW_AT_ONCE, PollSlots


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_host_has_few_places_and_the_others_theirs() -> None:
    slots = PollSlots(Clock())
    wanted = [(f"one {n}", "one.test") for n in range(60)] + [(f"two {n}", "two.test") for n in range(2)]
    taken = slots.take(wanted)
    assert taken == [*(f"one {n}" for n in range(PER_HOST)), "two 0", "two 1"]
    slots.give_back("one 0", answered=True)
    assert slots.take(wanted) == ["one 0"]
    assert "one 0" in slots
    assert "one 7" not in slots


def test_who_asks_no_server_shares_nothing() -> None:
    slots = PollSlots(Clock())
    assert len(slots.take([(f"lines {n}", "") for n in range(100)])) == QUICK_AT_ONCE


def test_a_slow_poll_gives_its_place_to_the_next() -> None:
    clock = Clock()
    slots = PollSlots(clock)
    wanted = [(f"s{n}", f"h{n}.test") for n in range(1000)]
    assert len(slots.take(wanted)) == QUICK_AT_ONCE
    assert slots.take(wanted) == []
    clock.now += SLOW_AFTER * 1.1
    assert len(slots.take(wanted)) == QUICK_AT_ONCE
    for _ in range(50):
        clock.now += SLOW_AFTER * 1.1
        slots.take(wanted)
    assert len(slots) == QUICK_AT_ONCE + SLOW_AT_ONCE


def test_a_host_that_hangs_is_asked_by_one_source_until_it_answers() -> None:
    clock = Clock()
    slots = PollSlots(clock)
    wanted = [(f"s{n}", "hanging.test") for n in range(60)]
    first = slots.take(wanted)
    clock.now += 20
    for name in first:
        slots.give_back(name, answered=False)
    (again,) = slots.take(wanted)
    assert slots.take(wanted) == []
    slots.give_back(again, answered=True)
    assert len(slots.take(wanted)) == PER_HOST


def test_a_quick_refusal_is_no_hanging() -> None:
    slots = PollSlots(Clock())
    (name,) = slots.take([("s", "down.test")])
    slots.give_back(name, answered=False)
    assert len(slots.take([(f"s{n}", "down.test") for n in range(9)])) == PER_HOST


def test_a_thousand_of_which_a_tenth_hangs_are_all_read_within_seconds() -> None:
    """Simulated: a healthy poll takes 0.05 to 0.3 s, one that hangs 20; who failed waits longer each time."""
    dice, clock = random.Random(7), Clock()
    slots = PollSlots(clock)
    hangs = {f"s{n}" for n in range(0, 1000, 10)}
    due = {f"s{n}": 0.0 for n in range(1000)}
    ends: dict[str, float] = {}
    read: dict[str, float] = {}
    failures = dict.fromkeys(due, 0)
    while clock.now < 120:
        for name in [name for name, end in ends.items() if end <= clock.now]:
            slots.give_back(name, answered=name not in hangs)
            del ends[name]
            failures[name] += name in hangs
            due[name] = clock.now + 30 * 2 ** min(5, max(0, failures[name] - 1))
            read.setdefault(name, clock.now)
            assert name in hangs or clock.now - due[name] <= 0
        wanted = sorted((at, name) for name, at in due.items() if at <= clock.now and name not in slots)
        for name in slots.take([(name, f"{name}.test") for _, name in wanted]):
            ends[name] = clock.now + (20 if name in hangs else dice.uniform(0.05, 0.3))
        late = [clock.now - at for name, at in due.items() if name not in hangs and name not in ends]
        assert max(late, default=0) < 25
        clock.now += 0.05
    assert max(at for name, at in read.items() if name not in hangs) < 25
