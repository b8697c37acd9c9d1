"""Polls beside each other: all are made, in order of need, and a host that hangs is not waited for again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from cminbox.config import SourceConfig
from cminbox.engine.poll_slots import PER_HOST, QUICK_AT_ONCE
from cminbox.engine.polling import Polled
from cminbox.engine.polls import Polls
from cminbox.engine.takein import Taken
from cminbox.errors import Full, Retryable


class Bench:
    """Polls that take no time but a clock's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.polled: list[str] = []
        self.at_once = self.most_at_once = 0
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.polls = Polls(self.poll, self.start, lambda: self.now)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> bool:
        if name in self.tasks and not self.tasks[name].done():
            work.close()
            return False
        self.tasks[name] = asyncio.create_task(work)
        return True

    async def poll(self, source: SourceConfig) -> Polled:
        self.polled.append(source.name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        hangs = "hanging" in source.base_url
        if hangs:
            self.now += 20
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if source.name == "full":
            raise Full("the disk is full")
        error = Retryable("hanging.test did not answer in time") if hangs else None
        return Polled(source.name, Taken(new=1), 0, error=error)


def feeds(count: int, host: str) -> list[SourceConfig]:
    return [source(f"{host} {n}", f"https://{host.replace('#', str(n))}/feed/{n}") for n in range(count)]


def source(name: str, base_url: str) -> SourceConfig:
    return SourceConfig(name=name, network="feed", base_url=base_url)


async def test_all_are_polled_once_a_few_at_a_time_and_told_in_order() -> None:
    bench = Bench()
    wanted = feeds(300, "h#.test")
    found = await bench.polls.all(wanted)
    assert [one.source for one in found] == [one.name for one in wanted]
    assert sorted(bench.polled) == sorted(one.name for one in wanted)
    assert bench.most_at_once <= QUICK_AT_ONCE


async def test_sixty_feeds_of_a_host_that_hangs_cost_one_wait() -> None:
    bench = Bench()
    hanging = feeds(60, "hanging.test")
    found = await bench.polls.all([*hanging, source("well", "https://well.test/feed")])
    assert found[-1].error is None
    assert all(one.error is not None and "did not answer in time" in one.error.line() for one in found[:-1])
    assert sum(name.startswith("hanging") for name in bench.polled) == PER_HOST


async def test_what_a_poll_raises_is_raised() -> None:
    bench = Bench()
    with pytest.raises(Full):
        await bench.polls.all([source("full", "https://a.test/"), *feeds(5, "h#.test")])
    await asyncio.gather(*bench.tasks.values(), return_exceptions=True)


async def test_what_is_wanted_meanwhile_is_polled_when_there_is_room_and_nothing_twice_at_once() -> None:
    bench = Bench()
    wanted = feeds(60, "h#.test")
    bench.polls.want(wanted)
    bench.polls.want(wanted)
    assert len(bench.polls) == QUICK_AT_ONCE
    while len(bench.polls):
        await asyncio.sleep(0.01)
    assert sorted(bench.polled) == sorted(one.name for one in wanted)
