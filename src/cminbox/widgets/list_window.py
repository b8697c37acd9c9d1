"""The window of a windowed list: the rows near the cursor, asked for by pages, without anything that draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

PAGE = 100
"""Rows asked for at once."""
FAR = 400
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


class Window(Generic[R]):
    """Rows around a cursor, and which of them are on the screen.

    Attributes:
        rows: the rows that are loaded, in order.
        top: index of the first row on the screen.
        cursor: index of the row under the cursor; 0 in an empty list.
        starts, ends: whether the list begins (ends) with the first (last) of the rows.
        range: index at which a range of marks began, or None. A window with a range is not trimmed.
    """

    def __init__(self) -> None:
        self.provider: Provider[R] | None = None
        self.rows: list[R] = []
        self.top = 0
        self.cursor = 0
        self.starts = True
        self.ends = True
        self.range: int | None = None

    def open(self, provider: Provider[R], height: int, keep: R | None = None) -> None:
        """Load another list, or the same one anew, for so many lines of the screen.

        `keep` stays under the cursor at its place on the screen, or where the list has it no more, the row after it.
        """
        place = self.cursor - self.top if self.rows else 0
        self.provider, self.range = provider, None
        if keep is None:
            self.rows = list(provider.page(None, PAGE))
            self.starts, self.ends = True, len(self.rows) < PAGE
            self.cursor = self.top = 0
            return
        after = list(provider.page(keep, PAGE))
        before = list(provider.page(keep, PAGE, backwards=True))
        self.starts, self.ends = len(before) < PAGE, len(after) < PAGE
        # The row that a page before the one after it ends with is the row itself, if the list still has it there.
        back = provider.page(after[0] if after else None, 1, backwards=True)
        here = [row for row in back if row.id == keep.id]
        around = {row.id for row in (*before, *after)}
        self.rows = [*before, *(row for row in here if row.id not in around), *after]
        moved = next((index for index, row in enumerate(self.rows) if row.id == keep.id), None)
        self.cursor = moved if moved is not None else min(len(before), max(0, len(self.rows) - 1))
        self.top = max(0, min(self.cursor - place, len(self.rows) - height))
        if self.starts and self.cursor < height:
            self.top = 0

    def open_end(self, height: int) -> None:
        """Load the last page of the list and put the cursor on its last row."""
        if self.provider is not None and not self.ends:
            self.rows = list(self.provider.page(None, PAGE, backwards=True))
            self.ends, self.starts = True, len(self.rows) < PAGE
            self.cursor = max(0, len(self.rows) - 1)
            self.top = max(0, len(self.rows) - height)

    def reach(self, rows: int) -> int:
        """The index so many rows from the cursor, after loading what lies between; the list's end if it is nearer."""
        target = self.cursor + max(-LEAP, min(LEAP, rows))
        while target >= len(self.rows) and not self.ends:
            target += self.more_after()
        while target < 0 and not self.starts:
            target += self.more_before()
        return max(0, min(target, len(self.rows) - 1))

    def put(self, index: int, height: int) -> None:
        """Put the cursor on a row that is loaded; the screen follows by half pages."""
        self.cursor = index
        if not self.top <= index < self.top + height:
            # By half pages: over a slow line, one redraw in many moves instead of one for each.
            self.top = max(0, min(index - height // 2, len(self.rows) - height))

    def scroll(self, rows: int, height: int) -> None:
        """Move the screen; the cursor stays on it."""
        while self.top + rows + height > len(self.rows) and not self.ends:
            self.more_after()
        while self.top + rows < 0 and not self.starts:
            self.more_before()
        self.top = max(0, min(self.top + rows, len(self.rows) - height))
        self.cursor = max(self.top, min(self.cursor, self.top + height - 1, len(self.rows) - 1))

    def prefetch(self, height: int) -> None:
        """Load what the next moves may need."""
        if not self.ends and self.cursor + 2 * height > len(self.rows):
            self.more_after()
        if not self.starts and self.cursor < 2 * height:
            self.more_before()

    def more_after(self) -> int:
        """Load a page at the end; by how much indexes have shifted (0 or less)."""
        if self.provider is None:
            self.ends = True
            return 0
        found = self.provider.page(self.rows[-1] if self.rows else None, PAGE)
        known = {row.id for row in self.rows}
        self.rows += [row for row in found if row.id not in known]
        self.ends = len(found) < PAGE
        surplus = min(self.cursor, self.top) - FAR
        if surplus <= PAGE or self.range is not None:
            return 0
        del self.rows[:surplus]
        self.cursor -= surplus
        self.top -= surplus
        self.starts = False
        return -surplus

    def more_before(self) -> int:
        """Load a page at the start; by how much indexes have shifted (0 or more)."""
        if self.provider is None:
            self.starts = True
            return 0
        found = self.provider.page(self.rows[0] if self.rows else None, PAGE, backwards=True)
        known = {row.id for row in self.rows}
        new = [row for row in found if row.id not in known]
        self.rows[:0] = new
        self.starts = len(found) < PAGE
        self.cursor += len(new)
        self.top += len(new)
        if self.range is not None:
            self.range += len(new)
        elif len(self.rows) - self.cursor > FAR + PAGE:
            del self.rows[self.cursor + FAR :]
            self.ends = False
        return len(new)

    def replace(self, rows: Mapping[int, R]) -> list[int]:
        """Put new readings of rows where the old ones stand; ids of those that differ."""
        changed: list[int] = []
        for index, row in enumerate(self.rows):
            new = rows.get(row.id)
            if new is not None and new != row:
                self.rows[index] = new
                changed.append(row.id)
        return changed

    def take_out(self, ids: Iterable[int], height: int) -> bool:
        """Take rows out; the cursor stays at its place on the screen, on what comes next. Whether there were any."""
        gone = set(ids)
        kept = [row for row in self.rows if row.id not in gone]
        if len(kept) == len(self.rows):
            return False
        before = sum(1 for row in self.rows[: self.cursor] if row.id in gone)
        above = sum(1 for row in self.rows[: self.top] if row.id in gone)
        self.rows, self.range = kept, None
        self.cursor = max(0, min(self.cursor - before, len(kept) - 1))
        self.top = max(0, min(self.top - above, self.cursor))
        if len(kept) < self.top + height and not self.ends:
            self.more_after()
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        return True

    def index_of(self, row_id: int) -> int | None:
        """Where a row stands, if it is loaded."""
        return next((index for index, row in enumerate(self.rows) if row.id == row_id), None)
