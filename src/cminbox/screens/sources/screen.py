"""Sources and their health: what each brought, when it was last asked and will be next, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from cminbox.model import Instant
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement
from cminbox.screens.services import Services
from cminbox.screens.sources import data
from cminbox.store import engine, sources
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import content

if TYPE_CHECKING:
    from textual import events

    from cminbox.store.sources import SourceRow

WIDE = 120
"""Columns from which the facts stand beside the list."""
NO_SOURCES = (
    "",
    "No source yet: nothing brings messages in.",
    "",
    "cminbox init         writes a configuration with your first source",
    "cminbox demo         shows all of it with a network of its own",
    "cminbox import FILE  takes in messages from JSON Lines",
)
"""What stands in place of the list, line by line."""


class SourcesScreen(BaseScreen):
    """Every source, one below the other, and the facts of the one under the cursor."""

    CONTEXT: ClassVar[str] = "sources"
    CSS_PATH = "screen.tcss"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._head = Static("", id="sources-head", markup=False)
        self._list = ItemList(id="sources-list")
        self._facts_box = VerticalScroll(id="sources-facts", can_focus=False)
        self._facts = Facts("source")
        self._sources: list[SourceRow] = []
        self._facts_wanted = False
        """Whether the facts are asked for where there is no room beside the list."""
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(self._move, self._list.page_sizes),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self._list
        with self._facts_box:
            yield self._facts

    def footer(self) -> Iterable[tuple[str, str]]:
        """Polling first: it is what one comes here for."""
        yield self.services.keys_for("source.poll", self.CONTEXT), "poll now"
        for key, word in super().footer():
            if word != "poll now":
                yield key, "details" if word == "open" else word

    def on_mount(self) -> None:
        self.show_sources()
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.app.screen is self:
            self.show_sources()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self.show_sources)

    def store_changed(self) -> None:
        self.show_sources()

    @property
    def here(self) -> SourceRow | None:
        """The source under the cursor."""
        return self._sources[self._list.cursor] if self._sources else None

    def show_sources(self) -> None:
        """Read and show them again."""
        conn, now = self.services.store.read(), self.services.clock()
        self._sources = sources.all(conn)
        self._head.update(content([data.engine_line(engine.get(conn), now)]))
        width = max(self._list.size.width - 3, 40)
        self._list.show([data.source_lines(source, width, now) for source in self._sources], empty=NO_SOURCES)
        self._show_facts(now)

    do_view_refresh = show_sources

    def _show_facts(self, now: Instant) -> None:
        here = self.here
        self._facts_box.display = here is not None and (self._facts_wanted or self.has_class("-wide"))
        if here is not None:
            self._facts.show(data.facts(here, now, self.services.config.zone), here.name)

    def _move(self, lines: int) -> None:
        self._list.move(lines)
        self._show_facts(self.services.clock())

    def do_move_open(self) -> None:
        """Show or hide everything that is known of it."""
        self._facts_wanted = not self._facts_wanted
        self._show_facts(self.services.clock())

    async def do_source_poll(self, source: str = "") -> None:
        """Ask the engine to poll the source under the cursor now, or the one named."""
        here = self.here
        name = source or (here.name if here else "")
        if not name:
            self.say("there is no source to poll: cminbox init adds one")
            return
        if here is not None and name == here.name and not here.polled:
            self.say(f"{name} was made by an import: there is nothing to poll")
            return
        tail = await self.services.engine_starter.wake()
        await self.call(self.services.desk.poll_now, name)
        self.say(f"{name}: to be polled now{tail}")
        self.show_sources()
