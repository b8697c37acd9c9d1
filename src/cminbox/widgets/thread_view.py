"""A thread with what stands around it, as one widget that draws its own lines.

All of it changes at once when another conversation is shown. One widget of a fixed size needs no layout for that, and
the terminal gets it in one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from cminbox.model import Instant
from cminbox.terminal.compat import HookedWidget
from cminbox.widgets.styled_lines import Line, Painter, Piece, bare_lines, exact, plain
from cminbox.widgets.thread_entry import ThreadEntry
from cminbox.widgets.thread_lines import ThreadLines, scroll_thumb

SideWhere = Literal["", "beside", "below"]

HEAD = 3
"""Lines above a thread that has something around it, the last of them blank."""
GAP = 2
"""Cells between the thread and what stands beside it."""
MOST_BELOW = 64
"""Percent of the room that the side may take below the thread."""
ALL_LINES = 1_000_000
"""More lines than any thread has: so far up is its very start."""
WHEEL = 3
"""Lines that one notch of the mouse wheel moves."""
BLANK: Piece = (" ", "")


class SideLayout(NamedTuple):
    """Where what is known beside a thread stands.

    Attributes:
        where: beside the thread, below it, or nowhere.
        width: cells of a side beside the thread.
        columns: how many columns share it.
    """

    where: SideWhere = ""
    width: int = 36
    columns: int = 1


class Surroundings(Protocol):
    """What stands around a thread, as lines for so many cells of room."""

    def head(self, room: int) -> Sequence[Line]:
        """The two lines above it."""

    def foot(self, room: int) -> Line:
        """The line below it where there is no side; an empty one takes no room."""

    def side(self, room: int, columns: int) -> Sequence[Sequence[Line]]:
        """What stands beside or below it: so many columns of lines."""


@dataclass(frozen=True, slots=True)
class Frame:
    """All that a thread view shows at one moment.

    Attributes:
        size: of the whole widget.
        thread_at, side_at: where thread and side stand in it.
        head, foot, thread: their lines; of the thread those that are seen.
        thumb: where the thumb of the thread's scroll bar begins and ends.
        where: where the side stands.
        side: its columns of lines.
        side_top: how many of its lines are scrolled out of sight.
    """

    size: Size
    thread_at: Region
    side_at: Region
    head: Sequence[Line]
    foot: Line
    thread: Sequence[Line]
    thumb: tuple[int, int]
    where: SideWhere
    side: Sequence[Sequence[Line]]
    side_top: int

    def line(self, y: int) -> Line:
        """One line across all that stands side by side."""
        width, height = self.size
        at = y - self.thread_at.y
        if at < 0:
            return _inset(self.head[y] if y < len(self.head) else (), width)
        if self.foot and y == height - 1:
            return _inset(self.foot, width)
        if self.where == "below" and self.side_at.height and y >= self.side_at.y - 1:
            return self._side_line(y - self.side_at.y) if y >= self.side_at.y else ()
        left = (
            *exact(self.thread[at] if at < len(self.thread) else (), self.thread_at.width - 1),
            _bar_piece(at, self.thumb),
        )
        if self.where != "beside":
            return left
        return (*exact(left, self.side_at.x), *self._side_line(y - self.side_at.y))

    def _side_line(self, y: int) -> Line:
        width, height = self.side_at.size
        if y >= height:
            return ()
        found: list[Piece] = [("│", "$border-blurred"), BLANK] if self.where == "beside" else []
        each = (width - len(found) - 1) // max(1, len(self.side))
        at = self.side_top + y
        for column in self.side:
            found += exact((BLANK, *(column[at] if at < len(column) else ())), each)
        thumb = scroll_thumb(longest(self.side), self.side_top, height)
        return (*exact(tuple(found), width - 1), _bar_piece(y, thumb))


class ThreadView(HookedWidget, can_focus=False):
    """Shows the entries of a thread, opened at its newest, and what stands around them.

    Args:
        around: what stands around the thread; nothing does where it is None.
    """

    DEFAULT_CSS = "ThreadView { width: 1fr; height: 1fr; }"

    @dataclass
    class StartReached(Message):
        """The reader came near the first of the entries; `everything`: they want to go to the very first one."""

        everything: bool

    def __init__(self, around: Surroundings | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.side = SideLayout()
        """Where the side stands the next time that lines are laid out."""
        self._around = around
        self._entries: Sequence[ThreadEntry] = ()
        self._now: Instant = 0
        self._empty = self._chosen = ""
        self._lines = ThreadLines()
        self._side_top = 0
        self._frame: Frame | None = None
        self._painter = Painter(self)
        self._strips: dict[int, Strip] = {}
        """Lines of the frame as they are drawn."""
        self._dragged = False

    def show_entries(
        self, entries: Sequence[ThreadEntry], now: Instant, *, keep: bool = False, empty: str = "", chosen: str = ""
    ) -> None:
        """Show the entries of a thread in reading order, and everything around them.

        Args:
            keep: the same thread again: the reader's place is kept, unless it was the end.
            empty: what to say when there are no entries.
            chosen: the key of the entry that the cursor is on.
        """
        self._entries, self._now, self._chosen = tuple(entries), now, chosen
        self._empty = empty or "Nothing here yet."
        self.lay_out(keep=keep)

    def lay_out(self, *, keep: bool = False) -> None:
        """Make all lines for the room that there is; they are drawn if they differ from those on the screen.

        Args:
            keep: the same thread as before: the reader's places are kept.
        """
        size, around = self.size, self._around
        if not (size.width and size.height):
            return
        width, top = max(size.width - 2, 20), HEAD if around else 0
        head = around.head(width) if around else ()
        foot = around.foot(width) if around and not self.side.where else ()
        side = around.side(_side_room(self.side, size.width), self.side.columns) if around and self.side.where else ()
        room = Region(0, top, size.width, max(size.height - top - bool(foot), 1))
        thread_at, side_at = arrange(room, self.side, longest(side))
        before = self._lines
        self._lines = ThreadLines(
            self._entries, self._now, thread_at.width - 2, thread_at.height, self._empty, self._chosen
        )
        if keep:
            self._lines.keep_place(before)
        self._side_top = min(self._side_top, max(0, longest(side) - side_at.height)) if keep else 0
        self._draw(Frame(size, thread_at, side_at, head, foot, (), (0, 0), self.side.where, side, 0))

    def _draw(self, frame: Frame | None) -> None:
        """Draw a frame with the lines that are seen now, if it differs from the one on the screen."""
        if frame is None:
            return
        seen = self._lines.seen
        frame = replace(frame, thread=seen, thumb=self._lines.thumb, side_top=self._side_top)
        if frame != self._frame:
            self._frame = frame
            self._strips.clear()
            self.refresh()

    @property
    def text(self) -> str:
        """The thread as plain text, as wide as it is drawn."""
        return "\n".join(plain(line).rstrip() for line in self._lines.all)

    @property
    def seen_text(self) -> str:
        """All that is on the screen, as plain text."""
        return "\n".join(plain(self._frame.line(y)) for y in range(self.size.height)) if self._frame else ""

    def page_sizes(self) -> tuple[int, int]:
        """Lines of half a page of the thread, and those of a page that keeps one line in sight."""
        page = self._frame.thread_at.height if self._frame else 0
        return max(1, page // 2), max(1, page - 1)

    # moving

    def move(self, lines: int) -> None:
        """Scroll the thread: forward, or back where negative. Scrolled to its end, it stays there as more come."""
        self._lines.move(lines)
        self._draw(self._frame)
        if lines < 0 and self._lines.near_start:
            self.post_message(self.StartReached(lines <= -ALL_LINES))

    def reveal(self, key: str) -> None:
        """Bring an entry into sight."""
        self._lines.reveal(key)
        self._draw(self._frame)

    def _scroll(self, event: events.MouseScrollDown | events.MouseScrollUp, lines: int) -> None:
        event.stop()
        frame = self._frame
        if frame is not None and frame.side_at.contains(event.x, event.y):
            more = max(0, longest(frame.side) - frame.side_at.height)
            self._side_top = max(0, min(self._side_top + lines, more))
            self._draw(frame)
        else:
            self.move(lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the scroll bar, the last column of the thread."""
        at = self._frame.thread_at if self._frame else Region()
        if at.contains(event.x, event.y) and event.x == at.right - 1:
            self._dragged = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        if self._frame is not None:
            self._lines.drag_to(y - self._frame.thread_at.y)
            self._draw(self._frame)
            if self._lines.near_start:
                self.post_message(self.StartReached(everything=False))

    # drawing

    def size_changed(self) -> None:
        """All is laid out anew; the end stays the end."""
        self.lay_out(keep=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget()
        self._strips.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        return bare_lines(self, crop)

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            line = self._frame.line(y) if self._frame else ()
            strip = self._strips[y] = self._painter.strip(line, self.size.width)
        return strip


def arrange(room: Region, side: SideLayout, side_lines: int) -> tuple[Region, Region]:
    """Where a thread and its side, which has so many lines, stand in the room that they share."""
    if side.where == "beside":
        left = max(room.width - side.width, 10)
        thread = Region(room.x, room.y, max(left - GAP, 8), room.height)
        return thread, Region(left, room.y, side.width, room.height)
    if side.where == "below":
        lines = min(side_lines, room.height * MOST_BELOW // 100)
        top = room.y + max(room.height - lines, 2)
        return Region(room.x, room.y, room.width, max(room.height - lines - 1, 1)), Region(0, top, room.width, lines)
    return room, Region()


def longest(columns: Sequence[Sequence[Line]]) -> int:
    """Lines of the longest of some columns."""
    return max(map(len, columns), default=0)


def _side_room(side: SideLayout, width: int) -> int:
    """Cells for the text in each column of a side."""
    return (side.width - 3) // side.columns - 2 if side.where == "beside" else width - 3


def _inset(line: Line, width: int) -> Line:
    """A line with a blank at each side."""
    return (BLANK, *exact(line, max(width - 2, 0)), BLANK)


def _bar_piece(y: int, thumb: tuple[int, int]) -> Piece:
    """One cell of a scroll bar: a piece of its thumb, or nothing."""
    return ("▐", "$scrollbar") if thumb[0] <= y < thumb[1] else BLANK
