"""A short list that is read whole: lines with a cursor, each row one or more lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cminbox.widgets.styled_lines import ACCENT, MUTED, Line, Painter, exact, plain


class ItemList(ScrollView, can_focus=False):
    """Items of one or more lines each; the cursor is a bar at the left of its row."""

    DEFAULT_CSS = "ItemList { background: transparent; scrollbar-size-vertical: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[tuple[int, Line]] = []
        self._count = 0
        self._empty: tuple[str, ...] = ()
        self._painter = Painter(self)
        self.cursor = 0

    def show(self, rows: Sequence[Sequence[Line]], *, empty: Sequence[str] = ()) -> None:
        """Show items; the cursor stays at its place. `empty` says why there are none, and what to do."""
        self._lines = [(place, line) for place, lines in enumerate(rows) for line in lines]
        self._count, self._empty = len(rows), tuple(empty)
        self.cursor = min(self.cursor, max(self._count - 1, 0))
        self.virtual_size = Size(0, max(len(self._lines), len(self._empty)))
        self.refresh()

    @property
    def text(self) -> str:
        """All lines as plain text."""
        return "\n".join(plain(line) for _, line in self._lines) or "\n".join(self._empty)

    def move(self, steps: int) -> None:
        """Move the cursor, stopping at the ends, and keeps it in view."""
        self.cursor = min(max(self.cursor + steps, 0), max(self._count - 1, 0))
        mine = [y for y, (place, _) in enumerate(self._lines) if place == self.cursor]
        if mine:
            top, height = self.scroll_offset.y, self.size.height
            if mine[0] < top:
                self.scroll_to(y=mine[0], animate=False)
            elif mine[-1] >= top + height:
                self.scroll_to(y=mine[-1] - height + 1, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        if index >= len(self._lines):
            empty = self._empty[index] if not self._lines and index < len(self._empty) else ""
            return self._painter.strip(((f"  {empty}", MUTED),), width)
        place, line = self._lines[index]
        if place != self.cursor:
            return self._painter.strip((("  ", ""), *line), width)
        ground = exact((("▌ ", ACCENT), *line), width)
        return self._painter.strip(tuple((text, f"{style} on $row-cursor".strip()) for text, style in ground), width)

    def page_sizes(self) -> tuple[int, int]:
        """Items of half a page, and those of a page that keeps one in sight."""
        each = max(1, len(self._lines) // max(1, self._count))
        page = max(1, self.size.height // each)
        return max(1, page // 2), max(1, page - 1)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget()
