"""`templates`: are the template files right."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox import replies
from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.replies.reasons import ReasonFile


def add(app: typer.Typer) -> None:
    """Make the command known."""
    group = typer.Typer(help="Check template files and reasons.toml.", rich_markup_mode=None)
    group.callback()(_group)
    group.command("check")(check)
    app.add_typer(group, name="templates")


def _group() -> None:
    """A group of one command stays a group."""


def check(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check the template files, and reasons.toml: each mistake with its file, line and column."""
    paths = Session.of(ctx).paths
    book = replies.load(paths.templates)
    problems = [*book.problems, *book.check(), *ReasonFile(paths.reasons).load().problems]
    if as_json:
        known = [{"name": each.name, "file": str(each.file), "line": each.line} for each in book.templates]
        output.say_json({"templates": known, "problems": [problem.line() for problem in problems]})
    else:
        many = len({template.file for template in book.templates})
        output.say(f"{len(book.templates)} templates in {many} files{'' if problems else ', no mistake'}")
        for problem in problems:
            output.note(problem.line())
    if problems:
        raise typer.Exit(1)
