"""`receive`: takes what networks push; stored first, answered then."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from cminbox.cli import logs, output
from cminbox.cli.session import Session
from cminbox.engine.receiver import ReceiverServer
from cminbox.errors import UsageError
from cminbox.members import MAY_MANAGE
from cminbox.model import now
from cminbox.sources import registry


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("receive")(receive)


def receive(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="An address of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65535)] = 8913,
) -> None:
    """Take what networks push: stored first, answered then.

    It listens on this machine alone; a reverse proxy with TLS, or a tunnel, stands in front of it. The address of a
    source is /in/NAME.
    """
    session = Session.of(ctx)
    session.check_may(MAY_MANAGE)
    config = session.config
    takers = [s.name for s in config.sources if registry.receiver(registry.load(s.network)) is not None]
    if not takers:
        raise UsageError("no source takes what is pushed", "see cminbox sources networks")
    logs.to_stderr()
    server = ReceiverServer(session.store, config, now, host, port)
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
        for name in takers:
            output.say(f"{server.address}/in/{name}")
        server.serve()
    finally:
        server.close()
