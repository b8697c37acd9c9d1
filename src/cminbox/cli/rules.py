"""`rules`: are the rule files right, and what would a new one change on what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cminbox import handles, rules
from cminbox.cli import output
from cminbox.cli.select import where
from cminbox.cli.session import Session
from cminbox.engine.scoring import subject
from cminbox.errors import UsageError
from cminbox.model import Conversation, band, now
from cminbox.query import Context
from cminbox.rules import RuleBook, Verdict, files
from cminbox.store import Connection, conversations, messages

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = 20
_STEP = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What a rule file would change of one conversation."""

    row: Conversation
    old: Verdict
    new: Verdict

    @property
    def labels(self) -> tuple[set[str], set[str]]:
        """Labels that would come, and labels that would go."""
        old, new = ({label for label, _ in verdict.labels} for verdict in (self.old, self.new))
        return new - old, old - new

    def words(self) -> str:
        """The difference in words."""
        parts = []
        if self.old.priority != self.new.priority:
            parts.append(f"{self.old.priority} → {self.new.priority} {band(self.new.priority)}")
        come, go = self.labels
        parts += [f"+{label}" for label in sorted(come)] + [f"-{label}" for label in sorted(go)]
        if _first(self.old.assign) != _first(self.new.assign):
            parts.append(f"assign {_first(self.new.assign) or 'nobody'}")
        if _first(self.old.sla) != _first(self.new.sla):
            parts.append("another promise")
        if _first(self.old.answer) != _first(self.new.answer):
            parts.append(
                {True: "needs an answer", False: "needs no answer", None: "says nothing of an answer"}[
                    _first(self.new.answer)
                ]
            )
        if set(self.old.crisis) != set(self.new.crisis):
            parts.append("proposes a crisis" if self.new.crisis else "proposes no crisis")
        return ", ".join(parts)


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
    problems = [*book.problems, *files.beside(book, Session.of(ctx).config)]
    if as_json:
        output.say_json(
            {
                "rules": [{"name": rule.name, "file": str(rule.file), "line": rule.line} for rule in book.rules],
                "problems": [problem.line() for problem in problems],
            }
        )
    else:
        many = len({rule.file for rule in book.rules})
        output.say(f"{len(book.rules)} rules in {many} files{'' if problems else ', no mistake'}")
        for problem in problems:
            output.note(problem.line())
    if problems:
        raise typer.Exit(1)


def try_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule file; it need not be in the rules folder.")],
    query: Annotated[str, typer.Option(help="On which conversations.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000_000_000, help="On at most so many, the newest.")] = 10_000,
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
    with_it = _joined(book, tried, file.name)
    ids = conversations.ids(session.conn, where(session, query), limit=limit, sort="newest")
    context = Context(now(), zone=session.config.zone)
    found: list[Difference] = []
    for place, part in enumerate(conversations.chunks(ids, _STEP)):
        output.progress(f"{place * _STEP:,} of {len(ids):,}")
        rows = conversations.many(session.conn, part)
        found += (one for number in part if (one := _tried(session.conn, rows[number], book, with_it, context)))
    output.progress_done()
    if as_json:
        output.say_json({"tried": len(ids), "changed": [_shape(one) for one in found]})
        return
    output.say(f"{len(found):,} of {len(ids):,} conversations would change")
    columns = output.Columns(-6, 18, 40)
    for one in found[:_SHOWN]:
        columns.say(
            (one.row.id, handles.called(one.row.network, one.row.handle, one.row.name), one.words(), one.row.preview)
        )
    if len(found) > _SHOWN:
        output.say(f"and {len(found) - _SHOWN:,} more; --json lists all")


def _joined(book: RuleBook, tried: RuleBook, name: str) -> RuleBook:
    """The rules as they would be with the file in the rules folder, in place of one of the same name."""
    kept = [rule for rule in book.rules if rule.file is None or rule.file.name != name]
    both = [*kept, *tried.rules]
    return RuleBook(tuple(sorted(both, key=lambda rule: rule.file.name if rule.file else "")))


def _tried(
    conn: Connection, row: Conversation, book: RuleBook, with_it: RuleBook, context: Context
) -> Difference | None:
    asked = subject(row, messages.waiting(messages.inbound(conn, row.id), row.waiting_since, row.waiting))
    one = Difference(row, rules.judge(book, asked, context), rules.judge(with_it, asked, context))
    return one if one.words() else None


def _shape(one: Difference) -> dict[str, Any]:
    come, go = one.labels
    return {
        "id": one.row.id,
        "priority": {"old": one.old.priority, "new": one.new.priority},
        "labels": {"add": sorted(come), "remove": sorted(go)},
        "assign": _first(one.new.assign),
        "crisis": list(one.new.crisis),
    }


def _first(pair: tuple[Any, str] | None) -> Any:
    return pair[0] if pair else None
