"""`duty`: who is on duty and until when; and saying so of oneself, or as a lead of another."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.desk.duty import duty_words, parse_duty, states_of
from cminbox.errors import UsageError
from cminbox.model import now as clock
from cminbox.model import to_iso


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("duty", context_settings={"ignore_unknown_options": True})(duty)


def duty(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[@MEMBER] [on|off|auto] [TIME] [REASON]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say who is on duty and until when, or say it of yourself. A lead may say it of another member.

    duty, duty on 18:00, duty off until tomorrow 9:00 ill, duty auto, duty @jo off
    """
    if stray := next((word for word in words or () if word.startswith("--")), None):
        raise UsageError(f"no such option: {stray}", "see cminbox duty --help")
    session = Session.of(ctx)
    config, now = session.config, clock()
    zone = config.zone
    if words:
        told = session.desk.duty.say(parse_duty(words, now, zone))
        if not as_json:
            output.say(told)
            return
    # An account that is no member reads it too.
    reads = bool(config.members) and session.shared.member is None
    handles = [one.handle for one in config.members]
    states = states_of(session.conn, config, handles, now) if reads else session.desk.duty.states()
    if as_json:
        output.say_json(
            [
                {
                    "member": state.member,
                    "on_duty": state.on_duty,
                    "until": None if state.until is None else to_iso(state.until),
                    "by_hand": state.by_hand,
                    "reason": state.reason,
                }
                for state in states
            ]
        )
        return
    for state in states:
        output.say(f"{state.member}: {duty_words(state, now, zone)}")
