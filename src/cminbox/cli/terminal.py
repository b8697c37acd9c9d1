"""Whether the terminal can show the queue; where it cannot, one line says why."""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple

from cminbox.errors import UsageError

LEAST = (40, 10)
"""Columns and lines below which nothing of use can be shown."""
COMFORT = (80, 24)
"""Columns and lines from which on everything has its place."""
_COMMANDS = "cminbox --help shows the commands that work without one"


class Trouble(NamedTuple):
    """What stands against the queue in this terminal, and what to do about it."""

    what: str
    hint: str


def check() -> None:
    """Look whether the queue can be shown.

    Raises:
        UsageError: it cannot.
    """
    found = trouble()
    if found is not None:
        raise UsageError(found.what, found.hint)


def trouble() -> Trouble | None:
    """What stands against it; None where nothing does."""
    return no_terminal() or _poor_terminal()


def no_terminal() -> Trouble | None:
    """Which of the standard streams is no terminal; None where all are. The screen is written to standard error."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or not stream.isatty():
            words = {"stdin": "standard input", "stdout": "standard output", "stderr": "standard error"}[name]
            return Trouble(f"the queue needs a terminal, and {words} is none", _COMMANDS)
    return None


def _poor_terminal() -> Trouble | None:
    term = os.environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        called = f"TERM is {term}" if term else "TERM is not set"
        hint = "set it, such as TERM=xterm-256color; the commands work without: cminbox list"
        return Trouble(f"the queue needs a terminal whose cursor it can move, and {called}", hint)
    encoding = (sys.stdout.encoding or "ascii").lower()
    if encoding.replace("-", "").replace("_", "") != "utf8":
        return Trouble(f"the queue needs UTF-8, and the locale says {encoding}", "set one, such as LANG=C.UTF-8")
    columns, lines = size()
    if columns < LEAST[0] or lines < LEAST[1]:
        least = f"{LEAST[0]}×{LEAST[1]}"
        return Trouble(f"the terminal is {columns}×{lines}, and the queue needs {least}", "make it larger")
    return None


def size() -> tuple[int, int]:
    """Columns and lines; 80 and 24 where the terminal does not tell."""
    found = shutil.get_terminal_size()
    return found.columns, found.lines
