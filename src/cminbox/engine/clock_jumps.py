"""Whether the host's clock went on faster than time did: it was set forward, or the host slept.

While a host sleeps, what it has not sent yet may still leave it later: that time counts for no wait either.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from cminbox import model
from cminbox.duration import format_rough
from cminbox.model import SECOND, Instant
from cminbox.store import Connection, Store, duty, engine, outgoing
from cminbox.store.engine import ClockMark

LOG = logging.getLogger(__name__)
LEAST = SECOND
"""Clocks drift; less than this is no jump."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """What tells one run of this host's kernel from another; empty where it says nothing of the kind."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def passed_of(clock: Callable[[], Instant]) -> Callable[[], int]:
    """The milliseconds that really pass beside a clock: the host's own, or those of a clock that is none of the
    host's."""
    return (lambda: round(time.monotonic() * SECOND)) if clock is model.now else clock


class ClockJumps:
    """Compares the clock with the time that really passed, also while no engine ran.

    Args:
        clock: epoch milliseconds.
        passed: milliseconds since the host was started, without those in which it slept.
        boot: names the start of the host that `passed` counts from.
    """

    def __init__(self, clock: Callable[[], Instant], passed: Callable[[], int], boot: str) -> None:
        self._clock, self._passed, self._boot = clock, passed, boot
        self._mark = self._now()

    def _now(self) -> ClockMark:
        return ClockMark(self._boot, self._clock(), self._passed())

    def resume(self, conn: Connection) -> None:
        """Go on from where the engine before left off.

        Since another start of the host nobody knows how long it was off: as if no time had passed since that engine
        last gave a sign.
        """
        kept, row, now = engine.clock_mark(conn), engine.get(conn), self._now()
        if kept is not None and kept.boot == now.boot and kept.passed <= now.passed:
            self._mark = kept
        elif kept is not None and row is not None:
            self._mark = now._replace(wall=min(row.beat_at, now.wall))
        self.keep(conn)

    def ahead(self) -> int:
        """By how many milliseconds the clock went further than time did since it was last kept; less than 0: back."""
        now = self._now()
        ahead = (now.wall - self._mark.wall) - (now.passed - self._mark.passed)
        return ahead if abs(ahead) >= LEAST else 0

    def keep(self, conn: Connection, *, settled: bool = False) -> None:
        """Write down what the clock is compared with from now on.

        Args:
            settled: what jumped so far was taken into account.
        """
        if settled:
            self._mark = self._now()
        engine.keep_clock_mark(conn, self._mark)


class OutboxClock:
    """Keeps the outbox's waits as long as they were where this host's clock was set, or the host slept."""

    def __init__(self, store: Store, jumps: ClockJumps, clock: Callable[[], Instant]) -> None:
        self._store, self._jumps, self._clock = store, jumps, clock

    async def follow(self) -> None:
        """Look how far the clock went, and move what waits by what it went too far."""
        now = self._clock()
        ahead, back = self._jumps.ahead(), outgoing.of_a_later_clock(self._store.read(), now)
        if not ahead and not back:
            return
        if back:
            LOG.warning("the clock was set back by %s: the outbox waits no longer for it", format_rough(back))
        elif ahead > 0 and outgoing.any_unknown(self._store.read()):
            LOG.warning("the clock went ahead by %s: unknown replies wait as long as before", format_rough(ahead))

        def work(conn: Connection) -> None:
            if back:
                outgoing.set_back(conn, back, now)
            elif ahead > 0:
                outgoing.wait_longer(conn, ahead, now)
                duty.note_gap(conn, now - ahead, now, jump=True)
            self._jumps.keep(conn, settled=True)

        await self._store.awrite(work)
