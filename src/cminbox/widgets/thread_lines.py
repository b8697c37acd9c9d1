"""The lines of a thread and which of them are seen; what is far above the end is made when somebody goes there."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.model import Instant
from cminbox.widgets.styled_lines import ACCENT, MUTED, Line
from cminbox.widgets.thread_entry import ThreadEntry, entry_lines

LONG = 60
"""Lines of one message before the rest is counted instead of shown."""


def entry_block(entries: Sequence[ThreadEntry], at: int, width: int, now: Instant, chosen: str = "") -> list[Line]:
    """The lines of one entry, with the air above it that it needs after the one before.

    Args:
        chosen: the key of the entry that the cursor is on; its lines are marked.
    """
    lines = entry_lines(entries[at], width, now, limit=LONG)
    if chosen and entries[at].key == chosen:
        lines = [marked(line) for line in lines]
    # Notes that follow each other belong together; messages get air.
    apart = at and not entries[at].kind == entries[at - 1].kind == "note"
    return [(), *lines] if apart else lines


def marked(line: Line) -> Line:
    """A line with the cursor's bar in its first cell."""
    (text, style), *rest = line
    return (("▌", ACCENT), *([(text[1:], style)] if text[1:] else []), *rest)


def scroll_thumb(total: int, top: int, height: int) -> tuple[int, int]:
    """Where the thumb of a scroll bar begins and ends, in lines from its top; (0, 0) where all lines are seen.

    Args:
        total: lines that there are.
        top: the first of them that is seen.
        height: lines that are seen at once, and of the bar.
    """
    if total <= height or height < 1:
        return 0, 0
    long = max(1, height * height // total)
    start = round((height - long) * top / (total - height))
    return start, start + long


class ThreadLines:
    """The lines of a thread, and where the reader is in them.

    A thread opens at its newest message, so the reader's place is counted in lines from the end: however much is still
    to be made above, it stays the same.

    Args:
        entries: in reading order.
        height: lines that are seen at once.
        empty: what to say when there are no entries.
        chosen: the key of the entry that the cursor is on.
    """

    def __init__(
        self,
        entries: Sequence[ThreadEntry] = (),
        now: Instant = 0,
        width: int = 0,
        height: int = 0,
        empty: str = "",
        chosen: str = "",
    ) -> None:
        self._chosen = chosen
        self._entries, self._now, self._width, self._height = entries, now, width, height
        self._lines: list[Line] = [] if entries else [(), ((f"   {empty}", MUTED),)]
        self._unmade = len(entries) if width > 0 else 0
        self._below = 0
        self._starts: dict[int, int] = {}
        """How many lines there are from the first one of an entry, without the air above it, to the end."""

    def _make(self, lines: int) -> None:
        while self._unmade and len(self._lines) < lines:
            self._make_one()

    def _make_one(self) -> None:
        """Make the lines of the entry above those that are made."""
        self._unmade -= 1
        block = entry_block(self._entries, self._unmade, self._width, self._now, self._chosen)
        self._lines[:0] = block
        self._starts[self._unmade] = len(self._lines) - (not block[0])

    @property
    def all(self) -> Sequence[Line]:
        """All lines; those that were not needed before are made."""
        self._make(10**9)
        return self._lines

    @property
    def at_end(self) -> bool:
        """Whether the last line is seen."""
        return not self._below

    @property
    def near_start(self) -> bool:
        """Whether less than a page is left above what is seen."""
        return not self._unmade and len(self._lines) - self._below < 2 * self._height

    @property
    def seen(self) -> Sequence[Line]:
        """The lines on the screen."""
        self._make(self._below + self._height)
        end = len(self._lines) - self._below
        return self._lines[max(0, end - self._height) : end]

    @property
    def thumb(self) -> tuple[int, int]:
        """Where a scroll bar's thumb begins and ends beside the lines that are seen; guessed from what is made."""
        total = len(self._lines)
        if self._unmade:
            made = len(self._entries) - self._unmade
            total = max(total + self._unmade, total * len(self._entries) // max(1, made))
        return scroll_thumb(total, total - self._below - self._height, self._height)

    def move(self, lines: int) -> None:
        """Go down by so many lines, or up where negative; both ends stop it."""
        self._below = max(0, self._below - lines)
        self._make(self._below + self._height)
        self._below = max(0, min(self._below, len(self._lines) - self._height))

    def reveal(self, key: str) -> None:
        """Bring an entry into sight: all of it, or its beginning where it is longer than the room."""
        place = next((at for at, entry in enumerate(self._entries) if entry.key == key), None)
        if place is None or self._height < 1:
            return
        while self._unmade > place:
            self._make_one()
        start = self._starts[place]
        end = self._starts.get(place + 1, 0)
        if self._below > end:
            self._below = end
        if start > self._below + self._height:
            self._below = start - self._height
        self.move(0)

    def go_to(self, top: int) -> None:
        """Let this line be the first that is seen."""
        self._below = max(0, len(self.all) - self._height - max(0, top))

    def drag_to(self, y: int) -> None:
        """Go where the thumb is when it is pulled to this line of the bar."""
        more = max(0, len(self.all) - self._height)
        last = max(1, self._height - 1)
        self.go_to(round(more * max(0, min(y, self._height - 1)) / last))

    def keep_place(self, before: ThreadLines) -> None:
        """Stay where the reader was in an earlier reading of the same thread, unless that was its end.

        The entry that was the first in sight is so again, however much came before or behind it.
        """
        if before.at_end:
            return
        anchor = before._first_seen()
        place = None if anchor is None else self._place_of(before._entries[anchor])
        if anchor is None or place is None:
            self.go_to(len(before.all) - before._below - self._height)
            return
        while self._unmade > place:
            self._make_one()
        hidden = before._starts[anchor] - before._below - before._height
        self._below = max(0, self._starts[place] - hidden - self._height)
        self.move(0)

    def _first_seen(self) -> int | None:
        """The entry of which a line is the first in sight; the first that is made, where that is the air above it."""
        top = min(self._below + self._height, len(self._lines))
        first = self._unmade if self._starts else None
        made = range(len(self._entries) - 1, self._unmade - 1, -1)
        return next((at for at in made if self._starts[at] >= top), first)

    def _place_of(self, entry: ThreadEntry) -> int | None:
        """Where the same entry stands here."""
        entries = self._entries
        return next((at for at in range(len(entries) - 1, -1, -1) if entries[at].same_as(entry)), None)
