"""Moving and marking in the queue's list, and opening the conversation of the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from cminbox.errors import ActionError, CminboxError
from cminbox.screens.conversation.data import addresses_of
from cminbox.screens.key_reader import KeyReader
from cminbox.screens.queue.next_free import NextFree
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.queue.rows import Pages
from cminbox.screens.services import Services
from cminbox.store import conversations
from cminbox.widgets.list_window import PAGE

FARTHEST = 500
"""Rows that a macro's `next` passes at most."""


class RowCommands:
    """The commands about rows, and which rows a command acts on.

    Args:
        keys: have the number typed before the key.
        open_link: shows one of some addresses, given in words too, and opens it where that can be; there may be none.
            Told the source's name as well.
        refuse: says why no reply is begun; what is typed for it runs nothing.

    Attributes:
        next_free: takes what the list has first that is free.
    """

    def __init__(
        self,
        services: Services,
        opener: ListOpener,
        keys: KeyReader,
        open_link: Callable[[Sequence[tuple[str, str]], str], None],
        refuse: Callable[[CminboxError], None],
        next_free: NextFree,
    ) -> None:
        self._services, self._opener, self._state, self._rows = services, opener, opener.state, opener.rows
        self._keys, self._open_link, self._refuse = keys, open_link, refuse
        self.next_free = next_free

    def targets(self) -> tuple[int, ...]:
        """Ids of what is marked; else the conversation of the cursor, and with a count those after it."""
        rows = self._rows
        return tuple(rows.marks or (row.id for row in rows.rows[rows.index : rows.index + self._keys.count]))

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
        self._rows.move(self._keys.count)

    def do_move_up(self) -> None:
        self._rows.move(-self._keys.count)

    do_move_next = do_move_down
    do_move_previous = do_move_up

    def do_move_top(self) -> None:
        """First line; with a count, that line."""
        if self._keys.counted:
            self._rows.home()
            self._rows.move(self._keys.count - 1)
        elif self._state.new or not self._rows.begins:
            self._opener.open()
        else:
            self._rows.home()

    def do_move_bottom(self) -> None:
        """Last line; with a count, that line."""
        rows, source = self._rows, self._state.source
        if self._keys.counted:
            self.do_move_top()
            return
        if source is None or rows.complete:
            rows.end()
            return

        def show(pages: Pages) -> None:
            source.use_pages(pages)
            rows.end()

        self._opener.look_for(lambda conn: source.on(conn).at_end(PAGE), show, "the end of the list")

    def do_move_half_down(self) -> None:
        self._rows.move(self._keys.count * max(1, self._rows.size.height // 2))

    def do_move_half_up(self) -> None:
        self._rows.move(-self._keys.count * max(1, self._rows.size.height // 2))

    def do_move_page_down(self) -> None:
        self._rows.move(self._keys.count * max(1, self._rows.size.height - 1))

    def do_move_page_up(self) -> None:
        self._rows.move(-self._keys.count * max(1, self._rows.size.height - 1))

    def do_move_open(self) -> None:
        """Open the conversation of the cursor."""
        row = self._rows.row
        if row is not None:
            self._services.navigator.open_conversation(row.id, walk=self.walk)

    def do_reply_write(self) -> None:
        self._reply()

    def do_reply_write_next(self) -> None:
        self._reply(then_next=True)

    def _reply(self, *, then_next: bool = False) -> None:
        """Answer the conversation of the cursor; where others are marked and it is not, that may not be meant."""
        try:
            number = self.chosen()
        except ActionError as error:
            self._refuse(error)
            return
        if number is None:
            self._refuse(ActionError("nobody to answer: the list is empty here"))
            return
        marks = len(self._rows.marks)
        notice = f"to this one of {marks:,} marked" if marks > 1 else ""
        self._services.navigator.open_conversation(
            number, reply=True, then_next=then_next, walk=self.walk, notice=notice
        )

    def chosen(self) -> int | None:
        """The one conversation that a command is about: that of the cursor; None in an empty list.

        Raises:
            ActionError: others are marked and it is not, so it may not be meant.
        """
        row, marks = self._rows.row, self._rows.marks
        if row is not None and marks and row.id not in marks:
            are = f"{len(marks):,} {'is' if len(marks) == 1 else 'are'} marked"
            raise ActionError(f"{are}, this one is not", ":mark-none takes the marks off")
        return row.id if row is not None else None

    def do_conversation_open_url(self) -> None:
        """Show where its newest message, an attachment or their post is, and open it where there is a browser."""
        from cminbox.store import messages

        row = self._rows.row
        if row is not None:
            thread = messages.thread(self._services.store.read(), row.id, 20)
            self._open_link(addresses_of(thread), row.source)

    def do_mark_toggle(self) -> None:
        """Mark and go on to the next, so that marking in a row is one key."""
        for _ in range(self._keys.count):
            self._rows.toggle_mark()
            self._rows.move(1)
        self._state.changed()

    def do_mark_range(self) -> None:
        self._rows.toggle_range()
        self._state.changed()

    def do_mark_all(self) -> None:
        """Mark all that match, by query and not by page; where they are marked already, take the marks off."""
        source = self._state.source
        if source is None:
            return

        def show(ids: list[int]) -> None:
            self._set_marks(() if self._rows.marks == set(ids) else ids)

        self._opener.look_for(lambda conn: conversations.ids(conn, source.where), show, "all that match")

    def do_mark_none(self) -> None:
        self._set_marks(())

    def _set_marks(self, ids: Iterable[int]) -> None:
        self._rows.set_marks(ids)
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

    def reopener(self) -> Callable[[], None] | None:
        """What puts the marks on again, should an Esc that is none take them off."""
        marks = frozenset(self._rows.marks)
        return partial(self._set_marks, marks) if marks else None
