"""The crises side by side: the list, what is known of the one under the cursor, and its timeline."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from cminbox.query import Context
from cminbox.screens.crisis import data
from cminbox.screens.services import Services
from cminbox.store import crises, deliveries
from cminbox.store.crises import Crisis
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import ACCENT
from cminbox.widgets.thread_view import ThreadView

_ABOUT = (
    "A crisis gathers the conversations of one incident, puts a line across every screen, and keeps a timeline. "
    "Declare one here with Enter, or with ! on conversations in the queue."
)


class CrisisBoard(Container):
    """All crises, and below them a line that declares a new one.

    Args:
        services: its member's own words in a timeline are shown as yours.
    """

    def __init__(self, services: Services, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services = services
        self._crises: list[Crisis] = []
        self._shown = 0
        """Id of the crisis whose timeline is shown."""
        self.list = ItemList(id="crisis-list")
        self.facts = Facts("crisis")
        self.timeline = ThreadView(id="crisis-timeline")

    def compose(self) -> ComposeResult:
        yield self.list
        with VerticalScroll(id="crisis-facts", can_focus=False):
            yield self.facts
        with Container(id="crisis-time"):
            yield Static("timeline", id="crisis-time-head", markup=False)
            yield self.timeline

    @property
    def here(self) -> Crisis | None:
        """The crisis under the cursor; None on the line that declares a new one."""
        return self._crises[self.list.cursor] if self.list.cursor < len(self._crises) else None

    @property
    def running(self) -> int:
        """How many of the crises run now."""
        return sum(crisis.status == "running" for crisis in self._crises)

    def show(self) -> None:
        """Read and show them again; the cursor stays at its place."""
        self._crises = crises.all(self._services.store.read())
        width = max(self.list.size.width - 3, 30)
        lines = [data.crisis_lines(crisis, width, self._services.clock()) for crisis in self._crises]
        self.list.show([*lines, [((data.NEW, ACCENT),)]])
        self._show_here()

    def move(self, lines: int) -> None:
        """Move the cursor down by so many crises, or up where negative."""
        self.list.move(lines)
        self._show_here()

    def move_to(self, crisis_id: int) -> None:
        """Put the cursor on a crisis."""
        place = [crisis.id for crisis in self._crises].index(crisis_id)
        self.move(place - self.list.cursor)

    def _show_here(self) -> None:
        here, me = self.here, self._services.member
        conn, now = self._services.store.read(), self._services.clock()
        if here is None:
            self.facts.show([("", _ABOUT)], "new" if self._crises else "nothing declared")
            self.timeline.show_entries((), now, empty="Its timeline begins with the declaration.")
            self._shown = 0
            return
        zone = self._services.config.zone
        context = Context(now=now, member=me.handle, teams=me.teams, zone=zone)
        told = data.told_rows(deliveries.of_crisis(conn, here.id), zone)
        self.facts.show([*data.facts(here, data.numbers(conn, here, context), now, zone), *told], here.name)
        entries = data.timeline_entries(crises.timeline(conn, here.id), me.handle)
        self.timeline.show_entries(entries, now, keep=self._shown == here.id)
        self._shown = here.id
