"""The way in: opens the queue, or hands over to the commands; every error ends here as one clear line."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from cminbox import __version__
from cminbox.cli import terminal
from cminbox.cli.arguments import Shared, split
from cminbox.errors import CminboxError
from cminbox.text import clean, one_line

if TYPE_CHECKING:
    from typing_extensions import Buffer

INTERRUPTED = 130
"""The exit status of a program that Ctrl+C stopped, as shells know it."""


class _OutputError(OSError):
    """Standard output takes no more: it is full, or gone."""


class _Output(io.FileIO):
    """Standard output, whose errors are told from those of other files."""

    def write(self, data: Buffer) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _OutputError(error.errno, error.strerror) from None


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit status: 0 done, 1 failed, 2 wrong usage, 3 partly failed."""
    _open_streams()
    shared = Shared()
    try:
        with _ended_by_signals():
            shared, rest = split(arguments)
            status = _dispatch(shared, rest)
            sys.stdout.flush()
    except CminboxError as error:
        return _fail(error.line(), error.exit_status)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _drop_output()
        return 0
    except _OutputError as error:
        _drop_output()
        return _fail(f"standard output cannot be written: {error.strerror} — it does not have all", 1)
    except Exception as error:  # noqa: BLE001 - the last line of defence: people get one line, the log the rest
        where = _logged(error, shared)
        return _fail(f"a mistake of ours ({type(error).__name__}: {_line(str(error))}); {where}", 1)
    return status


def _open_streams() -> None:
    """Give each standard stream that was closed before we began something to stand for it; letters that a terminal
    cannot show get a mark in their place, never an error."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    if sys.stdout is sys.__stdout__ and type(sys.stdout) is io.TextIOWrapper:
        raw = _Output(sys.stdout.fileno(), "w", closefd=False)
        watched = sys.stdout.isatty()
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), sys.stdout.encoding, line_buffering=watched)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a kill and a closed terminal end a command as an error does: a terminal that does not echo does so again."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drop_output() -> None:
    """Nothing more can be written: Python would complain once more when it closes the stream."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(shared: Shared, rest: list[str]) -> int:
    if not rest:
        return _open(shared)
    if rest == ["--version"]:
        sys.stdout.write(f"cminbox {__version__}\n")
        return 0
    if rest[0] == "import":
        from cminbox.cli import importing

        if (asked := importing.usual(rest[1:])) is not None:
            return importing.alone(shared, asked)
    from cminbox.cli.main import run as run_command

    return run_command(shared, rest)


def _open(shared: Shared) -> int:
    """The queue, as fast as it can be: nothing is imported that it does not show."""
    terminal.check()
    gc.disable()  # all that the start makes stays; the app lets garbage be looked for once the first page is shown
    from cminbox import app, config, paths

    return app.run(config.load(paths.find(shared.config, shared.data)), member=shared.member)


def _fail(line: str, status: int) -> int:
    with suppress(OSError):
        sys.stderr.write(f"cminbox: {_line(line)}\n")
    return status


def _line(text: str) -> str:
    """A text as one line that holds nothing a terminal would obey."""
    return one_line(clean(text))


def _logged(error: Exception, shared: Shared) -> str:
    """Writes the traceback into the log and says where that is."""
    from cminbox import paths

    log: Path | None = None
    try:
        log = paths.find(shared.config, shared.data).log
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(descriptor, "a", encoding="utf-8", errors="replace") as file:
            file.write("".join(traceback.format_exception(error)))
    except (OSError, CminboxError):
        return "and the log could not be written"
    return f"the log is {log}"
