"""Count, mean and percentiles of a list of durations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Figures:
    """Five figures of some durations, in seconds; all but `count` are None when there are none."""

    count: int = 0
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None


NO_FIGURES = Figures()

# Values a run on average, below which sorting them into one is quicker than searching them all.
_WORTH_MERGING = 200


def figures(runs: Sequence[Sequence[int]]) -> Figures:
    """The figures of durations in milliseconds, given as any number of sorted runs."""
    count = sum(map(len, runs))
    if not count:
        return NO_FIGURES
    mean = sum(map(sum, runs)) / count
    if count < _WORTH_MERGING * len(runs):
        runs = [sorted(chain.from_iterable(runs))]
    return Figures(count, _seconds(mean), *(_seconds(percentile(runs, share)) for share in (0.50, 0.90, 0.95)))


def percentile(runs: Sequence[Sequence[int]], share: float) -> float:
    """The value below which `share` of the values lie, interpolated between the two nearest ranks.

    This is the default method ("linear") of NumPy's `percentile` and the one that the `statistics` module calls
    inclusive: the ranks run from the smallest value (share 0) to the largest (share 1).

    Args:
        runs: the values, as sorted runs. Long runs are searched, never merged: a million numbers cost a millisecond.
        share: 0 to 1.

    Raises:
        ValueError: there are no values.
    """
    runs = [run for run in runs if run]
    count = sum(map(len, runs))
    if not count:
        raise ValueError("no values")
    rank = (count - 1) * share
    below = int(rank)
    low, after = _ranked(runs, below)
    high = low if after > below + 1 or below + 1 == count else _next(runs, low)
    return low + (high - low) * (rank - below)


def _ranked(runs: Sequence[Sequence[int]], rank: int) -> tuple[int, int]:
    """The value at a 0-based rank of all runs together, and how many values are at most as large."""
    if len(runs) == 1:
        value = runs[0][rank]
        return value, bisect_right(runs[0], value)
    low, high = min(run[0] for run in runs), max(run[-1] for run in runs)
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(run, middle) for run in runs) > rank:
            high = middle
        else:
            low = middle + 1
    return low, sum(bisect_right(run, low) for run in runs)


def _next(runs: Sequence[Sequence[int]], value: int) -> int:
    """The smallest value of all runs above another; there must be one."""
    places = ((run, bisect_right(run, value)) for run in runs)
    return min(run[place] for run, place in places if place < len(run))


def _seconds(milliseconds: float) -> float:
    return round(milliseconds / 1000, 3)
