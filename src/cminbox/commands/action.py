"""What the desk is to do for a command that somebody typed: on the `:` line, behind a key, or as `cminbox do`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import by_name, near_name
from cminbox.commands.typed import check_count
from cminbox.desk import Action
from cminbox.desk.catalog import PARSERS
from cminbox.desk.promising import read_promise, typed_promise
from cminbox.desk.verbs import OnNetwork, needs_reason
from cminbox.errors import UsageError
from cminbox.model import Instant, to_iso
from cminbox.store import Connection
from cminbox.when import HOST, parse_when


def asks_why(name: str, args: Sequence[str], now: Instant, conn: Connection, ids: Sequence[int]) -> bool:
    """Whether a person has to say why before this verb is done to these conversations.

    Raises:
        UsageError: it takes other arguments.
    """
    action = action_of(name, args, now)
    return isinstance(action, OnNetwork) and needs_reason(conn, action, ids)


def action_of(name: str, args: Sequence[str], now: Instant, zone: tzinfo = HOST) -> Action:
    """The action of a command with its arguments.

    Args:
        name: the command as one types it (`close`, `assign`), or its id.
        args: its arguments, as typed.
        now: the present, for times that count from it.
        zone: where days and clock times are.

    Raises:
        UsageError: there is no such command, or it takes other arguments.
    """
    command = by_name(name)
    if command is None or not command.desk:
        near = near_name(name, [command for command in COMMANDS if command.desk])
        raise UsageError(
            f"there is no command {name!r} that acts on conversations", near or "see the list of commands in the help"
        )
    given = [arg for arg in (str(arg).strip() for arg in args) if arg]
    check_count(command, given)
    try:
        for place, arg in enumerate(command.args[: len(given)]):
            if arg.kind == "when":
                given[place:] = [to_iso(parse_when(" ".join(given[place:]), now, zone))]
            elif arg.kind == "promise":
                given[place:] = [typed_promise(read_promise(" ".join(given[place:]), now, zone))]
        return PARSERS[command.name](given, now)
    except UsageError as error:
        if error.hint:
            raise
        raise UsageError(f"{command.name}: {error.message}", f"usage: {command.usage()}") from None
