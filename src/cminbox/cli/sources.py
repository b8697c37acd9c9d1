"""`sources`: what is polled, which networks there are, whether one answers, and its secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Annotated, Any, cast

import typer

from cminbox import secrets
from cminbox.cli import logins, output, shapes
from cminbox.cli.session import Session
from cminbox.config import SourceConfig
from cminbox.duration import format_duration
from cminbox.engine import source_words
from cminbox.engine.accounts import Accounts
from cminbox.errors import ActionError, AuthError, StoreError, UsageError
from cminbox.links import without_credentials
from cminbox.members import MAY_MANAGE
from cminbox.model import Instant, now
from cminbox.sources import registry
from cminbox.sources.contract import Identity, Info, Page
from cminbox.sources.http import Client
from cminbox.store import Connection, sources
from cminbox.store.sources import SourceRow

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The source's name in config.toml.")]


def add(app: typer.Typer) -> None:
    """Make the commands known."""
    group = typer.Typer(help="List sources and networks, test a source, keep its secret.", rich_markup_mode=None)
    group.command("list")(list_)
    group.command("networks")(networks)
    group.command("test")(try_source)
    group.command("login")(login)
    app.add_typer(group, name="sources")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the configured sources and those that an import made, with their health."""
    session = Session.of(ctx)
    known = {row.name: row for row in sources.all(session.conn)}
    configured = {source.name: source for source in session.config.sources}
    found = []
    for name in dict.fromkeys([*configured, *known]):
        row, source = known.get(name), configured.get(name)
        found.append(
            {
                "name": name,
                "network": source.network if source else row.network if row else "",
                "base_url": without_credentials(source.base_url) if source else "",
                "owned": source.owned if source else True,
                "polled": source is not None,
                "account": row.account_handle or None if row else None,
                "health": row.state if row and source else "new" if source else "imported",
                "taken": row.taken if row else 0,
                "skipped": row.skipped if row else 0,
                "last_poll_at": shapes.time(row.last_poll_at) if row else None,
                "next_poll_at": shapes.time(row.next_poll_at) if row and source else None,
                "error": row.error or None if row else None,
                "hint": row.hint or None if row else None,
                "note": row.note or None if row else None,
                "off": registry.why_off(source.network, source.enabled) or None if source else None,
                "paused_by": row.paused_by or None if row else None,
                "silence": row.silence or None if row else None,
                "lag": row.lag / 1000 if row and row.lag is not None else None,
                "token_ends_at": shapes.time(row.token_ends_at) if row else None,
                "token_renewed": row.token_renewed if row else False,
                "login_ends_at": shapes.time(row.login_ends_at) if row else None,
                "budget": source_words.budget_left(row, now()) or None if row else None,
            }
        )
    if as_json:
        output.say_json(found)
        return
    if not found:
        output.note("no source yet: cminbox init writes a configuration, cminbox demo needs none")
        return
    here = now()
    rows = []
    for one in found:
        hint = f" ({one['hint']})" if one["hint"] else ""
        polled = _ago(known.get(cast(str, one["name"])), here)
        row_texts = (one["name"], one["network"], one["health"], f"{one['taken']:,}", polled)
        paused = f"paused by {one['paused_by']}" if one["paused_by"] else ""
        said = one["off"] or paused or one["error"] or one["silence"] or one["note"] or ""
        rows.append((*row_texts, f"{said}{hint if said == one['error'] else ''}"))
    output.table([("source", "network", "health", "taken", "polled", ""), *rows], right=(3, 4))


def networks(as_json: Json = False) -> None:
    """List the networks with what each adapter can do."""
    infos = [registry.info(name) for name in registry.networks()]
    if as_json:
        output.say_json([_described(info) for info in infos])
        return
    for place, info in enumerate(infos):
        if place:
            output.say()
        output.heading(f"{info.network}  {info.title}")
        able = info.capabilities
        output.say(f"  can: {', '.join(able.words())}")
        for verb, why in able.cannot.items():
            output.say(f"  no {verb}: {why}")
        for what, how in able.brings.items():
            output.say(f"  {what}: {how}")
        limit = able.counting.limit
        if able.reply:
            output.say(f"  longest reply: {f'{limit:,}' if limit else 'no limit'}, counted as {able.counting.rule}")
        if info.base_url:
            output.say(f"  base_url: {info.base_url_help or 'needed'}")
        if info.secret:
            output.say(f"  secret: {info.secret}")
        for option in info.options:
            needed = " (needed)" if option.required else ""
            choices = f" One of {', '.join(option.choices)}." if option.choices else ""
            output.say(f"  {option.name}{needed}: {option.help}{choices}")
        if able.cost:
            output.say(f"  cost: {able.cost}")


