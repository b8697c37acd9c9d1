"""Words, stems and phrases in texts, and how texts are cut into words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.rules.phrases import PhraseBook
from cminbox.rules.tokens import Tokens, plain
from profiles import examples

TOKENS = Tokens()


def found(entries: list[str], text: str, *, accents_needed: bool = False, elision: bool = False) -> list[str]:
    book = PhraseBook(((entry, 1) for entry in entries), accents_needed=accents_needed, elision=elision)
    return [one.text for one in book.longest(Tokens(elision, accents_needed).words(text))]


@pytest.mark.parametrize(
    ("entries", "text", "wanted"),
    [
        (["refund*"], "I want my REFUNDS.", ["refund*"]),
        (["refund", "refund*"], "refund refunded", ["refund", "refund*"]),
        (["money back", "money"], "my money back, my money", ["money back", "money"]),
        (["money back"], "my money. Back again", []),
        (["charged ... twice"], "charged me and my wife twice", []),
        (["charged ... twice"], "charged my card twice", ["charged ... twice"]),
        (["charged ... twice"], "charged twice", ["charged ... twice"]),
        (["café"], "cafe CAFÉ", ["café", "café"]),
        (["don't"], "dont don’t", ["don't", "don't"]),
        (["so"], "sooooo", ["so"]),
        (["good"], "goooood", ["good"]),
        (["customer"], "#CustomerFail", ["customer"]),
        (["fail"], "#customer_fail", ["fail"]),
        (["worst"], "@worst https://worst.example/worst", []),
        (["खराब"], "ख़राब है", ["खराब"]),
        (["नहीं"], "नहीँ", ["नहीं"]),
        (["شكرا"], "شُكْرًا", ["شكرا"]),
        (["شکریہ"], "ﺷﮑﺮﯾﮧ", ["شکریہ"]),
        (["ещё"], "еще", ["ещё"]),
        (["good"], "not-good/bad", ["good"]),
    ],
)
def test_what_is_found(entries: list[str], text: str, wanted: list[str]) -> None:
    assert found(entries, text) == wanted


def test_accents_where_a_word_without_them_is_another_word() -> None:
    assert found(["schön"], "schon schön schoen Schön", accents_needed=True) == ["schön"] * 3
    assert found(["schön*"], "schone Schönheit schoenes", accents_needed=True) == ["schön*"] * 2
    assert found(["mochte", "spass"], "möchte Spaß mochte", accents_needed=True) == ["spass", "mochte"]
    assert found(["sehr schön"], "sehr schon, sehr schoen", accents_needed=True) == ["sehr schön"]


def test_an_article_that_leans_on_the_next_word() -> None:
    assert found(["arnaque", "l'arnaque totale"], "C'est l'arnaque. L’arnaque totale", elision=True) == [
        "arnaque",
        "l'arnaque totale",
    ]


def test_where_clauses_begin_and_what_is_written_loud() -> None:
    words = TOKENS.words("Oh no. It is SOOOO late, really")
    assert [word.exact for word in words if word.first] == ["oh", "it", "really"]
    assert [word.exact for word in words if word.capitals] == ["soo"]
    assert [word.exact for word in words if word.drawn_out] == ["soo"]


def test_every_stem_of_a_word_where_that_is_wanted() -> None:
    entries = [(entry, 1) for entry in ("mould", "mould*", "moul*", "moulds here")]
    words = TOKENS.words("moulds here, mould")
    assert {one.text for one in PhraseBook(entries, every_stem=True).find(words)} == {entry for entry, _ in entries}
    assert "moul*" not in {one.text for one in PhraseBook(entries).find(words)}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("cool", "cooool"),
        ("so", "sooo"),
        ("funny", "fuuunny"),
        ("класс", "клаассс"),
        ("ممتاز", "ممتااااز"),
        ("really", "reeeallyyyy"),
    ],
)
def test_of_letters_that_stand_twice_only_some_were_drawn_out(entry: str, text: str) -> None:
    assert found([entry], text) == [entry]


@settings(max_examples=examples(200))
@given(st.text(max_size=200))
def test_any_text_has_words_that_are_their_own_keys(text: str) -> None:
    words = TOKENS.words(text)
    assert words == Tokens().words(text)
    for word in words:
        assert word.key
        assert plain(word.key) == word.key


@pytest.mark.parametrize("piece", ["a", "a ", "#", "@", "'", "a'", "न", "़", "#aA", "😡", ". ", "a.", "charged ", "://"])
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    book = PhraseBook([("charged ... twice", 1), ("a ... a ... b", 1), ("charged*", 1)])
    text = piece * (10_000 // len(piece))
    begun = time.process_time()
    for _ in book.longest(Tokens().words(text)):
        pass
    assert time.process_time() - begun < 0.5


def test_what_is_written_as_one_with_a_word_is_left_out_where_the_word_is_not_known_with_it() -> None:
    entries = [("خدمة", 1), ("سيئة جدا", 2), ("والد", 3), ("محتال*", 4)]
    book = PhraseBook(entries, prefixes=("وال", "ال", "و"))

    def words_of(text: str) -> list[str]:
        return [one.text for one in book.longest(Tokens().words(text))]

    assert words_of("الخدمة والخدمة وخدمة خدمة") == ["خدمة"] * 4
    assert words_of("خدمة وسيئة جدا") == ["خدمة", "سيئة جدا"]
    # A word of its own is none with something before it, and what is left must be a word.
    assert words_of("والد") == ["والد"]
    assert words_of("والمحتالين") == ["محتال*"]
    assert words_of("وال") == words_of("باب") == []
    assert [one.text for one in PhraseBook(entries).longest(Tokens().words("والخدمة"))] == []
