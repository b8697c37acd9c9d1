"""`backup`: a copy of the store, while everything goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.errors import CminboxError, UsageError
from cminbox.store import reporting
from cminbox.store.sqlite.backup import back_up

_MB = 1_000_000


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("backup")(backup)


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy the store to a file, while screens and the engine go on.

    The copy is checked, has mode 0600, and is there whole or not at all. Secrets are not in it, nor is the
    configuration.
    """
    session = Session.of(ctx)
    target = file.expanduser()
    if str(file) == "-":
        raise UsageError("a backup goes into a file, not to standard output", "name a file")
    if target.absolute().parent.resolve() == session.paths.config.resolve():
        raise CminboxError(f"{target} would be among the files of the configuration", "name a file in another folder")
    messages, conversations = reporting.size(session.conn)
    back_up(session.paths.store, target, force=force)
    size = target.stat().st_size
    if as_json:
        told = {"file": str(file), "bytes": size, "messages": messages, "conversations": conversations}
        output.say_json(told)
    else:
        output.say(f"{file}: {messages:,} messages in {conversations:,} conversations, {size / _MB:,.1f} MB")
