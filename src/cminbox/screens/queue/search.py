"""Finding in the queue: views, order, filter, search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on

from cminbox import query
from cminbox.config import SORTS
from cminbox.errors import CminboxError, UsageError
from cminbox.screens.base import BaseScreen
from cminbox.screens.queue.rows import Pages, QueueRows
from cminbox.screens.queue.state import QueueState
from cminbox.widgets.list_window import PAGE
from cminbox.widgets.status_header import ViewsLine

if TYPE_CHECKING:
    from cminbox.model import Conversation
    from cminbox.screens.queue.screen import QueueList
    from cminbox.store import Connection
    from cminbox.widgets.line import Completion

MANY_HITS = 10_000
"""Hits are counted up to this many."""


class Finding(BaseScreen):
    """The part of the queue that changes what it shows."""

    state: QueueState
    source: QueueRows | None
    queue: QueueList
    open_view: Callable[..., None]
    read: Callable[..., None]
    note_shown: Callable[[], None]
    show_head: Callable[..., None]
    count_soon: Callable[..., None]

    def go_to_view(self, index: int) -> None:
        """Show another view from its first row."""
        self.state.go(index)
        self.open_view(unmark=True)

    def do_view_next(self) -> None:
        """Next view."""
        self.go_to_view(self.state.here + self.count)

    def do_view_previous(self) -> None:
        """View before."""
        self.go_to_view(self.state.here - self.count)

    def do_view_go(self, *name: str) -> None:
        """Go to a view by its name."""
        wanted = " ".join(name)
        index = self.state.index_of(wanted)
        if index is None:
            names = ", ".join(view.name for view in self.state.config.views)
            raise UsageError(f"there is no view {wanted!r}", f"there are {names}")
        self.go_to_view(index)

    @on(ViewsLine.ViewClicked)
    def _view_clicked(self, event: ViewsLine.ViewClicked) -> None:
        self.go_to_view(event.index)

    def do_view_sort(self, order: str = "") -> None:
        """Change the order: the one named, or the next."""
        if order and order not in SORTS:
            raise UsageError(f"there is no order {order!r}", f"use {', '.join(SORTS)}")
        following = SORTS[(SORTS.index(self.state.order) + 1) % len(SORTS)] if self.state.order in SORTS else ""
        self.state.sort = order or following or SORTS[0]
        self.open_view(then=lambda: self.say(f"ordered by {self.state.order}"))

    def do_view_refresh(self) -> None:
        """Bring in what is new; the cursor stays on its conversation."""
        self.open_view(keep=self.queue.row)
        self.count_soon()

    def do_find_filter(self, *text: str) -> None:
        """Narrow the view; without a text, ask for one."""
        if text:
            self.filter_by(" ".join(text))
        else:
            self.prompt("\\", self.state.filter, self.filter_by, self.app.query_history)

    def filter_by(self, text: str) -> None:
        """Show only what matches; nothing at all shows the whole view again.

        Raises:
            QueryError: the text is no query.
        """
        text = text.strip()
        query.parse(text)
        self.state.filter = text
        self._remember(text)
        self.open_view(unmark=True)

    def do_find_search(self, *text: str) -> None:
        """Look for conversations in the view; without a text, ask for one."""
        if text:
            self.search_for(" ".join(text))
        else:
            self.prompt("/", "", self.search_for, self.app.query_history)

    def search_for(self, text: str) -> None:
        """Go to the first hit from the cursor on; nothing at all repeats the search before.

        Raises:
            QueryError: the text is no query.
        """
        text = text.strip() or self.state.search
        query.parse(text)
        self.state.search = text
        self.note_shown()
        self._remember(text)
        self.show_head()
        if text:
            self._hit(1, here=True)

    def _remember(self, text: str) -> None:
        history = self.app.query_history
        if text:
            if text in history:
                history.remove(text)
            history.append(text)
            del history[:-100]

    def do_find_next(self) -> None:
        """Next hit."""
        self._hit(1)

    def do_find_previous(self) -> None:
        """Hit before."""
        self._hit(-1)

    def _hit(self, way: int, *, here: bool = False) -> None:
        if not self.state.search or self.source is None:
            self.say(f"nothing is searched for: {self.app.keys_for('find.search', 'queue')} searches")
            return
        source, row, searched = self.source, self.queue.row, self.state.searched()
        known = {row.id for row in self.queue.rows}

        def look(conn: Connection) -> tuple[Conversation | None, Pages, bool, int]:
            rows = source.on(conn)
            hits, start = rows.hits(searched), row
            if here and row is not None:
                # The row of the cursor counts as a hit for a new search.
                before = rows.page(row, 1, backwards=True)
                start = before[0] if before else None
            found = hits.beyond(start, backwards=way < 0)
            around = found is None
            if found is None:
                found = hits.beyond(None, backwards=way < 0)
            pages = rows.around(found, PAGE) if found is not None and found.id not in known else {}
            return found, pages, around, hits.count(MANY_HITS)

        def show(answer: tuple[Conversation | None, Pages, bool, int]) -> None:
            hit, pages, around, hits = answer
            if hit is None:
                self.say(f"no hit for {self.state.search} in this view")
                return
            source.take(pages)
            self.queue.go_to(hit)
            end = "; past the end, from the start again" if way > 0 else "; past the start, from the end again"
            self.say(f"{hits:,}{'+' if hits >= MANY_HITS else ''} hit{'' if hits == 1 else 's'}{end if around else ''}")

        self.read(look, show, self.state.search, back=self.show_head)

    def values_of(self, field: str) -> Iterable[str]:
        """Values of a query's field that there are, for completion."""
        return field_values(self.app.store.read(), field, self.state)

    def complete_query(self, text: str, cursor: int) -> Completion:
        """What could stand at the cursor of a query."""
        from cminbox.widgets.line import Completion

        found = query.complete(text, cursor, self.values_of)
        return Completion(found.start, found.options)

    def prompt(self, sign: str, value: str, then: Callable[[str], None], history: Sequence[str]) -> None:
        """Ask for a line in the last line of the screen; `then` may raise what is wrong with it, and is asked again."""
        from cminbox.screens.command_line import ask_line

        def checked(text: str) -> str:
            try:
                then(text)
            except CminboxError as error:
                return error.line()
            return ""

        ask_line(self, sign, value, checked, self.complete_query, history)


def field_values(conn: Connection, field: str, state: QueueState) -> Iterable[str]:
    """Values that there are for a field: from the store and the configuration."""
    from cminbox.store import crises, people, reporting, sources

    match field:
        case "source":
            return [source.name for source in sources.all(conn)]
        case "network":
            return sorted({source.network for source in sources.all(conn)})
        case "assignee":
            return [member.handle for member in people.members(conn)]
        case "team":
            return sorted({team for member in people.members(conn) for team in member.teams})
        case "label":
            return reporting.labels(conn)
        case "crisis":
            return [crisis.name for crisis in crises.all(conn)]
        case "topic":
            return [view.name for view in state.config.views]
    return ()
