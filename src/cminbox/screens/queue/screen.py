"""The queue: views, list, preview. It puts its parts together and shows their state."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical

from cminbox import text
from cminbox.commands.registry import Command
from cminbox.config import ViewConfig
from cminbox.errors import CminboxError
from cminbox.number_format import count_of
from cminbox.screens.base import BaseScreen
from cminbox.screens.kept import make_ready
from cminbox.screens.open_link import open_one_of
from cminbox.screens.other_talks import OtherTalks
from cminbox.screens.queue.counting import BackgroundCounter
from cminbox.screens.queue.follow import StoreFollower
from cminbox.screens.queue.hits import HitReader
from cminbox.screens.queue.loader import LoadWait, PageLoader
from cminbox.screens.queue.next_free import NextFree
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.queue.preview import CursorPreview
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.row_commands import RowCommands
from cminbox.screens.queue.search import SearchController
from cminbox.screens.queue.session import Restored, Session
from cminbox.screens.queue.state import QueueState, first_with_something
from cminbox.screens.queue.views import ViewCommands
from cminbox.screens.services import Services
from cminbox.screens.unsent_commands import UnsentCommands
from cminbox.terminal.diff_app import DiffApp
from cminbox.widgets.header_lines import QueryLine, ViewsLine
from cminbox.widgets.preview import PreviewPane
from cminbox.widgets.windowed_list import WindowedList

if TYPE_CHECKING:
    from cminbox.desk import Outcome

WIDE = 120
"""From this many columns on, the conversation of the cursor stands beside the list."""
TALL = 20
"""From this many rows on, a line above the list says what its columns are."""
FIRST_REST = 0.01
"""The thread that writes to the terminal has the interpreter for itself for so long after the first page."""
LOOK_SECONDS = 1.0
"""How often it is asked whether the keys rest."""
HERE_SECONDS = 25.0
"""How often the screen says that it is still open."""
_CONVERSATION = ("cminbox.screens.conversation.screen", "ConversationScreen")
_COMPOSER = ("cminbox.screens.compose.screen", "ComposeScreen")
LOAD_REST, LOAD_LONGER_REST = 0.4, 1.5
"""Without a key for so long, something is loaded that is needed soon; what comes later, in the longer rest."""


class QueueScreen(BaseScreen):
    """Where one starts, and comes back to; or a list of conversations over another screen.

    Args:
        only: the single view of a list over another screen. No session keeps it, and going back leaves it.
    """

    CONTEXT = "queue"

    def __init__(self, services: Services, only: ViewConfig | None = None) -> None:
        super().__init__(services)
        app, store, config = self.app, services.store, services.config
        # The first frame is right already; from then on the breakpoints keep it so.
        self.set_class(app.size.width >= WIDE, "-wide", update=False)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (200, "-widest")]
        self.set_class(app.size.height >= TALL, "-tall", update=False)
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]

        shown = config._replace(views=config.queue_views if only is None else (only,))
        tabbed = config.tabbed if only is None else 1
        self.state = state = QueueState(shown, services.member, services.clock, self._show_state, tabbed)
        self.views_line = ViewsLine(id="views")
        self.query_line = QueryLine(id="query")
        self.queue = rows = QueueList(state, app.prepare, id="queue-list")
        self.side = Container(id="queue-side")
        self.pane = PreviewPane(id="preview")

        def worker(group: str) -> Callable[[Any], object]:
            return partial(self.run_worker, group=group, exit_on_error=app.is_headless)

        self.loader = PageLoader(store, worker("read"), LoadWait(self))
        self.opener = opener = ListOpener(store, state, rows, self.loader, lambda: self.follower.list_opened())
        self.counter = BackgroundCounter(services, state, rows, worker("count"))
        hits = HitReader(services, state, rows, worker("hits"))
        self.follower = StoreFollower(services, opener, self.counter, hits)
        self.preview = CursorPreview(services, opener, self.pane, self.side, self.follower)
        keys, ask = self.key_reader, partial(_ask_query, self)
        next_free = NextFree(services, state, self.after_action)
        self.row_commands = RowCommands(
            *(services, opener, keys, partial(open_one_of, self), self.last_line.refuse, next_free)
        )
        self.search = SearchController(services, opener, keys, ask, self.say)
        views = ViewCommands(services, state, self.ask, self.search.go_to_view)
        others = OtherTalks(services, lambda: self.queue.row, self.ask, self.say, app.push_screen)
        unsent = UnsentCommands(self, self.row_commands.chosen, partial(_show_changed, opener, self.counter))
        self.command_parts = (*(self.row_commands, self.search, views, self.follower, self.preview, others, unsent),)
        self.session = Session(services, state, rows, worker("keep")) if only is None else None

    def compose_body(self) -> ComposeResult:
        yield self.views_line
        yield self.query_line
        with Horizontal(id="queue-body"):
            with Vertical(id="queue-main"):
                yield self.queue.heads
                yield self.queue
            yield self.side
        yield self.pane

    def on_mount(self) -> None:
        """Show the first page before anything else is looked at."""
        restored = self.session.restore() if self.session is not None else Restored()
        if not restored.known:
            self.state.go(first_with_something(self.services.store.read(), self.state))
        try:
            self.opener.open(keep=restored.row, then=partial(self._first_page_shown, restored))
        except CminboxError as error:
            self.say_error(error)
        self.call_after_refresh(self.set_timer, FIRST_REST, self._begin_to_follow)

    def _first_page_shown(self, restored: Restored) -> None:
        if restored.row is not None:
            self.queue.show_on_line(restored.line)
        if restored.known and not self.queue.rows and not self.state.filter:
            # What waited there is done: there is something else.
            self.state.go(first_with_something(self.services.store.read(), self.state))
            self.opener.open()

    def _begin_to_follow(self) -> None:
        self.services.key_times.pressed()
        self.follower.begin()
        self.preview.show()
        self.counter.count_soon()
        self.set_interval(LOOK_SECONDS, self.follower.reopen_at_rest)
        self.set_interval(HERE_SECONDS, self._say_here)
        self._say_here()
        if self.session is not None:
            self.session.begin()
            self.set_interval(LOOK_SECONDS, self.session.save_at_rest)
        self.run_worker(_load_in_rests(self.app, self.services), group="load", exit_on_error=False)

    def _show_state(self) -> None:
        """Show what the state says: the first two lines, why the list is empty, how many are marked."""
        state, views, line = self.state, self.views_line, self.query_line
        views.here, views.tabs = state.here, state.tabs()
        self.follower.state_changed()
        self.queue.show_heads()
        line.view = state.view.about or state.view.query or "everything"
        line.filter, line.search, line.order, line.new = state.filter, state.search, state.order, state.new
        if state.overview is not None:
            views.health, line.sla, line.duty = state.overview.health, state.overview.sla, state.overview.duty
        self.queue.show_empty("" if self.queue.rows else state.why_empty(self.services.keys_for))
        marked = len(self.queue.marks)
        self.last_line.widget.aside = (f"{marked:,} marked" if marked else "") + (
            " range" if self.queue.ranging else ""
        )

    def _say_here(self) -> None:
        row = self.queue.row
        shown = row.id if row is not None and self.side.display else None
        if not self.follower.away:
            work = self.call(self.services.desk.presence.viewing, shown)
            self.run_worker(work, group="presence", exclusive=True, exit_on_error=False)

    @on(WindowedList.CursorMoved)
    def _cursor_moved(self) -> None:
        self.preview.show_soon()

    @on(WindowedList.RowChosen)
    def _row_chosen(self) -> None:
        self.row_commands.do_move_open()

    @on(ViewsLine.ViewClicked)
    def _view_clicked(self, event: ViewsLine.ViewClicked) -> None:
        self.search.go_to_view(event.index)

    def on_resize(self) -> None:
        """The conversation moves beside the list, or back below."""
        if self.state.source is not None:
            self.preview.show_soon()

    def on_screen_suspend(self) -> None:
        """Another screen is in front; what is behind it is drawn when it comes back."""
        self.follower.pause()
        self.preview.stop()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Back from another screen: what was done there is shown."""
        # At the start all has its styles: each widget got them as it was mounted, a moment ago.
        event.refresh_styles = self.follower.away
        if self.follower.away and self.state.source is not None:
            self.follower.resume()
            self.preview.resume()

    def store_changed(self) -> None:
        self.follower.store_changed()

    def minute_passed(self) -> None:
        self.follower.time_passed()
        self.preview.show()

    async def on_unmount(self) -> None:
        """Read no more; what rest did not come to keep is kept now."""
        self.loader.close()
        if self.session is not None:
            self.session.close()

    def ready_for(self, command: Command) -> Awaitable[bool] | None:
        return self.loader.ready_for(command)

    def targets(self) -> tuple[int, ...]:
        return self.row_commands.targets()

    def move_past(self, ids: tuple[int, ...]) -> bool:
        return self.row_commands.move_past(ids)

    def after_action(self, outcome: Outcome) -> None:
        """What left the view leaves the list; what stays is shown as it is now. What came back has the cursor."""
        # What it did not come to stays marked, and so does what was marked while it ran.
        self.queue.set_marks(self.queue.marks.difference(outcome.changed, (number for number, _ in outcome.skipped)))
        self._show_state()
        if outcome.undone and outcome.changed and self.state.source is not None:
            self.opener.bring_back(outcome.changed)
        else:
            self.opener.refresh(outcome.changed)
        self.counter.count_soon()

    def do_app_back(self) -> None:
        """Give up what is looked for, else drop the range, the marks, the search, the filter, one after the other."""
        lost = len(self.services.key_queue)
        if self.loader.cancel():
            self.say(f"stopped; {count_of(lost, 'key')} did nothing" if lost else "stopped")
        elif self.desk_actions.stop() or self.row_commands.unmark() or self.search.leave():
            return
        elif self.session is None:
            self.dismiss()
        else:
            self.say(f"this is the queue; {self.services.keys_for('app.quit', 'queue') or ':quit'} leaves")


