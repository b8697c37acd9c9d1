"""Taking the queue up where this member left it: view, filter, search, order, cursor, marks, what was typed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Set
from typing import TYPE_CHECKING, ClassVar

from cminbox import query
from cminbox.config import SORTS
from cminbox.errors import CminboxError
from cminbox.model import HOUR
from cminbox.screens import screen_log
from cminbox.screens.base import BaseScreen
from cminbox.screens.queue import session_file
from cminbox.screens.queue.rows import QueueRows
from cminbox.screens.queue.session_file import Files, Place
from cminbox.screens.queue.state import QueueState
from cminbox.store import conversations, store_id

if TYPE_CHECKING:
    from cminbox.model import Conversation
    from cminbox.screens.queue.screen import QueueList

FRESH = 12 * HOUR
"""Cursor and marks of a longer time ago would rather mislead: whoever comes back then begins at the top."""
REST_SECONDS = 2.0
"""Without a key for so long, the place is kept."""
LOOK_SECONDS = 1.0


class Keeping(BaseScreen):
    """The part of the queue that outlives the program."""

    KEEPS: ClassVar[bool] = True
    """Whether there is a next time; lists over other screens have none."""
    state: QueueState
    source: QueueRows | None
    queue: QueueList
    show_marks: Callable[[], None]
    was: Conversation | None = None
    """The conversation that was under the cursor when this member left, and on which line of the screen it stood."""
    was_line = 0
    _born = ""
    _files: Files | None = None
    _written: Place | None = None
    _written_marks: Set[int] | None = None
    _marks_known = True
    """Whether the marks on the screen are all; before that, those in the file are not to be lost."""
    _looked_at = 0.0
    _fresh = False
    _writes = 0
    _newest = 0

    def __init__(self) -> None:
        super().__init__()
        self._one_writer = threading.Lock()

    def take_up(self) -> bool:
        """Go to where this member was, as far as it is still there; False where nothing is known of that."""
        if not self.KEEPS:
            return False
        conn, paths = self.app.store.read(), self.app.config.paths
        self._files = Files.of(paths.state, self.app.store.path, self.app.member.handle)
        self._born = store_id.of(conn)
        try:
            place = session_file.read_place(self._files.place, self._born)
        except (OSError, ValueError) as error:
            screen_log.note(paths.log, f"{self._files.place}: not taken up: {error}")
            return False
        if place is None:
            return False
        self.app.line_history[:] = place.commands
        self.app.query_history[:] = place.queries
        names = [view.name for view in self.state.config.views]
        if place.view not in names:
            return False
        self.state.go(names.index(place.view))
        self.state.filter, self.state.search = _query(place.filter), _query(place.search)
        self.state.sort = place.sort if place.sort in SORTS else ""
        # A store that was put back to an older copy may mean another conversation by the same number.
        self._fresh = abs(self.app.clock() - place.at) < FRESH and place.seq <= conversations.newest_change(conn)
        self._marks_known = not self._fresh
        if self._fresh and place.cursor:
            self.was, self.was_line = conversations.get(conn, place.cursor), place.line
        return True

    def begin_keeping(self) -> None:
        """Bring the marks back, and keep the place from now on."""
        if self._files is None:
            return
        self._looked_at = self.app.key_at
        if not self._marks_known:
            self.in_worker(self._bring_marks())
        self.set_interval(LOOK_SECONDS, self._keep_at_rest)

    async def _bring_marks(self) -> None:
        files, source, store = self._files, self.source, self.app.store
        if files is None or source is None:
            return

        def read() -> set[int]:
            marks = session_file.read_marks(files.marks, self._born)
            # What has left the view since then would be acted on unseen.
            return source.on(store.read()).still_in(marks) if marks else set()

        try:
            marks = await self.aside(read)
        except (OSError, ValueError) as error:
            screen_log.note(self.app.config.paths.log, f"{files.marks}: not taken up: {error}")
            return
        finally:
            self._marks_known = True
        if marks and self.source is source:
            self.queue.marks |= marks
            self.queue.look_again()
            self.show_marks()

    def place(self) -> Place:
        """Where this member is."""
        state, row = self.state, self.queue.row
        return Place(
            view=state.config.views[state.here].name,
            filter=state.filter,
            search=state.search,
            sort=state.sort,
            cursor=0 if row is None else row.id,
            line=self.queue.line if row is not None else 0,
            seq=0 if self.source is None else self.source.seq,
            commands=tuple(self.app.line_history[-session_file.MOST_LINES :]),
            queries=tuple(self.app.query_history[-session_file.MOST_LINES :]),
        )

    def _keep_at_rest(self) -> None:
        if self._looked_at == self.app.key_at or time.monotonic() - self.app.key_at < REST_SECONDS:
            return
        self._looked_at = self.app.key_at
        write = self._writing()
        if write is not None:
            self.run_worker(self.aside(write), group="keep", exit_on_error=False)

    def _writing(self) -> Callable[[], None] | None:
        """What writes down where this member is and what is marked; None where that is known already."""
        files, born, log = self._files, self._born, self.app.config.paths.log
        if files is None:
            return None
        place = self.place()
        known = self._marks_known and self.queue.marks != self._written_marks
        marks = set(self.queue.marks) if known else None
        if place == self._written and marks is None:
            return None
        stamped = place._replace(at=self.app.clock())
        self._writes += 1
        number = self._writes
        self._written = place
        if marks is not None:
            self._written_marks = marks

        def write() -> None:
            with self._one_writer:
                if number < self._newest:
                    return  # the program ended meanwhile, and wrote what holds
                self._newest = number
                try:
                    session_file.write_place(files.place, born, stamped)
                    if marks is not None:
                        session_file.write_marks(files.marks, born, marks)
                except OSError as error:
                    screen_log.note(log, f"{files.place}: not kept: {error}")

        return write

    async def on_unmount(self) -> None:
        """The program ends: what rest did not come to write is written now."""
        write = self._writing() if self.source is not None else None
        if write is not None:
            write()


def _query(text: str) -> str:
    """A query that was kept, where it still is one."""
    try:
        query.parse(text)
    except CminboxError:
        return ""
    return text
