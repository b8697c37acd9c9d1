"""When the program under test has done all that it was asked: what a pilot waits for after each key.

Textual's pilots sleep for a fiftieth of a second, and again until the process hardly worked in one. Here the wait is
over once nothing can come in the next fiftieth: then sleeping through it would change nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic, process_time
from typing import Any
from weakref import WeakSet

import pytest

SPAN = 1 / 50
"""Seconds in which nothing may be due; as long as Textual's own sleep."""
LOOK = SPAN / 10
"""Seconds between two looks."""

_running: WeakSet[Future[Any]] = WeakSet()
"""What was given to a thread; threads add to it too."""
_adding = Lock()


def _nothing_to_come(end: float) -> bool:
    """No task can go on, no thread works for one, and no timer is due before that time."""
    loop: Any = asyncio.get_running_loop()
    with _adding:
        given = list(_running)
    return not (
        loop._ready
        or any(not future.done() for future in given)
        or any(timer.when() < end for timer in loop._scheduled if not timer.cancelled())
    )


async def wait_for_idle(min_sleep: float = SPAN, max_sleep: float = 1) -> None:
    """Wait until nothing is to come in a span in which little was done, or such a span has passed."""
    begin = rested = monotonic()
    found = 0
    while True:
        worked = process_time()
        await asyncio.sleep(LOOK)
        now = monotonic()
        if process_time() - worked > LOOK / 4:
            rested = now
        # What a thread has just done may not have come to its task yet: the second look sees that.
        found = found + 1 if _nothing_to_come(rested + SPAN) else 0
        at_rest = found == 2 or now - rested >= SPAN
        if (at_rest and now - begin >= min_sleep) or now - begin >= max_sleep:
            return


@pytest.fixture(scope="session", autouse=True)
def quick_pilots() -> Iterator[None]:
    """Pilots wait for what is to come, and no longer."""
    submit = ThreadPoolExecutor.submit

    def noted(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = submit(pool, work, *args, **named)
        with _adding:
            _running.add(future)
        return future

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", noted)
        for module in ("textual.app", "textual.pilot"):
            patch.setattr(f"{module}.wait_for_idle", wait_for_idle)
        yield
