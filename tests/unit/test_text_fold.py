"""Words as the search knows them, in every script."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.text import clean, fold, words
from profiles import PROFILE

WORD = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co", "Mn", "Mc"}
texts = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("I want a REFUND, now!!", "i want a refund now"),
        ("Don't snake_case a-b #Tag @You", "don t snake case a b tag you"),
        ("Été à Łódź, Größe, cœur, Straße", "ete a lodz grosse coeur strasse"),
        ("ΆΣ ας Ёлка Йод", "ασ ασ елка иод"),
        ("İstanbul ISPARTA ışık", "istanbul isparta isik"),
        ("मेरा पैसा वापस करो।", "मेरा पैसा वापस करो"),
        ("રિફંડ ક્યારે?", "રિફંડ ક્યારે"),
        ("ਪੈਸੇ ਵਾਪਸ", "ਪੈਸੇ ਵਾਪਸ"),
        ("क्\u200dष क्\u200cष क्ष", "क्ष क्ष क्ष"),
        ("ref\u00adund re\u2060fund ref\u200bund", "refund refund ref und"),
        ("𝐫𝐞𝐟𝐮𝐧𝐝 ｒｅｆｕｎｄ ﬁne x²", "refund refund fine x2"),
        ("१२३ ٤٥ 67", "123 45 67"),
        ("مُحَمَّد أحمد جـــميل", "محمد احمد جميل"),
        ("שָׁלוֹם", "שלום"),
        ("がぎ 한국어 返金", "がぎ 한국어 返金"),
        ("❤️ 👨\u200d👩\u200d👧 🇮🇳 1️⃣", "1"),
        ("Brand™ €5", "brand 5"),
        ("   ", ""),
        ("", ""),
    ],
)
def test_words(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert words(text) == folded.split()


@pytest.mark.parametrize("text", ["कि", "की", "कु", "के", "को", "कं", "क़", "ક્ષ", "ਪੰਜਾਬੀ", "தமிழ்", "বাংলা", "ไทย้"])
def test_signs_of_scripts_that_need_them_stay(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFC", text)


def test_words_that_differ_only_in_a_vowel_sign_differ() -> None:
    assert len({fold(word) for word in ("कल", "काल", "कला", "कुल", "कील")}) == 5


def test_composed_and_decomposed_are_the_same_words() -> None:
    for text in ("Été Ångström", "क़लम ज़रूर", "が한국", "Việt"):
        assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_only_word_characters_and_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split(" "))
    assert folded == folded.strip()
    assert "  " not in folded
    for char in folded:
        assert char == " " or unicodedata.category(char) in WORD
        assert not char.isascii() or char == " " or (char.isalnum() and char == char.lower())


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_the_short_way_for_ascii_is_the_long_way(text: str) -> None:
    assert fold(text) == fold(text + " é").removesuffix("e").rstrip()


@given(texts, texts)
def test_a_space_parts_words(left: str, right: str) -> None:
    assert words(f"{left} {right}") == words(left) + words(right)


@given(texts)
def test_cleaning_loses_no_word_of_clean_text(text: str) -> None:
    cleaned = clean(text)
    assert fold(clean(cleaned)) == fold(cleaned)


def test_every_character_there_is() -> None:
    for start in range(0, sys.maxunicode + 1, 0x1000):
        block = list(map(chr, range(start, start + 0x1000)))
        if PROFILE != "ci" and {*map(unicodedata.category, block)} == {"Cn"}:
            continue  # two thirds of all are not assigned, and there is one way for them
        folded = fold(" ".join(block))
        assert fold(folded) == folded
        assert {unicodedata.category(char) for char in folded if char != " "} <= WORD
