"""What the app gives to its screens: store, desk, keys, clock, the desk's thread, the log of our mistakes."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.screen import Screen

from cminbox import model
from cminbox.commands import COMMANDS as REGISTRY
from cminbox.commands import Command, by_id
from cminbox.commands.keys import KeyMap
from cminbox.errors import CminboxError
from cminbox.model import HOUR
from cminbox.screens.type_ahead import OPENING_SECONDS, KeyQueue, Typed
from cminbox.terminal.diff_app import DiffApp
from cminbox.terminal.keys import read_alt_digits
from cminbox.widgets.banner import Burning, CrisisBanner, crisis_line

if TYPE_CHECKING:
    from textual.await_complete import AwaitComplete
    from textual.dom import DOMNode
    from textual.widget import Widget

    from cminbox.config import Config
    from cminbox.desk import Desk
    from cminbox.screens.base import BaseScreen
    from cminbox.screens.conversation.data import ConversationDetails
    from cminbox.screens.macro_run import MacroRun
    from cminbox.store import Store
    from cminbox.store.crises import Crisis, CrisisVolume

T = TypeVar("T")

KEY_SECONDS = 0.025
"""So long a key and its answer have the processor for themselves."""
VOLUME_SECONDS = 10.0
"""How old the numbers of a crisis may grow."""
FEW = 2_000
"""A crisis of more conversations is counted on another thread."""


class Host(DiffApp, inherit_bindings=False):
    """The part of the app that screens know.

    Args:
        config: the user's configuration.
        store: the open store; the app reads it and leaves closing it to whoever opened it.
        member: who works here.
        desk: makes the door through which this member changes state; asked for it when it is first needed, so that
            nothing of it is loaded before the first page is on the screen.
        keymap: which key runs what.
        clock: now in epoch milliseconds.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        member: model.Member,
        desk: Callable[[], Desk],
        keymap: KeyMap,
        clock: Callable[[], model.Instant],
    ) -> None:
        super().__init__()
        self.config = config
        self.store = store
        self.member = member
        self._make_desk = desk
        self.keymap = keymap
        self.clock = clock
        self.commands: tuple[Command, ...] = (*REGISTRY, *keymap.macros)
        self.last_action: tuple[Command, tuple[str, ...]] | None = None
        self.line_history: list[str] = []
        self.query_history: list[str] = []
        self.macro: MacroRun | None = None
        """The macro that runs now."""
        self.macro_numbers = itertools.count(1)
        self.keys = KeyQueue(
            lambda: self.screen_stack[-1] if self.screen_stack else None, lambda: self.call_later(self._deliver_keys)
        )
        self.starts_engine = False
        self._volume: tuple[int, CrisisVolume] | None = None
        self._volume_at = 0.0
        self._measured = -1
        self.key_at = 0.0
        """When the last key was pressed, by the monotonic clock."""
        self._desk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._long_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-long")

    def on_load(self) -> None:
        """Before the terminal's first key is read."""
        read_alt_digits()

    async def on_event(self, event: events.Event) -> None:
        """Keys wait in the queue for what those before them set off."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.keys.put(event)
            await self._deliver_keys()
        else:
            await super().on_event(event)

    async def _deliver_keys(self) -> None:
        while (event := self.keys.next()) is not None:
            target = self.focused or self.screen
            await super().on_event(event)
            # A character in a field is text, whatever comes behind it; any other key may lead somewhere else.
            if event.is_forwarded and not _is_text(event, target):
                _when_done(target, self.keys.hold(seconds=OPENING_SECONDS).release)

    def push_screen(self, *args: Any, **named: Any) -> Any:
        """Show a screen above the others; keys wait until it takes them."""
        pushed = super().push_screen(*args, **named)
        self._hold_for_front()
        return pushed

    def pop_screen(self) -> AwaitComplete:
        """Leave the screen in front; keys go to the one below."""
        left = self.screen
        popped = super().pop_screen()
        self.keys.left(left)
        self._hold_for_front()
        return popped

    def _hold_for_front(self) -> None:
        screen, hold = self.screen, self.keys.hold(seconds=OPENING_SECONDS)

        def arrived() -> None:
            if screen.focused is None and screen.query("Input, TextArea"):
                self.watch(screen, "focused", lambda focused: hold.release() if focused else None, init=False)
            else:
                hold.release()

        # Behind what the screen does as it comes to the front.
        if not screen.call_later(arrived):
            hold.release()

    def on_key(self, event: events.Key) -> None:
        """What no screen had a use for. Ctrl+C is how people try to leave a program that they do not know."""
        if event.key == "ctrl+c":
            screen = self.base_screen
            if self.stop_deed():
                return
            screen.say(f"{self.keys_for('app.quit', screen.CONTEXT) or ':quit'} leaves; the engine goes on")

    @property
    def typing(self) -> bool:
        """Whether a key was pressed just now, and is not answered yet."""
        return time.monotonic() - self.key_at < KEY_SECONDS

    @property
    def standing(self) -> bool:
        """Whether there is a screen of ours; on the way out there is none, and timers may still tick."""
        from cminbox.screens.base import BaseScreen

        return any(isinstance(screen, BaseScreen) for screen in self.screen_stack)

    @property
    def base_screen(self) -> BaseScreen:
        """The screen in front, or the one below a picker or the palette."""
        from cminbox.screens.base import BaseScreen

        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, BaseScreen))

    def details_of(self, conversation_id: int, *, drafts: bool = True) -> ConversationDetails | None:
        """A conversation as it is shown to this member; None if there is none.

        Args:
            drafts: whether the member's own draft is in the thread.
        """
        from cminbox.screens.conversation import data

        return data.load(
            self.store.read(),
            conversation_id,
            me=self.member.handle,
            brand=data.brand_name(self.config.brand),
            now=self.clock(),
            session=self.desk.context.session,
            drafts=drafts,
        )

    @cached_property
    def desk(self) -> Desk:
        """The door through which this member changes state."""
        return self._make_desk()

    async def wake_engine(self) -> str:
        """Start an engine where none runs and this program may; what there is to say about it, after a semicolon."""
        from cminbox.store import engine

        if self.starts_engine:
            from cminbox.engine import ensure_running

            try:
                started = await asyncio.to_thread(ensure_running, self.store, self.config)
                return "; no engine ran: one is starting" if started else ""
            except (CminboxError, OSError) as error:
                return f"; the engine did not start: {error}"
        row = engine.get(self.store.read())
        return "" if row is not None and row.alive(self.clock()) else "; no engine runs: cminbox poll starts one"

    async def on_desk_thread(self, work: Callable[[], T], *, long: bool = False) -> T:
        """Run what writes on the one thread of the desk, so that actions happen in the order of their keys.

        Args:
            long: it is in portions, between which the desk does what comes after it; it has a thread of its own.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._long_thread if long else self._desk_thread, work)

    @property
    def busy(self) -> str:
        """How far a long action is, in words; nothing where none is under way."""
        return self.desk.bulk.busy if "desk" in vars(self) else ""

    def stop_deed(self) -> bool:
        """Stop the long action that is under way; whether there was one."""
        if not self.busy or not self.desk.bulk.stop():
            return False
        self.base_screen.say(f"stopping {self.busy} …", keep=True)
        return True

    def burning(self) -> Burning | None:
        """The running crisis (the severest, and how many more) as the banner says it."""
        from cminbox.store import crises

        running = crises.all(self.store.read(), running_only=True)
        if running:
            self._measure(running[0])
        volume = self._volume[1] if running and self._volume and self._volume[0] == running[0].id else None
        return crisis_line(running, self.clock(), volume)

    def show_crises(self) -> None:
        """Put the running crisis across the screen in front, or take it away."""
        said = self.burning()
        for banner in self.base_screen.query(CrisisBanner):
            banner.burning = said

    def _measure(self, crisis: Crisis) -> None:
        """Count what is said in it, now and then; a large one aside."""
        from cminbox.store import crises

        same = self._volume is not None and self._volume[0] == crisis.id
        grown, self._measured = self._measured != crisis.conversation_count, crisis.conversation_count
        if (
            same
            and (not grown or crisis.conversation_count > FEW)
            and time.monotonic() - self._volume_at < VOLUME_SECONDS
        ):
            return
        self._volume_at = time.monotonic()
        since, store = self.clock() - HOUR, self.store
        if crisis.conversation_count <= FEW:
            self._volume = crisis.id, crises.volume(store.read(), crisis.id, since)
            return
        self._volume = self._volume if same else None

        async def aside() -> None:
            self._volume = crisis.id, await asyncio.to_thread(lambda: crises.volume(store.read(), crisis.id, since))
            self.show_crises()

        self.run_worker(aside(), group="crisis", exclusive=True, exit_on_error=False)

    def keys_for(self, command_id: str, context: str) -> str:
        """The first key of a command in a context, as people write it; empty if it has none."""
        command = by_id(command_id, self.commands)
        found = self.keymap.keys_of(command, context) if command else []
        return found[0] if found else ""

    def log_bug(self, error: BaseException) -> None:
        """Keep a mistake of ours with its traceback in the log file."""
        from cminbox.screens import screen_log

        screen_log.note(self.config.paths.log, "a mistake of ours", error)

    async def do_crisis_declare(self, *words: str) -> None:
        """Declare a crisis from any screen."""
        from cminbox.screens.crisis import lead

        await lead.declare(self.base_screen, words)

    async def do_crisis_update(self, *words: str) -> None:
        """Write into the timeline of the crisis that runs."""
        from cminbox.screens.crisis import lead

        screen = self.base_screen
        if (crisis := await lead.running(screen)) is not None:
            await lead.update(screen, crisis, words)

    async def do_crisis_end(self, *words: str) -> None:
        """End the crisis that runs."""
        from cminbox.screens.crisis import lead

        screen = self.base_screen
        if (crisis := await lead.running(screen)) is not None:
            await lead.end(screen, crisis, words)


def _is_text(event: Typed, target: Widget) -> bool:
    return isinstance(event, events.Paste) or target.check_consume_key(event.key, event.character)


def _when_done(target: Widget, done: Callable[[], None]) -> None:
    """Call something once all is done that a key, just delivered, sets off at a widget and in those around it.

    A key goes from the widget up to the app, and what the app's bindings make of it is done at the widget again, which
    may send a message up the same way. A callback takes the same ways behind them, through the same queues.
    """
    if isinstance(target, Screen):
        stops: list[DOMNode] = [target]
    else:
        path = target.ancestors_with_self
        # Twice at each, the second time: what takes one message there may send another.
        stops = [*path, *(node for node in path[:-1] for _ in range(2))]

    def go_on() -> None:
        while stops:
            if stops.pop(0).call_later(go_on):
                return
        done()

    go_on()
