"""`channels`: whom what reaches, a test notice, and a channel's address."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from cminbox import secrets
from cminbox.channels import ChannelConfig, split_address
from cminbox.cli import logins, output, shapes
from cminbox.cli.session import Session
from cminbox.config import Config
from cminbox.duration import format_narrow, parse_duration
from cminbox.engine.colleagues import MAILBOX
from cminbox.engine.start import ensure_running
from cminbox.engine.telling.carrier import scheme_of
from cminbox.engine.telling.worker import carrier_of
from cminbox.errors import CminboxError, StoreError, UsageError
from cminbox.members import MAY_MANAGE
from cminbox.model import NOTICE_KINDS, SECOND, now
from cminbox.store import deliveries, notices
from cminbox.store.deliveries import Channel, Delivery

PARTLY = 3
_LOOK = 0.1
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The channel's name in config.toml.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="List channels, test one, keep its address.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("test")(try_channel)
    group.command("login")(login)
    app.add_typer(group, name="channels")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the channels: whom each reaches, how it is, when it last told something; and who is told of what."""
    session = Session.of(ctx)
    config = session.config
    health, counts = deliveries.channels(session.conn), deliveries.counts(session.conn)
    found = [_described(session, channel, health.get(channel.name), counts) for channel in config.tell.channels]
    told = {kind: list(config.tell.tell.get(kind, ())) for kind in NOTICE_KINDS if kind != "test"}
    if as_json:
        output.say_json({"channels": found, "tell": told, "urgent": list(config.tell.urgent)})
        return
    if not found:
        output.note("no channel yet: add a [[channel]] to config.toml; docs/delivery.md says how")
        return
    rows: list[tuple[object, ...]] = [("channel", "by", "reaches", "state", "told", "waiting", "failed", "")]
    for one in found:
        hint = f" ({one['hint']})" if one["hint"] else ""
        waits = f"{one['deliveries'].get('queued', 0):,}"
        failed = f"{one['deliveries'].get('failed', 0):,}"
        unknown = one["deliveries"].get("unknown", 0)
        said = f"{one['problem'] or ''}{hint}" or (f"{unknown:,} unknown" if unknown else "")
        at = health.get(one["name"], Channel("")).told_at
        ago = "–" if at is None else f"{format_narrow(max(0, now() - at))} ago"
        rows.append((one["name"], one["by"] or "–", ", ".join(one["reaches"]), one["state"], ago, waits, failed, said))
    output.table(rows, right=(5, 6))
    output.say()
    output.table([("notice", "tells"), *((kind, _whom(kind, who)) for kind, who in told.items())])


def _whom(kind: str, who: Sequence[str]) -> str:
    """Who is told of a kind of notice; rules and who asks a colleague name them."""
    named = ["whom it names"] if kind in ("question", "rule") else []
    return ", ".join([*named, *who]) or "nobody"


