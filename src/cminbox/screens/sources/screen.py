"""Sources and their health: what each brought, when it was last asked and will be next, and what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from cminbox.duration import format_rough
from cminbox.engine import projects
from cminbox.errors import ConfigError
from cminbox.model import Instant
from cminbox.screens.base import BaseScreen
from cminbox.screens.list_movement import ListMovement, PageMovement, PagesBeside
from cminbox.screens.services import Services
from cminbox.screens.sources import data
from cminbox.screens.sources.try_out import try_out
from cminbox.sources import registry
from cminbox.store import deliveries, engine, sources
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.styled_lines import content

if TYPE_CHECKING:
    from textual import events

    from cminbox.sources.contract import Info
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
        pages = PagesBeside(self._list, self._facts_box, self._move)
        self._facts = Facts("source")
        self._sources: list[SourceRow] = []
        self._infos: dict[str, Info | None] = {}
        """What each network's adapter says of itself, once it is read."""
        self._shown = 0
        """Whose facts are shown."""
        self._facts_wanted = False
        """Whether the facts are asked for where there is no room beside the list."""
        self.command_parts = (
            ListMovement(self.key_reader, self._move),
            PageMovement(pages.move, pages.sizes),
        )

    def compose_body(self) -> ComposeResult:
        yield self._head
        yield self._list
        with self._facts_box:
            yield self._facts

    def footer(self) -> Iterable[tuple[str, str]]:
        """What is done with a source first: it is what one comes here for."""
        first = {"poll now": "source.poll", "pause": "source.pause", "test": "source.test"}
        for word, command in first.items():
            yield self.services.keys_for(command, self.CONTEXT), word
        for key, word in super().footer():
            if word not in first:
                yield key, "details" if word == "open" else word

    def on_mount(self) -> None:
        self.show_sources()
        self.run_worker(self._read_infos(), exclusive=True)
        self.set_interval(1.0, self._tick)

    async def _read_infos(self) -> None:
        """What the networks can bring: reading it imports their adapters, which takes a while."""
        for network in dict.fromkeys(source.network for source in self._sources):
            if network not in self._infos:
                self._infos[network] = await asyncio.to_thread(_info, network)
        self._show_facts(self.services.clock())

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
        width = self._head.size.width or 80
        channels = data.channel_lines(deliveries.troubled(conn), width, now)
        channels += data.not_told_lines(deliveries.count_not_told(conn), width)
        self._head.update(content([data.engine_line(engine.get(conn), now), *channels]))
        width = max(self._list.size.width - 3, 40)
        self._list.show([data.source_lines(source, width, now) for source in self._sources], empty=NO_SOURCES)
        self._show_facts(now)

    do_view_refresh = show_sources

    def _show_facts(self, now: Instant) -> None:
        here = self.here
        self._facts_box.display = here is not None and (self._facts_wanted or self.has_class("-wide"))
        if here is not None:
            known = self._known(here)
            if self._shown != here.id:
                self._shown = here.id
                self._facts_box.scroll_home(animate=False)
            self._facts.show(data.facts(here, now, self.services.config.zone, known), here.name)

    def _known(self, here: SourceRow) -> data.Known:
        """What is known of a source beside what the store has of it."""
        info, every = self._infos.get(here.network), self.services.config.sources
        source = next((each for each in every if each.name == here.name), None)
        if info is None or source is None:
            return data.Known(info, source.options if source is not None else {})
        others = projects.partners(every, source)
        used = projects.used(self.services.store.read(), info, others, here.id)
        return data.Known(info, projects.options(info, others, source), used, others)

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
        if (why := self._not_polled(name)) != "":
            self.say(why)
            return
        tail = await self.services.engine_starter.wake()
        await self.call(self.services.desk.poll_now, name)
        wait = self._limited_for(name)
        self.say(
            f"{name}: to be polled {f'in {format_rough(wait)}, when its network lets us' if wait else 'now'}{tail}"
        )
        self.show_sources()

    def _limited_for(self, name: str) -> int:
        """For how many milliseconds a source's network wants to be left alone."""
        row = next((source for source in self._sources if source.name == name), None)
        return max(0, (row.limited_until or 0) - self.services.clock()) if row is not None else 0

    def _not_polled(self, name: str) -> str:
        """Why a source is not polled; empty where it is, or there is none."""
        row = next((source for source in self._sources if source.name == name), None)
        if row is None:
            return ""
        if not row.polled:
            return f"{name} was made by an import: there is nothing to poll"
        if row.off:
            return f"{name} is off: {row.off}"
        return f"{name} is paused by {row.paused_by}: P lets it go on" if row.paused_by else ""

    async def do_source_pause(self, source: str = "") -> None:
        """Pause the source under the cursor, or the one named; or let it go on."""
        name = source or (self.here.name if self.here else "")
        row = next((each for each in self._sources if each.name == name), None)
        if row is None or not row.polled:
            self.say(f"there is no source {name} that is polled" if name else "there is no source to pause")
            return
        pause = not row.paused_by
        await self.call(self.services.desk.pause_source, name, pause=pause)
        self.show_sources()
        row = next((each for each in self._sources if each.name == name), row)
        if bool(row.paused_by) == pause:
            self.say(f"{name} is paused: nothing of it comes in" if pause else f"{name} is polled again")

    async def do_source_test(self, source: str = "") -> None:
        """Ask the source under the cursor, or the one named, who we are there."""
        name = source or (self.here.name if self.here else "")
        if not name:
            self.say("there is no source to test: cminbox init adds one")
            return
        self.say(f"{name}: asked who we are there …")
        self.run_worker(self._try_out(name), group=f"test {name}", exclusive=True)

    async def _try_out(self, name: str) -> None:
        line = await try_out(self.services.config.paths, name)
        if self.is_attached:
            self.say(line)


def _info(network: str) -> Info | None:
    """What a network's adapter says of itself; None where there is none, or it does not load."""
    try:
        return registry.info(network)
    except ConfigError:
        return None
