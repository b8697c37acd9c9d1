"""What the metrics screen draws: volume by hour, waits by weekday and hour, and how first responses are spread."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from statistics import median

from cminbox.model import DAY, HOUR, MINUTE, WEEK, Instant
from cminbox.store import Connection, reporting
from cminbox.store.reporting import HourCount
from cminbox.when import local_time

EDGES: tuple[int, ...] = (
    *(MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 4, 8, 16)),
    *(DAY * days for days in (1, 2, 4)),
    WEEK,
)
"""Upper ends of the histogram's bins in milliseconds, each about twice the one before."""

# The shortest step by which the zones of our time differ from UTC.
_QUARTER = 15 * MINUTE
_SHOWN = 92 * DAY


@dataclass(frozen=True, slots=True)
class Cell:
    """Waits that began in one hour of one weekday: how many, and their median in seconds."""

    count: int = 0
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """First responses that took longer than the bin before and at most `upto` milliseconds; None is no end."""

    upto: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Charts:
    """Three charts of a period.

    Attributes:
        hours: inbound messages of each hour, with those of none, oldest first; of a quarter of a year at most.
        heat: seven rows of 24 cells, Monday first, hours of the given zone.
        spread: the first responses by how long they took, shortest first.
    """

    hours: tuple[HourCount, ...]
    heat: tuple[tuple[Cell, ...], ...]
    spread: tuple[Bin, ...]


def charts(conn: Connection, since: Instant, until: Instant, zone: tzinfo, now: Instant) -> Charts:
    """The charts of a period.

    Args:
        conn: a reading connection.
        since: the first instant of the period.
        until: the first instant after it.
        zone: whose weekdays and hours the heat map shows.
        now: up to when those who still wait have waited.
    """
    waits: list[tuple[Instant, int]] = []
    spread = [0] * (len(EDGES) + 1)
    for runs in reporting.measure_runs(conn, since, until, starts=True):
        if "reply" in runs.counts_as:
            waits.extend(zip(runs.starts, runs.lengths, strict=True))
        elif "first_response" in runs.counts_as:
            for length in runs.lengths:
                spread[bisect_left(EDGES, length)] += 1
    waits.extend((start, max(0, now - start)) for start in reporting.waiting_since(conn) if since <= start < until)
    return Charts(
        tuple(_filled(reporting.hours(conn, since, until))),
        _heat(waits, zone),
        tuple(Bin(upto, count) for upto, count in zip((*EDGES, None), spread, strict=True)),
    )


def _filled(hours: list[HourCount]) -> Iterator[HourCount]:
    """Puts the empty hours between the others, as far back as a chart can show."""
    known = {hour.start: hour for hour in hours}
    if known:
        last = max(known)
        for start in range(max(min(known), last - _SHOWN), last + 1, HOUR):
            yield known.get(start) or HourCount(start, 0, 0)


def _heat(waits: list[tuple[Instant, int]], zone: tzinfo) -> tuple[tuple[Cell, ...], ...]:
    quarters: defaultdict[int, list[int]] = defaultdict(list)
    for start, length in waits:
        quarters[start // _QUARTER].append(length)
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for quarter, lengths in quarters.items():
        local = local_time(quarter * _QUARTER, zone)
        cells[local.weekday(), local.hour] += lengths
    return tuple(tuple(_cell(cells.get((weekday, hour), [])) for hour in range(24)) for weekday in range(7))


def _cell(lengths: list[int]) -> Cell:
    return Cell(len(lengths), median(lengths) / 1000) if lengths else Cell()
