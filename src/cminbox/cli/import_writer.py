"""Puts pages of an import into the store, in transactions that leave room for others.

Imported once reading has begun in another process, which goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic

from cminbox.business_hours import Calendar
from cminbox.cli.reading import Pages, Part, Ready
from cminbox.config import Config
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import Taken, take_in_all
from cminbox.engine.transaction import Intake
from cminbox.model import now
from cminbox.store import Connection, Store, analysing, engine, people, sources
from cminbox.store.sqlite import checkpoint

_EVERYTHING = 1 << 62
_LONGEST = 0.05
"""Seconds that a transaction takes while a screen is open, about half of which nobody else can write."""
SMALLEST, LARGEST = 50, 1000
"""Messages of such a transaction."""
_ALONE = 3.0
"""Seconds for which pages are gathered into a transaction while no screen is open; whoever wants to write meanwhile
waits for three times as long before they give up."""


class PageWriter:
    """Puts pages into the store, whatever sources they are from.

    Many lines in one transaction cost less each, because they touch the same pages of the indexes. So pages are
    gathered for seconds while no screen is open, and cut into short transactions while one is.
    """

    def __init__(self, store: Store, config: Config, scoring: Scoring, history: bool) -> None:
        hours = Calendar(config.calendar) if config.calendar else None
        before = _EVERYTHING if history else None
        self._intake = Intake(scoring, now(), before, config.sla_default, config.teams, config.sla_business, hours)
        self._judged_by, self._analysed_by = scoring.judged_by(config), scoring.analysed_by
        self._store = store
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
        taken = Taken()
        for parts in portions(page.parts, lambda: self._at_once):
            began = monotonic()
            taken += self._store.write(partial(self._portion, parts=parts), durable=False, late=True)
            pace = (monotonic() - began) / sum(len(part) for _, _, part in parts)
            self._at_once = min(max(round(_LONGEST / pace), SMALLEST), LARGEST)
        return taken

    def _portion(self, conn: Connection, parts: Sequence[Part]) -> Taken:
        checkpoint.expect_much(conn)
        return self._taken(conn, parts)

    def _taken(self, conn: Connection, parts: Sequence[Part]) -> Taken:
        known = [(sources.ensure(conn, name, network, polled=False), part) for name, network, part in parts]
        taken = take_in_all(conn, known, replace(self._intake, now=now()))
        engine.begin_judging(conn, self._judged_by)
        analysing.begin(conn, self._analysed_by)
        return taken


def portions(parts: Sequence[Part], most: Callable[[], int]) -> Iterator[list[Part]]:
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
