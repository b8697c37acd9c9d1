"""What a network allows in a period, and what a source has used up of it: calls, units or money.

Networks that say it in headers need none of this (`sources/limits.py`). An adapter declares an `Allowance`, and says
what it is about to spend before it calls; the engine gives a ledger that is kept in the store, so that a restart
forgets nothing.
"""

from __future__ import annotations

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
        limit: how much; money in thousandths of a US dollar. An option of the source named as `option` overrides it.
        zone: the zone in whose midnight a day or month begins.
        reserve: what is left for people: polling stops when no more than this is left, replies and acts go on.
    """

    name: str
    limit: int
    unit: Unit = "units"
    period: Period = "day"
    zone: str = "UTC"
    reserve: int = 0
    option: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """How much of an allowance is used up, and until when that counts."""

    used: int
    resets_at: Instant


Keep = Callable[[str, Used], Awaitable[None]]
"""Keeps what is used up of an allowance, by its name, before what it is spent on is done."""


async def _forget(_name: str, _used: Used) -> None:
    pass


@dataclass(slots=True)
class Ledger:
    """What a source has used up.

    Args:
        used: by the allowance's name, as it was kept.
        keep: keeps it.
        limits: what the configuration says instead of an allowance's own limit, by name.
        clock: the present.
    """

    used: dict[str, Used] = field(default_factory=dict)
    keep: Keep = _forget
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
        current = self._now(allowance)
        most = self.limit(allowance) - (0 if for_people else allowance.reserve)
        if current.used + amount > most:
            raise RateLimited(
                f"{allowance.name}: {current.used} of {self.limit(allowance)} used until {to_iso(current.resets_at)}",
                until=current.resets_at,
            )
        self.used[allowance.name] = current = Used(current.used + amount, current.resets_at)
        await self.keep(allowance.name, current)

    async def exhausted(self, allowance: Allowance, until: Instant | None = None) -> None:
        """Note that the network says that nothing is left, whatever was counted here."""
        current = self._now(allowance)
        self.used[allowance.name] = current = Used(self.limit(allowance), until or current.resets_at)
        await self.keep(allowance.name, current)

    def _now(self, allowance: Allowance) -> Used:
        """What is used in the period that runs now; a clock set back does not begin a new one."""
        present, kept = self.clock(), self.used.get(allowance.name)
        if kept is not None and kept.resets_at > present:
            return kept
        return Used(0, period_end(present, allowance.period, allowance.zone))


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
