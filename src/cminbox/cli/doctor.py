"""`doctor`: does everything that the program needs work, and if not, what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.checks import everything
from cminbox.cli.session import Session

PARTLY = 3


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("doctor")(doctor)


def doctor(
    ctx: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that everything works, and say what to do if not.

    Configuration, credentials, each source's answer, clock, terminal, store and engine.
    """
    found = []
    for check in everything(Session.of(ctx), offline=offline):
        found.append(check)
        if not as_json:
            mark, style = {"ok": ("✓ ok  ", "green"), "warn": ("! warn", "yellow"), "fail": ("✗ fail", "red")}[
                check.state
            ]
            hint = f" — {check.hint}" if check.hint and check.state != "ok" else ""
            output.say_marked(mark, style, f"{check.what:<14} {check.text}{hint}")
    if as_json:
        output.say_json([{"check": c.what, "state": c.state, "text": c.text, "hint": c.hint or None} for c in found])
    failed = sum(check.state == "fail" for check in found)
    if failed:
        raise typer.Exit(1 if failed == len(found) else PARTLY)
