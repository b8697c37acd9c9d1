"""Moving in a short list, for the screens that have one."""

from __future__ import annotations

from collections.abc import Callable

_FAR = 10_000
"""More lines than any of these lists has."""


class ListMovement:
    """The commands that move by lines: down, up, to the first and to the last one.

    Args:
        count: the number typed before the key, or 1.
        move: goes down by so many lines, or up where negative, stopping at the ends.
    """

    def __init__(self, count: Callable[[], int], move: Callable[[int], None]) -> None:
        self._count, self._move = count, move

    def do_move_down(self) -> None:
        """Go to the next line."""
        self._move(self._count())

    def do_move_up(self) -> None:
        """Go to the line before."""
        self._move(-self._count())

    def do_move_top(self) -> None:
        """Go to the first line."""
        self._move(-_FAR)

    def do_move_bottom(self) -> None:
        """Go to the last line."""
        self._move(_FAR)
