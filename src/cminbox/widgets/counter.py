"""The line under the composer: how long the text is by the network's own rule, and what stands against sending it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from cminbox.textwidth import cut_line
from cminbox.widgets.styled_lines import ALARM, CARE, MUTED, literal, spread


class CounterLine(Widget):
    """`312 / 500   ⚠ order.number is empty        Ctrl+S send (10 s to undo)   Esc keep draft`."""

    DEFAULT_CSS = "CounterLine { height: 1; width: 1fr; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._count, self._limit = 0, 0
        self._warnings: tuple[str, ...] = ()
        self._keys = ""

    def show(self, count: int, limit: int, warnings: Sequence[str], keys: str) -> None:
        """Shows a length, its limit (0: none), warnings in words and what the keys do."""
        self._count, self._limit = count, limit
        self._warnings, self._keys = tuple(warnings), keys
        self.refresh()

    @property
    def over(self) -> bool:
        """Whether the text is longer than the network takes."""
        return bool(self._limit) and self._count > self._limit

    @property
    def plain(self) -> str:
        """The line as plain text."""
        return self.render().plain

    def render(self) -> Content:
        """The length at the left, with what stands against sending; what is kept at the right."""
        width = max(self.size.width, 20)
        if self._limit:
            words = f"{self._count} / {self._limit}"
            if self.over:
                left = literal(f"{words}, {self._count - self._limit} too long", f"bold {ALARM}")
            else:
                left = literal(words, CARE if self._count > self._limit * 0.95 else "")
        else:
            left = literal(str(self._count))
        keys = Content.styled(self._keys, MUTED)
        room = width - left.cell_length - keys.cell_length - 5
        if self._warnings:
            if room < 16:
                keys, room = Content(""), width - left.cell_length - 4
            left = Content.assemble(left, "   ", literal(cut_line("⚠ " + " · ".join(self._warnings), room), CARE))
        return spread(left, keys, width)
