"""What `import` does. The usual call of it is read here too, without the library of the command line."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING

from cminbox.cli import output
from cminbox.cli.arguments import Shared
from cminbox.cli.session import Session
from cminbox.errors import CminboxError
from cminbox.model import now

if TYPE_CHECKING:
    from cminbox.cli.reading import Pages, Part, Ready
    from cminbox.engine.scoring import Scoring
    from cminbox.engine.takein import Taken
    from cminbox.store import Connection

PARTLY = 3

_TOLD = 20
_EVERYTHING = 1 << 62
_LONGEST = 0.05
"""Seconds that a transaction takes while a screen is open, about half of which nobody else can write."""
SMALLEST, LARGEST = 50, 1000
"""Messages of such a transaction."""
_ALONE = 3.0
"""Seconds for which pages are gathered into a transaction while no screen is open; whoever wants to write meanwhile
waits for three times as long before they give up."""
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
    """Import, say what came of it, and return the exit status."""
    # Looking for garbage in all that is loaded would cost a tenth of the time.
    gc.freeze()
    gc.set_threshold(_RARELY, 20, 100)
    from cminbox.cli.reading import pages
    from cminbox.engine.scoring import Scoring

    counts = {"new": 0, "edited": 0, "known": 0, "bad": 0}
    with ExitStack() as stack:
        name = "standard input" if asked.file == "-" else Path(asked.file).name
        opened = stack.enter_context(_standard_input() if asked.file == "-" else _open(Path(asked.file)))
        scoring = Scoring(session.paths.rules, session.paths.lexicons)
        found = pages(opened, name, scoring)
        if scoring.problem:
            output.note(scoring.problem)
        store = _Importing(session, scoring, asked.history)
        stack.callback(store.stop)
        for page, taken in store.take(found):
            for bad in page.bad:
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


class _Importing:
    """Puts pages into the store, whatever sources they are from.

    Many lines in one transaction cost less each, because they touch the same pages of the indexes; in a large store, a
    third. So pages are gathered for seconds while no screen is open, and cut into short transactions while one is.
    """

    def __init__(self, session: Session, scoring: Scoring, history: bool) -> None:
        from cminbox.engine.transaction import Intake

        config = session.config
        self._intake = Intake(scoring, now(), _EVERYTHING if history else None, config.sla_default, config.teams)
        self._store = session.store
        self._at_once = LARGEST
        self._stopped = False

    def stop(self) -> None:
        """What is being written is finished, and no other page begun."""
        self._stopped = True

    def take(self, pages: Pages) -> Iterator[tuple[Ready, Taken]]:
        """Store the pages; gives each, with what it brought, once it is stored."""
        while (page := next(pages.found, None)) is not None:
            stored, failure = self._store.write(partial(self._gathered, first=page, pages=pages), durable=False)
            if not stored:
                yield page, self._in_portions(page)
            yield from stored
            if failure is not None:
                raise failure

    def _gathered(
        self, conn: Connection, first: Ready, pages: Pages
    ) -> tuple[list[tuple[Ready, Taken]], Exception | None]:
        """Store pages as they come, for a while, or none while a screen is open; also what kept the next one away."""
        from cminbox.store import people
        from cminbox.store.sqlite import checkpoint

        if people.open_screens(conn, now()):
            return [], None
        checkpoint.expect_much(conn, alone=True)
        end = monotonic() + _ALONE
        stored: list[tuple[Ready, Taken]] = []
        page = first
        while True:
            stored.append((page, self._taken(conn, page.parts)))
            if self._stopped or monotonic() >= end or not pages.near():
                return stored, None
            try:
                following = next(pages.found, None)
            except Exception as failure:  # noqa: BLE001 - it is raised when what was read before is kept
                return stored, failure
            if following is None:
                return stored, None
            page = following

    def _in_portions(self, page: Ready) -> Taken:
        """Store a page, in as many transactions as it takes for nobody to wait long for one."""
        from cminbox.engine.takein import Taken

        taken = Taken()
        for parts in _portions(page.parts, lambda: self._at_once):
            began = monotonic()
            taken += self._store.write(partial(self._portion, parts=parts), durable=False, late=True)
            pace = (monotonic() - began) / sum(len(part) for _, _, part in parts)
            self._at_once = min(max(round(_LONGEST / pace), SMALLEST), LARGEST)
        return taken

    def _portion(self, conn: Connection, parts: Sequence[Part]) -> Taken:
        from cminbox.store.sqlite import checkpoint

        checkpoint.expect_much(conn)
        return self._taken(conn, parts)

    def _taken(self, conn: Connection, parts: Sequence[Part]) -> Taken:
        from cminbox.engine.takein import take_in_all
        from cminbox.store import sources

        known = [(sources.ensure(conn, name, network, polled=False), part) for name, network, part in parts]
        return take_in_all(conn, known, replace(self._intake, now=now()))


def _portions(parts: Sequence[Part], most: Callable[[], int]) -> Iterator[list[Part]]:
    """The parts of a page in portions of at most so many messages; it is asked anew for each."""
    portion: list[Part] = []
    room = most()
    for name, network, part in parts:
        start = 0
        while start < len(part):
            portion.append((name, network, part[start : start + room]))
            start, room = start + room, room - len(part[start : start + room])
            if room <= 0:
                yield portion
                portion, room = [], most()
    if portion:
        yield portion
