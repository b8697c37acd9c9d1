"""What an Esc was: a key of its own, a part of Alt and a key, or the beginning of a key that came in two packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.screen import Screen

from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.type_ahead import Typed
from cminbox.terminal.compat import BrokenEsc, EscAndKey
from cminbox.terminal.keys import pressed_key
from cminbox.widgets.filled_fields import Asks, FilledFields


@runtime_checkable
class Reopens(Protocol):
    """A screen that one writes in."""

    def reopener(self) -> Callable[[], None] | None:
        """What opens another one that goes on just here; None where that cannot be."""


class EscMeaning:
    """Sees to it that no Esc and no key behind one does something that nobody meant.

    Args:
        screens: those that are open, the one in front last.
    """

    def __init__(self, screens: Callable[[], Sequence[Screen[Any]]]) -> None:
        self._screens = screens
        self._behind_text = False
        """Whether the last key was an Esc, and what was typed before it was text."""
        self._open_again: Callable[[], None] | None = None
        """Opens what that Esc closed, as it was."""
        self._opened_by: object = None
        """What ran as the newest dialog was opened."""
        self._runs_again: Callable[[], None] | None = None
        """Opens the dialog in front once more; None where more than a command did it."""
        self._fields: FilledFields | None = None
        """What was typed in a dialog that is about to open again."""

    def parts(self, event: Typed) -> Sequence[Typed]:
        """A key as it is delivered: Esc and a key in one packet is Alt and that key only where that is a command's."""
        if isinstance(event, EscAndKey):
            front = next(reversed(self._screens()), None)
            if not (isinstance(front, BaseScreen) and front.has_use_for(pressed_key(event))):
                return events.Key("escape", "\x1b"), event.behind
        return (event,)

    def came(self, event: Typed) -> None:
        """Told of each key before it is delivered.

        What an Esc closed that was none opens again as it was. Where that cannot be, it has no text any more: what is
        typed for it runs nothing until Esc.
        """
        if not isinstance(event, BrokenEsc):
            self._behind_text = isinstance(event, events.Key) and event.key == "escape" and self._takes_text()
            self._open_again = self._reopener() if self._behind_text else None
        elif self._behind_text and not self._takes_text() and (screen := self._screen) is not None:
            if self._open_again is not None:
                self._open_again()
            else:
                why = "a key came in two parts over the line, and its Esc closed what you typed in"
                screen.last_line.refuse(CminboxError(why, "open it again"))

    def opened(self, screen: Screen[Any]) -> None:
        """Told of each screen that is opened, before it is there."""
        below = self._screen
        if isinstance(screen, BaseScreen) or below is None:
            return
        ran = below.runner.latest
        first, self._opened_by = ran is not self._opened_by, ran
        self._runs_again = partial(below.run_command, *ran) if ran is not None and first else None
        if self._fields is not None and isinstance(screen, Asks):
            screen.begin_with(self._fields)
        self._fields = None

    def _reopener(self) -> Callable[[], None] | None:
        """What opens again, as it is now, what is typed in."""
        front = self._screens()[-1]
        if isinstance(front, BaseScreen) and front.prompting:
            return _prompts_again(front)
        if isinstance(front, Reopens):
            return front.reopener()
        if self._runs_again is None:
            return None
        run, fields = self._runs_again, FilledFields.of(front)

        def again() -> None:
            self._fields = fields
            self._opened_by = None
            run()

        return again

    @property
    def _screen(self) -> BaseScreen | None:
        """The screen in front, or the one below a picker; None on the way out."""
        return next((screen for screen in reversed(self._screens()) if isinstance(screen, BaseScreen)), None)

    def _takes_text(self) -> bool:
        screen = self._screen
        if screen is None:
            return False
        field = self._screens()[-1].focused
        return screen.last_line.refusing or (field is not None and field.check_consume_key("x", "x"))


def _prompts_again(screen: BaseScreen) -> Callable[[], None] | None:
    """What asks for the same line again, as it is now."""
    if screen.prompt_line is None:
        return None
    make = screen.prompt_line.again()

    def again() -> None:
        screen.prompt_line = make()
        screen.mount(screen.prompt_line)

    return again
