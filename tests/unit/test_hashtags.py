"""Hashtags in capitals and without, alone and beside words, are parted into words that are known."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.rules.analysis import Analyser
from cminbox.rules.hashtags import parted
from profiles import examples

ANALYSER = Analyser()


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("CustomerServiceFail", "Customer Service Fail"),
        ("customerservicefail", "customer service fail"),
        ("peorservicio", "peor servicio"),
        ("melhordomundo", "melhor do mundo"),
        ("never_again", "never again"),
        # No words, or not of words alone, or a word itself.
        ("londonmarathon", "londonmarathon"),
        ("together", "together"),
        ("fail", "fail"),
        ("win2026now", "win2026now"),
        ("", ""),
    ],
)
def test_what_is_parted(tag: str, words: str) -> None:
    assert parted(tag) == words


def test_in_a_language_its_own_words_count() -> None:
    assert parted("peorservicio", "en") == "peorservicio"
    assert parted("customerservicefail", "es") == "customerservicefail"
    assert parted("customerservicefail", "hi") == "customer service fail"
    assert parted("customerservicefail", None) == "customerservicefail"


@pytest.mark.parametrize(
    ("text", "lang", "label", "signal"),
    [
        ("#customerservicefail", "en", "negative", "complaint"),
        ("@shop #CustomerServiceFail", "en", "negative", "complaint"),
        ("#thankyousomuch", "en", "positive", "thanks"),
        ("#peorservicio", "es", "negative", "complaint"),
        ("We wait since noon #neverusethisairline", "en", "negative", "cancelling"),
        # A word of the list is that word, though other words are in it.
        ("we are #offline again", "en", "negative", "broken"),
        ("see you in court, #lawsuit", "en", "negative", "legal"),
    ],
)
def test_hashtags_are_heard(text: str, lang: str, label: str, signal: str) -> None:
    heard = ANALYSER.analyse(text)
    assert (heard.lang, heard.sentiment.label) == (lang, label)
    assert signal in heard.signals


def test_a_show_is_in_no_language() -> None:
    assert ANALYSER.analyse("#MasterChefBR").lang == ""


@settings(max_examples=examples(200))
@given(st.text("abcdeilnorst", max_size=50))
def test_what_is_parted_has_the_same_letters(tag: str) -> None:
    assert parted(tag).replace(" ", "") == tag


def test_many_long_hashtags_cost_little() -> None:
    text = " ".join(f"#{'abcdefghij' * 3}{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(250))
    begun = time.process_time()
    ANALYSER.analyse(text[:10_000])
    assert time.process_time() - begun < 0.5
