"""`rules`: are the rule files right, and what would a new one change on what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cminbox import handles, rules
from cminbox.cli import output
from cminbox.cli.select import where
from cminbox.cli.session import Session
from cminbox.engine.rule_trial import Difference, Trial, first, with_file
from cminbox.errors import UsageError
from cminbox.model import now
from cminbox.query import Context
from cminbox.rules import files
from cminbox.rules.lexicon import check_folder
from cminbox.store import conversations

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = 20


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="Check rule files, and try one on what is stored.", rich_markup_mode=None)
    group.command("check")(check)
    group.command("try")(try_)
    app.add_typer(group, name="rules")


def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Check the rule files: each mistake with its file, line and column."""
    paths = Session.of(ctx).paths
    book = rules.load(paths.rules)
    problems = [*book.problems, *files.beside(book, Session.of(ctx).config), *check_folder(paths.lexicons)]
    if as_json:
        output.say_json(
            {
                "rules": [{"name": rule.name, "file": str(rule.file), "line": rule.line} for rule in book.rules],
                "off": [rule.name for rule in book.off],
                "problems": [problem.line() for problem in problems],
            }
        )
    else:
        many = len({rule.file for rule in book.rules})
        off = f", {len(book.off)} switched off" if book.off else ""
        output.say(f"{len(book.rules)} rules in {many} files{off}{'' if problems else ', no mistake'}")
        for problem in problems:
            output.note(problem.line())
    if problems:
        raise typer.Exit(1)


def try_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule file; it need not be in the rules folder.")],
    query: Annotated[str, typer.Option(help="On which conversations.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000_000_000, help="On at most so many, the newest; else on all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a rule file would change on the stored history; nothing is changed."""
    session = Session.of(ctx)
    if not file.is_file():
        raise UsageError(f"{file} is no file", "name a .toml file with [[rule]] tables")
    tried = files.load_file(file.absolute())
    if problems := [*tried.problems, *files.beside(tried, session.config)]:
        for problem in problems[1:]:
            output.note(problem.line())
        raise problems[0]
    book = rules.load(session.paths.rules)
    trial = Trial(book, with_file(book, tried, file.name), Context(now(), zone=session.config.zone))
    ids = conversations.ids(session.conn, where(session, query), limit=limit, sort="newest")
    found: list[Difference] = []
    for done, some in trial.run(session.conn, ids):
        output.progress(f"{done:,} of {len(ids):,}")
        found += some
    output.progress_done()
    if as_json:
        output.say_json({"tried": len(ids), "changed": [_shape(one) for one in found]})
        return
    output.say(f"{len(found):,} of {len(ids):,} conversations would change")
    columns = output.Columns(-6, 18, 40)
    for one in found[:_SHOWN]:
        columns.say(
            (one.row.id, handles.called(one.row.network, one.row.handle, one.row.name), one.words, one.row.preview)
        )
    if len(found) > _SHOWN:
        output.say(f"and {len(found) - _SHOWN:,} more; --json lists all")


def _shape(one: Difference) -> dict[str, Any]:
    come, go = one.labels
    return {
        "id": one.row.id,
        "priority": {"old": one.old.priority, "new": one.new.priority},
        "labels": {"add": sorted(come), "remove": sorted(go)},
        "assign": first(one.new.assign),
        "crisis": list(one.new.crisis),
    }
