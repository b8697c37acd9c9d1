"""`rules`: which are in force, are their files right, what would a new one change; switched on and off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cminbox import handles, rules
from cminbox.channels import split_address
from cminbox.cli import output
from cminbox.cli.channels import trouble
from cminbox.cli.select import where
from cminbox.cli.session import Session
from cminbox.engine.rule_trial import Difference, Trial, first, with_file
from cminbox.errors import UsageError
from cminbox.model import now
from cminbox.query import Context
from cminbox.rules import Rule, files, switches
from cminbox.rules.lexicon import check_folder
from cminbox.rules.rule_words import effect, place
from cminbox.store import conversations, deliveries, rule_hits
from cminbox.store.deliveries import Channel
from cminbox.store.rule_hits import NO_HITS, Hits
from cminbox.suggest import nearest

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = 20


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="List, switch, check and try rules.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("on")(on)
    group.command("off")(off)
    group.command("check")(check)
    group.command("try")(try_)
    app.add_typer(group, name="rules")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List every rule in its order: what it does, whether it is on, what it hit in the last day and week."""
    session = Session.of(ctx)
    book = rules.load(session.paths.rules)
    for problem in book.problems:
        output.note(problem.line())
    hits = rule_hits.of_all(session.conn, now())
    switched_off = {rule.name for rule in book.off}
    if as_json:
        output.say_json(
            [_listed(rule, rule.name not in switched_off, hits.get(rule.name, NO_HITS)) for rule in book.all]
        )
        return
    rows: list[tuple[object, ...]] = [("state", "24 h", "7 days", "rule", "file", "does")]
    for rule in book.all:
        found = hits.get(rule.name, NO_HITS)
        state = "off" if rule.name in switched_off else "on ▲" if found.alarm else "on"
        rows.append((state, f"{found.day:,}", f"{found.week:,}", rule.name, place(rule), effect(rule)))
    output.table(rows, right=(1, 2))


def _listed(rule: Rule, is_on: bool, hits: Hits) -> dict[str, Any]:
    return {
        "name": rule.name,
        "on": is_on,
        "when": rule.when.text,
        "does": effect(rule),
        "file": str(rule.file) if rule.file is not None else None,
        "line": rule.line,
        "shipped": rule.file is not None and rule.file.parent == files.SHIPPED,
        "hits": {"day": hits.day, "week": hits.week, "usual_day": hits.usual, "alarm": is_on and hits.alarm},
    }


Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="Names of rules, as `rules list` has them.")]


def on(ctx: typer.Context, names: Names) -> None:
    """Switch rules on again, in rules/off.txt."""
    _switch(Session.of(ctx), names, on=True)


def off(ctx: typer.Context, names: Names) -> None:
    """Switch rules off, in rules/off.txt; a running engine reads it at once."""
    _switch(Session.of(ctx), names, on=False)


def _switch(session: Session, names: list[str], *, on: bool) -> None:
    """Switch all of them, or none where one is no rule. A line of the file that names no rule can be taken out."""
    session.check_may()
    book = rules.load(session.paths.rules)
    known = {rule.name for rule in book.all}
    written = {line for line in book.switches.lines if line and not line.startswith("#")} if on else set()
    for name in names:
        if name not in known | written:
            near = nearest(name, known)
            hint = f'did you mean "{near}"?' if near else "cminbox rules list names them"
            raise UsageError(f"no rule is called {name!r}", hint)
    switched_off = {rule.name for rule in book.off} | written
    for name in dict.fromkeys(names):
        if (name in switched_off) != on:
            output.say(f"{name} is {'on' if on else 'off'} already")
        else:
            switches.switch(session.paths.rules, name, on=on)
            output.say(f"{name} is {'on' if on else 'off'}")


def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Check the rule files: each mistake with its file, line and column."""
    paths = Session.of(ctx).paths
    book = rules.load(paths.rules)
    problems = [*book.problems, *files.beside(book, Session.of(ctx).config), *check_folder(paths.lexicons)]
    _note_channels(Session.of(ctx), book)
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


def _note_channels(session: Session, book: rules.RuleBook) -> None:
    """Say of the channels that rules notify which of them deliver nothing."""
    named = {split_address(name)[0].casefold() for rule in book.rules for name in rule.notify}
    told = [channel for channel in session.config.tell.channels if channel.name.casefold() in named]
    health = deliveries.channels(session.conn) if told else {}
    for channel in told:
        problem, hint = trouble(session, channel, health.get(channel.name, Channel(channel.name)))
        if problem:
            output.note(f"channel {channel.name}, which rules notify: {problem}{f' — {hint}' if hint else ''}")


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
