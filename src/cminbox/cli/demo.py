"""`demo`: the queue on a throw-away store, fed by a small network of our own over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cminbox import paths, secrets
from cminbox.cli import output, terminal
from cminbox.cli.session import Session
from cminbox.config import load
from cminbox.errors import CminboxError, UsageError
from cminbox.members import account_name
from cminbox.paths import Paths
from cminbox.store import Store, conversations, sources

SOURCE = "heron"
_CONFIG = """[[source]]
name = "{source}"
network = "mastodon"
base_url = "{url}"
interval = "3s"
backfill = "7d"

[[member]]
handle = "ana"
name = "Ana"
role = "lead"
teams = ["care"]
login = {account}

[[member]]
handle = "jo"
name = "Jo"
role = "responder"
teams = ["care"]

[[member]]
handle = "lena"
name = "Lena"
role = "drafter"
teams = ["press"]

[team.speak_for]
{account} = ["*"]

[sla]
default = "4h"

[engine]
idle_exit = "30s"
"""
_BRAND = """name = "Saffron Heron Tea & Coffee"
shipping_url = "https://saffronheron.example/shipping"
"""
_FIRST_SECONDS = 20.0


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("demo")(demo)


def demo(
    ctx: typer.Context,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    speed: Annotated[float, typer.Option(min=0.01, help="How many times faster everything happens.")] = 1.0,
    no_screen: Annotated[
        bool, typer.Option("--no-screen", help="Print where everything is, as JSON, and serve until stopped.")
    ] = False,
) -> None:
    """Open the queue on a built-in demo network.

    No account is needed, and nothing is left behind.
    """
    shared = Session.of(ctx).shared
    if shared.config or shared.data:
        raise UsageError(
            "the demo makes its own folders, which are removed at its end", "leave out --config and --data"
        )
    if not no_screen and (found := terminal.trouble()) is not None:
        raise UsageError(found.what, f"{found.hint}; cminbox demo --no-screen serves without a screen")
    with _ended_by_signals(), _folder() as folder, _network(seed, speed) as (url, token):
        paths = _configured(folder, url, token)
        with _engine(paths):
            if no_screen:
                told = {"config": str(paths.config), "data": str(paths.data), "url": url, "token": token}
                sys.stdout.write(json.dumps({**told, "source": SOURCE}) + "\n")
                sys.stdout.flush()
                while True:
                    signal.pause()
            status = _opened(paths, shared.member)
    if status:
        raise typer.Exit(status)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets a closed terminal or a kill end the demo as leaving it does, so that nothing stays behind."""

    def leave(number: int, frame: FrameType | None) -> None:
        # A second signal must not interrupt the tidying up.
        for other in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except SystemExit as ended:
        raise typer.Exit(ended.code if isinstance(ended.code, int) else 1) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of our own (0700) that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cminbox-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _network(seed: int, speed: float) -> Iterator[tuple[str, str]]:
    """The demo network in a process of its own: its address and our token there."""
    command = [sys.executable, "-m", "cminbox.demo", "--seed", str(seed), "--speed", str(speed), "--quiet"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        line = process.stdout.readline() if process.stdout else b""
        try:
            told = json.loads(line)
        except ValueError:
            raise CminboxError("the demo network did not start", "try again; python -m cminbox.demo says why") from None
        yield told["url"], told["token"]
    finally:
        _end(process)


@contextmanager
def _engine(paths: Paths) -> Iterator[None]:
    """An engine that ends with the demo, and by itself should the demo be killed."""
    paths.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "cminbox", "poll", "--leave-when-idle"]
    command += ["--config", str(paths.config), "--data", str(paths.data)]
    with paths.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that we started, gently first."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _configured(folder: Path, url: str, token: str) -> Paths:
    """Writes the demo's configuration and hands its secret to the programs that we start."""
    found = paths.find(paths.make_private(folder / "config"), paths.make_private(folder / "data"))
    account = json.dumps(account_name(), ensure_ascii=False)
    found.config_file.write_text(_CONFIG.format(source=SOURCE, url=url, account=account), encoding="utf-8")
    found.brand_file.write_text(_BRAND, encoding="utf-8")
    os.environ[secrets.variable(SOURCE)] = token
    return found


def _opened(paths: Paths, member: str | None) -> int:
    """Waits until the first poll is through, so that the queue opens settled, and opens it."""
    from cminbox import app

    _first_poll(paths)
    return app.run(load(paths), member=member, engine=False)


def _first_poll(paths: Paths) -> None:
    with Store.open(paths.store) as store:
        end = time.monotonic() + _FIRST_SECONDS
        while time.monotonic() < end:
            row = sources.by_name(store.read(), SOURCE)
            if row is not None and row.first_ok_at is not None:
                break
            output.progress(f"the demo network answers: {conversations.count(store.read(), None)} conversations")
            time.sleep(0.1)
        output.progress_done()
