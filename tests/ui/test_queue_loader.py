"""Reading beside, as whoever waits for it sees it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from queue_parts import Beside, Waiter
from ui_world import World

from cminbox.errors import StoreError
from cminbox.screens.queue import loader as module
from cminbox.screens.queue.loader import PageLoader


class Reading:
    """A loader whose reads wait until they are let go, and what came of them."""

    def __init__(self, world: World) -> None:
        self.beside, self.waiter = Beside(), Waiter()
        self.go_on = threading.Event()
        self.shown: list[str] = []
        self.loader = PageLoader(world.store, self.beside, self.waiter)

    def request(self, what: str, *, quiet: bool = False, error: Exception | None = None) -> None:
        """Ask for something that somebody waits for, or (`quiet`) nobody does."""

        def work(conn: object) -> str:
            self.go_on.wait(20)
            if error is not None:
                raise error
            return what

        def show(found: str) -> None:
            assert not self.loader.pending
            self.shown.append(found)

        back: Callable[[], None] | None = None if quiet else lambda: self.shown.append(f"not {what}")
        self.loader.request(work, show, what, back=back)

    async def answer(self) -> None:
        """Let all reads go on, and wait for what comes of them."""
        self.go_on.set()
        await self.beside.done()


@pytest.fixture
async def reading(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reading]:
    """A loader that waits for nothing on the loop."""
    monkeypatch.setattr(module, "UNNOTICED_SECONDS", 0.0)
    made = Reading(world)
    yield made
    made.go_on.set()
    made.loader.close()
    await made.beside.done()


async def test_what_is_there_soon_is_shown_at_once(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNNOTICED_SECONDS", 20.0)
    reading.go_on.set()
    reading.request("tea")
    assert reading.shown == ["tea"]
    assert reading.waiter.told == []
    assert await reading.loader.finished()


async def test_what_takes_long_is_said_and_shown_when_it_is_there(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.0)
    reading.request("tea")
    assert reading.loader.pending
    while "slow tea" not in reading.waiter.told:
        await asyncio.sleep(0)
    assert reading.shown == []
    await reading.answer()
    assert reading.waiter.told == ["begin", "slow tea", "end"]
    assert reading.shown == ["tea"]
    assert await reading.loader.finished()


async def test_a_newer_request_takes_the_place_of_an_older_one(reading: Reading) -> None:
    reading.request("tea")
    reading.request("coffee")
    await reading.answer()
    assert reading.shown == ["coffee"]
    # Nothing was lost: what is done next is about the newer one.
    assert reading.waiter.told == ["begin", "end", "begin", "end"]


async def test_what_is_given_up_is_as_before(reading: Reading) -> None:
    reading.request("tea")
    waiting = asyncio.ensure_future(reading.loader.finished())
    await asyncio.sleep(0)
    assert reading.loader.cancel()
    assert not reading.loader.pending
    assert not await waiting
    assert not reading.loader.cancel()
    await reading.answer()
    assert reading.shown == ["not tea"]
    assert reading.waiter.told == ["begin", "lost"]


async def test_what_goes_wrong_is_said_and_is_as_before(reading: Reading) -> None:
    reading.request("tea", error=StoreError("the disk is gone"))
    await reading.answer()
    assert reading.shown == ["not tea"]
    assert reading.waiter.told == ["begin", "lost", "failed the disk is gone"]
    assert not await reading.loader.finished()


async def test_what_nobody_waits_for_gives_way(reading: Reading) -> None:
    reading.request("the same again", quiet=True)
    assert not reading.loader.pending
    reading.request("tea")
    reading.request("the same again", quiet=True)
    await reading.answer()
    assert reading.shown == ["tea"]
    reading.request("the same again", quiet=True)
    await reading.answer()
    assert reading.shown == ["tea", "the same again"]
    assert reading.waiter.told == ["begin", "end"]


async def test_nothing_is_shown_after_the_end(reading: Reading) -> None:
    reading.request("tea")
    reading.go_on.set()
    reading.loader.close()
    await reading.beside.done()
    assert reading.shown == []
    assert reading.waiter.told == ["begin"]
