"""`log`: what happened, who did it, and from which account."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import typer

from cminbox import handles
from cminbox.cli import output, shapes
from cminbox.cli.report import moment
from cminbox.cli.select import one
from cminbox.cli.session import Session
from cminbox.errors import UsageError
from cminbox.model import now
from cminbox.store import Connection, conversations, events
from cminbox.store.events import Event
from cminbox.when import short_time

_DIGITS = 19
"""Digits of a number that the store has no room for."""


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("log")(log)


def log(
    ctx: typer.Context,
    conversation: Annotated[str | None, typer.Argument(metavar="ID", help="Only of this conversation.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000_000, help="At most so many, the newest.")] = 50,
    since: Annotated[str | None, typer.Option(help="Not what is older: 7d, or a date.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what happened, who did it, and from which account.

    Oldest first. Where somebody acted for another (--as), their account stands behind the member: «ana, by root».
    """
    number = None if conversation is None else _number(conversation)
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
    rows = [
        (
            *(short_time(event.at, zone), _who(event, own), event.action),
            *(_of_which(session.conn, event), _what(event, zone)),
        )
        for event in found
    ]
    if rows:
        output.table([("when", "who", "what", "conversation", "detail"), *rows])


def _number(text: str) -> int:
    """The id of a conversation.

    Raises:
        UsageError: it is none.
    """
    if text.isascii() and text.isdigit() and len(text) < _DIGITS:
        return int(text)
    hint = "cminbox log [ID] lists it, of one conversation with its id"
    if text == "verify":
        raise UsageError("this version cannot check the log yet", hint)
    raise UsageError(f"{text} is no id of a conversation", hint)


def _of_which(conn: Connection, event: Event) -> str:
    """The first conversation that an event is about, with its author, and how many more: `12 @mina +3`."""
    first = events.first_item(conn, event.id)
    row = conversations.get(conn, first) if first is not None else None
    if row is None:
        return ""
    who = handles.called(row.network, row.handle, row.name, "")
    return " ".join(filter(None, (str(row.id), who))) + (f" +{event.count - 1:,}" if event.count > 1 else "")


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
