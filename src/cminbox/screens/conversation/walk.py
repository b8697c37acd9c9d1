"""Going from one conversation to the next in the list that it was opened from."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[int], int | None]
"""Moves the cursor of a list by so many lines; gives the conversation that is there, or None at the list's end."""


class ListWalk:
    """The commands that go to the next conversation of the list below, and to the one before.

    Args:
        show: shows the conversation of an id.
        say: says one line to the person.
    """

    def __init__(self, show: Callable[[int], None], say: Callable[[str], None]) -> None:
        self.step: Step | None = None
        """How to move in the list; None where the conversation was not opened from one."""
        self._show, self._say = show, say

    def go(self, lines: int) -> bool:
        """Show the conversation so many lines further in the list; False, and said, where there is none."""
        if self.step is None:
            self._say("there is no list here to go along; q goes back")
            return False
        found = self.step(lines)
        if found is None:
            self._say("that was the last one of this view" if lines > 0 else "this is the first one of this view")
            return False
        self._show(found)
        return True

    def do_move_next(self) -> None:
        """Go to the next conversation of the list."""
        self.go(1)

    def do_move_previous(self) -> None:
        """Go to the conversation before."""
        self.go(-1)
