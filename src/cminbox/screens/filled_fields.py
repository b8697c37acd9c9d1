"""What was typed into the lines of a dialog, to be put into it when it is opened once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual.screen import Screen
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

    def __init__(self, dialog: type[Screen[Any]], lines: Sequence[FilledLine], focused: int = 0) -> None:
        self._dialog, self._lines, self._focused = dialog, lines, focused

    @classmethod
    def of(cls, screen: Screen[Any]) -> FilledFields:
        """Those of a dialog that is there."""
        fields = list(screen.query(Input))
        focused = next((place for place, field in enumerate(fields) if field is screen.focused), 0)
        return cls(type(screen), [FilledLine(field.value, field.cursor_position) for field in fields], focused)

    @property
    def written(self) -> bool:
        """Whether there is any text."""
        return any(line.text.strip() for line in self._lines)

    def fill(self, screen: Screen[Any]) -> None:
        """Put them into a dialog, once it has its lines."""
        if type(screen) is self._dialog:
            screen.call_later(self._fill, screen)

    def _fill(self, screen: Screen[Any]) -> None:
        fields = list(screen.query(Input))
        for field, line in zip(fields, self._lines, strict=False):
            field.select_on_focus = False
            field.value = line.text
            field.cursor_position = line.cursor
        if self._focused < len(fields):
            fields[self._focused].focus()
