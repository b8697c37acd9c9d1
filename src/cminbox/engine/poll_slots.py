"""Which polls may run at once, so that no source waits for another's server. Pure: no network, no store, no loop.

A poll takes a place when it begins. Most are over within a second. One that is not gives its place to the next and goes
on among the slow ones, so a server that never answers keeps nobody waiting. A host has few places of its own, and one
alone while it hangs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

QUICK_AT_ONCE = 24
SLOW_AT_ONCE = 200
SLOW_AFTER = 2.0
"""Seconds after which a poll counts as slow."""
PER_HOST = 4


@dataclass(frozen=True, slots=True)
class _Running:
    host: str
    began: float
    hangs: bool


class PollSlots:
    """The places for polls.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._hosts: Counter[str] = Counter()
        self._hanging: set[str] = set()

    def take(self, wanted: Iterable[tuple[str, str]]) -> list[str]:
        """Take places for the first of these polls for which there are some; returns their sources.

        Args:
            wanted: sources, each with the host of its server; empty where it asks none.
        """
        now = self._clock()
        slow = sum(one.hangs or now - one.began > SLOW_AFTER for one in self._running.values())
        quick = QUICK_AT_ONCE - (len(self._running) - slow)
        room = QUICK_AT_ONCE + SLOW_AT_ONCE - len(self._running)
        # Half of the places stay for those that nobody knows yet to hang.
        hanging = SLOW_AT_ONCE // 2 - slow
        taken: list[str] = []
        for source, host in wanted:
            if room <= 0 or (quick <= 0 and (hanging <= 0 or not self._hanging)):
                break
            hangs = host in self._hanging
            if source in self._running or (host and self._hosts[host] >= (1 if hangs else PER_HOST)):
                continue
            if (hanging if hangs else quick) <= 0:
                continue
            room -= 1
            quick, hanging = (quick, hanging - 1) if hangs else (quick - 1, hanging)
            self._running[source] = _Running(host, now, hangs)
            self._hosts[host] += 1
            taken.append(source)
        return taken

    def give_back(self, source: str, *, answered: bool) -> None:
        """The poll of a source is over; whether its server answered, whatever it said."""
        one = self._running.pop(source)
        self._hosts[one.host] -= 1
        if not self._hosts[one.host]:
            del self._hosts[one.host]
        if answered:
            self._hanging.discard(one.host)
        elif one.host and self._clock() - one.began > SLOW_AFTER:
            self._hanging.add(one.host)

    def hangs(self, host: str) -> bool:
        """Whether the newest poll of a host ended without an answer, after a while."""
        return host in self._hanging

    def __len__(self) -> int:
        """How many polls run."""
        return len(self._running)

    def __contains__(self, source: object) -> bool:
        """Whether a source is being polled."""
        return source in self._running