def _described(
    session: Session, channel: ChannelConfig, health: Channel | None, counts: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    known = health or Channel(channel.name)
    problem, hint = trouble(session, channel, known)
    url = ""
    with suppress(CminboxError):
        url = secrets.get(channel.name, session.paths) or ""
    last = next((one for one in deliveries.newest(session.conn, channel.name) if one.error), None)
    return {
        "name": channel.name,
        "by": scheme_of(url) or None,
        "reaches": reaches(session.config, channel),
        "carries": sorted(channel.carries) or "all",
        "state": "ok" if not problem else "trouble",
        "problem": problem or None,
        "hint": hint or None,
        "since": shapes.time(known.since),
        "retry_at": shapes.time(known.retry_at),
        "told_at": shapes.time(known.told_at),
        "tried_at": shapes.time(known.tried_at),
        "last_error": last.error if last else None,
        "deliveries": {status: number for (name, status), number in counts.items() if name == channel.name},
    }


def trouble(session: Session, channel: ChannelConfig, known: Channel) -> tuple[str, str]:
    """Why nothing can be told through a channel, and what to do; empty where it can, as far as anybody knows."""
    try:
        url = secrets.get(channel.name, session.paths)
        if url:
            carrier_of(channel, url)
    except CminboxError as error:
        return error.message, error.hint.replace("login NAME", f"login {channel.name}")
    if not url and keeps_secrets(session):
        return "no address is kept for it", f"cminbox channels login {channel.name}"
    return known.problem, known.hint


def keeps_secrets(session: Session) -> bool:
    """Whether this account is the one that holds the secrets: in a store that a group shares, its owner alone."""
    if not session.config.group:
        return True
    with suppress(OSError):
        return session.paths.store.stat().st_uid == os.getuid()
    return True


def reaches(config: Config, channel: ChannelConfig) -> list[str]:
    """Whom a channel reaches, in words: members by their handles, and addresses."""
    found = []
    for member in config.members:
        for name in member.telling.channels:
            known, address = split_address(name)
            if known.casefold() == channel.name.casefold():
                found.append(f"{member.handle} <{address}>" if address else member.handle)
    return [*found, *channel.to] or ["whoever reads it"]


def try_channel(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A channel, or NAME:ADDRESS for mail to an address.")],
    patience: Annotated[str, typer.Option("--timeout", help="Wait at most so long.")] = "1m",
    as_json: Json = False,
) -> None:
    """Tell a test notice through a channel, and say what became of it.

    Exit status: 0 it was delivered, 1 it was not, 3 nobody knows.
    """
    session = Session.of(ctx)
    session.check_may(MAY_MANAGE)
    if problem := session.config.told_names.channel_problem(name):
        raise UsageError(*problem)
    try:
        longest = parse_duration(patience)
    except ValueError as error:
        raise UsageError(str(error)) from None
    at, actor = now(), session.actor.partition(":")[2]
    title, text = f"Test of the channel {split_address(name)[0]}", f"{actor} tries whether this arrives."
    notice = session.store.write(
        lambda conn: notices.tell(conn, at, "test", title, key=f"test:{name}:{at}", text=text, recipients=[name])
    )
    started = ensure_running(session.store, session.config, for_reply=True)
    found = _settled(session, notice or 0, longest)
    if as_json:
        output.say_json(
            {
                "channel": name,
                "status": found.status if found else "queued",
                "error": found.error or None if found else None,
                "sent_at": shapes.time(found.sent_at) if found else None,
            }
        )
    if found is None or found.status in ("queued", "sending"):
        if not as_json:
            busy = "the engine has not come to it" if started or found is None else "it is on its way"
            output.say(f"{name}: not told yet: {busy}")
        raise typer.Exit(PARTLY)
    if found.status == "sent":
        if not as_json:
            output.say(f"{name}: told")
        return
    if found.status == "unknown":
        if not as_json:
            output.say(f"{name}: maybe told: {found.error}")
        raise typer.Exit(PARTLY)
    hint = deliveries.channel(session.conn, found.channel).hint
    raise CminboxError(f"{name}: not told: {found.error}", hint)


def _settled(session: Session, notice: int, longest: int) -> Delivery | None:
    """The delivery of a notice once it is known what became of it; as it stands when the time is over."""
    end = time.monotonic() + longest / SECOND
    while True:
        told = deliveries.of_notice(session.conn, notice)
        found = told[0].delivery if told else None
        if (found is not None and found.status not in ("queued", "sending")) or time.monotonic() >= end:
            return found
        time.sleep(_LOOK)
        session.store.check_file()


def login(ctx: typer.Context, name: Name) -> None:
    """Keep a channel's address: asked for on a terminal, else read from standard input. It is not tried: test does.

    The name answers keeps the password of the mailbox to which colleagues answer; doctor tries it.
    """
    session = Session.of(ctx)
    session.check_may(MAY_MANAGE)
    if name.casefold() == MAILBOX and session.config.answers is not None:
        password = logins.line(f"The password of {session.config.answers.user}: ", secret=True)
        where = secrets.put(MAILBOX, password, session.paths)
        output.say(f"{MAILBOX}: password kept in {_place(where, session)}; cminbox doctor tries it")
        return
    channel = session.config.tell.channel(name)
    if channel is None:
        problem = session.config.told_names.channel_problem(name)
        raise UsageError(*(problem or (f'no channel is called "{name}"', "")))
    asked = "Its address, such as mailtos://USER:PASSWORD@smtp.shop.example or matrixs://…: "
    url = logins.line(asked, secret=True)
    if not scheme_of(url):
        raise UsageError("that is no address", "write it as mailtos://…, matrixs://…, json://…: docs/delivery.md")
    carrier_of(channel, url)
    where = secrets.put(channel.name, url, session.paths)
    output.say(
        f"{channel.name}: address kept in {_place(where, session)}; cminbox channels test {channel.name} tries it"
    )
    # What waits for it is tried at once.
    with suppress(StoreError):
        session.store.write(lambda conn: deliveries.try_soon(conn, channel.name, now()))


def _place(where: secrets.Where, session: Session) -> str:
    """Where a secret was kept, in words."""
    return "the system's keyring" if where == "keyring" else str(session.paths.secrets_file)
