"""`log`: what happened, who did it, and from which account."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import typer

from cminbox.cli import output, shapes
from cminbox.cli.report import moment
from cminbox.cli.select import one
from cminbox.cli.session import Session
from cminbox.model import now
from cminbox.store import events
from cminbox.store.events import Event
from cminbox.when import short_time


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("log")(log)


def log(
    ctx: typer.Context,
    number: Annotated[int | None, typer.Argument(metavar="ID", help="Only of this conversation.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000_000, help="At most so many, the newest.")] = 50,
    since: Annotated[str | None, typer.Option(help="Not what is older: 7d, or a date.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what happened, who did it, and from which account.

    Oldest first. Where somebody acted for another (--as), their account stands behind the member: «ana, by root».
    """
    session = Session.of(ctx)
    zone = session.config.zone
    start = moment(since, now(), zone)
    if number is not None:
        found = events.of(session.conn, one(session, number).id, limit)
    else:
        found = events.newest(session.conn, limit)
    found = [event for event in found if start is None or event.at >= start]
    if as_json:
        output.say_json([{"id": event.id, **shapes.event(event), "count": event.count} for event in found])
        return
    own = {member.handle: member.login for member in session.config.members}
    columns = output.Columns(16, 24, 18, -5)
    for event in found:
        columns.say((short_time(event.at, zone), _who(event, own), event.action, event.count, _what(event, zone)))


def _who(event: Event, own: dict[str, str]) -> str:
    kind, _, name = event.actor.partition(":")
    if kind != "member":
        return event.actor
    return name if event.account in ("", own.get(name, name)) else f"{name}, by {event.account}"


def _what(event: Event, zone: tzinfo) -> str:
    """The event's detail, as far as it is short; times as people read them."""
    short = {key: value for key, value in event.detail.items() if isinstance(value, str | int) and value}
    times = {
        key: short_time(value, zone)
        for key, value in short.items()
        if isinstance(value, int) and (key == "until" or key.endswith("_at"))
    }
    return ", ".join(f"{key} {value}" for key, value in {**short, **times}.items())
