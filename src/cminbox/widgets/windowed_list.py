"""The windowed list: a list of any length of which only what is near the cursor exists.

It asks a provider for rows by pages before or after a row, keeps a window of them, and draws lines through Textual's
line API. A move redraws the two lines that change. What is above or below the window is not counted or loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

PAGE = 100
"""Rows asked for at once."""
FAR = 1_000
"""Rows kept on either side of the cursor before the window is trimmed."""
LEAP = 20_000
"""The longest way that one move goes."""


class Row(Protocol):
    """A row: anything with an id."""

    @property
    def id(self) -> int:
        """What tells it from other rows."""
        ...


R = TypeVar("R", bound=Row)


class Provider(Protocol[R]):
    """Where rows come from, in one order."""

    def page(self, after: R | None, limit: int, backwards: bool = False) -> Sequence[R]:
        """Up to `limit` rows after (backwards: before) a row, or from the start (the end); in reading order."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """How a row stands in the list when it is drawn."""

    cursor: bool
    marked: bool


class WindowedList(Widget, Generic[R]):
    """A list with a cursor and marks.

    Args:
        draw: makes the line of a row, exactly `width` cells wide.
    """

    DEFAULT_CSS = "WindowedList { height: 1fr; }"

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another row, or the row under it was read anew."""

    @dataclass
    class RowChosen(Message):
        """A row was clicked twice."""

    def __init__(self, draw: Callable[[R, int, Look], Strip], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._provider: Provider[R] | None = None
        self._rows: list[R] = []
        self._top = 0
        self._cursor = 0
        self._starts = True
        self._ends = True
        self._strips: dict[tuple[int, bool, bool], Strip] = {}
        self._shown: list[Strip | None] = []
        self.marks: set[int] = set()
        self.empty = ""
        self._range: int | None = None

    @property
    def rows(self) -> Sequence[R]:
        """The rows of the window, in order."""
        return self._rows

    @property
    def on_screen(self) -> Sequence[R]:
        """The rows on the screen."""
        return self._rows[self._top : self._top + self._height]

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def index(self) -> int:
        """The cursor's place in the window."""
        return self._cursor

    @property
    def at_home(self) -> bool:
        """Whether the very first row is on the screen."""
        return self._starts and self._top == 0

    @property
    def above(self) -> int:
        """Rows of the window above the screen."""
        return self._top

    @property
    def complete(self) -> bool:
        """Whether the window reaches to the end of the list."""
        return self._ends

    @property
    def ranging(self) -> bool:
        """Whether moves extend a range of marks."""
        return self._range is not None

    @property
    def _height(self) -> int:
        return max(1, self.size.height)

    def open(self, provider: Provider[R], keep: R | None = None) -> None:
        """Show another list, or the same one anew.

        Args:
            provider: where rows come from.
            keep: a row that stays under the cursor at its place on the screen, if the list still has it (or, if
                not, the row that comes after it); None for the first row.
        """
        place = self._cursor - self._top if self._rows else 0
        self._provider = provider
        if keep is None:
            self._rows = list(provider.page(None, PAGE))
            self._starts, self._ends = True, len(self._rows) < PAGE
            self._cursor = self._top = 0
        else:
            after = list(provider.page(keep, PAGE))
            before = list(provider.page(keep, PAGE, backwards=True))
            self._starts, self._ends = len(before) < PAGE, len(after) < PAGE
            here = self._itself(provider, keep)
            self._rows = [*before, *here, *after]
            self._cursor = min(len(before), max(0, len(self._rows) - 1))
            self._top = max(0, self._cursor - place)
            if self._starts and self._cursor < self._height:
                self._top = 0
        self._range = None
        self._redraw()
        self.post_message(self.CursorMoved())

    @staticmethod
    def _itself(provider: Provider[R], row: R) -> list[R]:
        # The row that a page before the one after it ends with is the row itself, if the list still has it.
        after = provider.page(row, 1)
        back = provider.page(after[0] if after else None, 1, backwards=True)
        return [found for found in back if found.id == row.id]

    def move(self, rows: int) -> None:
        """Move the cursor down (or up, below 0) by so many rows; the screen follows by half pages."""
        target = self._cursor + max(-LEAP, min(LEAP, rows))
        while target >= len(self._rows) and not self._ends:
            self._more_after()
        while target < 0 and not self._starts:
            target += self._more_before()
        self._go(max(0, min(target, len(self._rows) - 1)))

    def home(self) -> None:
        """To the first row of the list; new rows come in."""
        if self._provider is not None:
            if not self._starts:
                self.open(self._provider)
            else:
                self._go(0)

    def end(self) -> None:
        """To the last row of the list."""
        if self._provider is None:
            return
        if not self._ends:
            self._rows = list(self._provider.page(None, PAGE, backwards=True))
            self._ends, self._starts = True, len(self._rows) < PAGE
            self._cursor = self._top = 0
            self._strips.clear()
        self._go(len(self._rows) - 1)
        self._redraw()

    def go_to(self, row: R) -> None:
        """Put the cursor on a row of the list, loading what is around it where it is far."""
        for index, known in enumerate(self._rows):
            if known.id == row.id:
                self._go(index)
                return
        if self._provider is not None:
            self.open(self._provider, keep=row)

    def _go(self, index: int) -> None:
        if not self._rows:
            return
        old, self._cursor = self._cursor, index
        if self._range is not None:
            low, high = sorted((self._range, index))
            self.marks |= {row.id for row in self._rows[low : high + 1]}
        top = self._top
        if index < top or index >= top + self._height:
            # By half pages: over a slow line, one redraw in many moves instead of one for each.
            step = index - self._height // 2
            self._top = max(0, min(step, len(self._rows) - self._height))
        if self._top != top or self._range is not None:
            self._redraw()
        elif old != index:
            self._line_changed(old)
            self._line_changed(index)
        if old != index:
            self.post_message(self.CursorMoved())
            self.call_after_refresh(self._prefetch)

    def scroll_rows(self, rows: int) -> None:
        """Scroll as a mouse wheel does; the cursor stays on the screen."""
        top = self._top
        while top + rows + self._height > len(self._rows) and not self._ends:
            self._more_after()
        self._top = max(0, min(top + rows, len(self._rows) - self._height))
        inside = max(self._top, min(self._cursor, self._top + self._height - 1))
        moved, self._cursor = inside != self._cursor, inside
        self._redraw()
        if moved:
            self.post_message(self.CursorMoved())

    def _prefetch(self) -> None:
        if self._provider is None:
            return
        if not self._ends and self._cursor + 2 * self._height > len(self._rows):
            self._more_after()
        if not self._starts and self._cursor < 2 * self._height:
            self._more_before()

    def _more_after(self) -> None:
        if self._provider is None:
            self._ends = True
            return
        found = list(self._provider.page(self._rows[-1] if self._rows else None, PAGE))
        known = {row.id for row in self._rows}
        self._rows += [row for row in found if row.id not in known]
        self._ends = len(found) < PAGE
        surplus = self._cursor - FAR
        if surplus > PAGE and self._range is None:
            del self._rows[:surplus]
            self._cursor -= surplus
            self._top = max(0, self._top - surplus)
            self._starts = False

    def _more_before(self) -> int:
        if self._provider is None:
            self._starts = True
            return 0
        found = list(self._provider.page(self._rows[0] if self._rows else None, PAGE, backwards=True))
        known = {row.id for row in self._rows}
        new = [row for row in found if row.id not in known]
        self._rows[:0] = new
        self._starts = len(found) < PAGE
        self._cursor += len(new)
        self._top += len(new)
        if self._range is not None:
            self._range += len(new)
        elif len(self._rows) - self._cursor > FAR + PAGE:
            del self._rows[self._cursor + FAR :]
            self._ends = False
        return len(new)

    def replace(self, rows: Mapping[int, R]) -> None:
        """Show new readings of rows where they stand; only lines that look different are redrawn."""
        for index, row in enumerate(self._rows):
            new = rows.get(row.id)
            if new is not None and new != row:
                self._rows[index] = new
                self._forget(row.id)
        self.look_again()
        if self.row is not None and self.row.id in rows:
            self.post_message(self.CursorMoved())

    def take_out(self, ids: Iterable[int]) -> None:
        """Take rows out; the cursor stays at its place, on what comes next."""
        gone = set(ids)
        kept = [row for row in self._rows if row.id not in gone]
        if len(kept) == len(self._rows):
            return
        before = sum(1 for row in self._rows[: self._cursor] if row.id in gone)
        above = sum(1 for row in self._rows[: self._top] if row.id in gone)
        self._rows = kept
        self._range = None
        self._cursor = max(0, min(self._cursor - before, len(kept) - 1))
        self._top = max(0, min(self._top - above, self._cursor))
        if len(kept) < self._cursor + self._height and not self._ends:
            self._more_after()
        self._redraw()
        self.post_message(self.CursorMoved())

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark off."""
        if self.row is not None:
            self.marks ^= {self.row.id}
            self._line_changed(self._cursor)

    def toggle_range(self) -> None:
        """Begin a range of marks at the cursor, or end it where it is now."""
        if self._range is not None:
            self._range = None
        elif self.row is not None:
            self._range = self._cursor
            self.marks.add(self.row.id)
            self._line_changed(self._cursor)

    def set_marks(self, ids: Iterable[int]) -> None:
        """Mark exactly these."""
        self._range = None
        self.marks = set(ids)
        self.look_again()

    def say_empty(self, text: str) -> None:
        """What stands in the list's place while it has no rows: why, and what to do."""
        if text != self.empty:
            self.empty = text
            self.refresh()

    def _forget(self, row_id: int) -> None:
        for look in ((False, False), (False, True), (True, False), (True, True)):
            self._strips.pop((row_id, *look), None)

    def draw_again(self, ids: Iterable[int]) -> None:
        """What the lines of these rows are made from has changed, beside the rows."""
        for row_id in ids:
            self._forget(row_id)
        self.look_again()

    def look_again(self, *, all_rows: bool = False) -> None:
        """Draw the rows on the screen anew where their lines look different now.

        Args:
            all_rows: what the lines are made from has changed (time, people), not the rows themselves.
        """
        if all_rows:
            self._strips.clear()
        for y in range(self._height):
            shown = self._shown[y] if y < len(self._shown) else None
            if shown is None or shown != self._strip(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _redraw(self) -> None:
        if len(self._strips) > 4 * FAR:
            self._strips.clear()
        self.refresh()

    def _line_changed(self, index: int) -> None:
        y = index - self._top
        if 0 <= y < self._height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _strip(self, y: int) -> Strip:
        index = self._top + y
        if index >= len(self._rows):
            return self._blank(y)
        row = self._rows[index]
        look = Look(index == self._cursor, row.id in self.marks)
        key = (row.id, look.cursor, look.marked)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw(row, self.size.width, look)
            self._strips[key] = strip
        return strip

    def _blank(self, y: int) -> Strip:
        lines = self.empty.split("\n") if self.empty and not self._rows else []
        base = self.rich_style
        if not 0 <= y - 2 < len(lines):
            return Strip.blank(self.size.width, base)
        return Strip([Segment("    " + lines[y - 2], base)]).adjust_cell_length(self.size.width, base)

    def render_line(self, y: int) -> Strip:
        """The line at `y`, from the cache where it looks the same."""
        strip = self._strip(y)
        while len(self._shown) <= y:
            self._shown.append(None)
        self._shown[y] = strip
        return strip

    def on_resize(self) -> None:
        """Another width makes other lines; the cursor stays on the screen."""
        self._strips.clear()
        if self._rows and self._cursor >= self._top + self._height:
            self._top = self._cursor - self._height + 1
        self._top = max(0, min(self._top, len(self._rows) - self._height))

    def notify_style_update(self) -> None:
        """Another theme makes other lines."""
        super().notify_style_update()
        self._strips.clear()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.scroll_rows(-3)

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the row that was clicked; twice opens it."""
        index = self._top + event.y
        if index < len(self._rows):
            self._go(index)
            if event.chain == 2:
                self.post_message(self.RowChosen())
