"""The Textual app: it wires store, desk, keys, themes and screens together, and knows nothing of the domain."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.screen import Screen

from cminbox import model
from cminbox.commands import keys
from cminbox.errors import CminboxError, ConfigError
from cminbox.screens.base import BaseScreen
from cminbox.screens.services import KEY_SECONDS, Host
from cminbox.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.command import Provider

    from cminbox.config import Config
    from cminbox.desk import Desk
    from cminbox.store import Store

WATCH_SECONDS = 0.25
AGE_SECONDS = 15.0
YIELD_SECONDS = 0.0005
"""How long a thread that counts or writes aside may keep the interpreter from whoever presses a key."""
FIRST_REST = 0.01
"""Nothing else begins before the first page is on its way to the terminal."""

_SCREENS = {
    "crisis": ("cminbox.screens.crisis.screen", "CrisisScreen"),
    "metrics": ("cminbox.screens.metrics.screen", "MetricsScreen"),
    "sources": ("cminbox.screens.sources.screen", "SourcesScreen"),
    "help": ("cminbox.screens.help", "HelpScreen"),
}


def _palette() -> type[Provider]:
    from cminbox.screens.palette import CommandsProvider

    return CommandsProvider


class CminboxApp(Host, inherit_bindings=False):
    """cminbox on a terminal.

    Args:
        config: the user's configuration.
        store: the open store; the app reads it and leaves closing it to whoever opened it.
        desk: the door through which this member changes state, or what makes it when it is first needed.
        member: who works here; the desk's member where it is None.
        engine: whether to start an engine when none runs.
        clock: now in epoch milliseconds; tests give their own.
    """

    # The default screen is made before a screen's own style sheet would be read.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/queue/screen.tcss"]
    TITLE = "cminbox"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f24"
    COMMANDS: ClassVar[set[Any]] = {_palette}
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
    ) -> None:
        problem = ""
        try:
            keymap = keys.load(config.paths.keys_file)
        except ConfigError as error:
            keymap = keys.build()
            problem = f"{error.line()}; the default keys hold"
        make: Callable[[], Desk] = desk if callable(desk) else lambda: desk
        super().__init__(config, store, member or make().context.member, make, keymap, clock)
        self.bug = ""
        self.parting = ""
        self.starts_engine = engine
        self._data_version = 0
        self._watch_again = False
        self._problem = problem
        for theme in THEMES:
            self.register_theme(theme)
        self._begin_with(config.theme if config.theme in self.available_themes else THEMES[0].name)

    def _begin_with(self, theme: str) -> None:
        # Setting the theme would read all style sheets a second time before anything is shown.
        self.set_reactive(CminboxApp.theme, theme)
        dark = self.current_theme.dark
        self.update_classes({f"-theme-{theme}": True, "-dark-mode": dark, "-light-mode": not dark}, update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[Any]:
        """The queue is where one starts."""
        from cminbox.screens.queue.screen import QueueScreen

        return QueueScreen()

    def on_mount(self) -> None:
        """Look for changes from now on; start the engine where nothing waits for it."""
        self._data_version = self.store.data_version()
        self.set_interval(WATCH_SECONDS, self._watch)
        self.set_interval(AGE_SECONDS, self._age)
        self.call_after_refresh(self.set_timer, FIRST_REST, self._opened)

    def _opened(self) -> None:
        if not self.standing:
            return
        gc.freeze()  # what is loaded by now stays for good
        self.show_crises()
        if self._problem:
            self.base_screen.say(self._problem, error=True, keep=True)
        self._tell_of_cut_off()
        if self.starts_engine:
            threading.Thread(target=self._ensure_engine, name="engine-start", daemon=True).start()

    def _tell_of_cut_off(self) -> None:
        """A long action that ended with the program before: how far it came, and what takes it back."""
        from cminbox.store import events

        cut = events.cut_off(self.store.read(), f"member:{self.member.handle}", self.clock())
        if cut is not None:
            far = f"{cut.detail.get('reached', cut.count):,} of {cut.detail.get('asked', cut.count):,}"
            key = self.keys_for("act.undo", "queue") or ":undo"
            goes_on = f"{key} goes on with it" if cut.undoes is not None else f"{key} takes it back"
            self.base_screen.say(f"your {cut.action} ended early, at {far}; {goes_on}", keep=True)

    def _ensure_engine(self) -> None:
        from cminbox.engine import ensure_running

        try:
            ensure_running(self.store, self.config)
        except CminboxError as error:
            self.call_from_thread(self._engine_failed, error)
        except OSError as error:
            self.call_from_thread(self._engine_failed, CminboxError(f"the engine did not start: {error}"))

    def _engine_failed(self, error: CminboxError) -> None:
        self.base_screen.say_error(error)

    def _watch(self) -> None:
        if not self.standing:
            return
        if self.typing:
            if not self._watch_again:
                self._watch_again = True
                self.set_timer(KEY_SECONDS, self._watch_then)
            return
        version = self.store.data_version()
        if version != self._data_version:
            self._data_version = version
            self.show_crises()
            if self.base_screen.standing:
                self.base_screen.store_changed()

    def _watch_then(self) -> None:
        self._watch_again = False
        self._watch()

    def _age(self) -> None:
        if not self.standing:
            return
        self.show_crises()
        if self.base_screen.standing:
            self.base_screen.minute_passed()

    def show_screen(self, name: str) -> None:
        """Show one of the screens beside the queue; never twice on the stack."""
        module, class_name = _SCREENS[name]
        screen_class = cast("type[BaseScreen]", getattr(importlib.import_module(module), class_name))
        if isinstance(self.screen, screen_class):
            return
        self.do_go_queue()
        self.push_screen(screen_class())

    def do_go_queue(self) -> None:
        """Back to the queue, whatever is above it."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def do_go_crisis(self) -> None:
        """The crises."""
        self.show_screen("crisis")

    def do_go_metrics(self) -> None:
        """The metrics."""
        self.show_screen("metrics")

    def do_go_sources(self) -> None:
        """The sources and their health."""
        self.show_screen("sources")

    def do_app_help(self) -> None:
        """All keys and commands, those of this screen first."""
        from cminbox.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.base_screen.CONTEXT))

    def do_app_palette(self) -> None:
        """Find a command by typing."""
        from cminbox.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def do_app_line(self, text: str = "") -> None:
        """Type a command."""
        from cminbox.screens.command_line import ask_command

        ask_command(self.base_screen, text)

    def do_app_theme(self, name: str = "") -> None:
        """Dark or light."""
        names = [theme.name for theme in THEMES]
        wanted = next((known for known in names if name and known.endswith(name)), "")
        if name and not wanted:
            raise CminboxError(f"there is no theme {name}", f"use {' or '.join(names)}")
        self.theme = wanted or names[(names.index(self.theme) + 1) % len(names) if self.theme in names else 0]

    def do_app_quit(self) -> None:
        """Leave; the engine goes on."""
        self.exit()

    async def do_source_poll(self, source: str = "") -> None:
        """Ask the engine to poll now."""
        screen = self.base_screen
        engine = await self.wake_engine()
        await screen.call(self.desk.poll_now, source or None)
        screen.say(f"polling {source or 'all sources'} now{engine}")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[Any]:
        """None: the palette shows the registry."""
        return ()

    def deal_with(self, error: Exception) -> bool:
        """Stop with one line where Textual would print a traceback over the screen; the log has the rest."""
        self.log_bug(error)
        if self.is_headless:
            return False
        line = error.line() if isinstance(error, CminboxError) else f"a mistake of ours ({type(error).__name__})"
        self.bug = f"cminbox stopped: {line}. The log is {self.config.paths.log}"
        self.exit(return_code=1)
        return True

    async def on_unmount(self) -> None:
        """Let the last actions finish, and say that nobody is here any more."""
        if "desk" in vars(self):
            self.parting = await asyncio.to_thread(self.desk.bulk.shut_down)
            await self.on_desk_thread(self.desk.presence.leave)
        self._desk_thread.shutdown(wait=False)
        self._long_thread.shutdown(wait=False)


def run(config: Config, *, member: str | None = None, engine: bool = True) -> int:
    """Open the queue and stay until the person leaves.

    Args:
        config: the user's configuration.
        member: the handle to work as; their login where it is None.
        engine: start an engine, detached, when none runs.

    Returns:
        The exit status.
    """
    from cminbox.store import Store
    from cminbox.terminal.widths import measure_as_terminal

    measure_as_terminal(os.environ)
    store = Store.open(config.paths.store, group=config.group)
    try:
        who = config.member(member)

        def desk() -> Desk:
            from cminbox.desk import Desk

            return Desk(store, config, who)

        app = CminboxApp(config, store, desk, member=who, engine=engine)
        sys.setswitchinterval(YIELD_SECONDS)
        app.run()
    finally:
        store.close()
    if app.parting:
        sys.stderr.write(app.parting + "\n")
    if app.bug:
        sys.stderr.write(app.bug + "\n")
    return app.return_code or 0
