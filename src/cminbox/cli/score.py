"""`score`: what we hear in a text: language, sentiment, signals, priority, and the words that counted."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cminbox import query, rules
from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.errors import UsageError
from cminbox.model import Content, Conversation, band, now
from cminbox.query.subject import Subject
from cminbox.rules import RuleBook, language, signals
from cminbox.rules.sentiment import Scorer
from cminbox.text import clean


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("score")(score)


def score(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Argument(metavar="TEXT")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Score each line of standard input.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with --lines one object a line.")] = False,
) -> None:
    """Score a text as if somebody had just written it."""
    if (text is None) == (not lines):
        raise UsageError("give either a text or --lines", "see cminbox score --help")
    session = Session.of(ctx)
    book, scorer = rules.load(session.paths.rules), Scorer(session.paths.lexicons)
    for problem in book.problems:
        output.note(problem.line())
    if text is not None:
        found = scored(text, book, scorer)
        if as_json:
            output.say_json(found)
        else:
            _say(found)
        return
    for raw in sys.stdin.buffer:
        found = scored(raw.decode("utf-8", errors="replace").rstrip("\r\n"), book, scorer)
        if as_json:
            sys.stdout.write(output.as_json(found) + "\n")
        else:
            mood = "unknown" if found["sentiment"] is None else f"{found['sentiment']:+.2f}"
            output.say(f"{found['priority']:>3}  {mood:>7}  {found['language'] or '–':<7}")


def scored(text: str, book: RuleBook, scorer: Scorer) -> dict[str, Any]:
    """All that is heard in a text, under the names of the JSON."""
    text = clean(text)
    lang, _ = language.detect(text, None)
    mood = scorer.score(text, lang)
    asks = signals.question(text, lang)
    here = now()
    row = Conversation(
        id=0,
        source_id=0,
        remote_id="",
        source="",
        network="",
        kind="mention",
        status="open",
        created_at=here,
        newest_at=here,
        changed=0,
        lang=lang,
        sentiment=mood.score,
        waiting_since=here,
        needs_since=here,
        inbound_at=here,
        content=Content(question=asks),
    )
    verdict = rules.judge(book, Subject(row, (text,)), query.Context(here))
    return {
        "language": lang or None,
        "sentiment": mood.score,
        "class": mood.label,
        "vader": mood.vader,
        "signals": [*(["question"] if asks else []), *(label for label, _ in verdict.labels)],
        "priority": verdict.priority,
        "hits": [[word, weight] for word, weight in mood.hits],
        "reasons": [{"points": one.points, "rule": one.rule, "why": one.why} for one in verdict.reasons],
    }


def _say(found: dict[str, Any]) -> None:
    mood = found["class"] if found["sentiment"] is None else f"{found['class']} {found['sentiment']:+.2f}"
    vader = "" if found["vader"] is None else f" (VADER {found['vader']:+.2f})"
    output.say(f"language   {found['language'] or 'unknown'}")
    output.say(f"sentiment  {mood}{vader}")
    if found["hits"]:
        output.say(f"words      {', '.join(f'{word} {weight:+.2f}' for word, weight in found['hits'])}")
    if found["signals"]:
        output.say(f"signals    {', '.join(found['signals'])}")
    output.say(f"priority   {found['priority']} {band(found['priority'])}")
    for reason in found["reasons"]:
        told = ": ".join(dict.fromkeys(part for part in (reason["rule"], reason["why"]) if part))
        output.say(f"           {reason['points']:+3d}  {told}")
