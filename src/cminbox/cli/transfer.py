"""`import` and `export`: messages as JSON Lines."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cminbox.cli import output, shapes
from cminbox.cli.select import QUERY_WORDS, query_text, where
from cminbox.cli.session import Session
from cminbox.errors import Corrupt
from cminbox.model import to_iso
from cminbox.store import conversations
from cminbox.store.records import attachments_of, names_of
from cminbox.store.salvage import Rest

PARTLY = 3
_TOLD = 20


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

    import takes them back. Of a damaged store it writes what can still be read.
    """
    session = Session.of(ctx)
    try:
        rest = Rest(session.conn)
    except Corrupt as error:
        raise Corrupt(f"{error.message}: nothing of it can be read", "put a backup in its place") from None
    text = query_text(words) or ""
    for part in conversations.chunks(rest.ids(where(session, text))):
        for message in rest.messages(part):
            try:
                line = output.as_json(_line(message))
            except (TypeError, ValueError, OverflowError, AttributeError):
                rest.lose(f"message {message['id']!r}: its row is broken")
                continue
            sys.stdout.write(line + "\n")
    if rest.marked:
        rest.lose("some text is not UTF-8: � stands in its place")
    for problem in rest.lost[:_TOLD]:
        output.note(problem)
    if len(rest.lost) > _TOLD:
        output.note(f"and {len(rest.lost) - _TOLD:,} more")
    if rest.lost:
        raise typer.Exit(PARTLY)


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
        "signals": list(names_of(message["signals"])),
        "attachments": [shapes.attachment(one) for one in attachments_of(message["attachments"])],
        "stars": message["stars"],
        **{key: bool(message[key]) or None for key in ("held", "hidden", "ad")},
        "post": _said({key: message[f"post_{key}"] for key in ("id", "title", "url")}) or None,
    }
    return {key: value for key, value in line.items() if value not in ("", None, []) or key in ("id", "text")}


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value not in ("", None)}
