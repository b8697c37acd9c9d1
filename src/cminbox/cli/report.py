"""`report`: response times, waiting, volume and SLA, as text, Markdown, CSV or JSON."""

from __future__ import annotations

import sys
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.duration import parse_duration
from cminbox.errors import UsageError
from cminbox.model import Instant, from_iso, now
from cminbox.reports import Calendar, compute
from cminbox.reports.text import as_csv, as_markdown, as_text
from cminbox.store import reporting
from cminbox.when import HOST, local_midnight

_PLAIN_WIDTH = 120


class Cohort(StrEnum):
    """What a period counts."""

    ended = "ended"
    written = "written"


class Format(StrEnum):
    """How the report is printed."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    json = "json"


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("report")(report)


def report(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option(help="From when: 7d (ago), a date, or an ISO 8601 time; else the first message.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Up to when (a date is included); now unless given.")] = None,
    cohort: Annotated[
        Cohort | None,
        typer.Option("--by", help="Count all by when it ended, or by when they wrote; else each its own way."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Report response times, who waits, volume, SLA, and the work behind them."""
    session = Session.of(ctx)
    here = now()
    zone = session.config.zone
    start, end = moment(since, here, zone), moment(until, here, zone, end=True)
    known = reporting.span(session.conn)
    if end is None:
        end = here
    if start is None:
        start = min(known[0] if known else end, end)
    if start > end or (since is not None and start == end):
        raise UsageError("the period ends before it begins", "give --since a time before --until")
    config = session.config
    calendar = Calendar(config.calendar) if config.calendar else None
    found = compute(session.conn, start, end, calendar, here, cohort=None if cohort is None else cohort.value)
    if as_json or form is Format.json:
        output.say_json(found.to_json())
    elif form is Format.csv:
        sys.stdout.write(as_csv(found))
    elif form is Format.markdown:
        sys.stdout.write(as_markdown(found, zone))
    else:
        wide = output.width() or _PLAIN_WIDTH
        sys.stdout.write(as_text(found, wide, zone))


def moment(text: str | None, here: Instant, zone: tzinfo = HOST, *, end: bool = False) -> Instant | None:
    """An instant as people give it: a duration ago, a date, or an ISO 8601 time.

    Args:
        zone: where dates are.
        end: a date means its end, for a period that includes it.

    Raises:
        UsageError: it is none of these.
    """
    if text is None:
        return None
    try:
        return here - parse_duration(text)
    except ValueError:
        pass
    try:
        day = date.fromisoformat(text)
        return local_midnight(day + timedelta(days=end), zone)
    except (ValueError, OverflowError):
        pass
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise UsageError(
            f'"{text}" is no time', "write 7d for seven days ago, 2026-05-01, or 2026-05-01T09:00+02:00"
        ) from None
