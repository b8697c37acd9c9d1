"""Opening the queue's list: another view, filter or order, the same one anew, its end, all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.errors import CminboxError
from cminbox.screens.queue.loader import Reading
from cminbox.screens.queue.rows import Pages, QueueRows
from cminbox.screens.queue.state import QueueState
from cminbox.store import Connection, conversations
from cminbox.widgets.list_window import PAGE

if TYPE_CHECKING:
    from cminbox.model import Conversation, Instant
    from cminbox.screens.queue.screen import QueueList

AT_START = 0.2
"""So long the first page is waited for where it has a filter."""


class Opening(Reading):
    """The part of the queue that opens lists."""

    state: QueueState
    source: QueueRows | None
    queue: QueueList
    alive: bool
    read_people: Callable[[], None]
    show_head: Callable[..., None]
    show_empty: Callable[[], None]
    show_marks: Callable[[], None]
    do_move_top: Callable[[], None]
    _now: Instant
    _shown: tuple[int, str, str, str]

    def note_shown(self) -> None:
        """What is asked for now is what is shown: giving up something else comes back to it."""
        self._shown = self.state.asked

    def open_view(
        self,
        *,
        keep: Conversation | None = None,
        unmark: bool = False,
        quiet: bool = False,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Read the list anew: at once if it is there soon, else what is shown stays until then.

        Args:
            keep: stays under the cursor where it is.
            unmark: the marks were on rows of another list.
            quiet: keys need not wait for it; so it is too where the same list is read and the cursor stays.
            then: done once it is shown.
        """
        self._now = self.app.clock()
        scope, context = self.state.scope(), self.state.context(self._now)
        first, same = self.source is None, self.source is not None and self.source.scope == scope
        quiet = quiet or (same and keep is not None)

        def work(conn: Connection) -> tuple[QueueRows, Pages]:
            rows = QueueRows(conn, scope, context)
            return rows, rows.around(keep, PAGE)

        def show(found: tuple[QueueRows, Pages]) -> None:
            rows, pages = found
            if quiet and not first and self.queue.row is not None and self.queue.row is not keep:
                # Somebody went on meanwhile: once more, from where they are now.
                self.open_view(keep=self.queue.row, quiet=True)
                return
            self.source = rows.on(self.app.store.read(), pages)
            if unmark:
                self.queue.set_marks(())
            self.queue.open(self.source, keep)
            self.note_shown()
            if self.alive:
                self.read_people()
            self.show_head(new=0)
            self.show_empty()
            if then is not None:
                then()

        if first and not scope.filter.text:
            # The views are quick, and a thread more would be begun before the first row is there.
            try:
                show(work(self.app.store.read()))
            except CminboxError as error:
                self.say_error(error)
            return
        self.show_head()
        what = self.state.filter or self.state.config.views[self.state.here].name
        self.read(work, show, what, back=None if quiet else self._as_it_was, seconds=AT_START if first else None)

    def _as_it_was(self) -> None:
        """Ask for what is shown, after something else was asked for and given up."""
        self.state.asked = self._shown
        self.show_head()
        self.show_empty()

    def do_move_bottom(self) -> None:
        """Last line; with a count, that line."""
        if self.counted:
            self.do_move_top()
        elif self.source is None or self.queue.complete:
            self.queue.end()
        else:
            source = self.source

            def show(pages: Pages) -> None:
                source.take(pages)
                self.queue.end()

            self.read(lambda conn: source.on(conn).at_end(PAGE), show, "the end of the list", back=self._as_it_was)

    def do_mark_all(self) -> None:
        """Mark all that match, by query and not by page; a second time takes the marks off."""
        if self.source is None:
            return
        where = self.source.where

        def show(ids: list[int]) -> None:
            self.queue.set_marks(() if self.queue.marks == set(ids) else ids)
            self.show_marks()

        self.read(lambda conn: conversations.ids(conn, where), show, "all that match", back=self._as_it_was)
