"""The palette: find a command by typing. It shows the registry, and what it shows is literal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from cminbox.commands import Command
from cminbox.screens.base import BaseScreen


class Palette(CommandPalette):
    """Textual's palette with our looks, which are read when it first opens."""

    CSS_PATH = "palette.tcss"

    def __init__(self) -> None:
        super().__init__(id="--command-palette")


class CommandsProvider(Provider):
    """The commands that can be run on the screen below the palette."""

    def _screen_below(self) -> BaseScreen | None:
        return self.screen if isinstance(self.screen, BaseScreen) else None

    def _commands_with_keys(self, screen: BaseScreen) -> Iterable[tuple[Command, str]]:
        services = screen.services
        for command in services.commands:
            if command.id == "app.palette":
                continue
            contexts = command.contexts()
            if "anywhere" in contexts or screen.CONTEXT in contexts:
                keys = " or ".join(services.keymap.keys_of(command, screen.CONTEXT))
                yield command, keys

    def _run(self, screen: BaseScreen, command: Command) -> None:
        from cminbox.screens.command_line import ask_command, run_soon

        if any(arg.required for arg in command.args) and not command.desk:
            ask_command(screen, f"{command.name} ")
        else:
            run_soon(screen, command)

    async def discover(self) -> Hits:
        screen = self._screen_below()
        if screen is None:
            return
        for command, keys in self._commands_with_keys(screen):
            yield DiscoveryHit(
                _shown(command, keys), partial(self._run, screen, command), text=command.name, help=command.help
            )

    async def search(self, query: str) -> Hits:
        screen = self._screen_below()
        if screen is None:
            return
        matcher = self.matcher(query)
        for command, keys in self._commands_with_keys(screen):
            score = max(matcher.match(command.name), 0.9 * matcher.match(command.help))
            if score > 0:
                yield Hit(
                    score,
                    _shown(command, keys),
                    partial(self._run, screen, command),
                    text=command.name,
                    help=command.help,
                )


def _shown(command: Command, keys: str) -> Content:
    # Content, never markup: keys such as [ would be read as a tag.
    name = Content(command.name)
    return Content.assemble(name, "  ", Content.styled(keys, "dim")) if keys else name