def _ask_query(screen: BaseScreen, sign: str, value: str, then: Callable[[str], None]) -> None:
    from cminbox.screens.completion import complete_query

    services = screen.services
    screen.prompt(sign, value, then, complete=partial(complete_query, services), history=services.query_history)


async def _load_in_rests(app: DiffApp, services: Services) -> None:
    """Load and mount what the first conversation and the first reply need, a part in each rest: each takes the time of
    keys."""

    def left(rest: float) -> float:
        return max(0.0, rest - services.key_times.rested)

    def for_replies() -> None:
        importlib.import_module("cminbox.replies").load(services.config.paths.templates)
        registry = importlib.import_module("cminbox.sources.registry")
        for network in {source.network for source in services.config.sources}:
            with suppress(CminboxError):
                registry.load(network)

    async def rested(rest: float) -> None:
        for seconds in iter(partial(left, rest), 0.0):
            await asyncio.sleep(seconds)

    for rest, load in (
        (LOAD_REST, partial(importlib.import_module, _CONVERSATION[0])),
        (LOAD_REST, text.make_ready),
        (LOAD_LONGER_REST, partial(importlib.import_module, _COMPOSER[0])),
        (LOAD_LONGER_REST, for_replies),
    ):
        await rested(rest)
        await asyncio.to_thread(load)
    for module, screen in (_CONVERSATION, _COMPOSER):
        await rested(LOAD_LONGER_REST)
        make_ready(getattr(importlib.import_module(module), screen), app, services)


def _show_changed(opener: ListOpener, counter: BackgroundCounter, number: int) -> None:
    """A reply or a verb of that conversation ended: its row may leave the view."""
    opener.refresh((number,))
    counter.count_soon()
