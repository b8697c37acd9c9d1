"""Walks: nothing is lost and nothing comes twice, whatever the server obeys and wherever a walk is cut."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.sources.paging import MOST_GAPS, MOST_KNOWN, Place, Walk, id_of, links, load_cursor
from profiles import examples


class Listing:
    """A newest-first list of a server that obeys what `paging` says."""

    def __init__(self, paging: str, size: int) -> None:
        self.paging, self.size = paging, size
        self.ids: list[str] = []
        self.asked = self.made = 0

    def add(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            self.ids.append(f"{random.Random(self.made).randrange(10**6)}-{self.made}")

    async def fetch(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        self.asked += 1
        ids = self.ids
        low, high = params.get("min_id", ""), params.get("max_id", "")
        if high in ids:
            ids = ids[: ids.index(high)]
        if self.paging != "no min_id" and low in ids:
            start = ids.index(low) + (self.paging == "forward")
            page = ids[start : start + self.size]
        else:
            page = ids[-self.size :]
        return [{"id": own, "at": self.ids.index(own)} for own in reversed(page)]


async def poll(listing: Listing, place: Place, cut: int | None = None, floor: int = -1) -> tuple[list[str], Place]:
    """One poll; with `cut` only so many steps of it are kept."""
    got: list[str] = []
    walk = Walk(listing.fetch, floor, lambda item: item["at"])
    steps = 0
    async for items, reached in walk.steps(place):
        if cut is not None and steps >= cut:
            break
        got += [id_of(item) for item in items]
        place = Place.load(load_cursor_round_trip(reached))
        steps += 1
    return got, place


def load_cursor_round_trip(place: Place) -> dict[str, Any]:
    import json

    return load_cursor(json.dumps(place.dump()))


@settings(max_examples=examples(150))
@given(
    paging=st.sampled_from(["forward", "inclusive", "no min_id"]),
    size=st.integers(3, 7),
    polls=st.lists(st.tuples(st.integers(0, 25), st.none() | st.integers(0, 3)), min_size=1, max_size=6),
)
def test_every_item_comes_and_none_twice(paging: str, size: int, polls: list[tuple[int, int | None]]) -> None:
    async def run() -> None:
        listing, place, got = Listing(paging, size), Place(), []
        for new, cut in [*polls, (0, None), (0, None)]:
            listing.add(new)
            found, place = await poll(listing, place, cut)
            got += found
        assert sorted(got) == sorted(listing.ids)
        assert len(set(got)) == len(got)

    asyncio.run(run())


class Arriving(Listing):
    """A list to which more is added while it is walked."""

    def __init__(self, paging: str, size: int, arriving: Iterator[int]) -> None:
        super().__init__(paging, size)
        self.arriving = arriving
        self.newest: list[str] = []

    async def fetch(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        if not params:
            self.newest = self.ids[-1:]
        found = await super().fetch(params)
        self.add(next(self.arriving, 0))
        return found


@settings(max_examples=examples(200))
@given(
    paging=st.sampled_from(["forward", "inclusive", "no min_id"]),
    size=st.integers(3, 7),
    most=st.integers(2, 5),
    polls=st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 4)), min_size=1, max_size=8),
    arriving=st.lists(st.integers(0, 9), max_size=60),
)
def test_what_is_new_comes_first_and_nothing_is_lost_wherever_it_is_cut(
    paging: str, size: int, most: int, polls: list[tuple[int, int | None]], arriving: list[int]
) -> None:
    """A walk of few lists, a backlog of many, cuts after any step, and news while it is read."""

    async def run() -> None:
        listing = Arriving(paging, size, iter(arriving))
        place, got = Place(), []
        for new, cut in [*polls, *[(0, None)] * 200]:
            listing.add(new)
            walk = Walk(listing.fetch, -1, lambda item: item["at"], most=most)
            step = 0
            async for items, reached in walk.steps(place):
                if cut is not None and step >= cut:
                    break
                if step == 0:
                    assert set(listing.newest) <= {id_of(item) for item in items} | set(place.known)
                got += [id_of(item) for item in items]
                place = Place.load(load_cursor_round_trip(reached))
                step += 1
        assert sorted(set(got)) == sorted(listing.ids)
        assert place.gaps == ()

    asyncio.run(run())


def test_too_many_gaps_become_fewer_and_cover_the_same() -> None:
    async def run() -> None:
        listing, place, got = Listing("forward", 5), Place(), []
        listing.add(5)
        for _ in range(20):
            walk = Walk(listing.fetch, -1, lambda item: item["at"], most=2)
            async for items, reached in walk.newest(place):
                got += [id_of(item) for item in items]
                place = reached
            listing.add(30)
        assert len(place.gaps) == MOST_GAPS
        while place.gaps:
            more, place = await poll(listing, place)
            got += more
        assert set(got) == set(listing.ids)

    asyncio.run(run())


async def test_a_cursor_of_before_is_taken_up() -> None:
    listing = Listing("forward", 5)
    listing.add(30)
    old = {"high": listing.ids[-1], "seek": listing.ids[-5], "known": listing.ids[:-6:-1], "forward": True}
    got, place = await poll(listing, Place.load(old))
    assert sorted([*got, *listing.ids[-5:]]) == sorted(listing.ids)
    assert place.gaps == ()


async def test_items_without_an_id_come_once() -> None:
    class Nameless(Listing):
        async def fetch(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
            found = await super().fetch(params)
            return found and [
                found[0],
                {"id": None, "at": 1, "text": "a"},
                {"id": "\ud800", "at": 1},
                {"at": 1},
                *found[1:],
            ]

    for paging in ("forward", "no min_id"):
        listing = Nameless(paging, 6)
        listing.add(4)
        walk = Walk(listing.fetch, -1, lambda item: item["at"])
        items = [item async for step, _ in walk.steps(Place()) for item in step]
        assert len(items) == 7


async def test_first_walk_brings_the_newest_first_and_ends_at_the_floor() -> None:
    listing = Listing("forward", 5)
    listing.add(30)
    got, place = await poll(listing, Place(), floor=17)
    assert got[0] == listing.ids[-1]
    assert set(got) == set(listing.ids[15:])  # whole lists: the one that crosses the floor is kept
    assert not place.gaps
    assert (await poll(listing, place, floor=17))[0] == []


async def test_an_idle_poll_costs_one_call() -> None:
    listing = Listing("forward", 5)
    listing.add(12)
    _, place = await poll(listing, Place())
    assert place.forward is True
    before = listing.asked
    assert (await poll(listing, place))[0] == []
    assert listing.asked == before + 1


@given(st.sampled_from(["forward", "inclusive", "no min_id"]), st.integers(0, 6), st.integers(0, 3), st.booleans())
def test_what_is_listed_late_comes_once(paging: str, below: int, new: int, meanwhile: bool) -> None:
    """One item is listed `below` others that were read, and nothing need come above it."""

    async def run() -> None:
        listing, place, got = Listing(paging, 9), Place(), []
        listing.add(20)

        async def poll_unsettled() -> None:
            nonlocal place
            walk = Walk(listing.fetch, -1, lambda item: item["at"], settled=0)
            async for items, reached in walk.steps(place):
                got.extend(id_of(item) for item in items)
                place = Place.load(load_cursor_round_trip(reached))

        await poll_unsettled()
        high = place.high
        listing.ids.insert(len(listing.ids) - below, "late")
        await poll_unsettled()
        assert "late" in got
        assert (place.high == high) == (below > 0)
        if meanwhile:
            await poll_unsettled()
        listing.add(new)
        await poll_unsettled()
        await poll_unsettled()
        assert sorted(got) == sorted(listing.ids)

    asyncio.run(run())


async def test_below_what_is_settled_nothing_is_looked_for() -> None:
    listing = Listing("forward", 5)
    listing.add(12)
    _, place = await poll(listing, Place())
    for settled, calls in ((place.at, 2), (place.at + 1, 1), (None, 1)):
        before = listing.asked
        walk = Walk(listing.fetch, -1, lambda item: item["at"], settled=settled)
        assert [items async for items, _ in walk.steps(place)] == []
        assert listing.asked == before + calls


async def test_a_server_that_knows_no_max_id_either_ends_the_walk() -> None:
    class Newest(Listing):
        async def fetch(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
            return await super().fetch({})

    listing = Newest("no min_id", 8)
    listing.add(6)
    got, place = await poll(listing, Place())
    assert sorted(got) == sorted(listing.ids)
    listing.add(3)
    got, place = await poll(listing, place)
    assert sorted(got) == sorted(listing.ids[6:])
    assert (await poll(listing, place))[0] == []


async def test_what_is_known_stays_bounded_and_its_loss_loses_nothing() -> None:
    listing = Listing("no min_id", 40)
    listing.add(1500)
    got, place = await poll(listing, Place())
    assert len(place.known) == MOST_KNOWN
    listing.add(90)
    more, place = await poll(listing, place)
    assert len(got) == 1500
    assert sorted(more) == sorted(listing.ids[1500:])
    assert len(place.known) == MOST_KNOWN


async def test_a_deleted_newest_item_does_not_stop_a_walk() -> None:
    for paging in ("forward", "no min_id"):
        listing = Listing(paging, 5)
        listing.add(12)
        _, place = await poll(listing, Place())
        listing.ids.pop()
        listing.add(2)
        if paging == "forward":
            place = Place(high="gone", known=place.known, forward=None)
        got, _ = await poll(listing, place)
        assert set(listing.ids[-2:]) <= set(got)


def test_links() -> None:
    header = '<https://a.test/x?max_id=1,2&limit=3>; rel="next", <https://a.test/x?min_id=9>; rel="prev"; title="a"'
    assert links(header) == {"next": "https://a.test/x?max_id=1,2&limit=3", "prev": "https://a.test/x?min_id=9"}
    assert links("") == {}
    assert links("nonsense, <unclosed; rel=next") == {}


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_broken_cursors_and_links_are_the_start(text: str) -> None:
    assert isinstance(load_cursor(text), dict)
    assert isinstance(Place.load(load_cursor(text)), Place)
    assert isinstance(links(text), dict)
