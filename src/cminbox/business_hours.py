"""Business time: how much of a stretch of time lies in the hours that a team is there.

A local working hour is a stretch of absolute time only once the zone's offset is known, so the calendar is cut at
every change of the offset first. An hour that summer time skips counts nothing, one that it repeats counts twice:
exactly what a clock on the wall, read minute by minute, would have counted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from cminbox.hours import CalendarConfig
from cminbox.model import DAY, MINUTE, Instant
from cminbox.when import local_time

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
# Instants outside these years are taken for the nearest end: a network's nonsense time must not cost minutes.
_FIRST: Instant = 0
_LAST: Instant = 230 * 365 * DAY
_MARGIN = 370 * DAY


class Calendar:
    """Business hours of one team, made from its configuration.

    Windows are worked out once for the span that was asked about, then every question is two binary searches.
    """

    def __init__(self, config: CalendarConfig) -> None:
        from zoneinfo import ZoneInfo

        self._zone = ZoneInfo(str(config.zone))
        self._days = tuple(_merged(config.days.get(weekday, ())) for weekday in range(7))
        self._holidays = frozenset(day.toordinal() - _EPOCH_DAY for day in config.holidays)
        self._from: Instant = 0
        self._to: Instant = 0
        # Opening and closing times in turn. At an odd position of the search we are open, and have been for
        # `when - _known[position]` in all; at an even one closed, and were open for `_known[position]`.
        self._turns: list[Instant] = []
        self._known: list[int] = [0]
        # Business milliseconds up to the end of each window.
        self._totals: list[int] = []

    def between(self, start: Instant, end: Instant) -> int:
        """Business milliseconds from `start` to `end`; 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        return self.lengths([start], [end - start])[0]

    def lengths(self, starts: Sequence[Instant], lengths: Sequence[int]) -> list[int]:
        """Business milliseconds of many stretches at once, each told by its start and its length in milliseconds."""
        if not starts:
            return []
        self.cover(min(starts), max(map(int.__add__, starts, lengths)))
        turns, known, found = self._turns, self._known, []
        for start, length in zip(starts, lengths, strict=True):
            first = bisect_right(turns, start)
            last = bisect_right(turns, start + length)
            after = start + length - known[last] if last & 1 else known[last]
            found.append(after - (start - known[first] if first & 1 else known[first]))
        return found

    def after(self, start: Instant, length: int) -> Instant:
        """The instant at which `length` business milliseconds have passed since `start`."""
        span = max(length, DAY)
        while True:
            self.cover(start, start + span)
            turns, known = self._turns, self._known
            first = bisect_right(turns, start)
            wanted = (start - known[first] if first & 1 else known[first]) + length
            # At an odd place stands what is known once that window is over, less its closing time.
            place = bisect_left(self._totals, wanted)
            if place < len(self._totals):
                closes = turns[2 * place + 1]
                return max(start, closes - (self._totals[place] - wanted))
            if start + span >= _LAST:
                return start + length  # no hour is left in which anybody works
            span *= 4

    def cover(self, start: Instant, end: Instant) -> None:
        """Works out the windows of a whole span at once, so that many questions inside it are cheap."""
        start, end = max(start, _FIRST), min(end, _LAST)
        if self._from <= start and end <= self._to and self._from < self._to:
            return
        known = self._from < self._to
        self._from = max(_FIRST, min(start - _MARGIN, self._from if known else start))
        self._to = min(_LAST, max(end + _MARGIN, self._to if known else end))
        self._turns, self._known, self._totals = [], [0], []
        total = 0
        for opens, closes in self.windows(self._from, self._to):
            self._turns += opens, closes
            self._known += opens - total, total + closes - opens
            total += closes - opens
            self._totals.append(total)

    def windows(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
        """The open stretches between two instants, in order, as instants."""
        for first, last, offset in self._steady(start, end):
            for day in range((first + offset) // DAY, (last + offset - 1) // DAY + 1):
                if day in self._holidays:
                    continue
                for opens, closes in self._days[(day + _EPOCH_WEEKDAY) % 7]:
                    window = max(day * DAY + opens - offset, first), min(day * DAY + closes - offset, last)
                    if window[0] < window[1]:
                        yield window

    def _steady(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, int]]:
        """Cuts a span where the zone's offset changes: (from, to, offset), all in milliseconds."""
        first, offset = start, self._offset(start)
        here = start
        while here < end:
            there = min(here + DAY, end)
            if self._offset(there) != offset:
                change = self._change(here, there)
                yield first, change, offset
                first = here = change
                offset = self._offset(change)
            else:
                here = there
        if first < end:
            yield first, end, offset

    def _change(self, before: Instant, after: Instant) -> Instant:
        """The instant between two at which the first one's offset ends."""
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, when: Instant) -> int:
        local = local_time(when, self._zone)
        offset = local.utcoffset()
        return round(offset.total_seconds() * 1000) if offset else 0


def _merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges of a day in milliseconds, sorted, with those that overlap made one, so that no minute counts twice."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((start * MINUTE, end * MINUTE) for start, end in ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return tuple(merged)
