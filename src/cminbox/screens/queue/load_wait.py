"""While a list is being read: keys about its rows wait for it, and the last line says what is looked for."""

from __future__ import annotations

import math

from textual import events

from cminbox.commands.registry import Command
from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.type_ahead import Hold, Typed
from cminbox.terminal.keys import pressed_key

ALWAYS = ("app.back", "app.quit")
"""Commands that never wait: they give up what is looked for."""
ASKING = ("view.", "find.filter", "go.", "app.", "crisis.", "source.")
"""Commands that are not about rows, by how their ids begin: they go on as long as nothing before them waits."""


class LoadWait:
    """What a loader's reading means for keys and the last line of a screen.

    Args:
        screen: the one whose rows are read.
    """

    def __init__(self, screen: BaseScreen) -> None:
        self._screen = screen
        self._hold: Hold | None = None
        self._told = False

    def begin(self) -> None:
        """Let keys wait."""
        self._hold = self.hold_keys()

    def slow(self, what: str) -> None:
        """Say what is looked for, and which key stops it."""
        self._told = True
        keys = self._screen.services.all_keys_for("app.back", self._screen.CONTEXT)
        key = next((key for key in keys if key.lower().startswith("esc")), keys[0] if keys else "")
        self._screen.say(f"looking for {what} …{f'  {key} stops' if key else ''}", keep=True)

    def end(self, lost: bool) -> None:
        """Let keys go on; those that were typed for what is `lost` do nothing."""
        if lost:
            self._screen.services.key_queue.forget()
        if self._hold is not None:
            self._hold.release()
        if self._told:
            self._told = False
            self._screen.last_line.widget.clear()

    def failed(self, error: CminboxError) -> None:
        """Say what went wrong."""
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
        return first if command is None else command.id in ALWAYS or (first and asks(command))


def asks(command: Command) -> bool:
    """Whether a command asks for something else than what is being looked for, and need not wait for it."""
    return command.id.startswith(ASKING)
