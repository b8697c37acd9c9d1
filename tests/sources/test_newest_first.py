"""A newest-first list is read to its end, whatever happens to it between two pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.errors import Refused
from cminbox.sources.newest_first import MOST_NEW, Listed, NewestFirst, Reached
from profiles import examples

Item = tuple[str, int]
"""An id and its time."""


@dataclass
class World:
    """A list of a network; `size` is the longest page, `by` how it names its pages."""

    size: int = 3
    by: str = "last"
    items: list[Item] = field(default_factory=list)
    made: int = 0
    asked: list[str] = field(default_factory=list)
    dead: bool = False

    def add(self, count: int = 1) -> None:
        for _ in range(count):
            self.made += 1
            self.items.insert(0, (f"i{self.made}", self.made))

    def drop(self, at: int) -> None:
        if self.items:
            self.items.pop(at % len(self.items))

    async def fetch(self, at: str) -> Listed[Item]:
        self.asked.append(at)
        if at and self.dead:
            error = Refused("that token has ended")
            error.status = 400
            raise error
        if self.by == "offset":
            start = max(0, int(at or 0))
            rest = self.items[start:]
            # One that overlaps by its own size loses nothing when something above is deleted.
            following = str(max(start + 1, start + self.size - 2))
        else:
            rest = [item for item in self.items if not at or item[1] < int(at)]
            following = str(rest[self.size - 1][1]) if len(rest) > self.size else ""
        if self.by == "offset" and start + self.size >= len(self.items):
            following = ""
        return Listed(rest[: self.size], following)

    def walk(self, **more: int) -> NewestFirst[Item]:
        return NewestFirst(self.fetch, lambda item: item[0], lambda item: item[1], floor=0, **more)


async def read(world: World, reached: Reached, stop: int | None = None) -> tuple[list[Item], Reached]:
    """One poll, cut after `stop` pages."""
    got: list[Item] = []
    steps = world.walk().steps(reached)
    taken = 0
    async for items, place in steps:
        got += items
        reached = Reached.load(place.dump())
        taken += 1
        if taken == stop:
            break
    await steps.aclose()  # type: ignore[attr-defined]
    return got, reached


MOVES = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "read", "cut"]), st.integers(1, 30)), min_size=1, max_size=12
)


@settings(max_examples=examples(150), deadline=None)
@given(moves=MOVES, size=st.integers(1, 5))
async def test_all_that_stands_is_read_once(moves: Sequence[tuple[str, int]], size: int) -> None:
    world, reached, got = World(size=size), Reached(), list[Item]()
    for move, number in moves:
        if move == "add":
            world.add(number)
        elif move == "drop":
            world.drop(number)
        else:
            new, reached = await read(world, reached, None if move == "read" else 1 + number % 3)
            got += new
    for _ in range(8):
        new, reached = await read(world, reached)
        got += new
    assert len(got) == len(set(got))
    assert set(world.items) <= set(got)
    assert not reached.gaps
    world.asked.clear()
    assert (await read(world, reached))[0] == []
    assert len(world.asked) == 1


async def test_what_is_new_comes_first_whatever_is_behind() -> None:
    world = World(size=2)
    world.add(500)
    got, reached = await read(world, Reached(), 3)
    world.add(1)
    got, reached = await read(world, reached, 1)
    assert got == [("i501", 501)]
    assert reached.gaps


async def test_more_than_a_few_pages_of_new_ones_are_left_for_the_gap() -> None:
    world = World(size=2)
    world.add(3)
    _, reached = await read(world, Reached())
    world.add(2 * MOST_NEW + 6)
    got, reached = await read(world, reached, MOST_NEW)
    assert len(got) == 2 * MOST_NEW
    rest, reached = await read(world, reached)
    assert len(rest) == 6
    times = [when for _, when in (*got, *rest)]
    assert all(one > other for one, other in pairwise(times))


async def test_a_token_that_has_ended_is_begun_again_from_the_top() -> None:
    world = World(size=2)
    world.add(9)
    first, reached = await read(world, Reached(), 1)
    world.dead = True
    world.add(1)
    again, reached = await read(world, reached, 2)
    world.dead = False
    rest, reached = await read(world, reached)
    assert sorted([*first, *again, *rest]) == sorted(world.items)
    assert not reached.gaps


async def test_tokens_that_end_always_stop_nothing_for_ever() -> None:
    world = World(size=2)
    world.add(9)
    world.dead = True
    got, reached = await read(world, Reached())
    assert got == [("i9", 9), ("i8", 8)]
    assert not reached.gaps


async def test_offsets_that_overlap_lose_nothing_when_something_above_is_deleted() -> None:
    world = World(size=4, by="offset")
    world.add(20)
    got, reached = await read(world, Reached(), 2)
    world.drop(0)
    rest, reached = await read(world, reached)
    assert {*got, *rest} >= set(world.items)


async def test_an_overlap_finds_what_is_listed_late() -> None:
    world = World(size=3)
    world.add(10)
    _, reached = await read(world, Reached())
    world.items.insert(4, ("late", 7))
    assert (await read(world, reached))[0] == []
    found = [item async for items, _ in world.walk(overlap=5).steps(reached) for item in items]
    assert found == [("late", 7)]


async def test_an_overlap_longer_than_a_walk_leaves_no_gap_and_starves_none() -> None:
    """A day of comments where a day is read again: each poll would begin one more walk down all of it."""
    world = World(size=3)
    world.add(2)
    _, reached = await read(world, Reached())
    world.add(300)
    passed: list[Item] = []
    for _ in range(40):
        walk = world.walk(overlap=1000, most=20)
        async for items, place in walk.steps(reached):
            passed += items
            reached = Reached.load(place.dump())
        assert walk.asked <= 20
        assert len(reached.gaps) <= 1
    assert sorted(passed) == sorted(world.items[:300])
    assert not reached.gaps
    # It still finds what is listed late, within half of a walk.
    world.items.insert(25, ("late", world.items[25][1]))
    walk = world.walk(overlap=1000, most=20)
    found = [item async for items, place in walk.steps(reached) for item in items]
    assert [own for own, _ in found] == ["late"]
    assert walk.asked == 10
