"""Reading pages on another thread, without keeping anybody waiting.

Most of what is asked for is there before the eye sees that it was not: for so long the loop waits. If it takes longer,
what is shown stays until then, keys about its rows wait, and the last line says what is looked for.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from textual import events

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError, Stopped
from cminbox.screens.base import BaseScreen
from cminbox.screens.type_ahead import Hold, Typed
from cminbox.store import Connection, Store
from cminbox.store.sqlite.reader import Read, Reader
from cminbox.terminal.keys import pressed_key

T = TypeVar("T")
Background = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine in the background, as a screen's worker does."""

UNNOTICED_SECONDS = 0.03
"""So long the loop waits for an answer; nobody sees it."""
SLOW_SECONDS = 0.12
"""From then on it is said what is looked for."""
ALWAYS = ("app.back", "app.quit")
"""Commands that never wait: they give up what is looked for."""
ASKING = ("view.", "find.filter", "go.", "app.", "crisis.", "source.")
"""Commands that are not about rows, by how their ids begin: they go on as long as nothing before them waits."""


class LoadWait:
    """What somebody notices who waits for what is read: keys about rows wait, and the last line says for what.

    Args:
        screen: the one whose rows are read.
    """

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen
        self._hold: Hold | None = None
        self._said = False

    def begin(self) -> None:
        """Something is looked for from now on, and what is done next is about it."""
        self._hold = self.hold_keys()

    def slow(self, what: str) -> None:
        """It takes longer than nobody notices."""
        self._said = True
        keys = self._screen.services.all_keys_for("app.back", self._screen.CONTEXT)
        key = next((key for key in keys if key.lower().startswith("esc")), keys[0] if keys else "")
        self._screen.say(f"looking for {what} …{f'  {key} stops' if key else ''}", keep=True)

    def end(self, lost: bool) -> None:
        """Nothing is looked for any more: it is there, or replaced by something else, or `lost` with its keys."""
        if lost:
            self._screen.services.key_queue.forget()
        if self._hold is not None:
            self._hold.release()
        if self._said:
            self._said = False
            self._screen.last_line.clear()

    def failed(self, error: CminboxError) -> None:
        """Something could not be read, whether or not anybody waits for it."""
        self._screen.say_error(error)

    def hold_keys(self) -> Hold:
        """Let the screen's keys wait, but for those that ask for something else."""
        return self._screen.services.key_queue.hold(self._screen, seconds=math.inf, passes=self._passes)

    def _passes(self, event: Typed, first: bool) -> bool:
        if self._screen.prompting:
            return True
        if not isinstance(event, events.Key):
            return False
        command = self._screen.key_reader.command_for(pressed_key(event))
        return first if command is None else command.id in ALWAYS or (first and command.id.startswith(ASKING))


class Request(NamedTuple):
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
        wait: told while somebody waits for a read, and what went wrong.
    """

    def __init__(self, store: Store, start: Background, wait: LoadWait) -> None:
        self._reader = Reader(store)
        self._start = start
        self._wait = wait
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
        what: str,
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
            self._wait.begin()
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

    def ready_for(self, command: Command) -> Awaitable[bool] | None:
        """What a command waits for: the rows that are looked for, unless it asks for something else."""
        return self._rows_found() if self.pending and not command.id.startswith(ASKING) else None

    async def _rows_found(self) -> bool:
        hold = self._wait.hold_keys()
        try:
            return await self.finished()
        finally:
            hold.release()

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
            self._wait.slow(request.what)
        await done.wait()
        if self._request is request:
            self._finish(request)

    def _drop(self, *, lost: bool) -> None:
        if self._request is not None:
            self._request.read.stop()
            self._end(lost=lost)

    def _finish(self, request: Request) -> None:
        try:
            answer = request.read.answer.result()
        except CminboxError as error:
            self._end(lost=True)
            if request.back is not None:
                request.back()
            if not isinstance(error, Stopped):
                self._wait.failed(error)
            return
        self._end(lost=False)
        request.then(answer)

    def _end(self, *, lost: bool) -> None:
        self._request = None
        if self.pending:
            self._found = not lost
            self._idle.set()
            self._wait.end(lost)
