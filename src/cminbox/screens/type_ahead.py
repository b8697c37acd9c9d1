"""Keys typed while an action is under way: they wait for it, so that each acts on what the person means.

`eee` typed faster than the first conversation leaves the list closes three and not one three times; `*e` closes all
that match and not the one of the cursor; what is typed behind `l` goes into the picker of labels. An action on many
lets the keys go once it is under way, any other after a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from textual import events

from cminbox.screens.base import BaseScreen

if TYPE_CHECKING:
    from cminbox.commands.registry import Command

PATIENCE = 0.5
"""Seconds that a key waits for the action before it."""
MOST_KEYS = 200


class Acting(BaseScreen):
    """The part of a screen that keeps keys in order with what they set off."""

    def __init__(self) -> None:
        super().__init__()
        self._starting = False
        self._flights: set[object] = set()
        self._early: list[events.Key] = []
        self._letting_go = False

    async def on_key(self, event: events.Key) -> None:
        """Keep a key that comes too early. Textual calls the handler of the class below for those that do not."""
        if (self._flights or self._letting_go) and not self.prompting and len(self._early) < MOST_KEYS:
            event.stop()
            event.prevent_default()
            # A copy: this one has been dealt with.
            self._early.append(events.Key(event.key, event.character))

    def on_screen_suspend(self) -> None:
        """Another screen is in front, a picker or that below: what was typed for it goes there."""
        if self not in self.app.screen_stack:
            # It was left, and what it began ended with it, maybe before its first step.
            self._flights.clear()
            self._letting_go = False
        front, early, self._early = self.app.screen, self._early, []
        if early and front is not self:
            front.call_after_refresh(self.app.call_later, self.app.type_again, early)

    async def run_command(self, command: Command, args: Iterable[str] = ()) -> None:
        """Run a command; from now on keys wait for what it began."""
        running, self._starting = self.app.macro, True
        try:
            await super().run_command(command, args)
        finally:
            self._starting = False
        if (macro := self.app.macro) is not None and macro is not running:
            self.run_worker(self._flown(self._flight(), macro.finished.wait()), group="flight", exit_on_error=False)

    def in_worker(self, work: Coroutine[Any, Any, Any]) -> None:
        """As every screen does; keys wait for what a command began."""
        super().in_worker(self._flown(self._flight(), work) if self._starting else work)

    def _flight(self) -> object:
        flight = object()
        self._flights.add(flight)
        self.set_timer(PATIENCE, lambda: self._landed(flight))
        return flight

    async def _flown(self, flight: object, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        finally:
            self._landed(flight)

    def let_go(self) -> None:
        """Keys need not wait for what was begun: it takes long, and what they do goes well beside it."""
        for flight in tuple(self._flights):
            self._landed(flight)

    def _landed(self, flight: object) -> None:
        self._flights.discard(flight)
        if self._early and not self._flights and not self._letting_go:
            self._letting_go = True
            asyncio.get_running_loop().call_soon(self._let_go)

    def _let_go(self) -> None:
        self.run_worker(self._run_early(), group="flight", exit_on_error=self.app.is_headless)

    async def _run_early(self) -> None:
        try:
            await self.settled()
            while self._early and not self._flights and self.standing:
                event = self._early.pop(0)
                if self.app.screen is self and not self.prompting:
                    await BaseScreen.on_key(self, event)
                else:
                    self.app.call_later(self.app.type_again, [event])
        finally:
            self._letting_go = False
