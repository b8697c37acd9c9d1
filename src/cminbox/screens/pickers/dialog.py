"""What dialogs with lines to fill have in common."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from cminbox.widgets.asking import AskingScreen

T = TypeVar("T")


class Dialog(AskingScreen[T]):
    """A box in the middle of the screen with a title, lines to fill and a hint; Esc leaves it and gives None."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical { width: 72; max-width: 94%; height: auto; background: $surface; padding: 1 2; }
    Dialog .dialog--title { height: auto; text-style: bold; padding-bottom: 1; }
    Dialog .dialog--word { height: 1; color: $context; }
    Dialog Input, Dialog Input:focus {
        border: none; height: 1; padding: 0; margin-bottom: 1; background: $foreground 8%;
        background-tint: $foreground 0%;
    }
    Dialog .dialog--hint { height: auto; color: $context; }
    Dialog .dialog--wrong { height: auto; color: $error; text-style: bold; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave", show=False, priority=True)]

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
