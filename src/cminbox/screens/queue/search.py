"""Finding in the queue: views, order, filter, search."""

from __future__ import annotations

from collections.abc import Callable

from cminbox import query
from cminbox.config import SORTS, TURNS
from cminbox.errors import UsageError
from cminbox.model import Conversation
from cminbox.query.views import query_of
from cminbox.screens.key_reader import KeyReader
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.queue.rows import Pages
from cminbox.screens.queue.state import OutOfSight, look_beyond
from cminbox.screens.services import Services
from cminbox.store import Connection
from cminbox.widgets.list_window import PAGE

MANY_HITS = 10_000
"""Hits are counted up to this many."""


class SearchController:
    """The commands that change what the list shows, and those that look for something in it.

    Args:
        keys: have the number typed before the key.
        ask: asks for a query that begins as `value`, behind a sign; `then` may refuse it with an error.
        say: shows one line.
    """

    def __init__(
        self,
        services: Services,
        opener: ListOpener,
        keys: KeyReader,
        ask: Callable[[str, str, Callable[[str], None]], None],
        say: Callable[[str], None],
    ) -> None:
        self._services, self._opener, self._state, self._rows = services, opener, opener.state, opener.rows
        self._keys, self._ask, self._say = keys, ask, say

    def go_to_view(self, index: int) -> None:
        """Show another view from its first row."""
        self._state.go(index)
        self._opener.open(unmark=True)

    def do_view_next(self) -> None:
        self.go_to_view(self._state.next_view(self._keys.count))

    def do_view_previous(self) -> None:
        self.go_to_view(self._state.next_view(-self._keys.count))

    def do_view_go(self, *name: str) -> None:
        """Go to the view of that name, or of which that is the beginning."""
        wanted = " ".join(name)
        index = self._state.index_of(wanted)
        if index is None:
            names = ", ".join(view.name for view in self._state.config.views)
            raise UsageError(f"there is no view {wanted!r}", f"there are {names}")
        self.go_to_view(index)

    def do_view_sort(self, order: str = "") -> None:
        """Change the order: to the one named, or the next."""
        state = self._state
        if order and order not in SORTS:
            raise UsageError(f"there is no order {order!r}", f"use {', '.join(SORTS)}")
        place = TURNS.index(state.order) + 1 if state.order in TURNS else 0
        state.sort = order or TURNS[place % len(TURNS)]
        self._opener.open(then=lambda: self._say(f"ordered by {state.order}"))

    def do_find_filter(self, *text: str) -> None:
        """Narrow the view; without a text, ask for one."""
        if text:
            self.filter_by(" ".join(text))
        else:
            self._ask("\\", self._state.filter, self.filter_by)

    def filter_by(self, text: str) -> None:
        """Show only what matches; nothing at all shows the whole view again.

        Raises:
            QueryError: the text is no query.
        """
        text = text.strip()
        query.parse_typed(text)
        self._state.filter = text
        if text:
            self._services.query_history.add(text)
        self._opener.open(unmark=True)

    def do_find_search(self, *text: str) -> None:
        """Look for conversations in the view; without a text, ask for one."""
        if text:
            self.search_for(" ".join(text))
        else:
            self._ask("/", "", self.search_for)

    def search_for(self, text: str) -> None:
        """Go to the first hit from the cursor on; nothing at all repeats the search before.

        Raises:
            QueryError: the text is no query.
        """
        text = text.strip() or self._state.search
        query.parse_typed(text)
        self._set_search(text)
        if text:
            self._services.query_history.add(text)
            self._go_to_hit(1, here=True)

    def do_find_next(self) -> None:
        self._go_to_hit(1)

    def do_find_previous(self) -> None:
        self._go_to_hit(-1)

    def leave(self) -> bool:
        """Drop the search, else the filter; whether there was one."""
        if self._state.search:
            self._set_search("")
        elif self._state.filter:
            self._state.filter = ""
            self._opener.open(keep=self._rows.row)
        else:
            return False
        return True

    def reopener(self) -> Callable[[], None] | None:
        """What brings search and filter back, should an Esc that is none drop one of them."""
        search, narrowed = self._state.search, self._state.filter

        def again() -> None:
            if self._state.search != search:
                self._set_search(search)
            if self._state.filter != narrowed:
                self._state.filter = narrowed
                self._opener.open(keep=self._rows.row)

        return again if search or narrowed else None

    def _set_search(self, text: str) -> None:
        # It is no part of what a slow list brings or takes back.
        self._state.search = text
        self._state.confirm()
        self._state.changed()

    def _go_to_hit(self, way: int, *, here: bool = False) -> None:
        state, row, source = self._state, self._rows.row, self._state.source
        if not state.search or source is None:
            self._say(f"nothing is searched for: {self._services.keys_for('find.search', 'queue')} searches")
            return
        searched = query.parse(state.search)
        known = {row.id for row in self._rows.rows}
        view, typed = query_of(state.config, state.here), query.both(query.parse(state.filter), searched)
        here_shown, context = state.shown._replace(search=state.search), state.context()

        def look(conn: Connection) -> tuple[Conversation | None, Pages, bool, int, OutOfSight | None]:
            rows, start = source.on(conn), row
            hits = rows.narrowed(searched)
            if here and row is not None:
                # The row of the cursor counts as a hit for a new search.
                before = rows.page(row, 1, backwards=True)
                start = before[0] if before else None
            beyond = hits.page(start, 1, backwards=way < 0)
            found = beyond or hits.page(None, 1, backwards=way < 0)
            hit = found[0] if found else None
            pages = rows.around(hit, PAGE) if hit is not None and hit.id not in known else {}
            besides = None if hit is not None else look_beyond(conn, here_shown, view, typed, context)
            return hit, pages, not beyond, hits.count(MANY_HITS), besides

        def show(answer: tuple[Conversation | None, Pages, bool, int, OutOfSight | None]) -> None:
            hit, pages, around, hits, besides = answer
            if hit is None:
                state.out_of_sight, there = besides, ""
                if besides is not None and besides.counts:
                    there = f" — {besides.words}: {self._services.keys_for('find.everywhere', 'queue')} shows"
                self._say(f"no hit for {state.search} in this view{there}")
                return
            source.use_pages(pages)
            self._rows.go_to(hit)
            end = "; past the end, from the start again" if way > 0 else "; past the start, from the end again"
            many = f"{hits:,}{'+' if hits >= MANY_HITS else ''} hit{'' if hits == 1 else 's'}"
            self._say(many + (end if around else ""))

        self._opener.look_for(look, show, state.search)
