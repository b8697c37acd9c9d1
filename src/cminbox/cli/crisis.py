"""`crisis`: which there are, and one with its timeline."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cminbox.cli import output, shapes
from cminbox.cli.session import Session
from cminbox.errors import ActionError
from cminbox.number_format import count_of
from cminbox.store import crises, deliveries
from cminbox.store.crises import Crisis
from cminbox.when import short_time

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="List crises, or show one with its timeline.", rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_listed)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("ack")(acknowledge)
    app.add_typer(group, name="crisis")


def _listed(ctx: typer.Context) -> None:
    """List crises, or show one with its timeline."""
    if ctx.invoked_subcommand is None:
        list_(ctx)


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List crises: running ones first."""
    found = crises.all(Session.of(ctx).conn)
    if as_json:
        output.say_json([_shape(crisis) for crisis in found])
    elif not found:
        output.note("no crisis was ever declared")
    else:
        rows = [
            (crisis.id, crisis.severity, crisis.status, f"{crisis.conversation_count:,}", crisis.lead, crisis.name)
            for crisis in found
        ]
        output.table([("id", "sev", "status", "conversations", "lead", "name"), *rows], right=(0, 1, 3))


def show(ctx: typer.Context, number: Annotated[int, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Show a crisis with its timeline."""
    session = Session.of(ctx)
    conn, zone = session.conn, session.config.zone
    crisis = crises.get(conn, number)
    if crisis is None:
        raise ActionError(f"there is no crisis {number}", "cminbox crisis list shows them")
    timeline = crises.timeline(conn, number)
    if as_json:
        entries = [
            {"at": shapes.time(entry.at), "member": entry.member or None, "what": entry.what, "text": entry.text}
            for entry in timeline
        ]
        told = [shapes.told(item) for item in deliveries.of_crisis(conn, number)]
        output.say_json({**_shape(crisis), "timeline": entries, "told": told})
        return
    output.heading(f"SEV {crisis.severity}  {crisis.name}  {crisis.status}")
    who, why = crisis.declared_by or "a rule", crisis.reason or "no reason"
    output.say(f"declared {short_time(crisis.declared_at, zone)} by {who}: {why}")
    output.say(f"{crisis.conversation_count:,} conversations, lead {crisis.lead or 'nobody'}")
    if crisis.next_update_at is not None and crisis.status == "running":
        output.say(f"next update {short_time(crisis.next_update_at, zone)}")
    if crisis.ended_at is not None:
        output.say(f"ended {short_time(crisis.ended_at, zone)}")
    for item in deliveries.of_crisis(conn, number):
        output.say(item.words(zone))
    columns = output.Columns(16, 12, 12)
    for entry in timeline:
        columns.say((short_time(entry.at, zone), entry.member, entry.what, entry.text))


def acknowledge(ctx: typer.Context, number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Say that you know of what you were told of a crisis; opening it on the screen says so too."""
    session = Session.of(ctx)
    many = session.desk.crises.acknowledge(number)
    output.say(f"{count_of(many, 'notice')} acknowledged")


def _shape(crisis: Crisis) -> dict[str, Any]:
    return {
        "id": crisis.id,
        "name": crisis.name,
        "severity": crisis.severity,
        "status": crisis.status,
        "reason": crisis.reason,
        "query": crisis.query,
        "lead": crisis.lead or None,
        "approval": crisis.approval,
        "declared_by": crisis.declared_by or None,
        "declared_at": shapes.time(crisis.declared_at),
        "next_update_at": shapes.time(crisis.next_update_at),
        "ended_at": shapes.time(crisis.ended_at),
        "conversations": crisis.conversation_count,
    }
