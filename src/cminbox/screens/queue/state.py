"""What the queue shows and knows beside its rows: views, filter, search, order, counts, health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cminbox import query
from cminbox.config import Config, ViewConfig
from cminbox.model import Instant, Member
from cminbox.query import Context, Query
from cminbox.screens.queue.rows import QueueRows
from cminbox.store import Connection, conversations, search
from cminbox.widgets.header_lines import ViewTab
from cminbox.widgets.queue_row import Someone

if TYPE_CHECKING:
    from cminbox.screens.queue.overview import Overview

_ALARMING = frozenset({"Overdue", "Crisis"})
_NOTHING_EVER = "Nothing has come in yet.\n\nThe engine polls your sources; F4 shows how they are."
_NO_SOURCE = (
    "Nothing has come in yet, and no source is configured.\n\n"
    "cminbox init     writes a configuration\n"
    "cminbox demo     shows everything with a built-in network\n"
    "cminbox import   takes messages from a file"
)


class QueueState:
    """What the queue shows and knows beside its rows: one place, which the parts change and the screen shows.

    Args:
        config: with the views that are shown here.
        member: who works here.
        clock: now.
        changed: called by a part that changed something which the screen shows.

    Attributes:
        here: index of the view that is asked for.
        filter, search, sort: what narrows it, is looked for in it, orders it; empty for none.
        source: the rows that are shown; None before the first list is open.
        now: the instant from which the ages on the lines are counted.
        people: who else is on the conversations of the screen, by the conversation's id.
        overview: what was counted aside; None before the first count.
        new: rows that came into the list since it was read.
    """

    def __init__(
        self, config: Config, member: Member, clock: Callable[[], Instant], changed: Callable[[], None]
    ) -> None:
        self.config = config
        self.member = member
        self.clock = clock
        self.changed = changed
        self.here = 0
        self.filter = self.search = self.sort = ""
        self.source: QueueRows | None = None
        self.now = clock()
        self.people: dict[int, tuple[Someone, ...]] = {}
        self.overview: Overview | None = None
        self.new = 0
        self._shown = (0, "", "", "")

    def context(self) -> Context:
        """For whom and when a query is evaluated: for this member, now."""
        return Context(self.clock(), self.member.handle, self.member.teams, zone=self.config.zone)

    @property
    def view(self) -> ViewConfig:
        """The view that is asked for."""
        return self.config.views[self.here]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many conversations each view has, as far as they were counted."""
        return self.overview.counts if self.overview is not None else {}

    @property
    def order(self) -> str:
        """The order in force: the one chosen, else the view's own."""
        return self.sort or self.view.sort

    @property
    def wanted(self) -> Query:
        """The view's query and the filter in one, so that the store can choose from the terms of both."""
        return query.both(query.parse(self.view.query), query.parse(self.filter))

    def confirm(self) -> None:
        """View, filter, search and order that are asked for are those that are shown now."""
        self._shown = self.here, self.filter, self.search, self.sort

    def revert(self) -> None:
        """Ask again for what is shown, after something else was asked for and given up."""
        self.here, self.filter, self.search, self.sort = self._shown

    def go(self, index: int) -> None:
        """To another view; its filter, search and order are its own."""
        self.here = index % len(self.config.views)
        self.filter = self.search = self.sort = ""

    def index_of(self, name: str) -> int | None:
        """The view of that name, or the only one that begins so."""
        names = [view.name.casefold() for view in self.config.views]
        word = name.strip().casefold()
        if word in names:
            return names.index(word)
        starting = [index for index, known in enumerate(names) if word and known.startswith(word)]
        return starting[0] if len(starting) == 1 else None

    def tabs(self) -> tuple[ViewTab, ...]:
        """The views with their counts, as the first line shows them."""
        return tuple(
            ViewTab(view.name, self.counts.get(view.name), view.name in _ALARMING) for view in self.config.views
        )

    def why_empty(self, keys_for: Callable[[str, str], str]) -> str:
        """Why a list that is shown has no rows, and what can be done.

        Args:
            keys_for: the key of a command in a context.
        """
        here, narrowed, *_ = self._shown
        if narrowed:
            return f"Nothing here matches {narrowed}\n\n{keys_for('app.back', 'queue')} shows the whole view again."
        if self.overview is not None and self.overview.empty:
            return _NOTHING_EVER if self.config.sources else _NO_SOURCE
        name = self.config.views[here].name
        move = f"{keys_for('view.next', 'queue')} goes to the next view."
        for view in self.config.views:
            if number := self.counts.get(view.name, 0):
                return f"Nothing waits in {name}.\n\n{view.name} has {number:,}. {move}"
        return f"Nothing waits in {name}.\n\n{move}"


def first_with_something(conn: Connection, state: QueueState) -> int:
    """The first view that has a conversation in it, or the first of all."""
    context = state.context()
    for index, view in enumerate(state.config.views):
        where = search.to_sql(query.parse(view.query), context, conversations.counter(conn))
        if conversations.ids(conn, where, limit=1):
            return index
    return 0
