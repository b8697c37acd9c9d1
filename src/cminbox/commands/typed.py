"""A command as a person types it: `label billing -angry`, `filter is:overdue`, `note call them`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from cminbox import query
from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import by_name, near_name
from cminbox.commands.registry import Arg, Command
from cminbox.config import SORTS
from cminbox.errors import UsageError
from cminbox.when import is_time


def parse_line(line: str, commands: Sequence[Command] = COMMANDS) -> tuple[Command, tuple[str, ...]]:
    """A command and its arguments from what was typed.

    Args:
        line: without the `:`.
        commands: those that there are.

    Raises:
        UsageError: an open quote, or no such command.
    """
    name, _, rest = line.strip().partition(" ")
    command = by_name(name, commands)
    if command is None:
        raise UsageError(f"there is no command {name!r}", near_name(name, commands) or "? lists them all")
    rest = rest.strip()
    if not rest:
        return command, ()
    if command.args and command.args[0].many and command.args[0].kind in ("query", "text", "promise"):
        # A query or a text keeps its quotes and backslashes as they are.
        return command, (rest,)
    try:
        return command, tuple(shlex.split(rest))
    except ValueError:
        raise UsageError(f"{name}: a quote is not closed", f"usage: {command.usage()}") from None


def check(command: Command, args: Sequence[str]) -> None:
    """Whether a command takes these arguments, as far as that can be said without a store.

    What is missing may be asked for, where the command has a picker or a prompt for it.

    Raises:
        UsageError: there are too many or too few, or one of them can never be right.
        QueryError: a query is none.
    """
    if args or not command.desk:
        check_count(command, args)
    for place, arg in enumerate(command.args[: len(args)]):
        _check_one(command, arg, " ".join(args[place:]) if arg.many else args[place])


def check_count(command: Command, args: Sequence[str]) -> None:
    """Whether a command takes so many arguments.

    Raises:
        UsageError: there are too many or too few.
    """
    usage = f"usage: {command.usage()}"
    if len(args) < sum(arg.required for arg in command.args):
        raise UsageError(f"{command.name}: {command.args[len(args)].name} is missing", usage)
    if len(args) > len(command.args) and not any(arg.many for arg in command.args):
        raise UsageError(f"{command.name}: {args[len(command.args)]!r} is too much", usage)


def _check_one(command: Command, arg: Arg, text: str) -> None:
    match arg.kind:
        case "query":
            query.parse_typed(text)
        case "when" if not is_time(text):
            raise UsageError(
                f"{command.name}: {text!r} is no time", "write 2h, tomorrow 9:00, mon, 18:00 or 2026-05-01"
            )
        case "sort" if text not in SORTS:
            raise UsageError(f"{command.name}: there is no order {text!r}", f"use {', '.join(SORTS)}")
        case "number" if not (text.isascii() and text.isdigit()):
            raise UsageError(f"{command.name}: {text!r} is no number", f"usage: {command.usage()}")
