"""A conversation as one widget that draws its own lines: two above, the thread with what is known beside it, one below.

All of it changes at once when another conversation is shown. One widget of a fixed size needs no layout for that, and
the terminal gets it in one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from cminbox.model import Instant
from cminbox.widgets.lines import Line, Painter, Piece, bare_lines, exact
from cminbox.widgets.message_view import Entry
from cminbox.widgets.thread_tail import Tail, bar

Side = Literal["", "beside", "below"]

HEAD = 3
"""Lines above the thread, the last of them blank."""
GAP = 2
"""Cells between the thread and what stands beside it."""
MOST_BELOW = 64
"""Percent of the room that the side may take below the thread."""
WHEEL = 3
BLANK = (" ", "")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things stand, in cells from the corner of the widget."""

    thread: tuple[int, int]
    """Columns and lines."""
    side: tuple[int, int] = (0, 0)
    left: int = 0
    top: int = 0
    """Where the side begins."""


class TalkView(Widget, can_focus=False):
    """Shows what a subclass says: `head`, `foot`, `aside`; and the thread that it gives to `show_thread`."""

    DEFAULT_CSS = "TalkView { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.side: Side = ""
        self.side_width = 36
        self.side_columns = 1
        self.footed = True
        self.tail = Tail()
        self._entries: Sequence[Entry] = ()
        self._now: Instant = 0
        self._empty = ""
        self._seen: Sequence[Line] = ()
        self._painter = Painter(self)
        self._plan = Plan((0, 0))
        self._said: tuple[object, ...] = ()
        self._head: Sequence[Line] = ()
        self._foot: Line = ()
        self._aside: Sequence[Sequence[Line]] = ()
        self._aside_top = 0
        self._aside_lines = 0
        self._ends = (0, 0)
        self._dragged = False
        self._strips: dict[int, Strip] = {}
        """Lines as they are drawn."""

    def head(self, room: int) -> Sequence[Line]:
        """The two lines above the thread."""
        return ()

    def foot(self, room: int) -> Line:
        """The line below it, where nothing stands at its side."""
        return ()

    def aside(self, room: int) -> Sequence[Sequence[Line]]:
        """What stands beside or below it: columns of lines."""
        return ()

    def lay_out(self, *, again: bool = False) -> None:
        """Make all lines for the room that there is; they are drawn if they differ from those on the screen.

        Args:
            again: the same conversation as before: the reader's places are kept.
        """
        width, height = self.size
        if not width or not height:
            return
        self._head = self.head(max(width - 2, 20))
        footed = self.footed and not self.side
        self._foot = self.foot(max(width - 2, 20)) if footed else ()
        room = max(height - HEAD - footed, 1)
        if self.side == "beside":
            left = max(width - self.side_width, 10)
            columns = self.side_columns
            inner = (self.side_width - 3) // columns - 2
            self._aside = self.aside(inner)
            plan = Plan((max(left - GAP, 8), room), (self.side_width, room), left, HEAD)
        elif self.side == "below":
            self._aside = self.aside(width - 3)
            lines = min(max(map(len, self._aside), default=0), room * MOST_BELOW // 100)
            plan = Plan((width, max(room - lines - 1, 1)), (width, lines), 0, HEAD + max(room - lines, 2))
        else:
            self._aside = ()
            plan = Plan((width, room))
        self._plan = plan
        self._aside_lines = max(map(len, self._aside), default=0)
        tail = Tail(self._entries, self._now, plan.thread[0] - 2, self._empty)
        if again:
            tail.keep(self.tail, plan.thread[1])
            self._aside_top = min(self._aside_top, self._aside_more)
        else:
            self._aside_top = 0
        self.tail = tail
        self._draw()

    def _draw(self) -> None:
        plan = self._plan
        self._seen = self.tail.seen(plan.thread[1])
        self._ends = self.tail.bar(plan.thread[1])
        said = (plan, self._head, self._foot, self._aside, self._aside_top, self._seen, self._ends)
        if said != self._said:
            self._said = said
            self._strips.clear()
            self.refresh()

    def show_thread(self, entries: Sequence[Entry], now: Instant, *, again: bool = False, empty: str = "") -> None:
        """Show the entries of a conversation, and everything around them.

        Args:
            entries: in reading order.
            now: what times are relative to.
            again: the same conversation as before: the reader's place is kept, unless it was the end.
            empty: what to say when there are none.
        """
        self._entries, self._now = tuple(entries), now
        self._empty = empty or "Nothing here yet."
        self.lay_out(again=again)

    # moving

    def move(self, lines: int) -> None:
        """Scroll the thread: forward, or back where negative."""
        self.tail.move(lines, self._plan.thread[1])
        self._draw()

    def home(self) -> None:
        """To the oldest message."""
        self.tail.go_to(0, self._plan.thread[1])
        self._draw()

    def end(self) -> None:
        """To the newest message."""
        self.tail.below = 0
        self._draw()

    @property
    def page(self) -> int:
        """Lines of the thread that are seen at once."""
        return self._plan.thread[1]

    @property
    def _aside_more(self) -> int:
        return max(0, self._aside_lines - self._plan.side[1])

    def _at_side(self, x: int, y: int) -> bool:
        return bool(self.side) and x >= self._plan.left and y >= self._plan.top

    def _scroll(self, event: events.MouseScrollDown | events.MouseScrollUp, lines: int) -> None:
        event.stop()
        if self._at_side(event.x, event.y):
            self._aside_top = max(0, min(self._aside_top + lines, self._aside_more))
            self._draw()
        else:
            self.move(lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """What is under the pointer goes on."""
        self._scroll(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """What is under the pointer goes back."""
        self._scroll(event, -WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The bar beside the thread can be taken."""
        columns, height = self._plan.thread
        if event.x == columns - 1 and HEAD <= event.y < HEAD + height:
            self._dragged = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """And pulled."""
        if self._dragged:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        """And let go."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        height = self._plan.thread[1]
        more = max(0, len(self.tail.whole) - height)
        place = max(0, min(y - HEAD, height - 1))
        self.tail.go_to(round(more * place / max(1, height - 1)), height)
        self._draw()

    # drawing

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        # Before the first paint at a new size, where the event would come after it. The end stays the end.
        before = self._size
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if self._size != before:
            self._strips.clear()
            self.lay_out(again=True)
        return changed

    def notify_style_update(self) -> None:
        """Another theme draws the same lines in other colours."""
        super().notify_style_update()
        self._painter.forget()
        self._strips.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are: there is no border or padding that would have to be put around each of them."""
        return bare_lines(self, crop)

    @property
    def drawn(self) -> list[Strip]:
        """All its lines as they are drawn."""
        return [self.render_line(y) for y in range(self.size.height)]

    def render_line(self, y: int) -> Strip:
        """One line across all that stands side by side."""
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._painter.strip(self._line(y), self.size.width)
        return strip

    def _line(self, y: int) -> Line:
        width, height = self.size
        plan = self._plan
        if y < HEAD or not self._said:
            return _inset(self._head[y] if y < len(self._head) else (), width)
        if self._foot and y == height - 1:
            return _inset(self._foot, width)
        if plan.side[1] and self.side == "below" and y >= plan.top - 1:
            return self._side_line(y - plan.top) if y >= plan.top else ()
        line = self._seen[y - HEAD] if y - HEAD < len(self._seen) else ()
        left = (*exact(line, plan.thread[0] - 1), _bar(y - HEAD, self._ends))
        if self.side != "beside":
            return left
        return (*exact(left, plan.left), *self._side_line(y - plan.top))

    def _side_line(self, y: int) -> Line:
        width, height = self._plan.side
        if y >= height:
            return ()
        found: list[Piece] = [("│", "$border-blurred"), BLANK] if self.side == "beside" else []
        used = len(found)
        each = (width - used - 1) // max(1, len(self._aside))
        for column in self._aside:
            line = column[self._aside_top + y] if self._aside_top + y < len(column) else ()
            found += exact((BLANK, *line), each)
        return (*exact(tuple(found), width - 1), _bar(y, bar(self._aside_lines, self._aside_top, height)))


def _inset(line: Line, width: int) -> Line:
    """A line with a blank at each side."""
    return (BLANK, *exact(line, max(width - 2, 0)), BLANK)


def _bar(y: int, ends: tuple[int, int]) -> Piece:
    return ("▐", "$scrollbar") if ends[0] <= y < ends[1] else BLANK
