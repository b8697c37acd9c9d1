"""Asking for one line of text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from cminbox.screens.pickers.dialog import Dialog
from cminbox.text import clean
from cminbox.widgets.styled_lines import literal


class TextPrompt(Dialog[str]):
    """Asks for one line of text.

    Args:
        title: what for, in words.
        value: what stands there already.
        hint: which keys do what.
    """

    def __init__(self, title: str, value: str = "", *, hint: str = "Enter done   Esc leave") -> None:
        super().__init__()
        self.asks = title
        self._title, self._value, self._hint = title, clean(value), hint

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(literal(self._title), classes="dialog--title", markup=False)
            yield Input(self._value)
            yield Static(literal(self._hint), classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter gives the text, unless there is none."""
        text = clean(event.value).strip()
        if text:
            self.dismiss(text)
