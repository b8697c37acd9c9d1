"""What an engine does beside its loop: each by a name, once at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from cminbox.errors import CminboxError
from cminbox.model import SECOND

LOG = logging.getLogger(__name__)
WAITED_FOR = 5
"""Seconds that running work has to end, before it is cut."""


class Jobs:
    """Runs work beside the loop. What goes wrong in one is its own matter, and is told in `problem`.

    Attributes:
        problem: what went wrong last, until the chores or a poll go well again.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._busy: dict[str, asyncio.Task[Any]] = {}
        self._last: dict[str, float] = {}

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> bool:
        """Run something, unless something of this name runs; whether it was begun."""
        if name in self._busy:
            work.close()
            return False
        task = asyncio.create_task(work, name=name)
        self._busy[name] = task
        task.add_done_callback(lambda done: self._done(name, done))
        return True

    def _done(self, name: str, task: asyncio.Task[Any]) -> None:
        self._busy.pop(name, None)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, CminboxError):
            self.problem = error.line()
            LOG.error("%s: %s", name, error.line())
        elif error is not None:
            LOG.error("%s failed", name, exc_info=error)
            self.problem = f"{name} failed ({type(error).__name__}); the log has the details"
        elif name == "chores" or name.startswith("poll "):
            self.problem = ""

    def is_time(self, what: str, every: int) -> bool:
        """Whether something is to be done that is done every so many milliseconds, whatever becomes of the clock."""
        now = time.monotonic() * SECOND
        if now - self._last.get(what, -every) < every:
            return False
        self._last[what] = now
        return True

    def any(self, *beginnings: str) -> bool:
        """Whether something runs whose name begins so."""
        return any(name.startswith(beginnings) for name in self._busy)

    def words(self) -> str:
        """What runs, in a few words."""
        busy = sorted(self._busy)
        return ", ".join(busy) if len(busy) <= 5 else f"{', '.join(busy[:4])} and {len(busy) - 4} more"

    async def finish(self) -> None:
        """Let running work end, within reason; what is cut is recovered at the next start."""
        tasks = list(self._busy.values())
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=WAITED_FOR)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
