"""The last line of a screen: the keys that matter, or for some seconds what has just happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.reactive import reactive
from textual.timer import Timer

from cminbox.textwidth import first_lines, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, MUTED, TEXT, Line, LinesWidget, size, spread

Kind = Literal["note", "error"]
_KEY = f"bold {ACCENT}"
MOST_LINES = 3
"""Lines that a message takes at most."""


class KeysLine(LinesWidget):
    """Keys with their words; `? help` at the right end. A message takes its place until it is old."""

    DEFAULT_CSS = "KeysLine { height: 1; dock: bottom; padding: 0 1; }"
    keys: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=False)
    aside: reactive[str] = reactive("")
    """A short text at the right, before the help key: how many are marked."""
    pending: reactive[str] = reactive("")
    """A count or the beginning of a key sequence."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._message: tuple[str, Kind, str] | None = None
        self._timer: Timer | None = None
        self._height = 1

    @property
    def message(self) -> str:
        """What is said at present, or nothing."""
        return self._message[0] if self._message else ""

    def show(self, text: str, kind: Kind = "note", tail: str = "", seconds: float | None = 6.0) -> None:
        """Say `text` (literal) and, after it, what key does something about it.

        Args:
            seconds: for how long; None until something else is said.
        """
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._message = (" ".join(text.split()), kind, tail)
        if seconds is not None:
            self._timer = self.set_timer(seconds, self.clear)
        self._take_room()
        self.refresh()

    def clear(self) -> None:
        """Show the keys again, in place of what was said."""
        self._message = None
        self._take_room()
        self.refresh()

    def _take_room(self) -> None:
        """Be as high as what is said: nothing of it, and nothing of what can be done about it, is cut off."""
        height = len(self.lines(self.size.width)) if self.size.width else 1
        if height != self._height:
            self._height = height
            self.styles.height = height

    def on_resize(self) -> None:
        self._take_room()

    def lines(self, width: int) -> Sequence[Line]:
        """Keys or a message at the left; a pending count, the aside and the help key at the right."""
        sides = ((self.pending, _KEY), (self.aside, MUTED))
        right: Line = tuple((f"{text}   ", style) for text, style in sides if text)
        if self._message is not None:
            return self._said(*self._message, right, width)
        *pairs, last = self.keys or (("", ""),)
        right = (*right, *_pair(*last)) if last[0] else right
        left: Line = ()
        for pair in pairs:
            more: Line = (("  " if left else "", ""), *_pair(*pair))
            if size(left) + size(more) > width - size(right) - 1:
                break
            left = (*left, *more)
        return [spread(left, right, width)]

    def _said(self, text: str, kind: Kind, tail: str, right: Line, width: int) -> Sequence[Line]:
        """A message in as many lines as it needs, at most `MOST_LINES`; in the last one the key that goes with it."""
        style = f"bold {ALARM}" if kind == "error" else TEXT
        after: Line = (("  ", ""), *_pair(*tail.split(" ", 1))) if tail else ()
        if width_of(text) + size(after) + size(right) <= width:
            return [spread(((text, style), *after), right, width)]
        room = max(width - max(size(after), size(right)) - 1, self.LEAST)
        words = first_lines(text, room, MOST_LINES)
        lines: list[Line] = [((line, style),) for line in words]
        lines[0] = spread(lines[0], right, width)
        lines[-1] = (*lines[-1], *after)
        return lines


def _pair(keys: str, word: str) -> Line:
    return (keys, _KEY), (f" {word}", MUTED)
