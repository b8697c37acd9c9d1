"""What an Esc was: a key of its own, a part of Alt and a key, or the beginning of a key that came in two packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import events
from textual.screen import Screen

from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.type_ahead import Typed
from cminbox.terminal.compat import BrokenEsc, EscAndKey
from cminbox.terminal.keys import pressed_key


class EscMeaning:
    """Sees to it that no Esc and no key behind one does something that nobody meant.

    Args:
        screens: those that are open, the one in front last.
    """

    def __init__(self, screens: Callable[[], Sequence[Screen[Any]]]) -> None:
        self._screens = screens
        self._behind_text = False
        """Whether the last key was an Esc, and what was typed before it was text."""

    def parts(self, event: Typed) -> Sequence[Typed]:
        """A key as it is delivered: Esc and a key in one packet is Alt and that key only where that is a command's."""
        if isinstance(event, EscAndKey):
            front = next(reversed(self._screens()), None)
            if not (isinstance(front, BaseScreen) and front.has_use_for(pressed_key(event))):
                return events.Key("escape", "\x1b"), event.behind
        return (event,)

    def came(self, event: Typed) -> None:
        """Told of each key before it is delivered.

        What an Esc closed that was none has no text any more: what is typed for it runs nothing until Esc.
        """
        if not isinstance(event, BrokenEsc):
            self._behind_text = isinstance(event, events.Key) and event.key == "escape" and self._takes_text()
        elif self._behind_text and not self._takes_text() and (screen := self._screen) is not None:
            why = "a key came in two parts over the line, and its Esc closed what you typed in"
            screen.last_line.refuse(CminboxError(why, "open it again; a reply's text is kept"))

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
