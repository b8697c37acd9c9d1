"""No regular expression can hang anything, neither while it is read nor while it looks."""

from __future__ import annotations

import time

import pytest

from cminbox.query import Context, matches, parse, patterns
from cminbox.query.patterns import TEXT_SECONDS, WINDOW_SECONDS, BadPattern, Pattern
from cminbox.store.sqlite.functions import found, named
from subjects import about

SLOW = r"(?:\w|\w\w)+(?:\w|\w\w)+[!?]\d"
TEXT = "a" * 3_000 + "!"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_text_that_takes_too_long_counts_as_no_match() -> None:
    began = time.monotonic()
    assert not Pattern(SLOW).found_in(TEXT)
    assert time.monotonic() - began < 20 * TEXT_SECONDS


def test_a_pattern_that_keeps_losing_time_rests_until_its_window_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LOST_SECONDS", 4 * TEXT_SECONDS)
    clock = Clock()
    pattern = Pattern(SLOW, clock)
    for _ in range(4):
        assert not pattern.given_up
        assert not pattern.found_in(TEXT)
    assert pattern.given_up
    began = time.monotonic()
    assert not any(pattern.found_in(TEXT) for _ in range(1_000))
    assert not pattern.found_in("aaa!1")
    assert time.monotonic() - began < TEXT_SECONDS
    clock.now += WINDOW_SECONDS
    assert not pattern.given_up
    assert pattern.found_in("aaa!1")


@pytest.mark.parametrize(
    "source", ["(", "*", "[z-a]", r"\p{Nope}", "(?P<a", r"\L<names>", "(" * 400 + ")" * 400, "a{9}{", "(?V0)(?V1)x"]
)
def test_what_is_no_regular_expression_is_refused_or_read_but_never_breaks(source: str) -> None:
    try:
        Pattern(source)
    except BadPattern as error:
        refused = error
    else:
        return
    assert 0 <= refused.position <= len(source)


@pytest.mark.parametrize(
    "source", ["(?:(?:a{1000}){1000}){1000}", "((a{500,}){500})", "a{123456789012345678901}", "x" * 1_001]
)
def test_what_would_take_all_memory_is_refused_before_it_is_read(source: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(source)


def test_ordinary_counts_are_borne() -> None:
    assert Pattern(r"\b[a-z]{2}\d{2}(?: ?\d{4}){4,5}\b").found_in("IBAN de12 3456 7890 1234 5678")


def test_a_query_uses_the_same_limits() -> None:
    assert not matches(parse(f"/{SLOW}/"), about(texts=(TEXT,)), Context(0))
    assert matches(parse(f"/{SLOW}/"), about(texts=("AAA!1",)), Context(0))


def test_the_functions_of_the_store() -> None:
    assert found("^b", "a\nB") == 1
    assert found("^c", "a\nB") == 0
    assert named("Ana López", " lopez ") == 1
    assert named("Ana López", " lop ") == 0
