"""The text that is being written: a text area that takes nothing but clean text."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import events
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from cminbox.text import clean


class ReplyArea(TextArea):
    """A text area for a reply.

    Digits in an untouched, empty area ask for quick templates; a digit after anything was written is a digit.
    Whatever is pasted or loaded passes the trust boundary first: a pasted escape sequence must not reach the terminal.
    """

    DEFAULT_CSS = """
    ReplyArea { height: 1fr; min-height: 3; border: round $accent; padding: 0 1; background: transparent; }
    ReplyArea:focus { border: round $accent; background-tint: $foreground 0%; }
    ReplyArea .text-area--cursor-line { background: transparent; }
    """

    @dataclass
    class QuickAsked(Message):
        """A digit was pressed in an empty, untouched composer."""

        number: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        self.touched = False

    def edit(self, edit: Edit) -> EditResult:
        """Applies an edit with its text cleaned."""
        self.touched = True
        safe = clean(edit.text)
        return super().edit(edit if safe == edit.text else replace(edit, text=safe))

    def load(self, text: str, *, touched: bool) -> None:
        """Replaces the whole text; what stood there can be had back with Ctrl+Z."""
        if self.text:
            self.replace(clean(text), (0, 0), self.document.end)
        else:
            self.load_text(clean(text))
        self.touched = touched
        self.move_cursor(self.document.end)

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether a key is text here; a digit that asks for a template is not."""
        return not self._asks_for_template(character) and super().check_consume_key(key, character)

    def _asks_for_template(self, character: str | None) -> bool:
        return bool(character and character in "123456789" and not self.text and not self.touched)

    def on_key(self, event: events.Key) -> None:
        """Keys that are not text."""
        if event.key.startswith("alt+"):
            # A command's key, even where the terminal tells its character too; nothing of it is text.
            event.prevent_default()
            return
        if event.character and self._asks_for_template(event.character):
            event.stop()
            event.prevent_default()
            self.post_message(self.QuickAsked(int(event.character)))
