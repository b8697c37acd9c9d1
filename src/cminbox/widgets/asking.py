"""A dialog with lines to type in, which knows what was typed even when it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual import on
from textual.screen import ModalScreen
from textual.widgets import Input

from cminbox.widgets.filled_fields import FilledFields

T = TypeVar("T")


class AskingScreen(ModalScreen[T | None]):
    """A dialog that gives what was chosen or written; None where it was left.

    Attributes:
        asks: for what, in words.
        filled: what stands in its lines, or stood there last.
        opens_again: opens another one like it; None: the command that asked does, run once more.
    """

    asks = ""
    opens_again: Callable[[], object] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.filled = FilledFields(type(self))
        self._begins_with: FilledFields | None = None

    def begin_with(self, fields: FilledFields) -> None:
        """Have these in its lines once it is there."""
        self._begins_with = fields

    def on_mount(self) -> None:
        """Its lines are there; Textual calls this after what a subclass does then."""
        if self._begins_with is not None:
            self._begins_with.fill(self)

    @on(Input.Changed)
    def _remember_lines(self) -> None:
        self.filled = FilledFields.of(self)
