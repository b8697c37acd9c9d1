"""`import` and `export`: messages as JSON Lines."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from cminbox.cli.select import QUERY_WORDS, query_text, where
from cminbox.cli.session import Session
from cminbox.model import to_iso
from cminbox.store import conversations, reporting


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("import")(import_)
    app.command("export", context_settings=QUERY_WORDS)(export)


def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of JSON Lines; - reads standard input.")],
    history: Annotated[bool, typer.Option("--history", help="Store as history: it opens nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import messages from JSON Lines.

    Importing the same file twice changes nothing.
    """
    from cminbox.cli.importing import Asked, run

    status = run(Session.of(ctx), Asked(file, history, as_json))
    if status:
        raise typer.Exit(status)


def export(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="Of which conversations; all.")] = None,
) -> None:
    """Export messages as JSON Lines.

    import takes them back.
    """
    session = Session.of(ctx)
    text = query_text(words) or ""
    for part in conversations.chunks(conversations.ids(session.conn, where(session, text))):
        for message in reporting.exported(session.conn, part):
            sys.stdout.write(json.dumps(_line(message), ensure_ascii=False) + "\n")


def _line(message: dict[str, Any]) -> dict[str, Any]:
    """A message as the format has it; what it does not say is left out."""
    author = {key: message[f"author_{key}"] for key in ("id", "handle", "name", "followers")}
    line = {
        **{key: message[key] for key in ("network", "source", "id", "conversation", "parent", "kind")},
        "direction": message["direction"],
        "author": {key: value for key, value in author.items() if value not in ("", None) or key == "id"},
        **{key: message[key] for key in ("title", "text")},
        "created_at": to_iso(message["created_at"]),
        **{key: message[key] for key in ("url", "lang")},
    }
    return {key: value for key, value in line.items() if value not in ("", None) or key in ("id", "text")}
