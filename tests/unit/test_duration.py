"""Durations are read as people write them, and shown in the few forms that there are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.duration import (
    format_ago,
    format_duration,
    format_figure,
    format_narrow,
    format_rough,
    parse_duration,
)
from cminbox.model import DAY, HOUR, MINUTE, SECOND, UNITS, WEEK


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", 90 * SECOND),
        ("30m", 30 * MINUTE),
        ("2h", 2 * HOUR),
        ("3d", 3 * DAY),
        ("1w", WEEK),
        ("1.5h", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        (" 2H ", 2 * HOUR),
        ("0s", 0),
    ],
)
def test_durations_are_read(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize("text", ["", "h", "2", "2 hours", "-2h", "2x", "1e9d", "9999999w", "२h", "2h!"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0s"),
        (999, "0s"),
        (59_999, "59s"),
        (56 * MINUTE, "56m"),
        (3 * HOUR + 59 * MINUTE, "3h"),
        (2 * DAY, "2d"),
        (WEEK, "7d"),
        (-8 * MINUTE, "-8m"),
        (-500, "0s"),
    ],
)
def test_durations_are_shown_in_their_largest_unit(ms: int, text: str) -> None:
    assert format_duration(ms) == text


@given(st.integers(0, 99 * 365 * DAY))
def test_a_shown_duration_is_read_back_and_never_longer(ms: int) -> None:
    read = parse_duration(format_duration(ms))
    assert read <= ms
    assert format_duration(read) == format_duration(ms)


@pytest.mark.parametrize(
    ("duration", "shown"),
    [(0, "<1m"), (60_000, "1m"), (3_599_999, "59m"), (3_600_000, "1h"), (172_799_999, "47h"), (172_800_000, "2d"),
     (10**15, "99y")],
)  # fmt: skip
def test_in_a_column_a_duration_takes_three_cells(duration: int, shown: str) -> None:
    assert format_narrow(duration) == shown


@given(st.integers(0, 200 * 365 * DAY))
def test_an_age_has_one_form_of_three_cells(ms: int) -> None:
    assert len(format_rough(ms)) <= 3
    assert ms < MINUTE or format_narrow(ms) == format_rough(ms)


def test_durations_are_one_short_word() -> None:
    given_ms = (0, 45 * SECOND, 8 * MINUTE, 3 * HOUR, 47 * HOUR, 3 * DAY, 100 * DAY)
    assert [format_rough(value) for value in given_ms] == ["now", "45s", "8m", "3h", "47h", "3d", "14w"]
    assert format_ago(0) == "just now"
    assert format_ago(MINUTE) == "1m ago"


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (4_999, "now"),
        (5_000, "5s"),
        (-59_999, "59s"),
        (48 * HOUR, "2d"),
        (70 * DAY - 1, "69d"),
        (70 * DAY, "10w"),
        (365 * DAY - 1, "52w"),
        (3288 * DAY, "9y"),
    ],
)
def test_a_rough_duration_changes_its_unit_late(ms: int, shown: str) -> None:
    assert format_rough(ms) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(0, "0s"), (0.4, "1s"), (5, "5s"), (59.9, "1m"), (90, "1m30"), (599, "9m59"), (600, "10m"), (601, "11m")],
        *[(3599, "1h"), (5820, "1h37"), (5821, "1h38"), (3900, "1h05"), (7200, "2h"), (86_399, "1d")],
        *[(108_000, "1d6h"), (190_800, "2d5h"), (14 * 86_400, "14d"), (14 * 86_400 + 1, "15d")],
    ],
)
def test_a_figure_has_two_units_and_is_never_too_small(seconds: float, shown: str) -> None:
    assert format_figure(seconds) == shown


@given(st.floats(0, 400 * 86_400))
def test_a_figure_never_says_less_than_was_measured_nor_much_more(seconds: float) -> None:
    shown, below = format_figure(seconds), {"m": "s", "h": "m"}
    parts = re.findall(r"([0-9]+)([smhd]?)", shown)
    whole = sum(int(number) * UNITS[unit or below[parts[0][1]]] for number, unit in parts)
    assert seconds * SECOND <= whole <= seconds * SECOND * 1.11 + SECOND
