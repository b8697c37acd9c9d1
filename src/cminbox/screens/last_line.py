"""The last line of a screen: what was done, what is wrong, or the keys that matter."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial

from cminbox.errors import CminboxError
from cminbox.screens.services import Services
from cminbox.widgets.keys_line import KeysLine

KEYS_SHOWN = 6
"""Keys that the last line shows beside help."""
SECONDS = 6.0
"""How long a message stands there."""
BURST_SECONDS = 0.005
"""Keys that follow each other so quickly were not typed: they are of a text that was pasted."""
AGAIN_SECONDS = 2.0
"""It is said at most so often."""


def keys_that_matter(
    services: Services, context: str, useless: Container[str] = frozenset()
) -> Iterable[tuple[str, str]]:
    """Key and word of the commands that matter most in a context, at most six; help comes last.

    Args:
        useless: ids of commands that would be refused here and now.
    """
    named = [
        known for known in services.commands if known.footer and context in known.contexts() and known.id not in useless
    ]
    # A person's own commands have a place for certain.
    own = [known for known in named if known.steps][:KEYS_SHOWN]
    left = KEYS_SHOWN - sum(bool(services.keymap.keys_of(known, context)) for known in own)
    for command in named:
        keys = services.keymap.keys_of(command, context)
        if command.id != "app.help" and keys and (command in own or (left > 0 and not command.steps)):
            left -= not command.steps
            yield keys[0], command.footer
    if help_key := services.keys_for("app.help", context):
        yield help_key, "help"


class LastLine:
    """Says things in the last line of a screen.

    Args:
        services: hear what is said, and know the key that undoes it.
        context: of the screen.
        widget: the line.

    Attributes:
        refusing: whether keys do nothing on the screen: they are meant for a place to type that did not open.
        unbound_keys: says of a key that no command has it here.
    """

    def __init__(self, services: Services, context: str, widget: KeysLine) -> None:
        self._services = services
        self._context = context
        self.widget = widget
        self.refusing = False
        self.unbound_keys = UnboundKeys(self, partial(services.keys_for, "app.help", context))

    @property
    def saying(self) -> str:
        """What stands there in place of the keys just now, or nothing."""
        return self.widget.message

    def say(self, text: str, *, error: bool = False, undo: bool = False, keep: bool = False) -> None:
        """Show one line in place of the keys, for some seconds.

        Args:
            text: shown literally.
            error: it is about something that went wrong.
            undo: show the key that undoes it.
            keep: until the next is said.
        """
        self._services.notices.add(text, error=error)
        key = self._services.keys_for("act.undo", self._context) if undo else ""
        # What was asked for may be done after the screen was left; how keys act again stands there until they do.
        if self.widget.is_attached and not self.refusing:
            tail, seconds = f"{key} undo" if key else "", None if keep else SECONDS
            self.widget.show(text, "error" if error else "note", tail, seconds)

    def say_error(self, error: CminboxError) -> None:
        """Show what is wrong and what to do, and where the text is that was written for it."""
        kept = self._services.asked_text.failed()
        self.say(f"{error.message}; {kept}" if kept else error.line(), error=True, keep=bool(kept))

    def refuse(self, error: CminboxError) -> None:
        """Show why a place to type did not open. What is typed for it runs nothing: keys do nothing until Esc."""
        self._services.notices.add(error.line(), error=True)
        if self.widget.is_attached:
            self.refusing = True
            self.widget.show(error.line(), "error", "Esc goes on", None)

    def clear(self) -> None:
        """Show the keys again, in place of what was said."""
        self.refusing = False
        if self.widget.is_attached:
            self.widget.clear()


class UnboundKeys:
    """Says of a key that it is not bound, unless something else is said just now, or keys come in a burst.

    Args:
        line: where it is said.
        help_key: gives the key that lists all keys; empty for none.
    """

    def __init__(self, line: LastLine, help_key: Callable[[], str]) -> None:
        self._line, self._help_key = line, help_key
        self._key_at = self._said_at = float("-inf")
        self._said = ""

    def came(self, at: float, unbound: str = "") -> None:
        """A key came.

        Args:
            at: when, in seconds of the monotonic clock.
            unbound: the key as people write it, where no command has it.
        """
        burst, self._key_at = at - self._key_at < BURST_SECONDS, at
        if burst:
            if self._said and self._line.saying == self._said:
                self._line.clear()
        elif unbound and at - self._said_at >= AGAIN_SECONDS and self._line.saying in ("", self._said):
            help_key = self._help_key()
            self._said = f"{unbound} is not bound here" + (f" — {help_key} lists the keys" if help_key else "")
            self._said_at = at
            self._line.say(self._said)
