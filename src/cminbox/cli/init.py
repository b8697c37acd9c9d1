"""`init`: writes a commented configuration, asking for what cannot be guessed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.config import load
from cminbox.errors import CminboxError
from cminbox.members import account_name
from cminbox.paths import make_private
from cminbox.replies import reasons
from cminbox.text import clean, one_line

_SOURCE = """{mark}[[source]]
{mark}name = {name}
{mark}network = "mastodon"               # cminbox sources networks lists what there is
{mark}base_url = {url}
{mark}# owned = true                     # false for a source that only listens: a search, a feed
{mark}# interval = "1m"                  # how often to ask
{mark}# backfill = "7d"                  # how far back the first poll reads; what is older opens nothing
"""

_MEMBER = """{mark}[[member]]
{mark}handle = {handle}
{mark}name = {person}
{mark}role = "lead"                      # lead, responder, drafter or observer
{mark}# teams = ["care"]
{mark}# login = {handle}                 # the account on this host; the handle unless given
"""

_REST = """
# What has to be answered how soon, where no rule says otherwise.
[sla]
default = "4h"

# Business hours: with them, reports tell response times by both clocks.
# [calendar]
# zone = "Europe/Madrid"
# mon = ["09:00-14:00", "15:00-18:00"]
# tue = ["09:00-14:00", "15:00-18:00"]
# wed = ["09:00-14:00", "15:00-18:00"]
# thu = ["09:00-14:00", "15:00-18:00"]
# fri = ["09:00-15:00"]
# holidays = ["2026-12-25"]

# Who is on duty when; who stands in no shift always is.
# [[shift]]
# name = "late"
# zone = "Europe/Madrid"             # the calendar's unless given
# members = [{handle}]
# mon = ["14:00-22:00"]
# fri = ["22:00-06:00"]              # goes on after midnight

# How long a reply can be taken back before it is sent.
[sending]
undo = "10s"

# A saved query is a tab of the queue. Without any there are Mine, Unassigned, Overdue, Crisis and All.
# [[view]]
# name = "Refunds"
# query = "is:open label:billing"
# sort = "due"                       # priority, due, waiting or newest

# [team]
# claim = "15m"                      # how long a conversation that somebody took stays theirs
# take_up = "30m"                    # what its assignee did not touch in so long on duty returns to the queue
# silent = "2h"                      # so does what a member has who did nothing at all for so long on duty,
# absent = "1h"                      # and what one has who is off duty for so long
# speak_for = { root = ["*"] }       # which accounts may act as others, with --as HANDLE

# [store]
# group = "care"                     # several accounts of this host share the store

# [display]
# theme = "cminbox-dark"             # or cminbox-light
"""

_BRAND = """# Facts about the brand. Templates use them as {{{{ brand.name }}}}, {{{{ brand.shipping_url }}}} and so on.
name = {brand}
# shipping_url = "https://example.org/shipping"
# signature = "your team"
# competitors = ["Another brand"]    # messages that name one have signal:competitor
"""


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("init")(init)


def init(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Write a commented configuration.

    What is there already is never overwritten.
    """
    session = Session.of(ctx)
    paths = session.paths
    for file in (paths.config_file, paths.brand_file):
        if file.exists():
            raise CminboxError(f"{file} exists already and was left alone", "edit it, or name another --config DIR")
    answers = {"brand": "", "name": "", "url": "", "handle": account_name(), "person": account_name()}
    if not yes:
        answers["brand"] = typer.prompt("What is the brand called?")
        answers["url"] = typer.prompt(
            "Address of its Mastodon server (Enter for none yet)", default="", show_default=False
        )
        if answers["url"]:
            answers["name"] = typer.prompt("A short name for this source", default="mastodon")
        answers["handle"] = typer.prompt("Your handle in the team", default=answers["handle"])
        answers["person"] = typer.prompt("Your name", default=answers["handle"])
    answers = {key: one_line(clean(value)) for key, value in answers.items()}
    if answers["url"] and "://" not in answers["url"]:
        answers["url"] = f"https://{answers['url']}"
    make_private(paths.config)
    _write(paths.config_file, configuration(answers, named=not yes))
    _write(paths.brand_file, _BRAND.format(brand=_quoted(answers["brand"] or "Our brand")))
    _write(paths.reasons, reasons.SHIPPED.read_text("utf-8"))
    for folder in (paths.rules, paths.templates):
        make_private(folder)
    try:
        load(paths)
    except CminboxError as error:
        raise CminboxError(f"written, but an answer needs a correction: {error.message}", error.hint) from error
    output.say(f"written: {paths.config_file}")
    steps = [f"cminbox sources login {answers['name']}"] if answers["url"] else ["add a [[source]] to it"]
    output.say(f"next: {steps[0]}, then cminbox doctor, then cminbox")


def configuration(answers: dict[str, str], *, named: bool) -> str:
    """The text of `config.toml`; what was not answered stands there as a comment."""
    source = _SOURCE.format(
        mark="" if answers["url"] else "# ",
        name=_quoted(answers["name"] or "mastodon"),
        url=_quoted(answers["url"] or "https://mastodon.example"),
    )
    rest = _REST.replace("{handle}", _quoted(answers["handle"]))
    member = _MEMBER.format(
        mark="" if named else "# ", handle=_quoted(answers["handle"]), person=_quoted(answers["person"])
    )
    head = "# cminbox: configuration. Secrets do not belong here: cminbox sources login NAME keeps them.\n"
    return (
        f"{head}\n# An account or feed to poll; any number of them.\n{source}"
        f"\n# The team. Without members, whoever logs in works as a lead.\n{member}{rest}"
    )


def _quoted(text: str) -> str:
    """A text as a TOML string, which has the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise CminboxError(f"{file} cannot be written: {error.strerror}", "choose another --config DIR") from error
