"""Moving in a short list: what the crisis, sources and metrics screens share."""

from __future__ import annotations

_FAR = 10_000
"""More lines than any of these lists has."""


class Moving:
    """Gives a screen the commands that move by lines; it says in `move` what that means there."""

    count: int

    def move(self, steps: int) -> None:
        """Go down by so many lines (or up, below 0), stopping at the ends."""
        raise LookupError(steps)

    def do_move_down(self) -> None:
        """Next line."""
        self.move(self.count)

    def do_move_up(self) -> None:
        """Line before."""
        self.move(-self.count)

    def do_move_top(self) -> None:
        """First line."""
        self.move(-_FAR)

    def do_move_bottom(self) -> None:
        """Last line."""
        self.move(_FAR)
