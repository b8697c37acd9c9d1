"""The queue's parts on a real store, put together without their screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from textual.app import App, ComposeResult
from ui_world import World

from cminbox.commands import keys
from cminbox.errors import CminboxError
from cminbox.screens.crisis_watch import CrisisWatch
from cminbox.screens.desk_threads import DeskThreads
from cminbox.screens.engine_starter import EngineStarter
from cminbox.screens.queue.counting import BackgroundCounter
from cminbox.screens.queue.follow import StoreFollower
from cminbox.screens.queue.hits import HitReader
from cminbox.screens.queue.loader import PageLoader
from cminbox.screens.queue.next_free import NextFree
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.row_commands import RowCommands
from cminbox.screens.queue.search import SearchController
from cminbox.screens.queue.session import Session
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services
from cminbox.screens.type_ahead import KeyQueue


@dataclass
class Typed:
    """The number that was typed before a key."""

    count: int = 1
    counted: bool = False


@dataclass
class Waiter:
    """Whoever waits for a loader: writes down what it is told."""

    told: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.told.append("begin")

    def slow(self, what: str) -> None:
        self.told.append(f"slow {what}")

    def end(self, lost: bool) -> None:
        self.told.append("lost" if lost else "end")

    def failed(self, error: CminboxError) -> None:
        self.told.append(f"failed {error}")


class Beside:
    """Runs coroutines beside, as a screen's workers do."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __call__(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def done(self) -> None:
        """Wait until nothing runs any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks)


class Parts:
    """All parts of one queue, and what they told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.beside = Beside()
        self.typed, self.waiter = Typed(), Waiter()
        self.changes: list[None] = []
        self.opened: list[None] = []
        self.said: list[str] = []
        self.asked: list[tuple[str, str, Callable[[str], None]]] = []
        self.conversations: list[tuple[int, bool, bool]] = []
        self.links: list[tuple[tuple[str, str], ...]] = []
        self.refused: list[CminboxError] = []
        self.notices: list[str] = []
        store, config, member = world.store, world.config, world.desk.context.member
        self.services = services = Services(
            config=config, store=store, member=member, keymap=keys.build(), clock=world.clock,
            desk_threads=DeskThreads(lambda: world.desk), key_queue=KeyQueue(lambda: None, lambda: None),
            crisis_watch=CrisisWatch(store, world.clock, lambda crisis: None, self.beside),
            engine_starter=EngineStarter(store, config, world.clock, allowed=False), navigator=self,
        )  # fmt: skip
        services.keys_for = lambda command, context: f"<{command}>"
        self.key_times, self.commands, self.queries = (
            services.key_times, services.line_history, services.query_history,
        )  # fmt: skip
        self.state = QueueState(config, member, world.clock, lambda: self.changes.append(None))
        self.rows = QueueList(self.state, lambda strips: None)
        self.loader = PageLoader(store, self.beside, self.waiter)
        self.opener = ListOpener(store, self.state, self.rows, self.loader, lambda: self.opened.append(None))
        self.counter = BackgroundCounter(services, self.state, self.rows, self.beside)
        hits = HitReader(services, self.state, self.rows, self.beside)
        self.follower = StoreFollower(services, self.opener, self.counter, hits)
        self.search = SearchController(
            services, self.opener, self.typed,
            lambda *asked: self.asked.append(asked), self.said.append,
        )  # fmt: skip
        self.row_commands = RowCommands(
            services,
            self.opener,
            self.typed,
            lambda addresses, source: self.links.append(addresses),
            self.refused.append,
            NextFree(services, self.state, lambda outcome: None),
        )
        self.session = Session(services, self.state, self.rows, self.beside)

    def open_conversation(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        then_next: bool = False,
        walk: object = None,
        notice: str = "",
    ) -> None:
        """Somebody opens a conversation."""
        self.notices.append(notice)
        self.conversations.append((conversation_id, reply, then_next))

    @property
    def handles(self) -> list[str]:
        """Whose conversations the list has."""
        return [row.handle for row in self.rows.rows]

    @property
    def here(self) -> str:
        """Whose conversation is under the cursor."""
        assert self.rows.row is not None
        return self.rows.row.handle


class ListApp(App[None]):
    """A terminal with the list alone, for what needs lines on a screen."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._rows = parts.rows

    def compose(self) -> ComposeResult:
        yield self._rows
