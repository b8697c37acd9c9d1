"""`channels`: whom what reaches, what could not be told, a test notice, and a channel's address."""

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
from cminbox.desk.deliveries import LIST
from cminbox.duration import format_narrow, parse_duration
from cminbox.engine.colleagues import MAILBOX
from cminbox.engine.start import ensure_running
from cminbox.engine.telling.carrier import scheme_of
from cminbox.engine.telling.worker import carrier_of
from cminbox.errors import ActionError, CminboxError, StoreError, UsageError
from cminbox.members import MAY_MANAGE, check_role
from cminbox.model import NOTICE_KINDS, SECOND, now
from cminbox.number_format import count_of
from cminbox.store import Connection, deliveries, notices
from cminbox.store.deliveries import Channel, Delivery
from cminbox.text import one_line

PARTLY = 3
_LOOK = 0.1
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LISTED = 20
_ALL = 1_000_000
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help="Deliveries, as channels list numbers them.")]
Channels = Annotated[str, typer.Option("--channel", metavar="NAME", help="All of this channel that nobody decided of.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The channel's name in config.toml.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(
        help="List channels, decide what was not told, test one, keep its address.", rich_markup_mode=None
    )
    group.command("list")(list_)
    group.command("test")(try_channel)
    group.command("retry")(retry)
    group.command("give-up")(give_up)
    group.command("login")(login)
    app.add_typer(group, name="channels")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the channels: whom each reaches, how it is, when it last told something; and who is told of what."""
    session = Session.of(ctx)
    config = session.config
    health, counts = deliveries.channels(session.conn), deliveries.counts(session.conn)
    found = [_described(session, channel, health.get(channel.name), counts) for channel in config.tell.channels]
    told = {kind: list(config.tell.tell.get(kind, ())) for kind in NOTICE_KINDS if kind != "test"}
    undecided = deliveries.not_told(session.conn, _ALL if as_json else LISTED)
    if as_json:
        not_told = [_shape(session.conn, one) for one in undecided]
        told_json = {"channels": found, "tell": told, "urgent": list(config.tell.urgent), "not_told": not_told}
        output.say_json(told_json)
        return
    _say_not_told(session, undecided)
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


def _say_not_told(session: Session, found: Sequence[Delivery]) -> None:
    """What failed or is unknown, with the reason and what can be done; nothing where there is nothing."""
    if not found:
        return
    rows: list[tuple[object, ...]] = [("id", "", "whom", "when", "what", "why")]
    for one in found:
        tells = deliveries.carried(session.conn, one.id)
        more = f" and {len(tells) - 1:,} more" if len(tells) > 1 else ""
        ago = f"{format_narrow(max(0, now() - one.updated_at))} ago"
        rows.append((one.id, one.status, one.whom, ago, f"{_title(tells)}{more}", one.error))
    output.table(rows, right=(0,))
    left = sum(deliveries.count_not_told(session.conn).values()) - len(found)
    if left > 0:
        output.say(f"and {left:,} older ones: --json has all")
    output.say("channels retry ID sends again; what is unknown may arrive twice. channels give-up ID lets it be")
    output.say()


def _title(tells: Sequence[notices.Notice]) -> str:
    return one_line(tells[0].title) if tells else "–"


def _shape(conn: Connection, one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "status": one.status,
        "channel": one.channel,
        "to": one.whom,
        "at": shapes.time(one.updated_at),
        "error": one.error or None,
        "notices": [notice.title for notice in deliveries.carried(conn, one.id)],
    }


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


def retry(
    ctx: typer.Context,
    numbers: Ids = None,
    channel: Channels = "",
    maybe_twice: Annotated[
        bool, typer.Option("--maybe-twice", help="Also what is unknown: it may arrive a second time.")
    ] = False,
) -> None:
    """Have told again what failed; with --maybe-twice also what is unknown and may have arrived already."""
    session = Session.of(ctx)
    check_role(session.member, MAY_MANAGE)
    statuses = ("failed", "unknown") if maybe_twice else ("failed",)
    chosen = _chosen(session, numbers or [], channel, statuses)
    done = session.desk.deliveries.retry(chosen, maybe_twice=maybe_twice)
    ensure_running(session.store, session.config, for_reply=True)
    output.say(f"{count_of(len(done), 'delivery', 'deliveries')} queued again; cminbox channels list says what becomes")


def give_up(ctx: typer.Context, numbers: Ids = None, channel: Channels = "") -> None:
    """Say that nothing is to be done of what failed or is unknown: it is listed no more, and never sent again."""
    session = Session.of(ctx)
    check_role(session.member, MAY_MANAGE)
    done = session.desk.deliveries.give_up(_chosen(session, numbers or [], channel, ("failed", "unknown")))
    output.say(f"{count_of(len(done), 'delivery', 'deliveries')} given up")


def _chosen(session: Session, numbers: Sequence[int], channel: str, statuses: Sequence[str]) -> list[int]:
    """The deliveries that were named: by their numbers, or all of a channel that nobody decided of.

    Raises:
        UsageError: neither, or both; no such channel.
        ActionError: nothing of the channel is to be decided.
    """
    if bool(numbers) == bool(channel):
        raise UsageError("name deliveries by their numbers, or all of one with --channel NAME", LIST)
    if numbers:
        return list(numbers)
    if problem := session.config.told_names.channel_problem(channel):
        raise UsageError(*problem)
    known = session.config.tell.channel(split_address(channel)[0])
    name = known.name if known is not None else channel
    found = deliveries.not_told(session.conn, _ALL, name)
    if not (chosen := [one.id for one in found if one.status in statuses]):
        raise ActionError(f"nothing of {name} is {' or '.join(statuses)} and undecided", LIST)
    return chosen


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
