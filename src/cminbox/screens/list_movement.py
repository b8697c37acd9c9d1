"""Moving in short lists and in pages, for the screens that have them."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.screens.key_reader import KeyReader

_FAR = 10_000
"""More lines than any of these lists has."""


class ListMovement:
    """The commands that move by lines: down, up, to the first and to the last one.

    Args:
        keys: have the number typed before the key.
        move: goes down by so many lines, or up where negative, stopping at the ends.
    """

    def __init__(self, keys: KeyReader, move: Callable[[int], None]) -> None:
        self._keys, self._move = keys, move

    def do_move_down(self) -> None:
        """Go to the next line."""
        self._move(self._keys.count)

    def do_move_up(self) -> None:
        """Go to the line before."""
        self._move(-self._keys.count)

    def do_move_top(self) -> None:
        """Go to the first line."""
        self._move(-_FAR)

    def do_move_bottom(self) -> None:
        """Go to the last line."""
        self._move(_FAR)


class PageMovement:
    """The commands that scroll by half a page and by a page.

    Args:
        scroll: scrolls down by so large a share of what is seen at once, or up where negative.
    """

    def __init__(self, scroll: Callable[[float], None]) -> None:
        self._scroll = scroll

    def do_move_half_down(self) -> None:
        """Scroll half a page down."""
        self._scroll(0.5)

    def do_move_half_up(self) -> None:
        """Scroll half a page up."""
        self._scroll(-0.5)

    def do_move_page_down(self) -> None:
        """Scroll nearly a page down: some lines stay in sight."""
        self._scroll(0.9)

    def do_move_page_up(self) -> None:
        """Scroll nearly a page up."""
        self._scroll(-0.9)
