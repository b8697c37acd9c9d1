"""The line under the composer: how long the text is by the network's own rule, and what stands against sending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cminbox.textwidth import cut_line
from cminbox.widgets.styled_lines import ALARM, CARE, MUTED, Line, LinesWidget, safe, size, spread


class CounterLine(LinesWidget):
    """`312 / 500   ⚠ order.number is empty                                    draft kept`."""

    DEFAULT_CSS = "CounterLine { height: 1; width: 1fr; padding: 0 1; }"
    LEAST: ClassVar[int] = 20
    _count, _limit, _warnings, _note = 0, 0, "", ""

    def show(self, count: int, limit: int, warnings: Sequence[str], note: str) -> None:
        """Show a length, its limit (0: none), warnings in words, and what is said at the right."""
        shown = self._count, self._limit, self._warnings, self._note
        self._count, self._limit, self._warnings, self._note = count, limit, " · ".join(warnings), note
        if shown != (self._count, self._limit, self._warnings, self._note):
            self.refresh()

    def lines(self, width: int) -> Sequence[Line]:
        count, limit = self._count, self._limit
        left: Line = ((f"{count} / {limit}" if limit else str(count), ""),)
        if limit and count > limit:
            left = ((f"{count} / {limit}, {count - limit} too long", f"bold {ALARM}"),)
        elif limit and count > limit * 0.95:
            left = ((f"{count} / {limit}", CARE),)
        note: Line = ((self._note, MUTED),)
        room = width - size(left) - size(note) - 5
        if self._warnings:
            if room < 16:
                note, room = (), width - size(left) - 4
            left = (*left, ("   ", ""), safe(cut_line(f"⚠ {self._warnings}", room), CARE))
        return [spread(left, note, width)]
