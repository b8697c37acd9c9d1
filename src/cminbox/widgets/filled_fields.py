"""What was typed into the lines of a dialog, also when it is gone. Nothing here loads a field: the start has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast, runtime_checkable

from textual.screen import Screen

if TYPE_CHECKING:
    from textual.widgets import Input


class FilledLine(NamedTuple):
    """The text of one line, and where its cursor was."""

    text: str
    cursor: int


class FilledFields:
    """The lines of one dialog as they were.

    Args:
        dialog: its kind; nothing is put into another.
        lines: from top to bottom.
        focused: which of them was typed in.
    """

    def __init__(self, dialog: type[Screen[Any]], lines: Sequence[FilledLine] = (), focused: int = 0) -> None:
        self._dialog, self._lines, self._focused = dialog, lines, focused

    @classmethod
    def of(cls, screen: Screen[Any]) -> FilledFields:
        """Those of a dialog that is there."""
        fields = _fields(screen)
        focused = next((place for place, field in enumerate(fields) if field is screen.focused), 0)
        return cls(type(screen), [FilledLine(field.value, field.cursor_position) for field in fields], focused)

    @property
    def text(self) -> str:
        """What stands in the lines, one below the other; those with nothing are left out."""
        return "\n".join(line.text for line in self._lines if line.text.strip())

    def fill(self, screen: Screen[Any]) -> None:
        """Put them into a dialog that has its lines; nothing is done to one of another kind."""
        if type(screen) is not self._dialog:
            return
        fields = _fields(screen)
        for field, line in zip(fields, self._lines, strict=False):
            field.select_on_focus = False
            field.value = line.text
            field.cursor_position = line.cursor
        if self._focused < len(fields):
            fields[self._focused].focus()


def _fields(screen: Screen[Any]) -> list[Input]:
    return [cast("Input", field) for field in screen.query("Input")]


@runtime_checkable
class Asks(Protocol):
    """A dialog with lines to type in.

    Attributes:
        asks: for what, in words.
        filled: what stands in its lines, or stood there last.
        opens_again: opens another one like it; None: the command that asked does, run once more.
    """

    asks: str
    filled: FilledFields
    opens_again: Callable[[], object] | None

    def begin_with(self, fields: FilledFields) -> None:
        """Have these in its lines once it is there."""
