"""The conversation of the cursor, below the list or beside it, once the keys pause."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from cminbox.screens.queue.follow import StoreFollower
from cminbox.screens.queue.preview_text import preview_of
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.side import QueueSide
from cminbox.screens.queue.state import QueueState
from cminbox.widgets.preview import PreviewPane

PREVIEW_DELAY = 0.08
"""Without a key for so long, the conversation of the cursor is shown: longer than the 30 to 50 milliseconds between the
repeats of a key that is held, so that a slow line carries only the rows that the cursor passes."""
SIDE_DELAY = 0.03
"""Beside the list there is more to draw than below it: so much longer."""


class CursorPreview:
    """Shows the conversation of the cursor.

    Args:
        state: who else is on conversations.
        rows: the list.
        pane: below the list, in a narrow terminal.
        side: beside the list, in a wide one; which of both is displayed says which it is.
        follower: reads again, in the same pause, the rows that the keys brought onto the screen.
    """

    def __init__(
        self, state: QueueState, rows: QueueList, pane: PreviewPane, side: QueueSide, follower: StoreFollower
    ) -> None:
        self._state, self._rows = state, rows
        self._pane, self._side, self._follower = pane, side, follower
        self._timer: Timer | None = None
        self._paused = False

    def show_soon(self) -> None:
        """Show it when the keys pause."""
        if not self._paused:
            self._after(PREVIEW_DELAY, self.show)

    def show(self) -> None:
        """Show it now, as far as there is little to draw."""
        self._follower.read_unseen()
        row = self._rows.row
        if self._side.display:
            self._after(SIDE_DELAY, self._show_side)
        elif row is None:
            self._pane.shown = None
        else:
            people = self._state.people.get(row.id, ())
            self._pane.shown = preview_of(row, people, self._state.member.handle, self._state.clock())

    def pause(self) -> None:
        """Another screen is in front: what is behind it is drawn when it comes back."""
        self._paused = True
        self._stop()

    def resume(self) -> None:
        """The queue is in front again."""
        self._paused = False
        self.show()
        if self._side.display:
            self._side.show(self._id)

    @property
    def _id(self) -> int | None:
        return None if self._rows.row is None else self._rows.row.id

    def _show_side(self) -> None:
        self._side.call_after_refresh(self._side.show_first, self._id)

    def _after(self, seconds: float, show: Callable[[], None]) -> None:
        self._stop()
        self._timer = self._rows.set_timer(seconds, show)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def do_look_why(self) -> None:
        """Show every reason for the priority, or one line again."""
        if self._side.display:
            # They stand there anyway where there is room; bring them into sight.
            self._side.toggle_reasons()
        else:
            self._pane.why = not self._pane.why
