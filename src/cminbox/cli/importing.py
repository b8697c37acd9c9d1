"""What `import` does. The usual call of it is read here too, without the library of the command line."""

from __future__ import annotations

import gc
import io
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cminbox.cli import output
from cminbox.cli.arguments import Shared
from cminbox.cli.reading import pages
from cminbox.cli.session import Session
from cminbox.engine.scoring import Scoring
from cminbox.errors import CminboxError
from cminbox.members import MAY_MANAGE
from cminbox.sources.networks.jsonl import other_format

PARTLY = 3

_TOLD = 20
_RARELY = 50_000
"""Objects that are made before garbage is looked for: pages are full of them, and none lies in a circle."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call of `import` asks for.

    Attributes:
        file: a name, or `-` for standard input.
        history: store as history.
        as_json: print JSON.
    """

    file: str
    history: bool = False
    as_json: bool = False


def usual(words: Sequence[str]) -> Asked | None:
    """What the words after `import` ask for; None where the library has to read, or refuse, them."""
    files = [word for word in words if word == "-" or not word.startswith("-")]
    flags = [word for word in words if word not in files]
    if len(files) != 1 or len(set(flags)) != len(flags) or not {*flags} <= {"--history", "--json"}:
        return None
    return Asked(files[0], "--history" in flags, "--json" in flags)


def alone(shared: Shared, asked: Asked) -> int:
    """Import in a session of its own; returns the exit status."""
    session = Session(shared)
    try:
        return run(session, asked)
    finally:
        session.close()


def run(session: Session, asked: Asked) -> int:
    """Import, say what came of it, and return the exit status.

    Raises:
        ActionError: this member may not.
    """
    session.check_may(MAY_MANAGE)
    # What is loaded stays to the end: nobody need look through it for garbage.
    gc.freeze()
    gc.set_threshold(_RARELY, 20, 100)
    counts = {"new": 0, "edited": 0, "known": 0, "bad": 0}
    with ExitStack() as stack:
        name = "standard input" if asked.file == "-" else Path(asked.file).name
        opened = stack.enter_context(_standard_input() if asked.file == "-" else _open(Path(asked.file)))
        _check_format(opened, asked.file, name)
        config = session.config
        scoring = Scoring(config.paths.rules, config.paths.lexicons, zone=config.zone, competitors=config.competitors)
        found = pages(opened, name, scoring)
        if scoring.problem:
            output.note(scoring.problem)
        # The other process reads meanwhile.
        from cminbox.cli.import_writer import PageWriter

        writer = PageWriter(session.store, session.config, scoring, asked.history)
        stack.callback(writer.stop)
        for page, taken in writer.take(found):
            for bad in [*page.bad, *(error.line() for error in taken.errors)]:
                counts["bad"] += 1
                if counts["bad"] <= _TOLD:
                    output.progress_done()
                    output.note(f"{bad}; skipped")
            counts["new"] += taken.new
            counts["edited"] += taken.edited
            counts["known"] += taken.known
            output.progress(f"{counts['new']:,} new, {counts['known'] + counts['edited']:,} known")
    output.progress_done()
    if counts["bad"] > _TOLD:
        output.note(f"and {counts['bad'] - _TOLD:,} more bad lines")
    if asked.as_json:
        output.say_json(counts)
    else:
        shown = [f"{counts['new']:,} new", f"{counts['known']:,} known"]
        shown += [f"{counts[word]:,} {word}" for word in ("edited", "bad") if counts[word]]
        output.say(", ".join(shown))
    return PARTLY if counts["bad"] else 0


def _check_format(opened: IO[bytes], file: str, name: str) -> None:
    """Look whether it can be JSON Lines at all, before anything of it is stored.

    Raises:
        CminboxError: its first bytes are those of another encoding, or of a compressed file.
    """
    if not isinstance(opened, io.BufferedReader):
        return
    try:
        other = other_format(opened.peek(4))
    except OSError:  # who reads it says why it cannot be read
        return
    if other is not None:
        what, command = other
        convert = f"convert it: {command} {shlex.quote(file)} | cminbox import -"
        hint = convert if command else "give it a file of JSON Lines"
        raise CminboxError(f"{name} is {what}, not JSON Lines in UTF-8; nothing was stored", hint)


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise CminboxError(f"{path} cannot be read: {error.strerror}", "check the name and who may read it") from error


def _standard_input() -> IO[bytes]:
    """Standard input, kept open for whoever reads it on in another process."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except OSError:  # something else stands in its place
        return sys.stdin.buffer
