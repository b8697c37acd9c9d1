"""The thread of a conversation: oldest first, opened at its newest, drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cminbox.model import Instant
from cminbox.widgets.lines import Line
from cminbox.widgets.message_view import MUTED, Entry, entry_lines

LONG = 60
"""Lines of one message before the rest is counted instead of shown."""


def block(entries: Sequence[Entry], at: int, width: int, now: Instant, long: int = LONG) -> list[Line]:
    """The lines of one entry, with the air above it that it needs after the one before."""
    # Notes and events that follow each other belong together; messages get air.
    quiet = ("note", "event")
    lines = entry_lines(entries[at], width, now, limit=long)
    if at and not (entries[at].kind in quiet and entries[at - 1].kind in quiet):
        return [(), *lines]
    return lines


def nothing(empty: str) -> list[Line]:
    """What a thread without entries says."""
    return [(), ((f"   {empty}", MUTED),)]


class ThreadView(ScrollView, can_focus=False):
    """Shows entries; builds only the lines of what changed, draws only those that are seen."""

    DEFAULT_CSS = "ThreadView { background: transparent; scrollbar-size-vertical: 1; }"

    def __init__(self, *, long: int = LONG, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._long = long
        self._entries: tuple[Entry, ...] = ()
        self._now: Instant = 0
        self._lines: list[Content] = []
        self._built: tuple[object, ...] = ()
        self._empty = "Nothing here yet."

    def show(self, entries: Sequence[Entry], now: Instant, *, keep: bool = False, empty: str = "") -> None:
        """Shows the entries of a conversation.

        Args:
            entries: in reading order.
            now: what times are relative to.
            keep: the same conversation again: the reader's place is kept, unless it was the end.
            empty: what to say when there are none.
        """
        at_end = not keep or self.scroll_offset.y >= self.max_scroll_y
        self._entries, self._now = tuple(entries), now
        self._empty = empty or self._empty
        self._rebuild()
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False, immediate=True)

    def move(self, lines: int) -> None:
        """Scrolls by lines: forward, or back where negative."""
        self.scroll_relative(y=lines, animate=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return self._entries

    @property
    def text(self) -> str:
        """Every line as plain text, as wide as it is drawn."""
        return "\n".join(line.plain.rstrip() for line in self._lines)

    def _rebuild(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        key = (width, self._entries, self._now)
        if key == self._built:
            return
        self._built = key
        self._lines = [Content.assemble(*line) for line in self._build(width)] if width else []
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _build(self, width: int) -> list[Line]:
        if not self._entries:
            return nothing(self._empty)
        blocks = (block(self._entries, at, width - 1, self._now, self._long) for at in range(len(self._entries)))
        return [line for lines in blocks for line in lines]

    def on_resize(self) -> None:
        """A new width wraps anew; the end stays the end."""
        at_end = self.scroll_offset.y >= self.max_scroll_y
        self._rebuild()
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False, immediate=True)

    def notify_style_update(self) -> None:
        """Another theme draws the same lines in other colours."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the thread."""
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        style = self.visual_style
        if index >= len(self._lines):
            return Strip.blank(width, style.rich_style)
        strip = Strip(self._lines[index].render_segments(style))
        return strip.adjust_cell_length(width, style.rich_style)
