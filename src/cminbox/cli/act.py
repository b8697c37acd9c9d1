"""`do`: any action on conversations, by their ids or by a query."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.reply_ends import ENDS, MANY, end_replies
from cminbox.cli.select import QUERY_WORDS, where
from cminbox.cli.session import Session
from cminbox.commands import COMMANDS, Command, by_name
from cminbox.commands.action import action_of
from cminbox.commands.typed import check_count
from cminbox.desk import Desk
from cminbox.errors import UsageError
from cminbox.number_format import count_of
from cminbox.store import conversations

PARTLY = 3
_TOLD = 5


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("do", context_settings=QUERY_WORDS, epilog=_listed())(do)


def _listed() -> str:
    return "Commands: " + ", ".join([*(command.name for command in COMMANDS if command.desk), *ENDS]) + "."


def do(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="COMMAND [ARGUMENT]... [ID]...")],
    query: Annotated[str | None, typer.Option(help="Do it to all conversations that match.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Do something to conversations: one action, one event.

    do assign ana 12 15, do snooze 2h 12, do label billing -angry 12, do close --query 'is:pending age:>14d'
    """
    if stray := next((word for word in words if word.startswith("--")), None):
        raise UsageError(f"no such option: {stray}", "see cminbox do --help")
    session = Session.of(ctx)
    name, rest = words[0], words[1:]
    command = by_name(name)
    if command is not None and name.casefold() not in (command.name, command.id):
        # A script must say what it means; only the «:» line completes.
        raise UsageError(f"there is no command {name!r}", f"did you mean {command.name}?")
    ends = command is not None and command.name in ENDS
    arguments, ids = (rest, []) if query is not None or command is None else split(command, rest)
    if ends and command is not None:
        check_count(command, arguments)
    action = None if ends else action_of(name, arguments, session.desk.context.clock(), session.config.zone)
    if query is not None:
        ids = conversations.ids(session.conn, where(session, query), sort="priority")
    elif not ids:
        raise UsageError("which conversations?", "name their ids at the end, or give --query")
    if action is None:
        _end_replies(session, name, ids, dry_run=dry_run, as_json=as_json, by_ids=query is None)
        return
    with _stopped_by_interrupt(session.desk):
        outcome = session.desk.do(action, ids, dry_run=dry_run, progress=_progress(len(ids)))
    output.progress_done()
    _tell(
        f"would {outcome.summary}" if dry_run and outcome.changed else outcome.summary,
        outcome.changed,
        outcome.skipped,
        dry_run=dry_run,
        as_json=as_json,
        by_ids=query is None,
    )
    if outcome.left:
        output.note("what is done stands; undo takes it back, as the first thing that you do in the queue")
        raise typer.Exit(PARTLY)
    if query is None and outcome.skipped:
        raise typer.Exit(PARTLY if outcome.changed else 1)


def _end_replies(
    session: Session, name: str, ids: Sequence[int], *, dry_run: bool, as_json: bool, by_ids: bool
) -> None:
    """Say of the replies of conversations that they are there, or send them again, or take them back."""
    changed, skipped, what = end_replies(session.desk, session.conn, name, ids, dry_run=dry_run)
    words = f"{count_of(len(changed), what, MANY[what])} {'would be ' if dry_run else ''}{ENDS[name].done}"
    summary = words if changed or not skipped else "nothing changed"
    _tell(summary, changed, skipped, dry_run=dry_run, as_json=as_json, by_ids=by_ids)
    if by_ids and skipped:
        raise typer.Exit(PARTLY if changed else 1)


def _tell(
    summary: str,
    changed: Sequence[int],
    skipped: Sequence[tuple[int, str]],
    *,
    dry_run: bool,
    as_json: bool,
    by_ids: bool,
) -> None:
    """Say what was done, and why some were left alone."""
    if as_json:
        output.say_json(
            {
                "changed": list(changed),
                "skipped": [{"id": number, "why": why} for number, why in skipped],
                "dry_run": dry_run,
            }
        )
        return
    if changed or not by_ids or len(skipped) != 1:  # else the one line below says all of it
        output.say(summary)
    for number, why in skipped[:_TOLD]:
        output.note(f"conversation {number}: {why}")


@contextmanager
def _stopped_by_interrupt(desk: Desk) -> Iterator[None]:
    """Let Ctrl+C end a long action between two portions; where none is under way it ends the program."""

    def stop(*_: object) -> None:
        if not desk.bulk.stop(leaving=True):
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def split(command: Command, words: Sequence[str]) -> tuple[list[str], list[int]]:
    """The arguments of a command and the ids that follow them: the numbers at the end.

    What the command must have comes first, so `priority 80 12` sets 12 to 80. So does an optional number (a crisis's
    severity) when more numbers follow it.
    """
    fixed = sum(arg.required for arg in command.args)
    end = len(words)
    while end > fixed and _is_id(words[end - 1]):
        end -= 1
    optional = command.args[fixed] if len(command.args) > fixed else None
    if optional is not None and optional.kind == "number" and end == fixed and len(words) > fixed + 1:
        end += not words[fixed].startswith("#")
    return list(words[:end]), [int(word.lstrip("#")) for word in words[end:]]


def _is_id(word: str) -> bool:
    digits = word.removeprefix("#")
    return digits.isascii() and digits.isdigit() and len(digits) < 19


def _progress(total: int) -> Callable[[int], None]:
    return lambda done: output.progress(f"{done:,} of {total:,}")
