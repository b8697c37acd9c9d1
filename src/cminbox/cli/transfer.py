"""`import` and `export`: messages as JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cminbox.cli import output
from cminbox.cli.select import QUERY_WORDS, query_text, where
from cminbox.cli.session import Session
from cminbox.errors import CminboxError
from cminbox.model import now, to_iso

if TYPE_CHECKING:
    from cminbox.engine.scoring import Scored, Scoring
    from cminbox.engine.takein import Taken
    from cminbox.sources.jsonl import Line

PAGE = 1000
PARTLY = 3
UNNAMED = "import"
"""The source of lines that name none."""

_TOLD = 20
_EVERYTHING = 1 << 62
_BOUND = 1024 * 1024 + 1


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
    from cminbox.engine.scoring import Scoring
    from cminbox.sources.jsonl import Reader

    session = Session.of(ctx)
    counts = {"new": 0, "edited": 0, "known": 0, "bad": 0}
    with ExitStack() as stack:
        opened = sys.stdin.buffer if file == "-" else stack.enter_context(_open(Path(file)))
        scoring = Scoring(session.paths.rules, session.paths.lexicons)
        if scoring.problem:
            output.note(scoring.problem)
        lines = Reader("standard input" if file == "-" else Path(file).name).read(_lines(opened))
        while page := list(islice(lines, PAGE)):
            for bad in (line for line in page if line.error is not None):
                counts["bad"] += 1
                if counts["bad"] <= _TOLD and bad.error is not None:
                    output.progress_done()
                    output.note(f"{bad.error.line()}; skipped")
            for taken in _take(session, scoring, page, history):
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


def _lines(opened: IO[bytes]) -> Iterator[bytes]:
    """Lines, none held longer than the longest that is accepted: what follows that is passed over."""
    while line := opened.readline(_BOUND):
        yield line
        while line and not line.endswith(b"\n"):
            line = opened.readline(_BOUND)


def _take(session: Session, scoring: Scoring, page: Iterable[Line], history: bool) -> Iterator[Taken]:
    """Store a page of lines, source by source."""
    from cminbox.engine.takein import Intake, take_in
    from cminbox.store import sources

    config = session.config
    parts: dict[tuple[str, str], list[Scored]] = {}
    for line in page:
        if line.message is not None:
            key = line.source or UNNAMED, line.network or "jsonl"
            parts.setdefault(key, []).append(scoring.score(line.message))
    teams: dict[str, tuple[str, ...]] = {}
    for member in config.members:
        for team in member.teams:
            teams[team] = (*teams.get(team, ()), member.handle)
    intake = Intake(scoring, now(), _EVERYTHING if history else None, config.sla_default, teams)

    def store(name: str, network: str, scored: list[Scored]) -> Taken:
        return session.store.write(
            lambda conn: take_in(conn, sources.ensure(conn, name, network, polled=False), scored, intake),
            durable=False,
        )

    for (name, network), scored in parts.items():
        yield store(name, network, scored)


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
