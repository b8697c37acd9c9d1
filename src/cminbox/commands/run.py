"""Carrying out the commands that the desk does: for a key, for the `:` line, for `cminbox do`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cminbox.commands.registry import Command, by_name
from cminbox.commands.when import parse_when
from cminbox.errors import UsageError
from cminbox.model import Instant

if TYPE_CHECKING:
    from cminbox.desk import Action, Desk, Outcome

SO_ALREADY = frozenset(
    {"already theirs", "already closed", "already open", "already spam", "already in it", "already so"}
    | {"has them", "nobody has it", "it is not spam", "the rules set it"}
)
"""Reasons for leaving a conversation alone that say: it is as you want it."""
_SENTIMENTS: Mapping[str, float] = {"negative": -0.6, "neutral": 0.0, "positive": 0.6}


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
    """Let the desk do a command to conversations: one transaction, one event, one undo.

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
    action = action_of(name, args, desk.clock() if now is None else now)
    return desk.do(action, ids, dry_run=dry_run, progress=progress, group=group)


def action_of(name: str, args: Sequence[str], now: Instant) -> Action:
    """What the desk is to do for a command with its arguments.

    Raises:
        UsageError: there is no such command, or it takes other arguments.
    """
    command = by_name(name)
    if command is None or command.id not in _ACTIONS:
        raise UsageError(f"there is no command {name!r} that acts on conversations", _nearest(name))
    given = [arg for arg in (str(arg).strip() for arg in args) if arg]
    if len(given) < sum(arg.required for arg in command.args):
        raise UsageError(f"{command.name}: {command.args[len(given)].name} is missing", f"usage: {command.usage()}")
    if len(given) > len(command.args) and not any(arg.many for arg in command.args):
        raise UsageError(f"{command.name}: {given[len(command.args)]!r} is too much", f"usage: {command.usage()}")
    return _ACTIONS[command.id](command, given, now)


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    from cminbox.commands.entries import COMMANDS

    near = get_close_matches(name, [command.name for command in COMMANDS if command.desk], 1)
    return f"did you mean {near[0]}?" if near else "see the list of commands in the help"


def _take(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Take

    return Take()


def _assign(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Assign

    return Assign(args[0].removeprefix("@"))


def _unassign(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Unassign

    return Unassign()


def _snooze(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Snooze

    return Snooze(parse_when(" ".join(args), now))


def _close(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Close

    return Close()


def _reopen(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Reopen

    return Reopen()


def _spam(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Spam

    return Spam()


def _not_spam(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import NotSpam

    return NotSpam()


def _label(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Label

    words = [word for arg in args for word in arg.replace(",", " ").split()]
    add = tuple(word.removeprefix("+") for word in words if not word.startswith("-"))
    remove = tuple(word[1:] for word in words if word.startswith("-") and len(word) > 1)
    return Label(add, remove)


def _note(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Note

    return Note(" ".join(args))


def _escalate(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Escalate

    name, severity, reason = args[0], 3, args[1:]
    if len(args) > 1 and args[1].isascii() and args[1].isdigit():
        severity, reason = int(args[1]), args[2:]
        if not 1 <= severity <= 4:
            raise UsageError(f"{command.name}: severity is 1 (highest) to 4", f"usage: {command.usage()}")
    if name.startswith("#") and name[1:].isascii() and name[1:].isdigit():
        return Escalate(crisis_id=int(name[1:]), reason=" ".join(reason))
    return Escalate(crisis_name=name, severity=severity, reason=" ".join(reason))


def _priority(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import SetPriority

    if args[0].casefold() in ("auto", "rules"):
        return SetPriority(None)
    value = _number(command, args[0], 0, 100)
    return SetPriority(round(value))


def _sentiment(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Correct

    word = args[0].casefold().replace("−", "-")
    return Correct(sentiment=_SENTIMENTS[word] if word in _SENTIMENTS else _number(command, word, -1, 1))


def _language(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Correct

    return Correct(lang=args[0])


def _vip(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Vip

    word = args[0].casefold() if args else "on"
    if word not in ("on", "off", "yes", "no"):
        raise UsageError(f"{command.name}: {args[0]!r} is neither on nor off", f"usage: {command.usage()}")
    return Vip(word in ("on", "yes"))


def _approve(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Approve

    return Approve()


def _reject(command: Command, args: list[str], now: Instant) -> Action:
    from cminbox.desk import Reject

    return Reject(" ".join(args))


def _number(command: Command, text: str, low: int, high: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise UsageError(f"{command.name}: {text!r} is not between {low} and {high}", f"usage: {command.usage()}")
    return value


_ACTIONS: Mapping[str, Callable[[Command, list[str], Instant], Action]] = {
    "conversation.take": _take,
    "conversation.assign": _assign,
    "conversation.unassign": _unassign,
    "conversation.snooze": _snooze,
    "conversation.close": _close,
    "conversation.reopen": _reopen,
    "conversation.spam": _spam,
    "conversation.not_spam": _not_spam,
    "conversation.label": _label,
    "conversation.note": _note,
    "conversation.escalate": _escalate,
    "conversation.priority": _priority,
    "conversation.sentiment": _sentiment,
    "conversation.language": _language,
    "conversation.vip": _vip,
    "conversation.approve": _approve,
    "conversation.reject": _reject,
}
