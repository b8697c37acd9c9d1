"""The threads on which the desk works, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from cminbox.errors import StoreError

if TYPE_CHECKING:
    from cminbox.desk import Desk

T = TypeVar("T")


class DeskThreads:
    """Runs what writes, so that actions happen in the order of their keys.

    Args:
        make: makes the desk; asked when it is first needed, so that nothing of it is loaded before the first page is on
            the screen.
    """

    def __init__(self, make: Callable[[], Desk]) -> None:
        self._make = make
        self._short = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._long = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-long")

    @cached_property
    def desk(self) -> Desk:
        """The door through which this member changes state."""
        return self._make()

    async def run(self, work: Callable[[], T], *, long: bool = False) -> T:
        """Run something on the desk's thread, after what was given to it before.

        Args:
            work: what calls the desk.
            long: it is in portions, between which the desk does what comes after it; it has a thread of its own.
        """
        return await asyncio.get_running_loop().run_in_executor(self._long if long else self._short, work)

    @property
    def busy(self) -> str:
        """How far a long action is, in words; nothing where none is under way."""
        return self.desk.bulk.busy if "desk" in vars(self) else ""

    def stop(self) -> str:
        """Stop the long action that is under way; which one, in words, or nothing where there is none."""
        busy = self.busy
        return busy if busy and self.desk.bulk.stop() else ""

    async def close(self) -> str:
        """Let the last actions finish, and say that the member is not here any more.

        Returns:
            What there is to say about them after the screen is gone, or nothing.
        """
        words = ""
        if "desk" in vars(self):
            words = await asyncio.to_thread(self.desk.bulk.shut_down)
            with suppress(StoreError):  # a full disk, a store that is gone: presence ends by itself too
                await self.run(self.desk.presence.leave)
        self._short.shutdown(wait=False)
        self._long.shutdown(wait=False)
        return words
