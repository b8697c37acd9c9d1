"""Where the engine scores: beside its loop, one work after another, whatever its other threads wait for."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cminbox.engine.scoring import Scoring


async def test_one_page_is_scored_after_another_on_one_thread() -> None:
    scoring = Scoring(None)
    busy, at_once, threads = 0, 0, set()

    def work() -> None:
        nonlocal busy, at_once
        busy += 1
        at_once = max(at_once, busy)
        threads.add(threading.get_ident())
        threading.Event().wait(0.01)
        busy -= 1

    await asyncio.gather(*(scoring.beside(work) for _ in range(8)))
    assert (at_once, len(threads)) == (1, 1)
    assert threading.get_ident() not in threads


async def test_scoring_does_not_wait_for_name_servers() -> None:
    goes_on = threading.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    looking_up = asyncio.create_task(asyncio.to_thread(goes_on.wait, 20))
    await asyncio.sleep(0)
    try:
        assert await asyncio.wait_for(Scoring(None).beside(lambda: "scored"), 10) == "scored"
    finally:
        goes_on.set()
    await looking_up


async def test_what_scoring_raises_is_raised() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Scoring(None).beside(work)
