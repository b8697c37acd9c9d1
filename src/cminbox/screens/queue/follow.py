"""Staying alive: what others and the engine commit comes into the queue without moving the line under the cursor."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.timer import Timer

from cminbox import text
from cminbox.model import Instant
from cminbox.screens.base import BaseScreen
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.state import QueueState, Waiting, look_around
from cminbox.store import conversations
from cminbox.widgets.queue_row import Someone
from cminbox.widgets.status_header import QueryLine, ViewsLine

T = TypeVar("T")

if TYPE_CHECKING:
    from cminbox.model import Conversation
    from cminbox.screens.queue.screen import QueueList
    from cminbox.screens.queue.side import QueueSide

REST_SECONDS = 10.0
"""Without a key for so long, what is new comes in by itself."""
COUNT_SECONDS = 1.0
"""Counting begins at most so often, and takes at most a fifth of the time."""
PAUSE_SECONDS, LATEST_SECONDS = 1.5, 5.0
"""What others changed is counted when no key was pressed for so long, and after so long in any case: it takes the time
of a processor, which a key may want."""
"""The cursor stays for so long after its preview, and the conversation under it is made ready to be opened."""
WARM_SECONDS = 0.4
"""Without a key for so long, what the first conversation needs is made ready."""
HERE_SECONDS = 25.0
"""How often the screen says that it is still open."""


class Living(BaseScreen):
    """The part of the queue that follows the store."""

    state: QueueState
    source: QueueRows | None
    queue: QueueList
    people: Mapping[int, Sequence[Someone]]
    open_view: Callable[..., None]
    show_head: Callable[..., None]
    show_preview: Callable[[], None]
    begin_keeping: Callable[[], None]
    views_line: ViewsLine
    query_line: QueryLine
    side: QueueSide
    count_now: asyncio.Event
    _now: Instant
    alive = False
    """Whether the first page is on the screen; what is not needed for it comes after it."""
    _count_wanted = False
    _counting = False
    _news_wanted = False
    _stale = False
    _seen: frozenset[int] = frozenset()
    """What stood on the screen when it was read last."""
    _away = False
    _away_since = 0.0
    _waiting: Waiting | None = None
    _preview_timer: Timer | None = None
    _side_timer: Timer | None = None

    def come_alive(self) -> None:
        """Begin to follow, once the first page is on the screen."""
        self.alive = True
        self.app.key_at = time.monotonic()
        self.read_people()
        self.show_preview()
        self.count_soon()
        self.begin_keeping()
        self.set_interval(1.0, self._rest)
        self.set_interval(HERE_SECONDS, self._say_here)
        self._say_here()
        self.set_timer(WARM_SECONDS, self._warm)

    def _warm(self) -> None:
        """What the first conversation needs is made ready while nobody types."""
        if time.monotonic() - self.app.key_at < WARM_SECONDS:
            self.set_timer(WARM_SECONDS, self._warm)
            return

        async def warm() -> None:
            await self.aside(importlib.import_module, "cminbox.screens.conversation.screen")
            await self.aside(text.make_ready)
            self.set_timer(PAUSE_SECONDS, self._warm_composer)

        self.run_worker(warm(), group="warm", exit_on_error=False)

    def _warm_composer(self) -> None:
        """What the first reply needs is loaded in a longer rest: it takes the time of some keys."""
        if time.monotonic() - self.app.key_at < PAUSE_SECONDS:
            self.set_timer(PAUSE_SECONDS, self._warm_composer)
            return
        load = self.aside(importlib.import_module, "cminbox.screens.compose.screen")
        self.run_worker(load, group="warm", exit_on_error=False)

    def _say_here(self) -> None:
        row = self.queue.row
        shown = row.id if row is not None and self.side.display else None

        async def say() -> None:
            await self.call(self.app.desk.viewing, shown)

        if self.app.screen is self:
            self.run_worker(say(), group="presence", exclusive=True, exit_on_error=False)

    def on_screen_suspend(self) -> None:
        """Another screen is in front; what is behind it is drawn when it comes back."""
        self._away, self._away_since = True, time.monotonic()
        for timer in (self._preview_timer, self._side_timer):
            if timer is not None:
                timer.stop()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Back from another screen: what was done there is shown."""
        # At the start all has its styles: each widget got them as it was mounted, a moment ago.
        event.refresh_styles = self._away
        if self._away and self.source is not None:
            self._away = False
            changed = conversations.newest_change(self.app.store.read()) != self.source.seq
            if changed or time.monotonic() - self._away_since > REST_SECONDS:
                self.open_view(keep=self.queue.row)
                self.count_soon()
            else:
                self.read_people()
            self.show_preview()
            if self.side.display:
                self.side.show_now(self.queue.row, self.app)

    def store_changed(self) -> None:
        """Read again what is on the screen; count aside what is new and what waits."""
        if self.source is None:
            return
        self._now = self.app.clock()
        self._read_shown()
        self._news_wanted = True
        self.count_soon(patient=True)
        if not self.queue.rows:
            self.open_view(quiet=True)

    def _read_shown(self) -> None:
        shown = self.queue.on_screen
        fresh = conversations.many(self.app.store.read(), [row.id for row in shown])
        if any(fresh.get(row.id) != row for row in shown):
            self._stale = True
        self.queue.replace(fresh)
        self.read_people()

    def read_what_came(self) -> None:
        """What has come onto the screen is read again: it may have changed while it was out of sight."""
        if self.source is not None and not self._seen.issuperset(row.id for row in self.queue.on_screen):
            self._read_shown()

    def read_people(self) -> None:
        """Who is on the conversations of the screen."""
        from cminbox.store import people

        shown = [row.id for row in self.queue.on_screen]
        self._seen = frozenset(shown)
        if not shown:
            return
        found = people.on(self.app.store.read(), shown, self.app.clock(), self.app.desk.session)
        now = {
            number: tuple(Someone(at.member, at.doing == "replying") for at in there if at.doing != "here")
            for number, there in found.items()
        }
        if now != self.people:
            changed = {number for number in (*now, *self.people) if now.get(number) != self.people.get(number)}
            self.people = now
            self.queue.draw_again(changed)
            if self.queue.row is not None and self.queue.row.id in changed:
                self.show_preview()

    def minute_passed(self) -> None:
        """Times are older: lines that look different are drawn, views that depend on time are counted."""
        self._now = self.app.clock()
        self.queue.look_again(all_rows=True)
        self.show_preview()
        self.count_soon(patient=True)

    def _rest(self) -> None:
        rested = time.monotonic() - self.app.key_at > REST_SECONDS
        if rested and not self.queue.ranging and (self._stale or self.query_line.new) and self.app.screen is self:
            self.open_view(keep=self.queue.row)
            self._stale = False

    def count_soon(self, *, patient: bool = False) -> None:
        """Count what waits, off the loop; once more afterwards if something changed meanwhile.

        Args:
            patient: it can wait for a pause between keys.
        """
        self._count_wanted = True
        if not patient:
            self.count_now.set()
        if not self._counting:
            self._counting = True
            self.run_worker(self._count(), group="count", exit_on_error=self.app.is_headless)

    def _between_keys(self, work: Callable[[], T]) -> T:
        """Read on this thread, as long as no key wants the processor."""
        from cminbox.store.reader import yielding_to_keys

        with yielding_to_keys(self.app.store.read(), lambda: self.app.typing):
            return work()

    async def _pause(self) -> None:
        """Wait for a pause between keys, but not for long, and not where the numbers are wanted now."""
        latest = time.monotonic() + LATEST_SECONDS
        while (left := min(latest, self.app.key_at + PAUSE_SECONDS) - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.count_now.wait(), left)
                break
        self.count_now.clear()

    async def _count(self) -> None:
        try:
            while self._count_wanted:
                await self._pause()
                self._count_wanted = False
                began = time.monotonic()
                await self._count_once()
                await asyncio.sleep(max(COUNT_SECONDS, 4 * (time.monotonic() - began)))
        finally:
            self._counting = False

    async def _count_once(self) -> None:
        store, config, context = self.app.store, self.app.config, self.state.context(self.app.clock())
        self._show_waiting(await self.aside(self._between_keys, lambda: look_around(store.read(), config, context)))
        if self._news_wanted and self.source is not None:
            self._news_wanted = False
            source, rows = self.source, self.queue.rows
            last = rows[-1] if rows and not self.queue.complete else None
            known = {row.id for row in rows}
            new = await self.aside(self._between_keys, lambda: source.on(store.read()).new_before(last, known))
            if source is self.source:
                self.query_line.new = new

    def _show_waiting(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self.state.counts = waiting.counts
        self.views_line.tabs = self.state.tabs()
        self.views_line.health = waiting.health
        self.query_line.sla = waiting.sla
        self.show_empty()

    def show_empty(self) -> None:
        """Where there is nothing, say why and what to do."""
        self.queue.say_empty("" if self.queue.rows else self.why_empty())

    def why_empty(self) -> str:
        """Why the list is empty, and what can be done."""
        state, key = self.state, self.app.keys_for
        if state.filter:
            return f"Nothing here matches {state.filter}\n\n{key('app.back', 'queue')} shows the whole view again."
        if self._waiting is not None and self._waiting.empty:
            if not state.config.sources:
                return (
                    "Nothing has come in yet, and no source is configured.\n\n"
                    "cminbox init     writes a configuration\n"
                    "cminbox demo     shows everything with a built-in network\n"
                    "cminbox import   takes messages from a file"
                )
            return "Nothing has come in yet.\n\nThe engine polls your sources; F4 shows how they are."
        name = state.config.views[state.here].name
        move = f"{key('view.next', 'queue')} goes to the next view."
        for view in state.config.views:
            if number := state.counts.get(view.name, 0):
                return f"Nothing waits in {name}.\n\n{view.name} has {number:,}. {move}"
        return f"Nothing waits in {name}.\n\n{move}"

    def preview_soon(self, delay: float) -> None:
        """Show the conversation of the cursor when the keys pause; what is behind another screen waits."""
        if self._away:
            return
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(delay, self.show_preview)

    def side_soon(self, row: Conversation | None, delay: float | None) -> None:
        """Show the conversation beside the list where there is room, when the keys pause a little longer."""
        if self._side_timer is not None:
            self._side_timer.stop()
            self._side_timer = None
        if delay is not None:
            self._side_timer = self.set_timer(delay, lambda: self.show_side(row))

    def show_side(self, row: Conversation | None) -> None:
        """Read the conversation and show it beside the list."""
        self.side.call_after_refresh(self.side.show_row, row, self.app)

    def side_why(self) -> None:
        """The reasons stand beside the list anyway; bring them into sight."""
        self.side.show_why()

    def open_link(self, conversation_id: int) -> None:
        """Show where the newest message is, and open it where there is a browser."""
        from cminbox.screens.open_link import follow
        from cminbox.store import messages

        thread = messages.thread(self.app.store.read(), conversation_id, 20)
        follow(self, next((message.url for message in reversed(thread) if message.url), ""))
