"""Carrying out the commands that the desk does: for a key, for the `:` line, for `cminbox do`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.commands.entries import COMMANDS
from cminbox.commands.lookup import by_name, near_name
from cminbox.commands.typed import check_count
from cminbox.desk import Action, Desk, Outcome
from cminbox.desk.catalog import PARSERS
from cminbox.errors import UsageError
from cminbox.model import Instant


def run(
    name: str,
    args: Sequence[str],
    ids: Sequence[int],
    desk: Desk,
    now: Instant | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
    group: str = "",
) -> Outcome:
    """Let the desk do a command to conversations: one action, one event, one undo.

    Args:
        name: the command as one types it (`close`, `assign`), or its id.
        args: its arguments, as typed.
        ids: the conversations.
        desk: whose desk.
        now: the present, for times that count from it; the desk's clock where it is None.
        dry_run: only say what would change.
        progress: called now and then with how many are done.
        group: what is done under one name is undone together.

    Raises:
        UsageError: there is no such command, or it takes other arguments.
        ActionError: it makes no sense for these conversations.
    """
    action = action_of(name, args, desk.context.clock() if now is None else now)
    return desk.do(action, ids, dry_run=dry_run, progress=progress, group=group)


def action_of(name: str, args: Sequence[str], now: Instant) -> Action:
    """What the desk is to do for a command with its arguments.

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
        return PARSERS[command.name](given, now)
    except UsageError as error:
        if error.hint:
            raise
        raise UsageError(f"{command.name}: {error.message}", f"usage: {command.usage()}") from None
