"""Following the store: what others and the engine commit comes into the queue without moving the line of the cursor."""

from __future__ import annotations

import time

from cminbox.screens.queue.counting import BackgroundCounter
from cminbox.screens.queue.hits import HitReader
from cminbox.screens.queue.opening import ListOpener
from cminbox.screens.services import Services
from cminbox.store import change_numbers, conversations
from cminbox.widgets.queue_row import Someone

REST_SECONDS = 10.0
"""Without a key for so long, what is new comes in by itself."""


class StoreFollower:
    """Keeps what the screen shows as the store has it.

    Rows on the screen are read again where they stand. What is new, and what left or moved, comes in when the list is
    read anew: when the person asks for it, comes back to the queue, or rests.

    Args:
        counter: counts aside what changed.
        hits: bring what is searched for into the rows.

    Attributes:
        following: whether the first page was shown: nothing is read aside before it.
    """

    def __init__(
        self,
        services: Services,
        opener: ListOpener,
        counter: BackgroundCounter,
        hits: HitReader,
    ) -> None:
        self._hits = hits
        self._services, self._opener, self._state, self._rows = services, opener, opener.state, opener.rows
        self._counter = counter
        self.following = self._stale = False
        self._seen: frozenset[int] = frozenset()
        """What stood on the screen when it was read last."""
        self._away_since: float | None = None

    @property
    def away(self) -> bool:
        """Whether another screen is in front."""
        return self._away_since is not None

    def begin(self) -> None:
        """The first page is on the screen: what is not needed for it comes from now on."""
        self.following = True
        self.read_people()

    def list_opened(self) -> None:
        """Other rows may be on the screen."""
        if self.following:
            self.read_people()

    def state_changed(self) -> None:
        """Something else may be searched for now, or the list may have become empty."""
        self._hits.follow()
        if self.following:
            self._hits.read()
            if not self._rows.rows:
                self._counter.look_beyond()

    def store_changed(self) -> None:
        """Read again what is on the screen; count aside what is new and what waits."""
        if self._state.source is None:
            return
        self._state.now = self._state.clock()
        self._read_shown()
        self._counter.count_soon(patient=True, news=True)
        if not self._rows.rows:
            self._opener.open(quiet=True)

    def time_passed(self) -> None:
        """Draw lines that look different now; count views that depend on time."""
        self._state.now = self._state.clock()
        self._rows.redraw_changed(all_rows=True)
        self._counter.count_soon(patient=True)

    def read_unseen(self) -> None:
        """Read again what has come onto the screen: it may have changed while it was out of sight."""
        if self._state.source is not None and not self._seen.issuperset(row.id for row in self._rows.on_screen):
            self._read_shown()

    def _read_shown(self) -> None:
        shown = self._rows.on_screen
        fresh = conversations.many(self._services.store.read(), [row.id for row in shown])
        if any(fresh.get(row.id) != row for row in shown):
            self._stale = True
        self._rows.replace(fresh)
        self.read_people()

    def read_people(self) -> None:
        """Read who else is on the conversations of the screen."""
        from cminbox.store import people

        shown = [row.id for row in self._rows.on_screen]
        self._seen = frozenset(shown)
        if not shown:
            return
        self._hits.read()
        services, before = self._services, self._state.people
        found = people.present(services.store.read(), shown, self._state.clock(), services.desk.context.session)
        now = {
            number: tuple(Someone(at.member, at.doing == "replying") for at in there) for number, there in found.items()
        }
        self._state.people = now
        if now != before:
            self._rows.redraw_rows(number for number, _ in now.items() ^ before.items())

    def pause(self) -> None:
        """Another screen is in front."""
        self._away_since = time.monotonic()

    def resume(self) -> None:
        """The queue is in front again: what was done meanwhile comes in."""
        source, since, self._away_since = self._state.source, self._away_since, None
        if since is None or source is None:
            return
        changed = change_numbers.newest(self._services.store.read()) != source.seq
        if changed or time.monotonic() - since > REST_SECONDS:
            self._opener.open(keep=self._rows.row)
            self._counter.count_soon()
        else:
            self.read_people()

    def reopen_at_rest(self) -> None:
        """Let come in what is new, where no key was pressed for a while."""
        rested = self._services.key_times.rested > REST_SECONDS
        news = self._stale or self._state.new
        if rested and news and not self._rows.ranging and not self.away:
            self._opener.open(keep=self._rows.row)
            self._stale = False

    def do_view_refresh(self) -> None:
        """Bring in what is new; the cursor stays on its conversation."""
        self._opener.open(keep=self._rows.row)
        self._counter.count_soon()
