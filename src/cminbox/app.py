"""The Textual app: it wires store, desk, keys, themes and screens together, and knows nothing of the domain."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual.events import Key
from textual.screen import Screen

from cminbox import model
from cminbox.commands import Command, keys
from cminbox.errors import CminboxError, Replaced
from cminbox.members import account_name
from cminbox.screens.app_commands import AppCommands
from cminbox.screens.base import BaseScreen
from cminbox.screens.crisis_watch import CrisisWatch
from cminbox.screens.desk_threads import DeskThreads
from cminbox.screens.engine_starter import EngineStarter
from cminbox.screens.key_times import ANSWER_SECONDS
from cminbox.screens.macro_run import MacroRunner
from cminbox.screens.queue.screen import QueueScreen
from cminbox.screens.services import Services
from cminbox.screens.typing_app import TypingApp
from cminbox.store import Store
from cminbox.terminal.ending import HUNG_UP, Ending
from cminbox.terminal.widths import measure_as_terminal
from cminbox.themes import THEMES
from cminbox.tomlfile import first_of
from cminbox.widgets.banner import BannerText, CrisisBanner

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cminbox.config import Config, ViewConfig
    from cminbox.desk import Desk
    from cminbox.screens.approval_watch import ApprovalWatch

WATCH_SECONDS = 0.25
"""How often it is looked whether somebody changed the store."""
MINUTE_SECONDS = 15.0
"""How often relative times are shown anew."""
COLLECTED = (10_000, 20, 100)
"""When Python looks for garbage (`gc.set_threshold`): seldom enough that no key waits for it; its own thresholds make a
conversation that is opened wait for a whole look now and then."""
YIELD_SECONDS = 0.0005
"""How long a thread that counts or writes aside may keep the interpreter from whoever presses a key."""
FIRST_REST = 0.01
"""Nothing else begins before the first page is on its way to the terminal."""


class CminboxApp(TypingApp, inherit_bindings=False):
    """cminbox on a terminal.

    Args:
        config: the user's configuration.
        store: the open store; the app reads it and leaves closing it to whoever opened it.
        desk: the door through which this member changes state, or what makes it when it is first needed.
        member: who works here; the desk's member where it is None.
        engine: whether to start an engine when none runs.
        clock: now in epoch milliseconds; tests give their own.
        ending: watches for what ends the program from outside; None where nothing may (a test).
    """

    # The default screen is made before a screen's own style sheet would be read.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/queue/screen.tcss"]
    TITLE = "cminbox"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(
        self,
        config: Config,
        store: Store,
        desk: Desk | Callable[[], Desk],
        *,
        member: model.Member | None = None,
        engine: bool = False,
        clock: Callable[[], model.Instant] = model.now,
        ending: Ending | None = None,
    ) -> None:
        super().__init__()
        self._ending = ending
        self._problem = ""
        keymap, mistakes = keys.read(config.paths.keys_file)
        if mistakes:
            self._problem = f"{first_of(mistakes).line()}; what is right in it holds"
        make: Callable[[], Desk] = desk if callable(desk) else lambda: desk
        self.services = Services(
            config=config,
            store=store,
            member=member or make().context.member,
            keymap=keymap,
            clock=clock,
            desk_threads=DeskThreads(make),
            key_queue=self.key_queue,
            crisis_watch=CrisisWatch(store, clock, self._show_crisis, self._run_beside),
            engine_starter=EngineStarter(store, config, clock, allowed=engine),
            navigator=self,
        )
        names = [theme.name for theme in THEMES]
        self.app_commands = AppCommands(self, self.services, lambda: self.front, names)
        self.macros = MacroRunner(self, self.services, lambda: self.front)
        self.bug = ""
        self.parting = ""
        self._data_version = 0
        self._watch_again = False
        self._store_lost = False
        self._approvals: ApprovalWatch | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self._begin_with(config.theme if config.theme in self.available_themes else names[0])

    def _begin_with(self, theme: str) -> None:
        # Setting the theme would read all style sheets a second time before anything is shown.
        self.set_reactive(CminboxApp.theme, theme)
        dark = self.current_theme.dark
        self.update_classes({f"-theme-{theme}": True, "-dark-mode": dark, "-light-mode": not dark}, update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[Any]:
        """The queue is where one starts."""
        return QueueScreen(self.services)

    @property
    def front(self) -> BaseScreen:
        """The screen in front, or the one below a picker or the palette."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, BaseScreen))

    @property
    def has_screen(self) -> bool:
        """Whether there is a screen of ours; on the way out there is none, and timers may still tick."""
        return any(isinstance(screen, BaseScreen) for screen in self.screen_stack)

    # what screens ask of the app: `services.Navigator`

    def open_conversation(
        self,
        conversation_id: int,
        *,
        reply: bool = False,
        then_next: bool = False,
        walk: Callable[[int], int | None] | None = None,
        notice: str = "",
    ) -> None:
        """Show a conversation, with its composer open where a reply is wanted."""
        from cminbox.screens.conversation.screen import ConversationScreen

        screen = ConversationScreen.shared(self, self.services)
        screen.begin(conversation_id, reply=reply, then_next=then_next, walk=walk, notice=notice)
        self.push_screen(screen)

    def open_list(self, view: ViewConfig) -> None:
        """Show the conversations of a view."""
        self.push_screen(QueueScreen(self.services, view))

    def run_macro(self, macro: Command) -> None:
        """Run a person's own list of commands."""
        self.macros.start(macro)

    def method_of(self, command: Command) -> Callable[..., Any] | None:
        """How a command is run that is the same on all screens."""
        found: Callable[..., Any] | None = getattr(self.app_commands, command.method, None)
        return found

    # following the store

    def on_load(self) -> None:
        """Before the terminal is another: from now on a signal leaves as a key does."""
        if self._ending is not None:
            self._ending.begin(self._leave)

    def _leave(self, status: int) -> None:
        self.exit(return_code=status)

    def panic(self, *renderables: RenderableType) -> None:
        """What Textual's own threads end with; where the terminal is gone there is nobody to show it to."""
        if self._ending is not None and self._ending.terminal_is_gone():
            self._ending.ask(HUNG_UP)
        else:
            super().panic(*renderables)

    def on_mount(self) -> None:
        """Look for changes from now on; start the engine where nothing waits for it."""
        self._data_version = self.services.store.data_version()
        self.set_interval(WATCH_SECONDS, self._watch)
        self.set_interval(MINUTE_SECONDS, self._minute_passed)
        self.call_after_refresh(self.set_timer, FIRST_REST, self._first_page_shown)

    def _first_page_shown(self) -> None:
        if not self.has_screen:
            return
        gc.freeze()  # what is loaded by now stays for good
        gc.set_threshold(*COLLECTED)
        gc.enable()
        self.services.crisis_watch.refresh()
        self._watch_approvals()
        if self._problem:
            self.front.say(self._problem, error=True, keep=True)
        self._report_cut_off()
        if self.services.engine_starter.allowed:
            threading.Thread(target=self._start_engine, name="engine-start", daemon=True).start()

    def _watch_approvals(self) -> None:
        from cminbox.screens.approval_watch import ApprovalWatch

        self._approvals = ApprovalWatch(self.services.store, self.services.member, self._say_aside)
        self._approvals.look()

    def _say_aside(self, text: str) -> bool:
        """Say what nobody asked for, unless something else is said or asked; whether it was said."""
        front = self.front
        if self.screen is not front or not front.is_open or front.prompting or front.last_line.widget.message:
            return False
        front.say(text)
        return True

    def _report_cut_off(self) -> None:
        """A long action that ended with the program before: how far it came, and what takes it back."""
        from cminbox.store import events

        services = self.services
        cut = events.cut_off(services.store.read(), f"member:{services.member.handle}", services.clock())
        if cut is not None:
            far = f"{cut.detail.get('reached', cut.count):,} of {cut.detail.get('asked', cut.count):,}"
            key = services.keys_for("act.undo", "queue") or ":undo"
            goes_on = f"{key} goes on with it" if cut.undoes is not None else f"{key} takes it back"
            self.front.say(f"your {cut.action} ended early, at {far}; {goes_on}", keep=True)

    def _start_engine(self) -> None:
        try:
            self.services.engine_starter.start()
        except CminboxError as error:
            self.call_from_thread(self.front.say_error, error)
        except OSError as error:
            self.call_from_thread(self.front.say_error, CminboxError(f"the engine did not start: {error}"))

    def _watch(self) -> None:
        if not self.has_screen:
            return
        if self.services.key_times.typing:
            if not self._watch_again:
                self._watch_again = True
                self.set_timer(ANSWER_SECONDS, self._watch_then)
            return
        if not self._store_lost:
            try:
                self.services.store.check_file()
            except Replaced as error:
                self._lose_store(error)
        version = self.services.store.data_version()
        if self._approvals is not None:
            self._approvals.tell()
        if version != self._data_version:
            self._data_version = version
            self.services.crisis_watch.refresh()
            if self._approvals is not None:
                self._approvals.look()
            if self.front.is_open:
                self.front.store_changed()

    def _lose_store(self, error: Replaced) -> None:
        """The file behind the screen is gone: say so on its first line for good, and in the log."""
        self._store_lost = True
        quits = self.services.keys_for("app.quit", "queue") or ":quit"
        self.services.crisis_watch.store_lost(
            f"THE STORE {error.what}", f"nothing is kept here: {quits}, then open again"
        )
        self.services.log(error.message)

    def _watch_then(self) -> None:
        self._watch_again = False
        self._watch()

    def _minute_passed(self) -> None:
        if not self.has_screen:
            return
        self.services.crisis_watch.refresh()
        if self.front.is_open:
            self.front.minute_passed()

    def _show_crisis(self, crisis: BannerText | None) -> None:
        for banner in self.front.query(CrisisBanner):
            banner.crisis = crisis

    def _run_beside(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="crisis", exclusive=True, exit_on_error=False)

    # the rest of Textual's app

    def on_key(self, event: Key) -> None:
        """What no screen had a use for. Ctrl+C is how people try to leave a program that they do not know."""
        if event.key == "ctrl+c" and not self.front.desk_actions.stop():
            quits = self.services.keys_for("app.quit", self.front.CONTEXT) or ":quit"
            self.front.say(f"{quits} leaves; the engine goes on")

    def deal_with(self, error: Exception) -> bool:
        """Stop with one line where Textual would print a traceback over the screen; the log has the rest."""
        self.services.log_bug(error)
        if self.is_headless:
            return False
        line = error.line() if isinstance(error, CminboxError) else f"a mistake of ours ({type(error).__name__})"
        line = line if line.endswith((".", "?", "!")) else f"{line}."
        self.bug = f"cminbox stopped: {line} The log is {self.services.config.paths.log}"
        self.exit(return_code=1)
        return True

    async def on_unmount(self) -> None:
        """Let the last actions finish, and say that nobody is here any more."""
        self.parting = await self.services.desk_threads.close()


def run(config: Config, *, member: str | None = None, engine: bool = True) -> int:
    """Open the queue and stay until the person leaves.

    Args:
        config: the user's configuration.
        member: the handle to work as; their login where it is None.
        engine: start an engine, detached, when none runs.

    Returns:
        The exit status.
    """
    measure_as_terminal(os.environ)
    store = Store.open(config.paths.store, group=config.group)
    try:
        who = config.member(member)

        def desk() -> Desk:
            from cminbox.desk import Desk

            return Desk(store, config, who, account=account_name())

        ending = Ending()
        app = CminboxApp(config, store, desk, member=who, engine=engine, ending=ending)
        sys.setswitchinterval(YIELD_SECONDS)
        in_order = False
        try:
            app.run()
            in_order = True
        finally:
            ending.done(in_order=in_order)
    finally:
        store.close()
    for line in filter(None, (app.parting, app.bug)):
        with suppress(OSError):  # the terminal may be gone
            sys.stderr.write(f"{line}\n")
    return ending.status or app.return_code or 0
