"""Asking before a stranger's address is opened."""

from __future__ import annotations

import math
import time

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from cminbox.widgets.styled_lines import literal

OPENS = "y"
"""No key that is typed by habit behind the one that asks: the address is to be read first. Typed before the address
stands there it is no answer."""


class LinkQuestion(ModalScreen[bool | None]):
    """Shows an address whole, and asks whether it shall be opened.

    Args:
        address: where it leads.
    """

    DEFAULT_CSS = """
    LinkQuestion { align: center bottom; background: $background 0%; }
    LinkQuestion > Vertical { width: 100%; height: auto; max-height: 80%; background: $surface; padding: 0 1; }
    LinkQuestion .link--address { height: auto; text-style: bold; }
    LinkQuestion .link--hint { height: 1; color: $context; }
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._shown_at = math.inf

    def compose(self) -> ComposeResult:
        """The address, and the keys."""
        with Vertical():
            yield Static(literal(self._address), classes="link--address", markup=False)
            yield Static(
                f"{OPENS} opens it in the browser   any other key leaves it", classes="link--hint", markup=False
            )

    def on_mount(self) -> None:
        """From when it stands there, keys are its answer."""
        self.call_after_refresh(self._stands_there)

    def _stands_there(self) -> None:
        self._shown_at = time.monotonic()

    def on_key(self, event: events.Key) -> None:
        """One key is the answer, whichever."""
        event.stop()
        event.prevent_default()
        if event.key != OPENS or event.time >= self._shown_at:
            self.dismiss(event.key == OPENS)
