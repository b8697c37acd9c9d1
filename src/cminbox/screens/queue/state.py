"""What the queue shows and knows beside its rows: views, filter, search, order, counts, health."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from cminbox import query
from cminbox.config import SIDE_VIEWS, Config, ViewConfig
from cminbox.model import STATUSES, Instant, Member, Status
from cminbox.query import Context, Query
from cminbox.query.tree import Is, leaves
from cminbox.query.views import mistake_of, query_of
from cminbox.screens.queue.rows import QueueRows
from cminbox.store import Connection, conversations, search
from cminbox.textwidth import cut
from cminbox.widgets.header_lines import ViewTab
from cminbox.widgets.hit_text import Hit, Needles
from cminbox.widgets.queue_row import Someone

if TYPE_CHECKING:
    from cminbox.screens.queue.overview import Overview

_ALARMING = frozenset({"Overdue", "Crisis"})
_CARE = frozenset({"Approval", "Rejected", "Failed", "Held"})
"""Views in which replies, or what the network holds, wait for a person."""
_NOTHING_EVER = "Nothing has come in yet.\n\nThe engine polls your sources; F4 shows how they are."
_NO_SOURCE = (
    "Nothing has come in yet, and no source is configured.\n\n"
    "cminbox init     writes a configuration\n"
    "cminbox demo     shows everything with a built-in network\n"
    "cminbox import   takes messages from a file"
)


class Shown(NamedTuple):
    """A list: the index of its view, the filter on it, and what is searched for in it, if that is what matters."""

    view: int
    filter: str
    search: str = ""


class OutOfSight(NamedTuple):
    """What an empty list does not show.

    Attributes:
        shown: of which list this is.
        query: what was asked for, whatever its state.
        counts: how many match it in each state that has any.
        elsewhere: the view leaves it out; else the state that it asks for does.
        without: what was typed without the state in it, where that is what matches.
    """

    shown: Shown
    query: str
    counts: Mapping[Status, int]
    elsewhere: bool = False
    without: str = ""

    @property
    def words(self) -> str:
        """What there is, in words: `2 snoozed, 1 closed`."""
        order: tuple[Status, ...] = ("open", "snoozed", "pending", "closed", "spam")
        there = ", ".join(f"{self.counts[status]:,} {status}" for status in order if self.counts.get(status))
        return f"elsewhere {there}" if self.elsewhere else there

    @property
    def one(self) -> bool:
        """Whether it is a single conversation."""
        return sum(self.counts.values()) == 1


def widened(view: Query, typed: Query) -> Iterator[tuple[Query, bool, str]]:
    """What to ask in place of a view and what was typed on it, where both have nothing, the nearest first.

    First the view's states are left out, then those that were typed with something else, then the view.

    Returns:
        Queries, each with whether it leaves the view out, and what was typed where it leaves out the states in that.
    """
    base, bare = query.without_states(view), query.without_states(typed)
    without = bare.text if bare.tree != typed.tree else ""
    yield query.both(base, typed), False, ""
    if bare.text:
        yield query.both(base, bare), False, without
    if typed.text.strip():
        yield typed, True, ""
        if bare.text:
            yield bare, True, without


def look_beyond(conn: Connection, shown: Shown, view: Query, typed: Query, context: Context) -> OutOfSight:
    """Look for what a list without rows leaves out. Slow on a large store: never on the loop's thread.

    Args:
        shown: which list this is.
        view: its query.
        typed: the filter and the search on it, in one.
    """
    for asked, elsewhere, without in widened(view, typed):
        if counts := conversations.by_state(conn, asked, context):
            return OutOfSight(shown, str(asked), counts, elsewhere, without)
    return OutOfSight(shown, str(query.without_states(query.both(view, typed))), {})


class QueueState:
    """What the queue shows and knows beside its rows: one place, which the parts change and the screen shows.

    Args:
        config: with the views that are shown here.
        member: who works here.
        clock: now.
        changed: called by a part that changed something which the screen shows.

        tabbed: how many of the views, from the first on, one goes along step by step; all unless given.

    Attributes:
        here: index of the view that is asked for.
        filter, search, sort: what narrows it, is looked for in it, orders it; empty for none.
        source: the rows that are shown; None before the first list is open.
        now: the instant from which the ages on the lines are counted.
        people: who else is on the conversations of the screen, by the conversation's id.
        overview: what was counted aside; None before the first count.
        new: rows that came into the list since it was read.
        needles: what is looked for in the texts of the rows.
        hits: by the conversation's id, the text that has it, where the row's own has not.
        out_of_sight: what an empty list, or a search without a hit, does not show; None where it was not looked for.
    """

    def __init__(
        self,
        config: Config,
        member: Member,
        clock: Callable[[], Instant],
        changed: Callable[[], None],
        tabbed: int | None = None,
    ) -> None:
        self._tabbed = len(config.views) if tabbed is None else tabbed
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
        self.needles: Needles = ()
        self.hits: dict[int, Hit] = {}
        self.out_of_sight: OutOfSight | None = None
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
        return query.both(query_of(self.config, self.here), query.parse(self.filter))

    @property
    def narrowing(self) -> Query:
        """What was typed to narrow the view or to find something in it, as one query."""
        return query.both(query.parse(self.filter), query.parse(self.search))

    @property
    def looked_for(self) -> Query:
        """What to show in the rows where it stands: what was typed; in a list over another screen, its query too."""
        return query.both(query_of(self.config, 0), self.narrowing) if len(self.config.views) == 1 else self.narrowing

    def look_for(self, needles: Needles) -> None:
        """Something else is looked for in the texts of the rows."""
        self.needles, self.hits = needles, {}

    @property
    def shown(self) -> Shown:
        """The view and the filter that are shown now."""
        return Shown(*self._shown[:2])

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

    def next_view(self, steps: int) -> int:
        """The index of the view so many steps on, or back; behind the last one comes the first.

        Views beside that hold nothing are passed over, as they are in the first line.
        """
        along = [
            at
            for at, view in enumerate(self.config.views[: self._tabbed])
            if view not in SIDE_VIEWS or self.counts.get(view.name) or at == self.here
        ]
        if self.here in along:
            return along[(along.index(self.here) + steps) % len(along)]
        return along[(steps - 1 if steps > 0 else steps) % len(along)]

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
            ViewTab(
                view.name,
                self.counts.get(view.name),
                alarm=view.name in _ALARMING,
                care=view.name in _CARE,
                beside=view in SIDE_VIEWS and len(self.config.views) > 1,
            )
            for view in self.config.views
        )

    def why_empty(self, keys_for: Callable[[str, str], str]) -> str:
        """Why a list that is shown has no rows, and what can be done.

        Args:
            keys_for: the key of a command in a context.
        """
        here, narrowed, _ = self.shown
        if (mistake := mistake_of(self.config, here)) is not None:
            return mistake.text
        hidden = self.out_of_sight if self.out_of_sight is not None and self.out_of_sight.shown == self.shown else None
        there, shows = "", ""
        if hidden is not None and hidden.counts:
            there = f" — {hidden.words}"
            if hidden.without:
                there += f" {'matches' if hidden.one else 'match'} {cut(hidden.without, 25)}"
            shows = f"{keys_for('find.everywhere', 'queue')} shows {'it' if hidden.one else 'them'}. "
        if narrowed:
            state = self._state_of(here) if hidden is not None and there and not hidden.without else ""
            nothing = f"Nothing {state or 'here'} matches {cut(narrowed, 40)}{there}"
            return f"{nothing}\n\n{shows}{keys_for('app.back', 'queue')} shows the whole view again."
        if self.overview is not None and self.overview.empty:
            return _NOTHING_EVER if self.config.sources else _NO_SOURCE
        name = self.config.views[here].name
        nothing = f"Nothing waits in {name}{there or '.'}\n\n{shows}"
        if len(self.config.views) == 1:
            return nothing.rstrip()
        move = f"{keys_for('view.next', 'queue')} goes to the next view."
        for view in self.config.views:
            if (number := self.counts.get(view.name, 0)) and not (shows and view in SIDE_VIEWS):
                return f"{nothing}{view.name} has {number:,}. {move}"
        return f"{nothing}{move}"

    def _state_of(self, index: int) -> str:
        """The state that a view asks for, in its own word; nothing where it asks for none."""
        wanted = query_of(self.config, index).tree
        asked = [leaf.value for leaf in leaves(wanted) if isinstance(leaf, Is) and leaf.value in STATUSES]
        return asked[0] if len(asked) == 1 else ""


def first_with_something(conn: Connection, state: QueueState) -> int:
    """The first view that has a conversation in it, without those beside; or the first of all."""
    context = state.context()
    for index, view in enumerate(state.config.views):
        if view in SIDE_VIEWS:
            continue
        where = search.to_sql(query_of(state.config, index), context, conversations.counter(conn))
        if conversations.ids(conn, where, limit=1):
            return index
    return 0
