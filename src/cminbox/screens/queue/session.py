"""Taking the queue up where this member left it: view, filter, search, order, cursor, marks, what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from cminbox import query
from cminbox.config import SORTS
from cminbox.errors import CminboxError
from cminbox.model import HOUR, MINUTE, Conversation, Instant
from cminbox.screens import screen_log
from cminbox.screens.queue import session_file
from cminbox.screens.queue.loader import Background
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.session_file import Files, Place
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services
from cminbox.store import change_numbers, conversations, events

T = TypeVar("T")

FRESH = 12 * HOUR
"""Cursor and marks of a longer time ago would rather mislead: whoever comes back then begins at the top."""
REST_SECONDS = 2.0
"""Without a key for so long, the place is kept."""


class Restored(NamedTuple):
    """What a session brought back, beside the state.

    Attributes:
        known: whether the view is that of the last time; False where there is nothing to go by.
        row: the conversation that was under the cursor, if it is still there.
        line: its line on the screen, from 0.
    """

    known: bool = False
    row: Conversation | None = None
    line: int = 0


class Session:
    """Where one member is in the queue of one store, kept in two files for the next time."""

    def __init__(self, services: Services, state: QueueState, rows: QueueList, start: Background) -> None:
        self._services, self._state, self._rows, self._start = services, state, rows, start
        self._files = Files.of(services.config.paths.state, services.store.path, services.member.handle)
        self._store_id = ""
        """When the store was made: the numbers in the files mean conversations of that one."""
        self._saved: Place | None = None
        self._saved_marks: Set[int] | None = None
        self._marks_known = True
        """Whether the marks on the screen are all; before that, those in the file are not to be lost."""
        self._key_at = 0.0
        self._looked_at: Instant = state.clock()
        """Until when it is known whether somebody was forgotten."""
        self._about_forgotten: Set[str] = frozenset()
        """Filter and search that were on when somebody was forgotten: they are not kept."""
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="session")

    def restore(self) -> Restored:
        """Go to where this member was, as far as it is still there."""
        services, state = self._services, self._state
        self._store_id = services.store.made_at()
        place = self._take_up(session_file.read_place, self._files.place)
        if place is None:
            return Restored()
        self._looked_at = place.at
        services.line_history[:], services.query_history[:] = place.commands, place.queries
        names = [view.name for view in state.config.views]
        if place.view not in names:
            return Restored()
        state.go(names.index(place.view))
        state.filter, state.search = _still_a_query(place.filter), _still_a_query(place.search)
        state.sort = place.sort if place.sort in SORTS else ""
        # A store that was put back to an older copy may mean another conversation by the same number.
        conn = services.store.read()
        if abs(state.clock() - place.at) >= FRESH or place.seq > change_numbers.newest(conn):
            return Restored(known=True)
        self._marks_known = False
        return Restored(True, conversations.get(conn, place.cursor) if place.cursor else None, place.line)

    def begin(self) -> None:
        """Bring the marks back; what happens from now on is kept."""
        self._key_at = self._services.key_times.key_at
        self._start(self._restore_marks())

    async def _restore_marks(self) -> None:
        # As far as the list still has them: what has left it would be acted on unseen.
        source = self._state.source
        if self._marks_known or source is None:
            return

        def read() -> set[int]:
            marks = self._take_up(session_file.read_marks, self._files.marks)
            return source.on(self._services.store.read()).still_in(marks) if marks else set()

        try:
            marks = await asyncio.to_thread(read)
        finally:
            self._marks_known = True
        if marks and self._state.source is source:
            self._rows.marks |= marks
            self._rows.redraw_changed()
            self._state.changed()

    def _take_up(self, read: Callable[[Path, str], T], path: Path) -> T | None:
        try:
            return read(path, self._store_id)
        except (OSError, ValueError) as error:
            self._log(f"{path}: not taken up: {error}")
            return None

    def _log(self, text: str) -> None:
        screen_log.write(self._services.config.paths.log, text)

    def place(self) -> Place:
        """Where this member is now."""
        state, row = self._state, self._rows.row
        return Place(
            view=state.view.name,
            filter="" if state.filter in self._about_forgotten else state.filter,
            search="" if state.search in self._about_forgotten else state.search,
            sort=state.sort,
            cursor=0 if row is None else row.id,
            line=self._rows.line,
            seq=0 if state.source is None else state.source.seq,
            commands=tuple(self._services.line_history[-session_file.MOST_LINES :]),
            queries=tuple(self._services.query_history[-session_file.MOST_LINES :]),
        )

    def save_at_rest(self) -> None:
        """Write on another thread where this member is, once after each time that the keys pause."""
        keys = self._services.key_times
        if self._key_at != keys.key_at and keys.rested >= REST_SECONDS:
            self._key_at = keys.key_at
            self._save()

    def close(self) -> None:
        """Write where this member is now, as the program ends, and wait until it is written."""
        if self._state.source is not None:
            self._save()
        self._writer.shutdown()

    def _save(self) -> None:
        """Write place and marks as they are now, unless they stand in the files already."""
        self._drop_typed_of_forgotten()
        place, marks = self.place(), None
        if self._marks_known and self._rows.marks != self._saved_marks:
            marks = self._saved_marks = set(self._rows.marks)
        if place != self._saved or marks is not None:
            self._saved = place
            self._writer.submit(self._write, place._replace(at=self._state.clock()), marks)

    def _drop_typed_of_forgotten(self) -> None:
        """Keep nothing that was typed before somebody was forgotten: it may be about them."""
        since, self._looked_at = self._looked_at, self._state.clock()
        # The event has the time at which it was made, and is seen only after it was written.
        if events.happened_since(self._services.store.read(), "forget", since - MINUTE):
            self._services.line_history.clear()
            self._services.query_history.clear()
            self._about_forgotten = self._about_forgotten | {self._state.filter, self._state.search}

    def _write(self, place: Place, marks: Set[int] | None) -> None:
        try:
            session_file.write_place(self._files.place, self._store_id, place)
            if marks is not None:
                session_file.write_marks(self._files.marks, self._store_id, marks)
        except OSError as error:
            self._log(f"{self._files.place}: not kept: {error}")


def _still_a_query(text: str) -> str:
    """A query that was kept; nothing where it is none any more."""
    try:
        query.parse(text)
    except CminboxError:
        return ""
    return text
