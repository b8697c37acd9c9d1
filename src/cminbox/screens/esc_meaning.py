"""What an Esc was: a key of its own, a part of Alt and a key, or the beginning of a key that came in two packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

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
    """A screen, or a part of one, that loses something by an Esc."""

    def reopener(self) -> Callable[[], None] | None:
        """What brings it back as it is now; None where that cannot be."""


class EscMeaning:
    """Sees to it that no Esc and no key behind one does something that nobody meant.

    Args:
        screens: those that are open, the one in front last.
    """

    def __init__(self, screens: Callable[[], Sequence[Screen[Any]]]) -> None:
        self._screens = screens
        self._left: object = None
        """What was typed in as the last key came, if that was an Esc."""
        self._open_again: Callable[[], None] | None = None
        """Brings back what the last key took, if that was an Esc."""
        self._openers: WeakKeyDictionary[Screen[Any], Callable[[], object]] = WeakKeyDictionary()
        """What opens a dialog once more."""
        self._fields: FilledFields | None = None
        """What was typed in a dialog that is about to open again."""

    def parts(self, event: Typed) -> Sequence[Typed]:
        """A key as it is delivered: Esc and a key in one packet is Alt and that key only where that is a command's.

        Where a place to type did not open, it is meant for that place if any screen has a command of that key.
        """
        if isinstance(event, EscAndKey):
            front = next(reversed(self._screens()), None)
            if not (isinstance(front, BaseScreen) and _takes_alt(front, pressed_key(event))):
                return events.Key("escape", "\x1b"), event.behind
        return (event,)

    def came(self, event: Typed) -> None:
        """Told of each key before it is delivered.

        What an Esc closed that was none opens again as it was; marks, search and filter that it dropped come back.
        Where a text was typed and that cannot be, what is typed for it runs nothing until Esc.
        """
        if not isinstance(event, BrokenEsc):
            esc = isinstance(event, events.Key) and event.key == "escape"
            self._left, self._open_again = (self._typed_in(), self._reopener()) if esc else (None, None)
        elif self._left is None and self._open_again is not None:
            self._open_again()
        elif self._left not in (None, self._typed_in()) and (screen := self._screen) is not None:
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
        if isinstance(screen, Asks) and screen.opens_again is not None:
            self._openers[screen] = screen.opens_again
        # A macro would do its first steps twice.
        elif (run := below.runner.latest) is not None and not run.command.steps:
            self._openers[screen] = partial(below.runner.begin, run.again())
        if self._fields is not None and isinstance(screen, Asks):
            screen.begin_with(self._fields)
        self._fields = None

    def _reopener(self) -> Callable[[], None] | None:
        """What brings back what is in front, as it is now."""
        front = next(reversed(self._screens()), None)
        if front is None:
            return None
        if isinstance(front, BaseScreen):
            if front.prompting:
                return _prompts_again(front)
            if front.last_line.refusing:
                return None
            parts = [part for part in (front, *front.command_parts) if isinstance(part, Reopens)]
            return _all_of([call for part in parts if (call := part.reopener()) is not None])
        if (opener := self._openers.get(front)) is None:
            return None
        fields = FilledFields.of(front)

        def again() -> None:
            self._fields = fields
            opener()

        return again

    @property
    def _screen(self) -> BaseScreen | None:
        """The screen in front, or the one below a picker; None on the way out."""
        return next((screen for screen in reversed(self._screens()) if isinstance(screen, BaseScreen)), None)

    def _typed_in(self) -> object | None:
        """What takes text as it is typed; None where nothing does."""
        screen = self._screen
        if screen is None:
            return None
        if screen.last_line.refusing:
            return screen.last_line
        front = self._screens()[-1]
        if front.focused is None or not front.focused.check_consume_key("x", "x"):
            return None
        return screen.prompt_line if front is screen and screen.prompting else front


def _takes_alt(front: BaseScreen, key: str) -> bool:
    """Whether Alt and a key is that on a screen, and not Esc and the key."""
    if front.last_line.refusing:
        return any(key in bound for bound in front.services.keymap.bound.values())
    return front.has_use_for(key)


def _all_of(calls: Sequence[Callable[[], None]]) -> Callable[[], None] | None:
    """One call for some; None for none."""

    def call() -> None:
        for each in calls:
            each()

    return call if calls else None


def _prompts_again(screen: BaseScreen) -> Callable[[], None] | None:
    """What asks for the same line again, as it is now."""
    if screen.prompt_line is None:
        return None
    make = screen.prompt_line.again()

    def again() -> None:
        screen.prompt_line = make()
        screen.mount(screen.prompt_line)

    return again
