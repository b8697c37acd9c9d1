"""`poll`: the engine without a screen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from cminbox.cli import logs, output
from cminbox.cli.session import Session
from cminbox.engine.lock import AnotherRuns
from cminbox.engine.loop import Engine
from cminbox.engine.polling import Polled
from cminbox.engine.service import Service
from cminbox.model import SECOND, now
from cminbox.sources.limits import LONGEST
from cminbox.store import sources

PARTLY = 3
MOST_NOTES = 5


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("poll")(poll)


def poll(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Poll each source once, send what is due, and end.")] = False,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    leave_when_idle: Annotated[bool, typer.Option("--leave-when-idle", hidden=True)] = False,
    leave_when_sent: Annotated[bool, typer.Option("--leave-when-sent", hidden=True)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print JSON.")] = False,
) -> None:
    """Run the engine without a screen.

    It polls the sources, scores what comes, sends replies and wakes what sleeps.
    """
    session = Session.of(ctx)
    config = session.config
    if source is not None:
        source = config.source(source).name
    leaves = leave_when_idle or leave_when_sent
    if not config.sources and not leaves:
        output.note("there is no source to poll: add a [[source]] to config.toml, see cminbox sources networks")
    if once:
        logs.to_file(config.paths.log)
        try:
            engine = Engine(session.store, config)
            polled = asyncio.run(engine.once(source))
            if engine.scoring.problem:
                output.note(engine.scoring.problem)
            print_polled(polled, as_json, partly=bool(engine.scoring.problem))
        except AnotherRuns:
            session.check_may()
            session.store.write(lambda conn: sources.want(conn, source, now()))
            output.note("an engine is running: it was asked to poll now")
        return
    logs.to_stderr()
    if source is None:
        asyncio.run(_serve(Service(config, by_hand=not leaves, for_reply=leave_when_sent)))
    else:
        asyncio.run(_serve_one(session, source))


async def _serve(service: Service) -> None:
    """Run an engine until it leaves or a signal ends it, which lets it finish what it is at."""
    _stopped_by_signals(service.stop)
    await service.run()


def _stopped_by_signals(stop: Callable[[], None]) -> None:
    """Call something on the signals that end a program, but for those that it was started to ignore (`nohup`)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)


async def _serve_one(session: Session, name: str) -> None:
    """Poll one source again and again; what another engine does meanwhile is left to it."""
    stop = asyncio.Event()
    _stopped_by_signals(stop.set)
    engine = Engine(session.store, session.config)
    interval = engine.poller.interval(session.config.source(name))
    while not stop.is_set():
        for polled in await engine.once(name):
            if polled.error is not None:
                output.note(polled.error.line())
        row = sources.by_name(session.conn, name)
        limited = (row.limited_until if row is not None else None) or 0
        try:
            await asyncio.wait_for(stop.wait(), max(interval, min(limited - now(), LONGEST)) / SECOND)
        except TimeoutError:
            continue


def print_polled(polled: Sequence[Polled], as_json: bool = False, partly: bool = False) -> None:
    """Say what a poll of each source came to; sources that failed give the exit status, single items do not."""
    failed = [one for one in polled if one.error is not None]
    if as_json:
        output.say_json(
            [
                {
                    "source": one.source,
                    "new": one.taken.new,
                    "edited": one.taken.edited,
                    "deleted": one.taken.deleted,
                    "skipped": one.skipped,
                    "notes": list(one.notes),
                    "error": one.error.line() if one.error else None,
                }
                for one in polled
            ]
        )
    for one in polled:
        if one.error is not None:
            line = one.error.line()
            output.note(line if one.source in line else f"{one.source}: {line}")
        elif not as_json:
            counts = {"edited": one.taken.edited, "deleted": one.taken.deleted, "skipped": one.skipped}
            more = "".join(f", {count:,} {word}" for word, count in counts.items() if count)
            output.say(f"{one.source}: {one.taken.new:,} new{more}")
        for line in one.notes[:MOST_NOTES]:
            output.note(f"{one.source}: {line}")
        if len(one.notes) > MOST_NOTES:
            output.note(f"{one.source}: {len(one.notes) - MOST_NOTES:,} more like these; the log has them")
    if failed or partly:
        raise typer.Exit(1 if failed and len(failed) == len(polled) else PARTLY)
