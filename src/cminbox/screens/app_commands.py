"""Commands that are the same on all screens: going to a screen, help, palette, the `:` line, theme, crises, leaving."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from cminbox.errors import CminboxError
from cminbox.screens.base import BaseScreen
from cminbox.screens.help import HelpScreen
from cminbox.screens.queue.screen import QueueScreen
from cminbox.screens.services import Services
from cminbox.terminal.diff_app import DiffApp

_SCREENS = {
    "crisis": ("cminbox.screens.crisis.screen", "CrisisScreen"),
    "handover": ("cminbox.screens.handover.screen", "HandoverScreen"),
    "metrics": ("cminbox.screens.metrics.screen", "MetricsScreen"),
    "rules": ("cminbox.screens.rules.screen", "RulesScreen"),
    "sources": ("cminbox.screens.sources.screen", "SourcesScreen"),
}
"""The screens beside the queue: each is imported when it is first shown."""


class AppCommands:
    """What these commands do.

    Args:
        app: shows screens, and ends.
        services: what screens are made with.
        front: gives the screen of ours that is in front, or below a picker.
        themes: names of the themes, the first one first.
    """

    def __init__(
        self, app: DiffApp, services: Services, front: Callable[[], BaseScreen], themes: Sequence[str]
    ) -> None:
        self._app = app
        self._services = services
        self._front = front
        self._themes = tuple(themes)

    def do_go_queue(self) -> None:
        """Back to the queue, whatever is above it."""
        while len(self._app.screen_stack) > 1:
            self._app.pop_screen()

    def do_go_crisis(self) -> None:
        """Show the screen of crises."""
        self._go_to("crisis")

    def do_go_handover(self) -> None:
        """Show the shift as it would be handed over, or what waits to be taken."""
        self._go_to("handover")

    def do_go_metrics(self) -> None:
        """Show the screen of metrics."""
        self._go_to("metrics")

    def do_go_sources(self) -> None:
        """The sources and their health."""
        self._go_to("sources")

    def do_go_rules(self) -> None:
        """The rules, and what each hits."""
        self._go_to("rules")

    def _go_to(self, name: str) -> None:
        """Show one of the screens beside the queue; never twice on the stack."""
        module, class_name = _SCREENS[name]
        screen_class = cast("type[BaseScreen]", getattr(importlib.import_module(module), class_name))
        if not isinstance(self._app.screen, screen_class):
            self.do_go_queue()
            self._app.push_screen(screen_class(self._services))

    def do_app_help(self) -> None:
        """All keys and commands, those of this screen first."""
        if not isinstance(self._app.screen, HelpScreen):
            self._app.push_screen(HelpScreen(self._services, self._front().CONTEXT))

    def do_app_palette(self) -> None:
        """Find a command by typing."""
        from cminbox.screens.palette import Palette, run_chosen

        screen = self._front()
        if not isinstance(self._app.screen, Palette):
            self._app.push_screen(Palette(screen), partial(run_chosen, screen))

    def do_app_line(self, text: str = "") -> None:
        """Ask for a command by its name."""
        from cminbox.screens.command_line import ask_command

        ask_command(self._front(), text)

    def do_app_theme(self, name: str = "") -> None:
        """The theme whose name ends so, or the next one."""
        names = self._themes
        wanted = next((known for known in names if name and known.endswith(name)), "")
        if name and not wanted:
            raise CminboxError(f"there is no theme {name}", f"use {' or '.join(names)}")
        now = self._app.theme
        self._app.theme = wanted or names[(names.index(now) + 1) % len(names) if now in names else 0]

    def do_app_quit(self) -> None:
        """Leave; the engine goes on."""
        self._app.exit()

    async def do_team_duty(self, *words: str) -> None:
        """Who is on duty; with words, say it."""
        from cminbox.screens import duty

        await duty.tell(self._front(), words)

    async def do_conversation_next_free(self) -> None:
        """Take the first conversation of the list below that nobody has, and open it."""
        screen = self._front()
        below = next((one for one in reversed(self._app.screen_stack) if isinstance(one, QueueScreen)), None)
        number = await below.row_commands.next_free.take(screen) if below is not None else None
        if number is None or below is None:
            return
        from cminbox.screens.conversation.screen import ConversationScreen

        if isinstance(screen, ConversationScreen):
            screen.shown.show(number)
        else:
            self._services.navigator.open_conversation(number, walk=below.row_commands.walk)

    async def do_source_poll(self, source: str = "") -> None:
        """Ask the engine to poll now."""
        screen = self._front()
        screen.runner.holds.release()  # Starting an engine takes long, and no key is about it.
        engine = await self._services.engine_starter.wake()
        await screen.call(self._services.desk.poll_now, source or None)
        screen.say(f"polling {source or 'all sources'} now{engine}")

    async def do_crisis_declare(self, *words: str) -> None:
        """Declare a crisis from any screen."""
        from cminbox.screens.crisis import lead

        await lead.declare(self._front(), words)

    async def do_crisis_update(self, *words: str) -> None:
        """Write into the timeline of the crisis that runs."""
        from cminbox.screens.crisis import lead

        screen = self._front()
        if (crisis := await lead.running(screen, words)) is not None:
            await lead.update(screen, crisis, words)

    async def do_crisis_end(self, *words: str) -> None:
        """End the crisis that runs."""
        from cminbox.screens.crisis import lead

        screen = self._front()
        if (crisis := await lead.running(screen, words)) is not None:
            await lead.end(screen, crisis, words)
