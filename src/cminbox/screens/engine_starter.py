"""Starting an engine where none runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.engine import ensure_running
from cminbox.errors import CminboxError
from cminbox.model import Instant
from cminbox.store import engine

if TYPE_CHECKING:
    from cminbox.config import Config
    from cminbox.store import Store


class EngineStarter:
    """Starts an engine, detached from the screen.

    Args:
        store: the engine works on it.
        config: the engine's configuration.
        clock: now in epoch milliseconds.
        allowed: whether this program may start one.
    """

    def __init__(self, store: Store, config: Config, clock: Callable[[], Instant], *, allowed: bool) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        self.allowed = allowed

    def start(self) -> bool:
        """Start one where none runs; whether one was started. It takes a while: not on the event loop.

        Raises:
            CminboxError, OSError: it did not start.
        """
        return ensure_running(self._store, self._config)

    async def wake(self) -> str:
        """Start one where none runs and this program may; what there is to say about it, after a semicolon."""
        if self.allowed:
            try:
                return "; no engine ran: one is starting" if await asyncio.to_thread(self.start) else ""
            except (CminboxError, OSError) as error:
                return f"; the engine did not start: {error}"
        row = engine.get(self._store.read())
        return "" if row is not None and row.alive(self._clock()) else "; no engine runs: cminbox poll starts one"
