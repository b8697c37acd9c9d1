"""The text that is being written: a text area that takes nothing but clean text."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from cminbox.text import clean


class ReplyArea(TextArea):
    """A text area for a reply.

    Every character is text here, digits too: «3 days …» may be how it begins. Whatever is pasted or
    loaded passes the trust boundary first: a pasted escape sequence must not reach the terminal.
    """

    DEFAULT_CSS = """
    ReplyArea { height: 1fr; min-height: 3; border: round $accent; padding: 0 1; background: transparent; }
    ReplyArea:focus { border: round $accent; background-tint: $foreground 0%; }
    ReplyArea .text-area--cursor-line { background: transparent; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, tab_behavior="focus")

    def edit(self, edit: Edit) -> EditResult:
        """Applies an edit with its text cleaned."""
        safe = clean(edit.text)
        return super().edit(edit if safe == edit.text else replace(edit, text=safe))

    def load(self, text: str) -> None:
        """Replaces the whole text; what stood there can be had back with Ctrl+Z."""
        if self.text:
            self.replace(clean(text), (0, 0), self.document.end)
        else:
            self.load_text(clean(text))
        self.move_cursor(self.document.end)

    def on_key(self, event: events.Key) -> None:
        """Keys that are not text."""
        if event.key.startswith("alt+"):
            # A command's key, even where the terminal tells its character too; nothing of it is text.
            event.prevent_default()
