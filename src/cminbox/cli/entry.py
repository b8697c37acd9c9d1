"""The way in: opens the queue, or hands over to the commands; every error ends here as one clear line."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cminbox import __version__
from cminbox.cli.arguments import Shared, split
from cminbox.errors import CminboxError, UsageError
from cminbox.text import clean, one_line

INTERRUPTED = 130
"""The exit status of a program that Ctrl+C stopped, as shells know it."""


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit status: 0 done, 1 failed, 2 wrong usage, 3 partly failed."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets a mark in its place, never an error.
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    shared = Shared()
    try:
        shared, rest = split(arguments)
        status = _dispatch(shared, rest)
        sys.stdout.flush()
    except CminboxError as error:
        return _fail(error.line(), error.exit_status)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it closes the stream.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence: people get one line, the log the rest
        where = _logged(error, shared)
        return _fail(f"a mistake of ours ({type(error).__name__}: {_line(str(error))}); {where}", 1)
    return status


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
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the queue needs a terminal", "cminbox --help shows the commands that work without one")
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
