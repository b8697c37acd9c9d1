"""The windowed list: a list of any length of which only what is near the cursor exists.

It asks a provider for rows by pages before or after a row, keeps a window of them, and draws lines through Textual's
line API. A move redraws the two lines that change. What is above or below the window is not counted or loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from cminbox.terminal.compat import HookedWidget
from cminbox.textwidth import cut
from cminbox.widgets.list_window import Provider, R, Window
from cminbox.widgets.styled_lines import bare_lines

SOON_SECONDS = 0.03
DRAWN = 400
"""Lines that are kept as they were drawn."""
AHEAD = 4
"""Lines of the next page that are drawn at once between keys: no key waits for more of them."""


class RowState(NamedTuple):
    """How a row stands in the list when it is drawn."""

    cursor: bool
    marked: bool


class WindowedList(HookedWidget, Generic[R]):
    """A list with a cursor and marks.

    Args:
        draw: makes the line of a row, exactly `width` cells wide.

    Attributes:
        marks: ids of the marked rows, loaded or not.
    """

    DEFAULT_CSS = "WindowedList { height: 1fr; }"

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another row, or the row under it was read anew."""

    @dataclass
    class RowChosen(Message):
        """A row was clicked twice."""

    def __init__(self, draw: Callable[[R, int, RowState], Strip], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._window: Window[R] = Window()
        self._strips: dict[tuple[int, bool, bool], Strip] = {}
        self._shown: list[Strip | None] = []
        self._empty = ""
        self._down = True
        """Whether the cursor went down last: then the page below is the next."""
        self.marks: set[int] = set()

    @property
    def rows(self) -> Sequence[R]:
        """The rows that are loaded, in order."""
        return self._window.rows

    @property
    def on_screen(self) -> Sequence[R]:
        """The rows on the screen."""
        return self._window.rows[self._window.top : self._window.top + self._height]

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._window.rows[self._window.cursor] if self._window.rows else None

    @property
    def index(self) -> int:
        """The cursor's place among the rows that are loaded."""
        return self._window.cursor

    @property
    def line(self) -> int:
        """The cursor's line on the screen."""
        return self._window.cursor - self._window.top

    @property
    def complete(self) -> bool:
        """Whether the last row of the list is loaded."""
        return self._window.ends

    @property
    def begins(self) -> bool:
        """Whether the first row of the list is loaded."""
        return self._window.starts

    @property
    def ranging(self) -> bool:
        """Whether moves extend a range of marks."""
        return self._window.range is not None

    @property
    def _height(self) -> int:
        return max(1, self.size.height)

    def open(self, provider: Provider[R], keep: R | None = None) -> None:
        """Show another list, or the same one anew; `keep` stays under the cursor at its place on the screen."""
        self._window.open(provider, self._height, keep)
        self._strips.clear()
        self._moved()

    def show_on_line(self, line: int) -> None:
        """Let the cursor's row stand on that line of the screen, as far as there are rows above it."""
        self._window.top = max(0, self._window.cursor - line)
        self._moved()

    def move(self, rows: int) -> None:
        """Move the cursor down (or up, below 0) by so many rows."""
        self._go(self._window.reach(rows))

    def home(self) -> None:
        """To the first row of the list."""
        window = self._window
        if window.starts or window.provider is None:
            self._go(0)
        else:
            self.open(window.provider)

    def end(self) -> None:
        """To the last row of the list."""
        if self._window.ends:
            self._go(len(self._window.rows) - 1)
        else:
            self._window.open_end(self._height)
            self._moved()

    def go_to(self, row: R) -> None:
        """Put the cursor on a row of the list, loading what is around it where it is far."""
        index = self._window.index_of(row.id)
        if index is not None:
            self._go(index)
        elif self._window.provider is not None:
            self.open(self._window.provider, keep=row)

    def _moved(self) -> None:
        self.refresh()
        self.post_message(self.CursorMoved())

    def _go(self, index: int) -> None:
        window = self._window
        if not window.rows:
            return
        old, top = window.cursor, window.top
        window.put(index, self._height)
        if window.range is not None:
            low, high = sorted((window.range, index))
            self.marks |= {row.id for row in window.rows[low : high + 1]}
        if window.top != top or window.range is not None:
            self.refresh()
        elif old != index:
            self._line_changed(old)
            self._line_changed(index)
        if old != index:
            self._down = index > old
            self.post_message(self.CursorMoved())
            if self.screen.is_current:
                self.call_after_refresh(self._prefetch)
            else:
                # What another screen shows of this line comes first.
                self.set_timer(SOON_SECONDS, self._prefetch)

    def _prefetch(self) -> None:
        self._window.prefetch(self._height)
        self._draw_ahead()

    def _draw_ahead(self) -> None:
        """Draw the lines of the next page that are not drawn yet, some at a time."""
        top, height = self._window.top, self._height
        first = top + height if self._down else max(0, top - height)
        states = ((row, RowState(False, row.id in self.marks)) for row in self._window.rows[first : first + height])
        missing = [(row, state) for row, state in states if (row.id, *state) not in self._strips]
        for row, state in missing[:AHEAD]:
            self.drawn_ahead(self._drawn(row, state))
        if len(missing) > AHEAD:
            self.call_after_refresh(self._draw_ahead)

    def drawn_ahead(self, strip: Strip) -> None:
        """A line was drawn that may be shown soon."""

    def scroll_rows(self, rows: int) -> None:
        """Scroll as a mouse wheel does; the cursor stays on the screen."""
        before = self.row
        self._window.scroll(rows, self._height)
        self.refresh()
        if self.row is not before:
            self.post_message(self.CursorMoved())

    def replace(self, rows: Mapping[int, R]) -> None:
        """Show new readings of rows where they stand; only lines that look different are redrawn."""
        self.redraw_rows(self._window.replace(rows))

    def take_out(self, ids: Iterable[int]) -> None:
        """Take rows out; the cursor stays at its line, on what comes next."""
        if self._window.take_out(ids, self._height):
            self._moved()

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off."""
        if self.row is not None:
            self.marks ^= {self.row.id}
            self._line_changed(self._window.cursor)

    def toggle_range(self) -> None:
        """Begin a range of marks at the cursor, or end it where it is now."""
        window = self._window
        if window.range is not None:
            window.range = None
        elif self.row is not None:
            window.range = window.cursor
            self.marks.add(self.row.id)
            self._line_changed(window.cursor)

    def set_marks(self, ids: Iterable[int]) -> None:
        """Mark the rows of these ids, and no others; a range ends."""
        self._window.range = None
        self.marks = set(ids)
        self.redraw_changed()

    def show_empty(self, text: str) -> None:
        """What stands in the list's place while it has no rows: why, and what to do."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    @property
    def empty(self) -> str:
        """What is said in place of rows."""
        return "" if self._window.rows else self._empty

    def redraw_rows(self, ids: Iterable[int]) -> None:
        """What the lines of these rows are made from has changed; `CursorMoved` follows if the cursor is on one."""
        changed = set(ids)
        for row_id in changed:
            for state in ((False, False), (False, True), (True, False), (True, True)):
                self._strips.pop((row_id, *state), None)
        self.redraw_changed()
        if self.row is not None and self.row.id in changed:
            self.post_message(self.CursorMoved())

    def redraw_changed(self, *, all_rows: bool = False) -> None:
        """Draw the rows on the screen anew where their lines look different now.

        Args:
            all_rows: what all lines are made from has changed (the time), not the rows themselves.
        """
        if all_rows:
            self._strips.clear()
        for y in range(self._height):
            shown = self._shown[y] if y < len(self._shown) else None
            if shown is None or shown != self._strip(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _line_changed(self, index: int) -> None:
        y = index - self._window.top
        if 0 <= y < self._height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _strip(self, y: int) -> Strip:
        window = self._window
        index = window.top + y
        if index >= len(window.rows):
            return self._blank(y)
        row = window.rows[index]
        return self._drawn(row, RowState(index == window.cursor, row.id in self.marks))

    def _drawn(self, row: R, state: RowState) -> Strip:
        key = (row.id, *state)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= DRAWN:
                # The oldest; a line is cheap to draw again, and heavy to keep.
                del self._strips[next(iter(self._strips))]
            strip = self._strips[key] = self._draw(row, self.size.width, state)
        return strip

    def _blank(self, y: int) -> Strip:
        lines = self.empty.split("\n") if self.empty else []
        base, room = self.rich_style, self.size.width
        if not 0 <= y - 2 < len(lines):
            return Strip.blank(room, base)
        return Strip([Segment("    " + cut(lines[y - 2], room - 4), base)]).adjust_cell_length(room, base)

    def render_lines(self, crop: Region) -> list[Strip]:
        return bare_lines(self, crop)

    def render_line(self, y: int) -> Strip:
        strip = self._strip(y)
        self._shown += [None] * (y + 1 - len(self._shown))
        self._shown[y] = strip
        return strip

    def size_changed(self) -> None:
        """Another width makes other lines; the cursor stays on the screen."""
        window = self._window
        self._strips.clear()
        self._shown.clear()
        if window.rows:
            window.top = max(0, min(window.top, len(window.rows) - self._height))
            window.top = max(window.top, window.cursor - self._height + 1)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-3)

    def on_click(self, event: events.Click) -> None:
        index = self._window.top + event.y
        if index < len(self._window.rows):
            self._go(index)
            if event.chain == 2:
                self.post_message(self.RowChosen())
