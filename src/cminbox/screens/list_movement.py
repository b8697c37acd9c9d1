"""Moving by lines and by pages, for every screen but the queue."""

from __future__ import annotations

from collections.abc import Callable

from textual.containers import VerticalScroll

from cminbox.screens.key_reader import KeyReader
from cminbox.widgets.item_list import ItemList

_FAR = 1_000_000
"""More lines than anything has that is shown there."""


class ListMovement:
    """The commands that move by lines: down, up, to the first and to the last one.

    Args:
        keys: have the number typed before the key.
        move: goes down by so many lines, or up where negative, stopping at the ends.
    """

    def __init__(self, keys: KeyReader, move: Callable[[int], None]) -> None:
        self._keys, self._move = keys, move

    def do_move_down(self) -> None:
        self._move(self._keys.count)

    def do_move_up(self) -> None:
        self._move(-self._keys.count)

    def do_move_top(self) -> None:
        self._move(-_FAR)

    def do_move_bottom(self) -> None:
        self._move(_FAR)


class PageMovement:
    """The commands that move by half a page and by a page.

    Args:
        move: goes down by so many lines, or up where negative, stopping at the ends.
        sizes: gives the lines of half a page, and those of a page.
    """

    def __init__(self, move: Callable[[int], None], sizes: Callable[[], tuple[int, int]]) -> None:
        self._move, self._sizes = move, sizes

    def do_move_half_down(self) -> None:
        self._move(self._sizes()[0])

    def do_move_half_up(self) -> None:
        self._move(-self._sizes()[0])

    def do_move_page_down(self) -> None:
        self._move(self._sizes()[1])

    def do_move_page_up(self) -> None:
        self._move(-self._sizes()[1])


class PagesBeside:
    """Pages of a list, or of what stands beside it where that is more than there is room for.

    Args:
        rows: the list.
        beside: what is shown of the item under the cursor.
        move: moves the list, as for `ListMovement`.
    """

    def __init__(self, rows: ItemList, beside: VerticalScroll, move: Callable[[int], None]) -> None:
        self._rows, self._beside, self._move_rows = rows, beside, move

    def move(self, lines: int) -> None:
        """Go down by so many lines, or up where negative."""
        if self._is_long:
            self._beside.scroll_relative(y=lines, animate=False)
        else:
            self._move_rows(lines)

    def sizes(self) -> tuple[int, int]:
        """The lines of half a page, and those of a page."""
        if not self._is_long:
            return self._rows.page_sizes()
        whole = max(self._beside.size.height, 2)
        return whole // 2, whole

    @property
    def _is_long(self) -> bool:
        return bool(self._beside.display and self._beside.max_scroll_y)
