"""`score`: what we hear in a text: language, sentiment, signals, priority, and the words that counted."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cminbox import query, rules
from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.cli.why import leaning_words, learnt_leaning
from cminbox.errors import UsageError
from cminbox.model import Content, Conversation, band, now, quoted
from cminbox.query.subject import Subject
from cminbox.rules import RuleBook
from cminbox.rules.analysis import Analyser
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
    book, analyser = rules.load(session.paths.rules), Analyser(session.paths.lexicons, session.config.competitors)
    for problem in (*book.problems, *analyser.problems):
        output.note(problem.line())
    if text is not None:
        found = scored(text, book, analyser)
        leaning = learnt_leaning(found["language"] or "", session.paths.lexicons)
        if as_json:
            output.say_json({**found, "leaning": leaning._asdict() if leaning is not None else None})
        else:
            _say(found)
            if leaning is not None:
                output.say(leaning_words(found["language"], leaning))
        return
    for raw in sys.stdin.buffer:
        found = scored(raw.decode("utf-8", errors="replace").rstrip("\r\n"), book, analyser)
        if as_json:
            sys.stdout.write(output.as_json(found) + "\n")
        else:
            mood = "unknown" if found["sentiment"] is None else f"{found['sentiment']:+.2f}"
            output.say(f"{found['priority']:>3}  {mood:>7}  {found['language'] or '–':<7}")


def scored(text: str, book: RuleBook, analyser: Analyser) -> dict[str, Any]:
    """All that is heard in a text, under the names of the JSON."""
    text = clean(text)
    heard = analyser.analyse(text)
    mood = heard.sentiment
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
        lang=heard.lang,
        sentiment=mood.score,
        sentiment_class=mood.label,
        waiting_since=here,
        needs_since=here if heard.needs else None,
        inbound_at=here,
        content=Content(
            question="question" in heard.signals,
            # Who needs an answer has nothing sorted, as in a conversation's row.
            signals=tuple(one for one in heard.signals if not (heard.needs and one == "sorted")),
            urgency=heard.urgency,
            urgent_words=heard.urgent_words,
        ),
    )
    verdict = rules.judge(book, Subject(row, (text,), said=(heard.signal_words,)), query.Context(here))
    return {
        "language": heard.lang or None,
        "sentiment": mood.score,
        "class": mood.label,
        "vader": mood.vader,
        "signals": list(heard.signals),
        "needs_answer": heard.needs,
        "labels": [label for label, _ in verdict.labels],
        "priority": verdict.priority,
        "hits": [[word, weight] for word, weight in mood.hits],
        "signal_words": {name: list(words) for name, words in heard.signal_words.items()},
        "urgency": heard.urgency,
        "urgent_words": list(heard.urgent_words),
        "reasons": [{"points": one.points, "rule": one.rule, "why": one.why} for one in verdict.reasons],
    }


def _say(found: dict[str, Any]) -> None:
    mood = found["class"] if found["sentiment"] is None else f"{found['class']} {found['sentiment']:+.2f}"
    vader = "" if found["vader"] is None else f" (VADER {found['vader']:+.2f})"
    output.say(f"language   {found['language'] or 'unknown'}")
    output.say(f"sentiment  {mood}{vader}")
    if found["hits"]:
        output.say(f"words      {', '.join(f'{word} {weight:+.2f}' for word, weight in found['hits'])}")
    words = found["signal_words"]
    for place, signal in enumerate(found["signals"]):
        said = quoted(words.get(signal, ()))
        output.say(f"{'' if place else 'signals':<10} {signal}{f' {said}' if said else ''}")
    if found["urgent_words"]:
        output.say(f"urgency    {found['urgency']} {quoted(found['urgent_words'])}")
    output.say(f"answer     {'needed' if found['needs_answer'] else 'not needed'}")
    if found["labels"]:
        output.say(f"labels     {', '.join(found['labels'])}")
    output.say(f"priority   {found['priority']} {band(found['priority'])}")
    for reason in found["reasons"]:
        told = reason["why"] if reason["why"].startswith(reason["rule"]) else f"{reason['rule']}: {reason['why']}"
        output.say(f"           {reason['points']:+3d}  {told}")
