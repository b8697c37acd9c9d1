"""Numbers are shown with their word, with their sign, and shortened."""

from __future__ import annotations

import pytest

from cminbox.number_format import count_of, short_number, signed


def test_a_number_with_its_word() -> None:
    assert [count_of(number, "message") for number in (0, 1, 2, 1204)] == [
        "0 messages",
        "1 message",
        "2 messages",
        "1,204 messages",
    ]


def test_a_sign_is_always_there_and_a_minus_is_a_true_one() -> None:
    assert [signed(number) for number in (35, 0, -10, 1204)] == ["+35", "+0", "−10", "+1,204"]
    assert [signed(number, 2) for number in (0.6, 0.0, -0.784)] == ["+0.60", "+0.00", "−0.78"]


@pytest.mark.parametrize(
    ("number", "short", "whole"),
    [(0, "0", "0"), (980, "980", "980"), (1000, "1k", "1k"), (12_449, "12.4k", "12k"), (1_999, "2k", "1k"),
     (3_140_000, "3.1M", "3M")],
)  # fmt: skip
def test_a_count_is_shortened(number: int, short: str, whole: str) -> None:
    assert (short_number(number), short_number(number, whole=True)) == (short, whole)
