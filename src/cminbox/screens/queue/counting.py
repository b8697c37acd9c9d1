"""Counting what waits and what is new, off the loop and between keys."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

from cminbox import query
from cminbox.query.views import query_of
from cminbox.screens.queue.loader import Background
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.state import QueueState, look_beyond
from cminbox.screens.services import Services
from cminbox.store import Connection
from cminbox.store.sqlite.reader import yielding_to_keys

T = TypeVar("T")

COUNT_SECONDS = 1.0
"""Counting begins at most so often, and takes at most a fifth of the time."""
PAUSE_SECONDS, LATEST_SECONDS = 1.5, 5.0
"""What others changed is counted when no key was pressed for so long, and after so long in any case: it takes the time
of a processor, which a key may want."""


class BackgroundCounter:
    """Counts for the first two lines: what waits in each view, how engine and sources are, what is new in the list."""

    def __init__(self, services: Services, state: QueueState, rows: QueueList, start: Background) -> None:
        self._services, self._state, self._rows, self._start = services, state, rows, start
        self._wanted = self._news_wanted = False
        self._at_once = asyncio.Event()
        self._looked_beyond: object = None
        """The list that was empty when it was looked for what it does not show."""
        self.counting = False
        """Whether it counts, or waits for a pause to do so."""

    def count_soon(self, *, patient: bool = False, news: bool = False) -> None:
        """Count, and once more afterwards if it is asked for meanwhile.

        Args:
            patient: it can wait for a pause between keys.
            news: the store has changed, so count what is new in the list too.
        """
        self._wanted = True
        self._news_wanted |= news
        if not patient:
            self._at_once.set()
        if not self.counting:
            self.counting = True
            self._start(self._count())

    def look_beyond(self) -> None:
        """Count what the list, which is empty, does not show; once for each time that it was read."""
        if self._state.source is not None and self._looked_beyond is not self._state.source:
            self._looked_beyond = self._state.source
            self._start(self._look_beyond(self._state.source))

    async def _look_beyond(self, source: QueueRows) -> None:
        state = self._state
        shown, context = state.shown, state.context()
        view, typed = query_of(state.config, shown.view), query.parse(shown.filter)
        found = await self._aside(lambda conn: look_beyond(conn, shown, view, typed, context))
        if source is state.source:
            state.out_of_sight = found
            state.changed()

    async def _count(self) -> None:
        try:
            while self._wanted:
                await self._pause()
                self._wanted = False
                began = time.monotonic()
                await self._count_once()
                await asyncio.sleep(max(COUNT_SECONDS, 4 * (time.monotonic() - began)))
        finally:
            self.counting = False

    async def _pause(self) -> None:
        """Wait for a pause between keys, but not for long, and not where the numbers are wanted now."""
        latest, keys = time.monotonic() + LATEST_SECONDS, self._services.key_times
        while (left := min(latest, keys.key_at + PAUSE_SECONDS) - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._at_once.wait(), left)
                break
        self._at_once.clear()

    async def _count_once(self) -> None:
        from cminbox.screens.queue.overview import read_overview

        state, views, context = self._state, self._state.config.views, self._state.context()
        state.overview = await self._aside(lambda conn: read_overview(conn, views, context, state.config))
        state.changed()
        if self._news_wanted and state.source is not None:
            self._news_wanted = False
            source, rows = state.source, self._rows.rows
            last = rows[-1] if rows and not self._rows.complete else None
            known = {row.id for row in rows}
            new = await self._aside(lambda conn: source.on(conn).new_before(last, known))
            if source is state.source:
                state.new = new
                state.changed()

    async def _aside(self, work: Callable[[Connection], T]) -> T:
        """Read on another thread, for as long as no key wants the processor."""

        def read() -> T:
            conn = self._services.store.read()
            with yielding_to_keys(conn, lambda: self._services.key_times.typing):
                return work(conn)

        return await asyncio.to_thread(read)
