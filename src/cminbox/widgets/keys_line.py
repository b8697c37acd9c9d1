"""The last line of a screen: the keys that matter, or for some seconds what has just happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from cminbox.textwidth import fit, width_of

Kind = Literal["note", "error"]


class KeysLine(Widget):
    """Keys with their words; `? help` at the right end. A message takes its place until it is old."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys-line--key", "keys-line--word", "keys-line--error", "keys-line--note"}
    DEFAULT_CSS = """
    KeysLine {
        height: 1; dock: bottom; padding: 0 1;
        & > .keys-line--key { color: $accent; text-style: bold; }
        & > .keys-line--word { color: $context; }
        & > .keys-line--note { color: $foreground; }
        & > .keys-line--error { color: $error; text-style: bold; }
    }
    """

    keys: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=False)
    aside: reactive[str] = reactive("")
    """A short text at the right, before the help key: how many are marked."""
    pending: reactive[str] = reactive("")
    """A count or the beginning of a key sequence."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._message: tuple[str, Kind, str] | None = None
        self._timer: Timer | None = None

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
        self.refresh()

    def clear(self) -> None:
        """Show the keys again, in place of what was said."""
        self._message = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Keys or a message at the left; a pending count, the aside and the help key at the right."""
        room = self.size.width
        base = self.rich_style
        key, word = (
            base + self.get_component_rich_style(f"keys-line--{part}", partial=True) for part in ("key", "word")
        )
        right = [*self._part(self.pending, key), *self._part(self.aside, word)]
        left: list[Segment] = []
        if self._message is not None:
            text, kind, tail = self._message
            style = base + self.get_component_rich_style(f"keys-line--{kind}", partial=True)
            tail_width = width_of(tail) + 2 if tail else 0
            right_width = sum(segment.cell_length for segment in right)
            left.append(Segment(fit(text, max(0, room - tail_width - right_width), pad=False), style))
            if tail:
                left += [Segment("  ", base), *self._pair(tail, key, word)]
        else:
            *pairs, last = self.keys or (("", ""),)
            right += self._pair(" ".join(last), key, word)
            space = room - sum(segment.cell_length for segment in right) - 1
            left = self._fitting(pairs, space, base, key, word)
        used = sum(segment.cell_length for segment in (*left, *right))
        strip = Strip([*left, Segment(" " * max(0, room - used), base), *right])
        return strip.adjust_cell_length(room, base)

    def _fitting(
        self, pairs: Sequence[tuple[str, str]], room: int, base: Style, key: Style, word: Style
    ) -> list[Segment]:
        left: list[Segment] = []
        for keys, name in pairs:
            size = width_of(keys) + 1 + width_of(name) + (2 if left else 0)
            if size > room:
                break
            room -= size
            if left:
                left.append(Segment("  ", base))
            left += [Segment(keys, key), Segment(f" {name}", word)]
        return left

    @staticmethod
    def _part(text: str, style: Style) -> list[Segment]:
        return [Segment(f"{text}   ", style)] if text else []

    @staticmethod
    def _pair(text: str, key: Style, word: Style) -> list[Segment]:
        keys, _, name = text.partition(" ")
        return [Segment(keys, key), Segment(f" {name}", word)] if keys else []
