"""`import` and `export`: messages as JSON Lines."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cminbox.cli import output
from cminbox.cli.select import QUERY_WORDS, query_text, where
from cminbox.cli.session import Session
from cminbox.errors import CminboxError
from cminbox.model import now, to_iso

if TYPE_CHECKING:
    from cminbox.cli.reading import Ready
    from cminbox.engine.scoring import Scoring
    from cminbox.engine.takein import Taken
    from cminbox.store import Connection

PARTLY = 3

_TOLD = 20
_EVERYTHING = 1 << 62


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
    from cminbox.cli.reading import pages
    from cminbox.engine.scoring import Scoring

    session = Session.of(ctx)
    counts = {"new": 0, "edited": 0, "known": 0, "bad": 0}
    with ExitStack() as stack:
        opened = stack.enter_context(_standard_input() if file == "-" else _open(Path(file)))
        scoring = Scoring(session.paths.rules, session.paths.lexicons)
        found = pages(opened, "standard input" if file == "-" else Path(file).name, scoring)
        if scoring.problem:
            output.note(scoring.problem)
        store = _Importing(session, scoring, history)
        for page in found:
            for bad in page.bad:
                counts["bad"] += 1
                if counts["bad"] <= _TOLD:
                    output.progress_done()
                    output.note(f"{bad}; skipped")
            taken = store.take(page)
            counts["new"] += taken.new
            counts["edited"] += taken.edited
            counts["known"] += taken.known
            output.progress(f"{counts['new']:,} new, {counts['known'] + counts['edited']:,} known")
    output.progress_done()
    if counts["bad"] > _TOLD:
        output.note(f"and {counts['bad'] - _TOLD:,} more bad lines")
    if as_json:
        output.say_json(counts)
    else:
        shown = [f"{counts['new']:,} new", f"{counts['known']:,} known"]
        shown += [f"{counts[word]:,} {word}" for word in ("edited", "bad") if counts[word]]
        output.say(", ".join(shown))
    if counts["bad"]:
        raise typer.Exit(PARTLY)


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise CminboxError(f"{path} cannot be read: {error.strerror}", "check the name and who may read it") from error


def _standard_input() -> IO[bytes]:
    """Standard input, kept open for whoever reads it on in another process."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except OSError:  # something else stands in its place
        return sys.stdin.buffer


class _Importing:
    """Puts pages into the store, whatever sources they are from, each in one transaction."""

    def __init__(self, session: Session, scoring: Scoring, history: bool) -> None:
        from cminbox.engine.takein import Intake

        config = session.config
        teams: dict[str, tuple[str, ...]] = {}
        for member in config.members:
            for team in member.teams:
                teams[team] = (*teams.get(team, ()), member.handle)
        self._intake = Intake(scoring, now(), _EVERYTHING if history else None, config.sla_default, teams)
        self._store = session.store

    def take(self, page: Ready) -> Taken:
        """Store a page."""
        from cminbox.engine.takein import take_in_all
        from cminbox.store import bulk, sources

        intake = replace(self._intake, now=now())

        def work(conn: Connection) -> Taken:
            bulk.settle_in(conn)
            parts = [(sources.ensure(conn, name, network, polled=False), part) for name, network, part in page.parts]
            return take_in_all(conn, parts, intake)

        return self._store.write(work, durable=False, late=True)


def export(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="Of which conversations; all.")] = None,
) -> None:
    """Export messages as JSON Lines.

    import takes them back.
    """
    from cminbox.store import conversations, reporting

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
