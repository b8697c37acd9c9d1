"""Files that break while an engine runs: it says so where the screens look, and goes on with the last good ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from shell import lines_of, write

from cminbox import config as configuration
from cminbox import paths
from cminbox.engine.loop import Engine
from cminbox.model import MINUTE, now, to_iso
from cminbox.store import Store, conversations, engine, sources

RULE = '[[rule]]\nname = "mine"\nwhen = "refund"\npriority = {points}\n'
SOURCE = '[[source]]\nname = "lines"\nnetwork = "jsonl"\npath = "{path}"\ninterval = "5s"\n'
FAST = 40
"""How many times faster the engine's clock goes."""


async def until(check: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(30):
        while not check():
            await asyncio.sleep(0.02)


@pytest.fixture
def folder(home):
    return paths.find().config


async def test_an_engine_goes_on_with_the_last_good_files(folder, home):
    at = to_iso(now() - MINUTE)
    lines = write(home / "in.jsonl", lines_of(1, created_at=at))
    config = write(folder / "config.toml", SOURCE.format(path=lines))
    rule = write(folder / "rules" / "mine.toml", RULE.format(points=40))
    began, start = time.monotonic(), now()

    def clock() -> int:
        return start + round((time.monotonic() - began) * 1000 * FAST)

    with Store.open(paths.find().store) as store:

        def problem() -> str:
            row = engine.get(store.read())
            return row.problem if row else ""

        def points() -> list[int]:
            rows = conversations.page(store.read(), None)
            return [reason.points for row in rows for reason in row.reasons if reason.rule == "mine"]

        running = Engine(store, configuration.load(paths.find()), clock=clock)
        task = asyncio.create_task(running.run())
        try:
            await until(lambda: points() == [40])
            rule.write_text("[[rule]\n")
            await until(lambda: "mine.toml:1:7: not TOML" in problem())
            lines.write_text(lines_of(2, created_at=at))
            await until(lambda: points() == [40, 40])
            rule.write_text(RULE.format(points=41))
            await until(lambda: problem() == "" and points() == [41, 41])
            config.write_text("[sla\n")
            await until(lambda: "config.toml:1:5: not TOML" in problem())
            lines.write_text(lines_of(3, created_at=at))
            await until(lambda: points() == [41, 41, 41])
            assert "config.toml" in problem()
            config.write_text(SOURCE.format(path=lines).replace("lines", "other", 1))
            await until(lambda: problem() == "" and sources.by_name(store.read(), "other") is not None)
            assert not sources.by_name(store.read(), "lines").polled
        finally:
            running.stop()
            await task
