"""Reads a handover on a thread beside, one reading at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cminbox.errors import CminboxError
from cminbox.screens.handover import data
from cminbox.screens.handover.data import Shown
from cminbox.screens.services import Services


class HandoverReader:
    """Reads the handover that is chosen; what changes meanwhile is read once more.

    Args:
        services: the store, and who looks.
        in_background: runs a coroutine beside what the person does.
        done: told what was read.
        failed: told why it could not be read.
    """

    def __init__(
        self,
        services: Services,
        in_background: Callable[[Coroutine[Any, Any, None]], object],
        done: Callable[[Shown], None],
        failed: Callable[[CminboxError], None],
    ) -> None:
        self._services, self._in_background, self._done, self._failed = services, in_background, done, failed
        self._wanted: int | None = None
        self._reading = self._again = False

    def choose(self, number: int | None) -> None:
        """Read the handover of this number from now on; None: the one that matters."""
        self._wanted = number
        self.read()

    def read(self) -> None:
        """Read it, beside what the person does."""
        self._again = True
        if not self._reading:
            self._reading = True
            self._in_background(self._run())

    async def _run(self) -> None:
        session = self._services.desk.context.session
        try:
            while self._again:
                self._again = False
                shown = await asyncio.to_thread(self._read, session)
        except CminboxError as error:
            self._failed(error)
            return
        finally:
            self._reading = False
        self._done(shown)

    def _read(self, session: str) -> Shown:
        mine = self._services
        return data.read(mine.store.read(), mine.config, mine.member, session, mine.clock(), self._wanted)
