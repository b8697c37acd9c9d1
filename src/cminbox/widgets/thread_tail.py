"""The lines of a thread, read from its end: what is far above is made when somebody goes there."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.model import Instant
from cminbox.widgets.lines import Line
from cminbox.widgets.message_view import Entry
from cminbox.widgets.thread import block, nothing


class Tail:
    """The last lines of a thread, and which of them are seen.

    A conversation opens at its newest message, so a place in it is counted in lines from the end: however much is
    still to be made above, it stays the same.

    Args:
        entries: in reading order.
        now: what times are relative to.
        width: cells of a line.
        empty: what to say when there are none.
    """

    def __init__(self, entries: Sequence[Entry] = (), now: Instant = 0, width: int = 0, empty: str = "") -> None:
        self._made_of = (entries, now, width)
        self._lines: list[Line] = [] if entries else nothing(empty)
        self._left = len(entries) if width > 0 else 0
        self.below = 0
        """Lines below what is seen."""

    def _make(self, lines: int) -> None:
        entries, now, width = self._made_of
        while self._left and len(self._lines) < lines:
            self._left -= 1
            self._lines[:0] = block(entries, self._left, width, now)

    @property
    def whole(self) -> list[Line]:
        """All lines."""
        self._make(10**9)
        return self._lines

    def seen(self, height: int) -> list[Line]:
        """The lines on the screen."""
        self._make(self.below + height)
        if not self._left:
            self.below = max(0, min(self.below, len(self._lines) - height))
        end = len(self._lines) - self.below
        return self._lines[max(0, end - height) : end]

    def move(self, lines: int, height: int) -> None:
        """Go down by so many lines, or up where negative."""
        self.below = max(0, self.below - lines)
        self.seen(height)

    def go_to(self, top: int, height: int) -> None:
        """Let this line be the first that is seen."""
        self.below = max(0, len(self.whole) - height - max(0, top))

    def keep(self, before: Tail, height: int) -> None:
        """Stay where the reader was in an earlier reading of the same thread, unless that was its end."""
        if before.below:
            self.go_to(len(before.whole) - before.below - height, height)

    def bar(self, height: int) -> tuple[int, int]:
        """Where a bar beside the lines begins and ends, as far as they are made; an empty one if all are seen."""
        entries = self._made_of[0]
        total = len(self._lines)
        if self._left:
            total = max(total + self._left, total * len(entries) // max(1, len(entries) - self._left))
        return bar(total, total - self.below - height, height)


def bar(total: int, top: int, height: int) -> tuple[int, int]:
    """Where the bar beside `height` of `total` lines begins and ends when `top` is the first one seen."""
    if total <= height or height < 1:
        return 0, 0
    long = max(1, height * height // total)
    start = round((height - long) * top / (total - height))
    return start, start + long
