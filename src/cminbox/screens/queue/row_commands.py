"""Moving and marking in the queue's list, and opening the conversation of the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Navigator
from cminbox.store import Store

FARTHEST = 500
"""Rows that a macro's `next` passes at most."""


class Count(Protocol):
    """The number that was typed before a key.

    Attributes:
        count: the number, or 1.
        counted: whether one was typed.
    """

    count: int
    counted: bool


class RowCommands:
    """The commands about rows, and which rows a command acts on.

    Args:
        store: where messages are.
        state: told when marks change.
        rows: the list.
        opener: reads the list anew, its end and all of it.
        typed: the number before the key.
        navigator: shows the conversation of the cursor.
        open_link: shows an address, and opens it where that can be; it may be empty.
    """

    def __init__(
        self,
        store: Store,
        state: QueueState,
        rows: QueueList,
        opener: ListOpener,
        typed: Count,
        navigator: Navigator,
        open_link: Callable[[str], None],
    ) -> None:
        self._store, self._state, self._rows, self._opener = store, state, rows, opener
        self._typed, self._navigator, self._open_link = typed, navigator, open_link

    def targets(self) -> tuple[int, ...]:
        """Ids of what is marked; else the conversation of the cursor, and with a count those after it."""
        rows = self._rows
        if rows.marks:
            return tuple(rows.marks)
        many = self._typed.count if self._typed.counted else 1
        return tuple(row.id for row in rows.rows[rows.index : rows.index + many])

    def walk(self, step: int) -> int | None:
        """Move the cursor for a screen above; the id that it is then on, or None at the end."""
        before = self._rows.row
        self._rows.move(step)
        row = self._rows.row
        return row.id if row is not None and (before is None or row.id != before.id) else None

    def move_past(self, ids: tuple[int, ...]) -> bool:
        """Down to the first row that is none of these. What left the list has made room for it already."""
        done = set(ids)
        for _ in range(FARTHEST):
            row = self._rows.row
            if row is None or row.id not in done:
                break
            self._rows.move(1)
            if self._rows.row is row:
                break
        return True

    def do_move_down(self) -> None:
        """Next line, or as many as were counted."""
        self._rows.move(self._typed.count)

    def do_move_up(self) -> None:
        """Line before."""
        self._rows.move(-self._typed.count)

    do_move_next = do_move_down
    do_move_previous = do_move_up

    def do_move_top(self) -> None:
        """First line; with a count, that line."""
        if self._typed.counted:
            self._rows.home()
            self._rows.move(self._typed.count - 1)
        elif self._state.new or not self._rows.begins:
            self._opener.open()
        else:
            self._rows.home()

    def do_move_bottom(self) -> None:
        """Last line; with a count, that line."""
        if self._typed.counted:
            self.do_move_top()
        else:
            self._opener.open_end()

    def do_move_half_down(self) -> None:
        """Half a page down."""
        self._rows.move(self._typed.count * max(1, self._rows.size.height // 2))

    def do_move_half_up(self) -> None:
        """Half a page up."""
        self._rows.move(-self._typed.count * max(1, self._rows.size.height // 2))

    def do_move_page_down(self) -> None:
        """A page down."""
        self._rows.move(self._typed.count * max(1, self._rows.size.height - 1))

    def do_move_page_up(self) -> None:
        """A page up."""
        self._rows.move(-self._typed.count * max(1, self._rows.size.height - 1))

    def do_move_open(self) -> None:
        """Open the conversation of the cursor."""
        if self._rows.row is not None:
            self._navigator.open_conversation(self._rows.row.id, walk=self.walk)

    def do_reply_write(self) -> None:
        """Open it with its composer."""
        if self._rows.row is not None:
            self._navigator.open_conversation(self._rows.row.id, reply=True, walk=self.walk)

    def do_reply_write_next(self) -> None:
        """Open it with its composer; the next one follows."""
        if self._rows.row is not None:
            self._navigator.open_conversation(self._rows.row.id, reply=True, then_next=True, walk=self.walk)

    def do_conversation_open_url(self) -> None:
        """Show where its newest message is on the network, and open it where there is a browser."""
        from cminbox.store import messages

        if self._rows.row is not None:
            thread = messages.thread(self._store.read(), self._rows.row.id, 20)
            self._open_link(next((message.url for message in reversed(thread) if message.url), ""))

    def do_mark_toggle(self) -> None:
        """Mark and go on to the next, so that marking in a row is one key."""
        for _ in range(self._typed.count):
            self._rows.toggle_mark()
            self._rows.move(1)
        self._state.changed()

    def do_mark_range(self) -> None:
        """Begin or end a range of marks."""
        self._rows.toggle_range()
        self._state.changed()

    def do_mark_all(self) -> None:
        """Mark all that match; a second time takes the marks off."""
        self._opener.mark_all()

    def do_mark_none(self) -> None:
        """Take all marks off."""
        self._rows.set_marks(())
        self._state.changed()

    def unmark(self) -> bool:
        """End the range of marks, else take the marks off; whether there was one of both."""
        if self._rows.ranging:
            self.do_mark_range()
        elif self._rows.marks:
            self.do_mark_none()
        else:
            return False
        return True
