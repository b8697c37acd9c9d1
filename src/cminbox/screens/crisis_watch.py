"""What the banner across every screen says: the crisis that runs, or that the store is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from cminbox.duration import format_narrow
from cminbox.model import HOUR, Instant
from cminbox.number_format import count_of
from cminbox.store import crises
from cminbox.text import one_line
from cminbox.widgets.banner import BannerText

if TYPE_CHECKING:
    from cminbox.store import Store
    from cminbox.store.crises import Crisis, CrisisVolume

VOLUME_SECONDS = 10.0
"""How old the measured volume may grow."""
FEW = 2_000
"""The volume of a crisis of more conversations is measured on another thread."""


class CrisisWatch:
    """Reads the running crisis, and measures now and then how much is said in it.

    Args:
        store: where crises are.
        clock: now in epoch milliseconds.
        show: shows what the banner says, or None where no crisis runs.
        beside: runs a coroutine beside what is done now, instead of the one that it still runs.

    Attributes:
        latest: what the banner said when it was read last.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], Instant],
        show: Callable[[BannerText | None], object],
        beside: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._store = store
        self._clock = clock
        self._show = show
        self._beside = beside
        self._volume: tuple[int, CrisisVolume] | None = None
        self._measured_at = 0.0
        self._conversations = -1
        self._lost: BannerText | None = None
        self.latest: BannerText | None = None

    def refresh(self) -> None:
        """Read it again, and show it."""
        self._show(self.read())

    def store_lost(self, what: str, advice: str) -> None:
        """From now on the banner says this, whatever crisis runs: what is seen is not what is there."""
        self._lost = BannerText(what, advice, (), ())
        self.refresh()

    def read(self) -> BannerText | None:
        """The running crisis (the severest, and how many more) as the banner says it, or that the store is gone."""
        self.latest = self._lost or self._running()
        return self.latest

    def _running(self) -> BannerText | None:
        running = crises.all(self._store.read(), running_only=True)
        if running:
            self._measure(running[0])
        volume = self._volume[1] if running and self._volume and self._volume[0] == running[0].id else None
        return banner_text(running, self._clock(), volume)

    def _measure(self, crisis: Crisis) -> None:
        same = self._volume is not None and self._volume[0] == crisis.id
        many = crisis.conversation_count > FEW
        grown, self._conversations = self._conversations != crisis.conversation_count, crisis.conversation_count
        if same and (many or not grown) and time.monotonic() - self._measured_at < VOLUME_SECONDS:
            return
        self._measured_at = time.monotonic()
        since, store = self._clock() - HOUR, self._store
        if not many:
            self._volume = crisis.id, crises.volume(store.read(), crisis.id, since)
            return
        self._volume = self._volume if same else None

        async def measure() -> None:
            volume = await asyncio.to_thread(lambda: crises.volume(store.read(), crisis.id, since))
            self._volume = crisis.id, volume
            self.refresh()

        self._beside(measure())


def banner_text(running: Sequence[Crisis], now: Instant, volume: CrisisVolume | None) -> BannerText | None:
    """What the banner says of the severest crisis, and how many more run; None where none does.

    Args:
        running: the crises, the severest first.
        now: the present, for the countdown.
        volume: messages of the first one in all and within the last hour; None where they are not counted yet.
    """
    if not running:
        return None
    worst, tail = running[0], []
    if worst.next_update_at is not None:
        late = now - worst.next_update_at
        tail.append(f"update late by {format_narrow(late)}" if late > 0 else f"next update in {format_narrow(-late)}")
    if worst.lead:
        tail.append(f"lead: {worst.lead}")
    if len(running) > 1:
        tail.append(f"and {len(running) - 1} more")
    sizes: tuple[str, ...] = (count_of(worst.conversation_count, "conversation"),)
    if volume is not None:
        messages = count_of(volume.messages, "message")
        sizes = (messages,)
        if volume.since:
            sizes = (f"{messages}, +{volume.since:,} an hour", f"{messages}, +{volume.since:,}/h", messages)
    return BannerText(f"SEV {worst.severity}", one_line(worst.name), sizes, tuple(tail))
