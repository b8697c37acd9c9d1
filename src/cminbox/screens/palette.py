"""The palette: find a command by typing. It shows the registry."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.commands import Command
from cminbox.screens.base import BaseScreen
from cminbox.widgets.picker import Choice, Picker


class Palette(Picker[Command]):
    """The commands that can be run on a screen; gives the one that is chosen. What is typed is looked for at once.

    Args:
        screen: the one below.
    """

    def __init__(self, screen: BaseScreen) -> None:
        super().__init__(
            "Commands",
            (),
            hint="Enter runs it   ↑ ↓ move   Esc leave",
            empty="There is no command here.",
            placeholder="type a name, or what it does",
        )
        self._below = screen

    def choices(self) -> Iterable[Choice[Command]]:
        """All but the palette itself, with their keys and what they do."""
        services, context = self._below.services, self._below.CONTEXT
        for command in services.commands:
            contexts = command.contexts()
            if command.id != "app.palette" and ("anywhere" in contexts or context in contexts):
                keys = " or ".join(services.keymap.keys_of(command, context))
                yield Choice(command, command.name, keys, words=command.help, preview=command.help)


def run_chosen(screen: BaseScreen, command: Command | None) -> None:
    """Run what was chosen in the palette above a screen; where it needs words, ask for them in the `:` line."""
    from cminbox.screens.command_line import ask_command, run_soon

    if command is None:
        return
    if any(arg.required for arg in command.args) and not command.desk:
        ask_command(screen, f"{command.name} ")
    else:
        run_soon(screen, command)
