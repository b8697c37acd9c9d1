"""What a network allows in a period, and what a source has used up of it: calls, units or money.

Networks that say it in headers need none of this (`sources/limits.py`). An adapter declares an `Allowance`, and says
what it is about to spend before it calls; the engine gives a ledger that is kept in the store, so that a restart
forgets nothing.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cminbox.errors import RateLimited
from cminbox.model import DAY, HOUR, MINUTE, Instant, now, to_iso
from cminbox.when import local_midnight, local_time

Unit = Literal["calls", "units", "replies", "money"]
Period = Literal["minute", "hour", "day", "month", "rolling day"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a network allows in a period.

    Attributes:
        name: unique within the network: `units`, `searches`.
        limit: how much; money in thousandths of a US dollar.
        option: the source's option (a number; of money, US dollars) that says another limit.
        zone: the zone in whose midnight a day or month begins.
        reserve: what is left for people: polling stops when no more than this is left, replies and acts go on.
        shared: it is of the app or project that is logged in with, not of the account: sources of a `project` share it.
    """

    name: str
    limit: int
    unit: Unit = "units"
    period: Period = "day"
    zone: str = "UTC"
    reserve: int = 0
    option: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """How much of an allowance is used up, and until when that counts."""

    used: int
    resets_at: Instant


Change = Callable[["Used | None"], Used]
"""Makes of what is kept of an allowance (None: nothing) what is to be kept; raises where nothing is to change."""
Keep = Callable[[Allowance, Change], Awaitable[Used]]
"""Changes what is kept of an allowance in one step, whoever else does, and gives it; before what is paid with it."""


@dataclass(slots=True)
class Ledger:
    """What a source has used up.

    Args:
        used: by the allowance's name, as it was kept.
        keep: keeps it; here alone unless given.
        limits: what the configuration says instead of an allowance's own limit, by name.
        clock: the present.
    """

    used: dict[str, Used] = field(default_factory=dict)
    keep: Keep | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    clock: Callable[[], Instant] = now

    def left(self, allowance: Allowance) -> int:
        """How much may still be used in the period that runs."""
        return max(0, self.limit(allowance) - self._now(allowance).used)

    def limit(self, allowance: Allowance) -> int:
        """How much may be used in a period."""
        return self.limits.get(allowance.name, allowance.limit)

    def resets_at(self, allowance: Allowance) -> Instant:
        """When the period that runs ends."""
        return self._now(allowance).resets_at

    async def spend(self, allowance: Allowance, amount: int, *, for_people: bool = False) -> None:
        """Note what is about to be used, before it is: a call that fails costs too.

        Args:
            for_people: it is for a reply or an act, which may use the reserve.

        Raises:
            RateLimited: there is not so much left; nothing is noted then.
        """

        def more(kept: Used | None) -> Used:
            current, limit = running(allowance, kept, self.clock()), self.limit(allowance)
            if current.used + amount <= limit - (0 if for_people else allowance.reserve):
                return Used(current.used + amount, current.resets_at)
            words = f"{allowance.name}: {figure(allowance, current.used)} of {figure(allowance, limit)} used"
            if current.used + amount <= limit:
                words += ", the rest is kept for replies"
            ends = to_iso(current.resets_at)[:16].replace("T", " ")
            raise RateLimited(f"{words}, until {ends} UTC", until=current.resets_at)

        await self._change(allowance, more)

    async def exhausted(self, allowance: Allowance, until: Instant | None = None) -> None:
        """Note that the network says that nothing is left, whatever was counted here."""

        def all_of_it(kept: Used | None) -> Used:
            present = self.clock()
            ends = running(allowance, kept, present).resets_at
            if until is not None and until > present:
                ends = min(until, present + _longest(allowance))
            return Used(max(self.limit(allowance), kept.used if kept is not None else 0), ends)

        await self._change(allowance, all_of_it)

    async def _change(self, allowance: Allowance, change: Change) -> None:
        if self.keep is not None:
            self.used[allowance.name] = await self.keep(allowance, change)
        else:
            self.used[allowance.name] = change(self.used.get(allowance.name))

    def _now(self, allowance: Allowance) -> Used:
        return running(allowance, self.used.get(allowance.name), self.clock())


def running(allowance: Allowance, kept: Used | None, present: Instant) -> Used:
    """What is used in the period that runs, by what was kept.

    A clock that is set back begins no new period. Where it was set back by more than a period lasts, what was used
    counts until the one ends that runs by the clock now.
    """
    ends = period_end(present, allowance.period, allowance.zone)
    if kept is None or kept.resets_at <= present:
        return Used(0, ends)
    return kept if kept.resets_at <= present + _longest(allowance) else Used(kept.used, ends)


def limit_of(allowance: Allowance, options: Mapping[str, object]) -> int:
    """How much may be used in a period of a source with these options; of money they say dollars."""
    value = options.get(allowance.option) if allowance.option else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return allowance.limit
    return max(0, int(value * 1000 if allowance.unit == "money" else value))


def _longest(allowance: Allowance) -> int:
    """The longest that a period lasts, with the hour by which days differ."""
    return HOUR + _LENGTHS[allowance.period]


_LENGTHS: Mapping[Period, int] = {
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "rolling day": DAY,
    "month": 31 * DAY,
}


def figure(allowance: Allowance, amount: int) -> str:
    """An amount for people."""
    return f"${amount / 1000:,.2f}" if allowance.unit == "money" else f"{amount:,}"


def period_end(present: Instant, period: Period, zone: str) -> Instant:
    """When the period that holds the present ends. A rolling day lasts from its first use for 24 hours."""
    if period == "minute":
        return present - present % MINUTE + MINUTE
    if period == "hour":
        return present - present % HOUR + HOUR
    if period == "rolling day":
        return present + DAY
    try:
        place = ZoneInfo(zone)
    except (KeyError, OSError):  # a machine without time-zone data: a day is long enough anywhere
        return present + DAY
    today = local_time(present, place).date()
    if period == "day":
        return local_midnight(today + timedelta(days=1), place)
    return local_midnight((today.replace(day=1) + timedelta(days=32)).replace(day=1), place)
