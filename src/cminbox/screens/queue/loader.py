"""Reading for the queue without keeping anybody waiting, and without a key that acts on the wrong list.

What is asked for is read on a thread beside. Most of it is there before the eye sees that it was not: for so long the
loop waits. If it takes longer, the old rows stay, the last line says what is looked for, and keys are taken in two
ways. Those that ask for something else (another view, order, filter, screen) take its place at once. Those that act on
rows are kept, in their order, until the rows are there that the person means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cminbox.errors import CminboxError, Stopped
from cminbox.screens.base import BaseScreen
from cminbox.widgets.status import KeysLine

if TYPE_CHECKING:
    from textual.timer import Timer

    from cminbox.commands.registry import Command
    from cminbox.store import Connection
    from cminbox.store.reader import Read, Reader

T = TypeVar("T")

SOON = 0.03
"""So long the loop waits for an answer; nobody sees it."""
SAID_AFTER = 0.12
"""From then on the last line says what is looked for."""
ASKING = ("view.", "find.filter", "go.", "app.", "crisis.", "source.")
"""Commands that need no row, by how their ids begin: they are never kept."""
LEAVING = ("find.filter", "find.search", "go.", "app.", "crisis.", "move.open", "reply.")
"""Commands after which keys are no longer the queue's: what is typed behind them is not kept."""


@dataclass(slots=True)
class Request:
    """Something that is being read.

    Attributes:
        then: shows what was found.
        what: what is looked for, in words.
        back: makes everything as it was, where it is given up; None for what nobody waits for.
    """

    read: Read[Any]
    then: Callable[[Any], None]
    what: str
    back: Callable[[], None] | None
    timer: Timer | None = None
    said: bool = False


class Reading(BaseScreen):
    """The part of the queue that reads."""

    def __init__(self) -> None:
        super().__init__()
        self._reader: Reader | None = None
        self._request: Request | None = None
        self._kept: list[tuple[Command, tuple[str, ...], int, bool]] = []
        self._deaf = 0
        self._told = asyncio.Event()
        """Set while nothing is looked for."""
        self._told.set()

    @property
    def looking(self) -> bool:
        """Whether something is being read that the next keys are about."""
        return self._request is not None and self._request.back is not None

    def read(
        self,
        work: Callable[[Connection], T],
        then: Callable[[T], None],
        what: str = "",
        *,
        back: Callable[[], None] | None = None,
        seconds: float | None = None,
    ) -> None:
        """Read something, and show it: at once if it is there soon, else when it is.

        Args:
            work: reads, on another thread, through the connection that it is given.
            then: shows what `work` found.
            what: what is looked for, in words.
            back: keys wait for the answer, and this makes everything as it was if they give it up. Without it nobody
                waits, and whatever else is being read goes before.
            seconds: how long the loop waits for the answer; `SOON` unless given.
        """
        if self.looking:
            if back is None:
                return
            self._forget()
        self._drop()
        if self._reader is None:
            from cminbox.store.reader import Reader

            self._reader = Reader(self.app.store)
        request = Request(self._reader.begin(work), then, what, back)
        if request.read.ready(SOON if seconds is None else seconds):
            self._finish(request)
            return
        self._request = request
        if back is not None:
            self._told.clear()
            request.timer = self.set_timer(SAID_AFTER, lambda: self._say_looking(request))
        self.run_worker(self._wait_for(request), group="read", exit_on_error=self.app.is_headless)

    async def _wait_for(self, request: Request) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            # The loop may be gone by the time that somebody who left is answered.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(done.set)

        request.read.answer.add_done_callback(tell)
        await done.wait()
        if self._request is not request:
            return
        self._drop()
        if self.standing and self._finish(request):
            await self._run_kept()
        elif request.back is not None:
            # They were typed for what is not there.
            self._forget()
        self._settle()

    def _settle(self) -> None:
        if not self.looking and not self._kept:
            self._told.set()

    def _finish(self, request: Request) -> bool:
        """Show what was found; False where that went wrong."""
        try:
            found = request.read.answer.result()
        except CminboxError as error:
            if request.back is not None:
                request.back()
            if not isinstance(error, Stopped):
                self.say_error(error)
            return False
        request.then(found)
        return True

    def _forget(self) -> int:
        """Drop the keys that were kept; how many they were."""
        kept, self._kept, self._deaf = len(self._kept) + self._deaf, [], 0
        return kept

    def _drop(self) -> Request | None:
        """Nobody waits for what is being read any more."""
        request, self._request = self._request, None
        if request is not None:
            request.read.stop()
            if request.timer is not None:
                request.timer.stop()
            if request.said:
                self.query_one("#keys-line", KeysLine).clear()
        return request

    def _say_looking(self, request: Request) -> None:
        if self._request is request and self.standing:
            request.said = True
            keys = [key for known in self.app.commands if known.id == "app.back" for key in self._keys_of(known)]
            key = next((key for key in keys if key.lower().startswith("esc")), keys[0] if keys else "")
            self.say(f"looking for {request.what} …{f'  {key} stops' if key else ''}", keep=True)

    def _keys_of(self, command: Command) -> list[str]:
        return self.app.keymap.keys_of(command, self.CONTEXT)

    def give_up(self) -> None:
        """Stop looking; everything is as it was before, and the keys that were kept are forgotten."""
        request = self._drop()
        kept = self._forget()
        if request is not None and request.back is not None:
            request.back()
            self.say(f"stopped{f'; {_keys(kept)} did nothing' if kept else ''}")
        self._settle()

    async def run_command(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command; while something is looked for, keep it for the list that will be there."""
        if not self.looking or command.id == "app.quit":
            await super().run_command(command, args)
        elif command.id == "app.back":
            self.give_up()
        elif not self._kept and command.id.startswith(ASKING):
            await super().run_command(command, args)
        elif self._kept and _leaves(self._kept[-1][0]):
            self._deaf += 1
        else:
            self._kept.append((command, tuple(args), self.count, self.counted))

    async def _run_kept(self) -> None:
        """Run what was typed for the rows that are there now."""
        while self._kept and not self.looking:
            command, args, self.count, self.counted = self._kept.pop(0)
            await super().run_command(command, args)
        if not self.looking and self._deaf:
            lost, self._deaf = self._deaf, 0
            self.say(f"{_keys(lost)} came too early and did nothing")

    async def settled(self) -> None:
        """Nothing is looked for, and no key is kept."""
        while self.looking or self._kept:
            await self._told.wait()

    async def on_unmount(self) -> None:
        """Nobody wants an answer any more."""
        if self._reader is not None:
            self._reader.close()


def _keys(number: int) -> str:
    return "1 key" if number == 1 else f"{number} keys"


def _leaves(command: Command) -> bool:
    """Whether what is typed after a command may be meant for something else than the queue's rows."""
    asks = command.desk and any(arg.required for arg in command.args)
    return asks or bool(command.steps) or command.id.startswith(LEAVING)
