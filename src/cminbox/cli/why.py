"""`why`: what made a conversation's priority, labels, assignee, SLA and mood."""

from __future__ import annotations

from pathlib import Path

import typer

from cminbox.cli import output, shapes
from cminbox.cli.read import Json, Number
from cminbox.cli.select import one
from cminbox.cli.session import Session
from cminbox.duration import format_duration
from cminbox.model import Conversation, band, merged, quoted
from cminbox.rules.lexicon import Leaning, read_learned
from cminbox.store import labels, messages
from cminbox.when import short_time


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("why")(why)


def why(ctx: typer.Context, number: Number, as_json: Json = False) -> None:
    """Say why a conversation stands where it stands.

    What gave it its priority, labels, assignee and due time.
    """
    session = Session.of(ctx)
    row = one(session, number)
    put, needs = labels.of(session.conn, row.id), _who_says_it_needs(session, row)
    waiting = messages.waiting(messages.inbound(session.conn, row.id), row.waiting_since, row.waiting)
    leaning = learnt_leaning(row.lang, session.paths.lexicons)
    heard = merged([message.signal_words for message in waiting])
    if as_json:
        output.say_json(
            {
                "id": row.id,
                "priority": row.priority,
                "band": band(row.priority),
                "by": row.priority_by or None,
                "reasons": shapes.reasons(row),
                "labels": put,
                "assignee": row.assignee or None,
                "assigned_by": row.assigned_by or None,
                "sla": {"name": row.sla, "target": shapes.seconds(row.sla_target), "due_at": shapes.time(row.due_at)},
                "needs_answer": row.needs_since is not None,
                "needs_by": needs or None,
                "sentiment": row.sentiment,
                "class": row.sentiment_class,
                "lang": row.lang or None,
                "signals": list(row.content.signals),
                "signal_words": {name: list(words) for name, words in heard.items()},
                "urgency": row.content.urgency,
                "urgent_words": list(row.content.urgent_words),
                "mood_direction": row.content.mood_direction or None,
                "leaning": leaning._asdict() if leaning is not None else None,
            }
        )
        return
    output.heading(f"{row.priority} {band(row.priority)}")
    if row.priority_by:
        output.say(f"set by hand by {row.priority_by}; the rules would say:")
    columns = output.Columns(-4, 30)
    for reason in row.reasons:
        columns.say((f"{reason.points:+d}", reason.rule, reason.why))
    for label, by in put.items():
        output.say(f"label {label}, by {by}")
    if row.assignee or row.team:
        output.say(f"assigned to {row.assignee or f'team:{row.team}'}, by {row.assigned_by or 'nobody'}")
    if row.waiting_since is not None:
        by = f", by {needs}" if needs else ""
        output.say(f"needs {'an' if row.needs_since is not None else 'no'} answer{by}")
    if shapes.sla_target(row) is not None and row.sla_target is not None:
        due = f", due {short_time(row.due_at, session.config.zone)}" if row.due_at is not None else ""
        hours = " of business hours" if row.sla_business else ""
        output.say(f"SLA {format_duration(row.sla_target)}{hours} ({row.sla or 'default'}){due}")
    mood = row.sentiment_class if row.sentiment is None else f"{row.sentiment_class} {row.sentiment:+.2f}"
    direction = f", {row.content.mood_direction}" if row.content.mood_direction else ""
    output.say(f"sentiment {mood}{direction}, language {row.lang or 'unknown'}")
    if leaning is not None:
        output.say(leaning_words(row.lang, leaning))
    for signal in row.content.signals:
        output.say(f"signal {' '.join(filter(None, (signal, quoted(heard.get(signal, ())))))}")
    if row.content.urgency:
        output.say(f"urgency {row.content.urgency} {quoted(row.content.urgent_words)}")


def _who_says_it_needs(session: Session, row: Conversation) -> str:
    """Who says whether the newest message that waits needs an answer: a rule, a member; empty for the text itself."""
    if row.waiting_since is None:
        return ""
    theirs = messages.waiting(messages.inbound(session.conn, row.id), row.waiting_since, row.waiting)
    return theirs[-1].needs_by if theirs and theirs[-1].needs_by != "rule:" else ""


def learnt_leaning(language: str, folder: Path) -> Leaning | None:
    """What `train` learnt of how people lean in a language; None where it learnt nothing of that."""
    leaning = read_learned(language, folder)[0].leaning if language else Leaning()
    return leaning if any(leaning) else None


def leaning_words(language: str, leaning: Leaning) -> str:
    """What was learnt of how people lean, in one line."""
    numbers = f"negative {leaning.negative:+.2f}, positive {leaning.positive:+.2f}"
    return f"learnt leaning of {language}: {numbers} (lexicons/{language}.learned.tsv)"
