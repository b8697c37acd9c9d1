"""Opening the queue's list: another view, filter or order, or the same one anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cminbox.model import Conversation
from cminbox.screens.queue.loader import PageLoader
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.rows import Pages, QueueRows
from cminbox.screens.queue.state import QueueState
from cminbox.store import Connection, Store, conversations
from cminbox.widgets.list_window import PAGE

T = TypeVar("T")

FIRST_SECONDS = 0.2
"""So long the first page is waited for where it has a filter."""
FEW = 500
"""Rows that an action changed are read one by one up to this many; more, and the list is read anew."""


class ListOpener:
    """Opens what the state asks for in the list.

    Args:
        loader: reads pages beside.
        opened: called each time that a list was opened.
    """

    def __init__(
        self, store: Store, state: QueueState, rows: QueueList, loader: PageLoader, opened: Callable[[], None]
    ) -> None:
        self._store, self.state, self.rows = store, state, rows
        self._loader, self._opened = loader, opened

    def open(
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

        Raises:
            CminboxError: the first list could not be read.
        """
        state, rows = self.state, self.rows
        state.now = state.clock()
        before, wanted, sort, context = state.source, state.wanted, state.order, state.context()
        first = before is None
        if before is not None and keep is not None and (before.query, before.sort) == (wanted, sort):
            quiet = True

        def work(conn: Connection) -> tuple[QueueRows, Pages]:
            found = QueueRows(conn, wanted, sort, context)
            return found, found.around(keep, PAGE)

        def show(answer: tuple[QueueRows, Pages]) -> None:
            found, pages = answer
            if quiet and not first and rows.row is not None and rows.row is not keep:
                # Somebody went on meanwhile: once more, from where they are now.
                self.open(keep=rows.row, quiet=True)
                return
            state.source, state.new = found.on(self._store.read(), pages), 0
            if unmark:
                rows.set_marks(())
            rows.open(state.source, keep)
            state.confirm()
            self._opened()
            state.changed()
            if then is not None:
                then()

        if first and not state.filter:
            # The views are quick, and a thread more would be begun before the first row is there.
            show(work(self._store.read()))
            return
        state.changed()
        what, patience = state.filter or state.view.name, FIRST_SECONDS if first else None
        self._loader.request(work, show, what, back=None if quiet else self._revert, patience=patience)

    def bring_back(self, ids: Sequence[int]) -> None:
        """Read the list anew with rows that came back into it; the cursor goes to the first of them.

        Keys wait for it: what is done next is about these rows.
        """
        state, here = self.state, self.rows.row
        wanted, sort, context = state.wanted, state.order, state.context()
        state.now = state.clock()

        def work(conn: Connection) -> tuple[QueueRows, Conversation | None, Pages]:
            found = QueueRows(conn, wanted, sort, context)
            keep = found.first_of(ids) or here
            return found, keep, found.around(keep, PAGE)

        def show(answer: tuple[QueueRows, Conversation | None, Pages]) -> None:
            found, keep, pages = answer
            state.source, state.new = found.on(self._store.read(), pages), 0
            self.rows.open(state.source, keep)
            state.confirm()
            self._opened()
            state.changed()

        self._loader.request(work, show, state.filter or state.view.name, back=self._revert)

    def look_for(self, work: Callable[[Connection], T], then: Callable[[T], None], what: str) -> None:
        """Read something of the list beside, and show it; given up, the list is as it was. As `PageLoader.request`."""
        self._loader.request(work, then, what, back=self._revert)

    def _revert(self) -> None:
        self.state.revert()
        self.state.changed()

    def refresh(self, ids: Sequence[int]) -> None:
        """Bring what this member changed into the list, and out of it, at once."""
        source, rows = self.state.source, self.rows
        if source is None or not ids:
            return
        known = {row.id for row in rows.rows}
        here = [number for number in ids if number in known]
        if len(ids) > FEW or len(here) < len(ids):
            self.open(keep=rows.row, quiet=len(ids) > FEW)
            return
        stay = source.still_in(here)
        rows.replace(conversations.many(self._store.read(), stay))
        rows.take_out(set(here) - stay)
        self.state.changed()
