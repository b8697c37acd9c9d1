"""A short list that is read whole: lines with a cursor, each row one or more lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cminbox.widgets.styled_lines import MUTED


class ItemList(ScrollView, can_focus=False):
    """Items of one or more lines each; the cursor is a bar at the left of its row and a quiet ground behind it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"item-list--cursor"}
    DEFAULT_CSS = """
    ItemList { background: transparent; scrollbar-size-vertical: 1; }
    ItemList > .item-list--cursor { background: $row-cursor; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[tuple[int, Content]] = []
        self._count = 0
        self._empty: tuple[str, ...] = ()
        self.cursor = 0

    def show(self, rows: Sequence[Sequence[Content]], *, empty: Sequence[str] = ()) -> None:
        """Show items; the cursor stays at its place. `empty` says why there are none, and what to do."""
        self._lines = [(place, line) for place, lines in enumerate(rows) for line in lines]
        self._count, self._empty = len(rows), tuple(empty)
        self.cursor = min(self.cursor, max(self._count - 1, 0))
        self.virtual_size = Size(0, max(len(self._lines), len(self._empty)))
        self.refresh()

    @property
    def text(self) -> str:
        """All lines as plain text."""
        return "\n".join(line.plain for _, line in self._lines) or "\n".join(self._empty)

    def move(self, steps: int) -> None:
        """Moves the cursor, stopping at the ends, and keeps it in view."""
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
        """One line of an item, or of what is said in place of items."""
        index, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        style = self.visual_style
        if index >= len(self._lines):
            line = self._empty[index] if not self._lines and index < len(self._empty) else ""
            return Strip(Content.styled(f"  {line}", MUTED).render_segments(style)).adjust_cell_length(
                width, style.rich_style
            )
        place, content = self._lines[index]
        here = place == self.cursor
        if here:
            style += self.get_visual_style("item-list--cursor", partial=True)
        mark = Content.styled("▌ ", "$accent") if here else Content("  ")
        return Strip((mark + content).render_segments(style)).adjust_cell_length(width, style.rich_style)
