"""Running a macro: its steps one after the other, each on the screen that is in front by then."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.commands.macros import answered
from cminbox.errors import CminboxError

if TYPE_CHECKING:
    from cminbox.commands.registry import Command
    from cminbox.screens.base import BaseScreen


class Stop(Exception):
    """A step failed; the message says why."""


class MacroRun:
    """One run of a macro.

    Desk actions act on what the person meant when they pressed the key (marks, a count, the cursor) until a step moves
    on; then on what is under the cursor there. What one step was refused, the later ones leave alone too.

    Args:
        screen: where the key was pressed.
        macro: the command with its steps.
    """

    def __init__(self, screen: BaseScreen, macro: Command) -> None:
        self.app = screen.app
        self.macro = macro
        self.name = macro.name
        self._screen = screen
        self._ids: tuple[int, ...] | None = screen.targets()
        # The count was the macro's, and means the conversations; its steps have none.
        screen.count, screen.counted = 1, False
        self._told: list[str] = []
        self._wrong = ""
        self._listening = False
        self._undoable = False
        self._group = f"{macro.name}#{next(self.app.macro_numbers)}"

    def hear(self, text: str, error: bool) -> None:
        """A screen said something while a step ran."""
        if self._listening and error:
            self._wrong = text
        elif self._listening:
            self._told.append(text)

    async def run(self) -> None:
        """Run the steps; stop at the first that fails, and say which."""
        steps: list[tuple[Command, tuple[str, ...]]] = []
        said, error = "", False
        try:
            for number, (command, args) in enumerate(self.macro.steps, start=1):
                try:
                    steps.append((command, await self._step(command, args)))
                except (Stop, CminboxError) as why:
                    reason = why.line() if isinstance(why, CminboxError) else str(why)
                    said, error = f"{self.name} stopped at {command.name} (step {number}): {reason}", True
                    break
            else:
                said = "; ".join(self._told)
        except Exception as bug:
            self.app.log_bug(bug)
            if self.app.is_headless:
                raise
            said, error = f"{self.name}: that was a mistake of ours; it is in {self.app.config.paths.log}", True
        finally:
            self.app.macro = None
        # What was asked is not asked again by `.`; the steps that were not reached are still part of it.
        self.app.last_action = (answered(self.macro, (*steps, *self.macro.steps[len(steps) :])), ())
        if said:
            words = said if error else f"{self.name}: {said}"
            self.app.base_screen.say(words, error=error, undo=self._undoable)

    async def _step(self, command: Command, args: tuple[str, ...]) -> tuple[str, ...]:
        """Run a step; its arguments, with what was asked for."""
        screen = await self._place_for(command)
        method = screen.method_of(command)
        if method is not None:
            past = self._ids if command.id == "move.next" and screen is self._screen else None
            if past is None or not screen.go_past(past):
                await self._call(method, args)
            # From here on it is about what is in front now.
            self._ids = None
            return args
        if not command.desk:
            raise Stop("it cannot be done here")
        if screen is not self._screen:
            self._screen, self._ids = screen, None
        if self._ids is None:
            self._ids = screen.targets()
        return await self._desk(screen, command, args)

    async def _desk(self, screen: BaseScreen, command: Command, args: tuple[str, ...]) -> tuple[str, ...]:
        from cminbox.desk import SO_ALREADY
        from cminbox.screens import bulk_prompt

        ids = self._ids or ()
        if not ids:
            raise Stop("there is nothing to act on here")
        chosen = await screen.arguments(command, args, ids)
        if chosen is None:
            raise Stop("it was not answered")
        # Many are asked for once, by the first step that changes them.
        if not self._undoable and not await bulk_prompt.agreed(screen, command, chosen, ids):
            raise Stop("you left it")
        self._wrong, self._listening = "", True
        try:
            outcome = await screen.carry_out(command, chosen, ids, group=self._group)
        finally:
            self._listening = False
        if outcome is None:
            raise Stop(self._wrong)
        self._undoable |= bool(outcome.changed)
        refused = {number: why for number, why in outcome.skipped if why not in SO_ALREADY}
        if len(refused) == len(ids):
            raise Stop(next(iter(refused.values())))
        if refused:
            self._ids = tuple(number for number in ids if number not in refused)
        self._told.append(outcome.summary)
        return chosen

    async def _call(self, method: Callable[..., object], args: tuple[str, ...]) -> None:
        self._wrong, self._listening = "", True
        try:
            done = method(*args)
            if inspect.isawaitable(done):
                await done
            await self._settled()
            await self._typed()
        finally:
            self._listening = False
        if self._wrong:
            raise Stop(self._wrong)

    async def _typed(self) -> None:
        """Wait for the text of a search or a filter that a step has asked for."""
        from cminbox.screens.command_line import LineHolder

        for holder in self.app.base_screen.query(LineHolder):
            if not await holder.answered():
                raise Stop("it was not answered")
            await self._settled()

    async def _place_for(self, command: Command) -> BaseScreen:
        """The screen on which a step is run: the one in front, once nothing asks there any more."""
        await self._settled()
        usable = command.contexts()
        while True:
            screen = self.app.base_screen
            here = screen.CONTEXT in usable or "anywhere" in usable
            if here:
                return screen
            elif screen.CONTEXT == "compose":
                await self._written(screen)
            else:
                raise Stop(f"it cannot be done in {screen.CONTEXT}")

    async def _written(self, composer: BaseScreen) -> None:
        """Wait until the person has sent what they write; where they go away instead, the macro ends."""
        await composer.left.wait()
        if not getattr(composer, "sent", False):
            raise Stop("the reply was not sent")
        await self._settled()

    async def _settled(self) -> None:
        """Wait until a screen that a step has opened stands, and has opened what it opens."""
        while True:
            front = self.app.screen
            shown = asyncio.Event()
            if not front.call_after_refresh(shown.set):
                await asyncio.sleep(0)
                continue
            await shown.wait()
            if self.app.screen is front:
                await self.app.base_screen.settled()
                return