def try_source(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Ask a source who we are there, for its limits and for its newest messages, of which none is stored."""
    session = Session.of(ctx)
    source = session.config.source(name)
    identity, page = asyncio.run(_ask_alone(session, source, read=True))
    count = len(page.messages) if page else 0
    if as_json:
        output.say_json(
            {
                "source": source.name,
                "network": source.network,
                "account": {"id": identity.id, "handle": identity.handle},
                "limits": dict(identity.limits),
                "messages": count,
            }
        )
        return
    output.say(f"{source.name}: answers as {identity.handle or identity.id}, {count:,} messages on its first page")


def login(
    ctx: typer.Context,
    name: Name,
    way: Annotated[
        str, typer.Option("--with", metavar="WAY", help="How: token, fields, code, address or device.")
    ] = "",
) -> None:
    """Log in at a source and keep its secret: asked for on a terminal, else read from standard input; then tried."""
    session = Session.of(ctx)
    session.check_may(MAY_MANAGE)
    source = session.config.source(name)
    info = registry.info(source.network)
    if info.secret is None:
        raise UsageError(f"{source.network} needs no secret", f"cminbox sources test {source.name} asks it")
    secret = logins.secret_of(source, way)
    where = secrets.put(source.name, secret, session.paths)
    kept = "the system's keyring" if where == "keyring" else str(session.paths.secrets_file)
    output.say(f"{source.name}: secret kept in {kept}")
    identity, _ = asyncio.run(_ask_alone(session, source, read=False))
    output.say(f"{source.name}: answers as {identity.handle or identity.id}")
    # An engine that paused it for its old secret looks at once.
    with suppress(StoreError):
        session.store.write(lambda conn: sources.want(conn, source.name, now()))


async def _ask_alone(session: Session, source: SourceConfig, *, read: bool) -> tuple[Identity, Page | None]:
    async with Client() as client:
        return await ask(session, source, client, read=read)


async def ask(session: Session, source: SourceConfig, client: Client, *, read: bool) -> tuple[Identity, Page | None]:
    """Who we are at a source, and the first page of what is new there. The server's limits are kept.

    Raises:
        SourceError, ConfigError: why it does not answer.
    """
    adapter, accounts = registry.load(source.network), Accounts(session.store, now)
    row = sources.by_name(session.conn, source.name) or _made(session, source)
    account = accounts.of(session.config, source, row, adapter)
    account, note = await accounts.renewed_in_time(session.paths, account, adapter, client)
    if note:
        output.note(f"{source.name}: {note}")
    try:
        identity = await adapter.identify(client, account)
    except AuthError:
        again = await accounts.renewed_refused(session.paths, account, adapter, client)
        if again is None:
            raise
        account, identity = again, await adapter.identify(client, again)
    if identity.limits:
        _keep_limits(session, source, identity)
    account = replace(account, account_id=identity.id)
    if read and account.options.get("path") != "-":
        pages = cast("AsyncGenerator[Page]", adapter.pages(client, account, {}))
        async with aclosing(pages):
            async for page in pages:
                return identity, page
    return identity, None


def _made(session: Session, source: SourceConfig) -> SourceRow | None:
    """The row of a source that was never polled, where this member and this store let us make it."""
    with suppress(ActionError, StoreError):
        session.check_may()
        return session.store.write(
            lambda conn: sources.ensure(conn, source.name, source.network, base_url=source.base_url, owned=source.owned)
        )
    return None


def _keep_limits(session: Session, source: SourceConfig, identity: Identity) -> None:
    """Keep what a server says of its limits, where this member and this store let us."""

    def work(conn: Connection) -> None:
        row = sources.ensure(conn, source.name, source.network, base_url=source.base_url, owned=source.owned)
        sources.update(conn, row.id, {"limits": dict(identity.limits)})

    with suppress(ActionError, StoreError):
        session.check_may()
        session.store.write(work)


def _described(info: Info) -> dict[str, Any]:
    able = info.capabilities
    return {
        "network": info.network,
        "title": info.title,
        "base_url": info.base_url,
        "secret": info.secret,
        "options": [
            {"name": option.name, "type": option.type, "required": option.required, "help": option.help}
            for option in info.options
        ],
        "capabilities": {
            **{word: getattr(able, word) for word in ("reply", "dm", "edits", "deletions")},
            "verbs": {
                verb: {"own": each.own, "others": each.others, "undo": each.undo} for verb, each in able.verbs.items()
            },
            "cannot": dict(able.cannot),
            "brings": dict(able.brings),
            "find_sent": able.find_sent,
            "duplicate_guard": able.duplicate_guard,
            "counting": able.counting.rule,
            "limit": able.counting.limit,
            "min_interval": able.min_interval / 1000,
            "cost": able.cost or None,
        },
    }


def _ago(row: Any, here: Instant) -> str:
    if row is None or row.last_poll_at is None:
        return "–"
    return f"{format_duration(max(0, here - row.last_poll_at))} ago"
