"""The polls of an engine: those that wait for a place, and those under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from cminbox.config import SourceConfig
from cminbox.engine.poll_slots import PollSlots
from cminbox.engine.polling import Polled
from cminbox.engine.takein import Taken
from cminbox.errors import Retryable
from cminbox.sources.http import host_of

LOOK_EVERY = 0.2
"""Seconds after which it is seen that a poll has become a slow one."""

Poll = Callable[[SourceConfig], Coroutine[Any, Any, Polled]]


class Polls:
    """Polls sources beside each other, as far as there are places; each is stored as it comes.

    Args:
        poll: polls one source.
        start: runs a coroutine beside the caller, under a name; False where one of that name still runs.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        poll: Poll,
        start: Callable[[str, Coroutine[Any, Any, None]], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poll = poll
        self._start = start
        self._slots = PollSlots(clock)
        self._queue: dict[str, SourceConfig] = {}
        self._results: dict[str, Polled] | None = None
        self._failed: BaseException | None = None
        self._changed = asyncio.Event()

    def want(self, wanted: Iterable[SourceConfig]) -> None:
        """These are to be polled, the first ones first; takes the place of what was wanted before."""
        self._queue = {source.name: source for source in wanted if source.name not in self._slots}
        self._fill()

    async def all(self, wanted: Sequence[SourceConfig]) -> list[Polled]:
        """Poll these sources, each once, and wait for all; the results are in their order. Raises what a poll raises.

        Where a server does not answer for some of its sources, the others are not asked there.
        """
        found: dict[str, Polled] = {}
        self._results = found
        self.want(wanted)
        while (self._queue or len(self._slots)) and self._failed is None:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), LOOK_EVERY)
            except TimeoutError:
                self._fill()  # a slow one may have made room
        self._results = None
        if self._failed is not None:
            raise self._failed
        return [found[source.name] for source in wanted]

    def __len__(self) -> int:
        """How many polls run now."""
        return len(self._slots)

    def _fill(self) -> None:
        """Begin what there are places for."""
        if self._results is not None:
            for name in [name for name, source in self._queue.items() if self._slots.hangs(_host(source))]:
                silent = Retryable(f"{_host(self._queue.pop(name))} did not answer in time for another source of it")
                self._results[name] = Polled(name, Taken(), 0, error=silent)
        for name in self._slots.take((name, _host(source)) for name, source in self._queue.items()):
            if not self._start(f"poll {name}", self._run(self._queue.pop(name))):
                self._slots.give_back(name, answered=True)

    async def _run(self, source: SourceConfig) -> None:
        answered = True
        try:
            polled = await self._poll(source)
            answered = not isinstance(polled.error, Retryable)
            if self._results is not None:
                self._results[source.name] = polled
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._slots.give_back(source.name, answered=answered)
            self._changed.set()
            self._fill()


def _host(source: SourceConfig) -> str:
    return (
        host_of(source.base_url if "://" in source.base_url else f"https://{source.base_url}")
        if source.base_url
        else ""
    )
