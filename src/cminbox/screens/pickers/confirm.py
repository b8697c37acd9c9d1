"""Confirming an action on many conversations."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from cminbox.terminal.keys import pressed_key
from cminbox.widgets.styled_lines import literal


class ConfirmMany(ModalScreen[bool | None]):
    """Says what an action on many would change, and asks whether it shall.

    Args:
        words: what is known at once.
        key: one that confirms, besides Enter: the command's own. Empty where it has none.
        others_leave: any other key leaves it, and is nothing else; else only Esc does.
    """

    DEFAULT_CSS = """
    ConfirmMany { align: center bottom; background: $background 0%; }
    ConfirmMany > Vertical { width: 100%; height: auto; background: $surface; padding: 0 1; }
    ConfirmMany .confirm--what { height: auto; text-style: bold; }
    ConfirmMany .confirm--hint { height: 1; color: $context; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "leave", show=False, priority=True),
        Binding("enter", "answer(True)", "do it", show=False, priority=True),
    ]

    def __init__(self, words: str, key: str, *, others_leave: bool = False) -> None:
        super().__init__()
        self._key = key
        self._others_leave = others_leave
        self._what = Static(literal(words), classes="confirm--what", markup=False)

    def compose(self) -> ComposeResult:
        """What would change, and the keys."""
        with Vertical():
            yield self._what
            also = f" or {self._key}" if self._key else ""
            leaves = "any other key" if self._others_leave else "Esc"
            hint = f"Enter{also} does it   {leaves} leaves it"
            yield Static(literal(hint), classes="confirm--hint", markup=False)

    def show(self, words: str) -> None:
        """Say what would change, once it is known."""
        self._what.update(literal(words))

    def on_key(self, event: events.Key) -> None:
        """The command's own key confirms too."""
        event.stop()
        own = pressed_key(event) == self._key
        if own or self._others_leave:
            self.dismiss(own)

    def action_answer(self, confirmed: bool) -> None:
        """Close with the answer that a key or a button gave."""
        self.dismiss(confirmed)
