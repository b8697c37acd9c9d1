"""Running a macro: its steps one after the other, each on the screen that is in front by then."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from textual.app import App

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.services import Repeatable, Services


class StepFailed(Exception):
    """A step could not be done; the message says why. The macro stops there."""


@runtime_checkable
class Composer(Protocol):
    """A screen on which a person writes a reply; a macro waits for it."""

    async def answered(self) -> bool:
        """Wait until it is left; whether the reply was sent."""


class MacroRunner:
    """Runs macros, one at a time.

    Args:
        app: tells which screen is in front, a picker too, and runs the work.
        services: what the steps need.
        front: gives the screen of ours that is in front, or below a picker.
    """

    def __init__(self, app: App[Any], services: Services, front: Callable[[], BaseScreen]) -> None:
        self._app = app
        self._services = services
        self._front = front
        self._numbers = itertools.count(1)
        self.running: MacroRun | None = None

    def start(self, macro: Command) -> None:
        """Begin a macro on the screen in front; keys of that screen wait for it, for a while."""
        screen = self._front()
        if self.running is not None:
            screen.say(f"{self.running.name} still runs", error=True)
            return
        group = f"{macro.name}#{next(self._numbers)}"
        self.running = run = MacroRun(self._app, self._services, self._front, macro, group)

        async def all_steps() -> None:
            try:
                await run.run()
            finally:
                self.running = None
            run.say_end()

        # The app's: a step may leave this screen.
        self._app.run_worker(
            screen.runner.holds.during(all_steps()), group="commands", exit_on_error=self._app.is_headless
        )


class MacroRun:
    """One run of a macro, which begins on the screen in front.

    Desk actions act on what the person meant when they pressed the key (marks, a count, the cursor) until a step moves
    on; then on what is under the cursor there. What one step was refused, the later ones leave alone too.

    Args:
        group: its actions are undone together under this name.
    """

    def __init__(
        self, app: App[Any], services: Services, front: Callable[[], BaseScreen], macro: Command, group: str
    ) -> None:
        self._app = app
        self._services = services
        self._front = front
        self._macro = macro
        self.name = macro.name
        self._group = group
        self._screen = front()
        self._ids: tuple[int, ...] | None = self._screen.targets()
        # The count was the macro's, and means the conversations; its steps have none.
        self._screen.key_reader.forget_count()
        self._done: list[str] = []
        self._undoable = False
        self._end = ("", False)

    async def run(self) -> None:
        """Run the steps; stop at the first that fails."""
        steps: list[tuple[Command, tuple[str, ...]]] = []
        try:
            for number, (command, args) in enumerate(self._macro.steps, start=1):
                try:
                    steps.append((command, await self._step(command, args)))
                except (StepFailed, CminboxError) as why:
                    reason = why.line() if isinstance(why, CminboxError) else str(why)
                    self._end = f"{self.name} stopped at {command.name} (step {number}): {reason}", True
                    break
            else:
                self._end = f"{self.name}: {'; '.join(self._done)}" if self._done else "", False
        except Exception as bug:
            self._services.log_bug(bug)
            if self._app.is_headless:
                raise
            log = self._services.config.paths.log
            self._end = f"{self.name}: that was a mistake of ours; it is in {log}", True
        # What was asked is not asked again by `.`; the steps that were not reached are still part of it.
        all_steps = (*steps, *self._macro.steps[len(steps) :])
        self._services.last_action = Repeatable(self._macro._replace(steps=all_steps), ())

    def say_end(self) -> None:
        """Say what was done, or at which step it stopped and why."""
        words, error = self._end
        if words:
            self._front().say(words, error=error, undo=self._undoable)

    async def _step(self, command: Command, args: tuple[str, ...]) -> tuple[str, ...]:
        """Run a step; its arguments, with what was asked for."""
        screen = await self._screen_for(command)
        method = screen.runner.method_of(command)
        if method is not None:
            past = self._ids if command.id == "move.next" and screen is self._screen else None
            if past is None or not screen.move_past(past):
                await self._call(method, args)
            # From here on it is about what is in front now.
            self._ids = None
            return args
        if not command.desk:
            raise StepFailed("it cannot be done here")
        if screen is not self._screen:
            self._screen, self._ids = screen, None
        if self._ids is None:
            self._ids = screen.targets()
        return await self._desk(screen, command, args)

    async def _desk(self, screen: BaseScreen, command: Command, args: tuple[str, ...]) -> tuple[str, ...]:
        from cminbox.desk import SO_ALREADY

        ids = self._ids or ()
        if not ids:
            raise StepFailed("there is nothing to act on here")
        chosen = await screen.desk_actions.arguments(command, args, ids)
        if chosen is None:
            raise StepFailed("it was not answered")
        # Many are asked for once, by the first step that changes them.
        if not self._undoable and not await screen.desk_actions.confirmed(command, chosen, ids):
            raise StepFailed("you left it")
        with self._services.notices.record() as said:
            outcome = await screen.desk_actions.carry_out(command, chosen, ids, group=self._group)
        if outcome is None:
            raise StepFailed(said.problem)
        self._undoable |= bool(outcome.changed)
        refused = {number: why for number, why in outcome.skipped if why not in SO_ALREADY}
        if len(refused) == len(ids):
            raise StepFailed(next(iter(refused.values())))
        if refused:
            self._ids = tuple(number for number in ids if number not in refused)
        self._done.append(outcome.summary)
        return chosen

    async def _call(self, method: Callable[..., object], args: tuple[str, ...]) -> None:
        with self._services.notices.record() as said:
            done = method(*args)
            if inspect.isawaitable(done):
                await done
            await self._wait_until_shown()
            await self._wait_for_prompt()
        self._done += said.texts
        if said.problem:
            raise StepFailed(said.problem)

    async def _wait_for_prompt(self) -> None:
        """Wait for the text of a search or a filter that a step has asked for."""
        prompt = self._front().prompt_line
        if prompt is not None and prompt.open:
            if not await prompt.answered():
                raise StepFailed("it was not answered")
            await self._wait_until_shown()

    async def _screen_for(self, command: Command) -> BaseScreen:
        """The screen on which a step is run: the one in front, once nothing asks there any more."""
        await self._wait_until_shown()
        usable = command.contexts()
        while True:
            screen = self._front()
            if screen.CONTEXT in usable or "anywhere" in usable:
                return screen
            if not isinstance(screen, Composer):
                raise StepFailed(f"it cannot be done in {screen.CONTEXT}")
            if not await screen.answered():
                raise StepFailed("the reply was not sent")
            await self._wait_until_shown()

    async def _wait_until_shown(self) -> None:
        """Wait until a screen that a step has opened is there, with the rows that were asked for."""
        while True:
            front = self._app.screen
            shown = asyncio.Event()
            if not front.call_after_refresh(shown.set):
                await asyncio.sleep(0)
                continue
            await shown.wait()
            if self._app.screen is front:
                rows = self._front().ready_for(self._macro)
                if rows is not None:
                    await rows
                return
