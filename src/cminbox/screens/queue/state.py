"""What the queue shows and knows beside its rows: views, filter, search, order, counts, health."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cminbox import query
from cminbox.config import Config
from cminbox.model import DAY, HOUR, Instant, Member
from cminbox.query import Context, Query
from cminbox.screens.queue.rows import Scope
from cminbox.store import Connection, conversations, search
from cminbox.widgets.status_header import Health, ViewTab

_ALARMING = frozenset({"Overdue", "Crisis"})
_EVERYTHING = ""


@dataclass
class QueueState:
    """The queue's state; the screen shows it and the store fills it."""

    config: Config
    member: Member
    here: int = 0
    filter: str = ""
    search: str = ""
    sort: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def context(self, now: Instant) -> Context:
        """For whom and when a query is evaluated."""
        return Context(now=now, member=self.member.handle, teams=self.member.teams)

    @property
    def order(self) -> str:
        """The order in force: the one chosen, else the view's own."""
        return self.sort or self.config.views[self.here].sort

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the view; none for the usual ones."""
        return self.config.views[self.here].columns

    def scope(self) -> Scope:
        """The view, narrowed by the filter."""
        return Scope(query.parse(self.config.views[self.here].query), query.parse(self.filter), self.order)

    def searched(self) -> Query:
        """What `n` and `N` look for."""
        return query.parse(self.search)

    @property
    def asked(self) -> tuple[int, str, str, str]:
        """View, filter, search and order, to come back to."""
        return self.here, self.filter, self.search, self.sort

    @asked.setter
    def asked(self, before: tuple[int, str, str, str]) -> None:
        self.here, self.filter, self.search, self.sort = before

    def go(self, index: int) -> None:
        """To another view; its filter, search and order are its own."""
        self.here = index % len(self.config.views)
        self.filter = self.search = self.sort = _EVERYTHING

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


def first_with_something(conn: Connection, state: QueueState, now: Instant) -> int:
    """The first view that has a conversation in it, or the first of all."""
    context = state.context(now)
    for index, view in enumerate(state.config.views):
        where = search.to_sql(query.parse(view.query), context, conversations.counter(conn))
        if conversations.ids(conn, where, limit=1):
            return index
    return 0


class Waiting(NamedTuple):
    """What was counted aside: what waits in each view, how engine and sources are, the SLA of the last day."""

    counts: dict[str, int]
    health: tuple[Health, str]
    sla: str
    empty: bool
    """Whether nothing has come in at all."""


def look_around(conn: Connection, config: Config, context: Context) -> Waiting:
    """Count what the first two lines say. Slow on a large store: never on the loop's thread."""
    counts = {view.name: conversations.tally(conn, query.parse(view.query), context) for view in config.views}
    empty = not any(counts.values()) and not conversations.count(conn, None, 1)
    return Waiting(counts, health_of(conn, context.now), sla_of(conn, context.now), empty)


def health_of(conn: Connection, now: Instant) -> tuple[Health, str]:
    """How engine and sources are, in a glyph's state and words."""
    from cminbox.store import engine, sources

    polled = [source for source in sources.all(conn) if source.polled]
    ill = [source for source in polled if source.health in ("failing", "paused")]
    row = engine.get(conn)
    if row is None or not row.alive(now):
        return ("ill" if polled else "resting"), "no engine runs"
    if row.problem:
        return "ill", row.problem[:40]
    if ill:
        one = ill[0].name
        return "ill", f"{one} {ill[0].health}" if len(ill) == 1 else f"{len(ill)} of {len(polled)} sources failing"
    return "well", f"{len(polled)} source{'' if len(polled) == 1 else 's'}"


def sla_of(conn: Connection, now: Instant) -> str:
    """The share of the last day's promises that were kept; empty when there were none.

    Who waits past the promise now counts as missed, so that leaving somebody unanswered never looks better.
    """
    from cminbox.store import reporting

    overdue = search.to_sql(query.parse("(is:open OR is:snoozed) is:overdue"), Context(now))
    hit, missed = reporting.promises(conn, now - DAY, now + HOUR)
    missed += conversations.count(conn, overdue)
    return f"{100 * hit // (hit + missed)} %" if hit + missed else ""
