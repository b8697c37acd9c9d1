"""Reading pages on another thread, without keeping anybody waiting.

Most of what is asked for is there before the eye sees that it was not: for so long the loop waits. If it takes longer,
what is shown stays until then, and whoever waits is told what is looked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cminbox.errors import CminboxError, Stopped
from cminbox.store import Connection, Store
from cminbox.store.sqlite.reader import Read, Reader

T = TypeVar("T")
Background = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine in the background, as a screen's worker does."""

UNNOTICED_SECONDS = 0.03
"""So long the loop waits for an answer; nobody sees it."""
SLOW_SECONDS = 0.12
"""From then on it is said what is looked for."""


class LoadListener(Protocol):
    """Whoever waits for what is read."""

    def begin(self) -> None:
        """Something is looked for from now on, and what is done next is about it."""

    def slow(self, what: str) -> None:
        """It takes longer than nobody notices; `what` is looked for."""

    def end(self, lost: bool) -> None:
        """Nothing is looked for any more: it is there, or something else is looked for instead, or it is `lost`."""

    def failed(self, error: CminboxError) -> None:
        """Something could not be read, whether or not anybody waits for it."""


@dataclass(slots=True)
class Request:
    """Something that is being read.

    Attributes:
        read: reads it on the reader's thread.
        then: shows what was found.
        what: what is looked for, in words.
        back: makes everything as it was, where it is given up; None for what nobody waits for.
    """

    read: Read[Any]
    then: Callable[[Any], None]
    what: str
    back: Callable[[], None] | None


class PageLoader:
    """Reads one thing at a time: a newer request takes the place of an older one.

    Args:
        store: what is read.
        start: runs what waits for an answer.
        listener: told while somebody waits for a read, and what went wrong.
    """

    def __init__(self, store: Store, start: Background, listener: LoadListener) -> None:
        self._reader = Reader(store)
        self._start = start
        self._listener = listener
        self._request: Request | None = None
        self._found = True
        self._idle = asyncio.Event()
        """Set while nothing is looked for."""
        self._idle.set()

    @property
    def pending(self) -> bool:
        """Whether something is being read that somebody waits for."""
        return not self._idle.is_set()

    def request(
        self,
        work: Callable[[Connection], T],
        then: Callable[[T], None],
        what: str = "",
        *,
        back: Callable[[], None] | None = None,
        patience: float | None = None,
    ) -> None:
        """Read something, and show it: at once if it is there soon, else when it is.

        Args:
            work: reads, on another thread, through the connection that it is given.
            then: shows what `work` found.
            what: what is looked for, in words.
            back: somebody waits for the answer, and this makes everything as it was if they give it up. Without it
                nobody does, and whatever else is being looked for goes before.
            patience: seconds that the loop waits for the answer; `UNNOTICED_SECONDS` unless given.
        """
        if self.pending and back is None:
            return
        self._drop(lost=False)
        request = Request(self._reader.begin(work), then, what, back)
        if request.read.ready(UNNOTICED_SECONDS if patience is None else patience):
            self._finish(request)
            return
        self._request = request
        if back is not None:
            self._idle.clear()
            self._listener.begin()
        self._start(self._wait_for(request))

    def cancel(self) -> bool:
        """Give up what is looked for, and make everything as it was; whether there was something."""
        request = self._request if self.pending else None
        self._drop(lost=True)
        if request is not None and request.back is not None:
            request.back()
        return request is not None

    async def finished(self) -> bool:
        """Wait until nothing is looked for; whether what was looked for last is shown."""
        while self.pending:
            await self._idle.wait()
        return self._found

    def close(self) -> None:
        """Stop reading for good; nothing is shown or told any more."""
        self._request = None
        self._reader.close()

    async def _wait_for(self, request: Request) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            # The loop may be gone by the time that somebody who left is answered.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(done.set)

        request.read.answer.add_done_callback(tell)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), SLOW_SECONDS)
        if not done.is_set() and self._request is request and request.back is not None:
            self._listener.slow(request.what)
        await done.wait()
        if self._request is request:
            self._finish(request)

    def _drop(self, *, lost: bool) -> None:
        """Nobody wants what is being read any more."""
        if self._request is not None:
            self._request.read.stop()
            self._end(lost=lost)

    def _finish(self, request: Request) -> None:
        """Show what was found, or say what went wrong."""
        try:
            answer = request.read.answer.result()
        except CminboxError as error:
            self._end(lost=True)
            if request.back is not None:
                request.back()
            if not isinstance(error, Stopped):
                self._listener.failed(error)
            return
        self._end(lost=False)
        request.then(answer)

    def _end(self, *, lost: bool) -> None:
        self._request = None
        if self.pending:
            self._found = not lost
            self._idle.set()
            self._listener.end(lost)
