"""Asking once more, in the last line."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from cminbox.terminal.keys import pressed_key
from cminbox.widgets.styled_lines import literal


class ConfirmLine(ModalScreen[bool | None]):
    """Says what would be done; one key does it, and any other leaves it and is nothing else.

    Args:
        words: what would be done.
        key: the key that does it.
    """

    DEFAULT_CSS = """
    ConfirmLine { align: left bottom; background: $background 0%; }
    ConfirmLine > Static { width: 100%; height: auto; background: $surface; padding: 0 1; text-style: bold; }
    """

    def __init__(self, words: str, key: str) -> None:
        super().__init__()
        self._words = f"{words}: {key} does it, any other key leaves it"
        self._key = key

    def compose(self) -> ComposeResult:
        """What would be done, and the keys."""
        yield Static(literal(self._words), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Answer, whatever the key."""
        event.stop()
        event.prevent_default()
        self.dismiss(pressed_key(event) == self._key)
