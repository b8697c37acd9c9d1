"""The five figures against the standard library's second opinion."""

from __future__ import annotations

import statistics
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.reports.figures import NO_FIGURES, figures, percentile


def test_nothing_has_no_mean() -> None:
    assert figures([]) == NO_FIGURES
    assert asdict(figures([])) == {"count": 0, "mean": None, "p50": None, "p90": None, "p95": None}
    with pytest.raises(ValueError, match="no values"):
        percentile([[]], 0.5)


def test_one_value_is_all_figures() -> None:
    assert asdict(figures([[1500]])) == {"count": 1, "mean": 1.5, "p50": 1.5, "p90": 1.5, "p95": 1.5}


def test_numpys_documented_interpolation() -> None:
    # numpy.percentile([10, 7, 4, 3, 2, 1], 50) is 3.5 in NumPy's own documentation.
    assert percentile([[1, 2, 3, 4, 7, 10]], 0.5) == 3.5
    assert percentile([[1, 3, 10], [2, 4, 7], []], 0.9) == pytest.approx(8.5)


@given(st.lists(st.integers(0, 10**11), min_size=2, max_size=300))
def test_equals_the_standard_library(values: list[int]) -> None:
    ordered = sorted(values)
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    got = figures([ordered])
    assert got.count == len(values)
    assert got.mean == pytest.approx(statistics.fmean(values) / 1000, abs=0.001)
    assert got.p50 == pytest.approx(statistics.median(values) / 1000, abs=0.001)
    assert got.p90 == pytest.approx(cuts[17] / 1000, abs=0.001)
    assert got.p95 == pytest.approx(cuts[18] / 1000, abs=0.001)


@given(st.lists(st.integers(0, 10**9), min_size=1), st.floats(0, 1))
def test_a_percentile_lies_among_the_values_and_grows(values: list[int], share: float) -> None:
    ordered = sorted(values)
    assert ordered[0] <= percentile([ordered], share) <= ordered[-1]
    assert percentile([ordered], share) <= percentile([ordered], min(1.0, share + 0.1))


@given(st.lists(st.lists(st.integers(0, 10**6)), min_size=1, max_size=8).filter(any), st.floats(0, 1))
def test_how_the_values_are_cut_into_runs_does_not_matter(cut: list[list[int]], share: float) -> None:
    runs = [sorted(run) for run in cut]
    whole = sorted(value for run in cut for value in run)
    assert percentile(runs, share) == percentile([whole], share)
    assert figures(runs) == figures([whole])


def test_long_runs_are_searched_and_give_the_same() -> None:
    runs = [list(range(start, 3_000_000, 1009)) for start in range(7)]
    assert figures(runs) == figures([sorted(value for run in runs for value in run)])
