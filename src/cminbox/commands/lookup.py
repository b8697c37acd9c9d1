"""Finding a command by its id, by its name, or by what somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cminbox.commands.entries import COMMANDS
from cminbox.commands.registry import Command
from cminbox.suggest import nearest


def by_id(command_id: str, commands: Sequence[Command] = COMMANDS) -> Command | None:
    """The command with this id, among the registry's or those given."""
    return next((command for command in commands if command.id == command_id), None)


def by_name(name: str, commands: Sequence[Command] = COMMANDS) -> Command | None:
    """The command that a person means by `name`: its name, its id, or the beginning of one name.

    Where several begin so and one of them begins all the others (`metr`: metrics, metrics-span), it is that one.

    Args:
        name: as typed.
        commands: those that there are.
    """
    word = name.strip().casefold()
    for command in commands:
        if word in (command.name.casefold(), command.id.casefold()):
            return command
    starting = sorted((c for c in commands if word and c.name.casefold().startswith(word)), key=lambda c: len(c.name))
    first = starting[0].name.casefold() if starting else ""
    return starting[0] if starting and all(c.name.casefold().startswith(first) for c in starting) else None


def near_name(name: str, commands: Iterable[Command] = COMMANDS) -> str:
    """A hint with the nearest name of a command; empty where none is near."""
    near = nearest(name, [known.name for known in commands])
    return f"did you mean {near}?" if near else ""
