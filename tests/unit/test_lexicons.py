"""The shipped word lists: readable, in their script, without doubles, and without words that other languages use."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from cminbox.rules.calibration import ANY, FEATURES, weights
from cminbox.rules.lexicon import (
    SHIPPED,
    SIGNALS,
    Entry,
    languages,
    load_emoji,
    load_lexicon,
    read_toml_file,
    read_tsv,
)
from cminbox.rules.phrases import GAP
from cminbox.rules.sentiment import Scorer
from cminbox.rules.tokens import exact, plain

LANGUAGES = languages()
SCRIPTS = {
    **dict.fromkeys(("hi", "mr"), "DEVANAGARI"),
    **{"gu": "GUJARATI", "pa": "GURMUKHI", "ru": "CYRILLIC"},
    **dict.fromkeys(("ar", "ur"), "ARABIC"),
}
MIXED = {"hi", "mr", "gu", "pa", "ur"}
"""Languages whose writers mix English words in, in Latin letters."""

FUNCTION_WORDS = {
    line.partition(":")[0]: line.partition(":")[2].split()
    for line in """
en: the and you that for are with his they this have from not but what all were your can said
es: de la que el en y los del se las por un para con una su al lo como pero sus le ya
pt: de que e do da em um para com uma os no se na por mais as dos como mas ao ele das
fr: de la le et les des en un du une que est pour qui dans par pas sur ce au plus
de: der die und in den von zu das mit sich des auf ist im dem nicht ein eine als auch es an
it: di che e la il un a per in una sono mi si ho ma lo ha le ti ci del al
""".strip().splitlines()
}


def signs_of(word: str) -> set[str]:
    return {unicodedata.name(letter).split()[0] for letter in word if letter.isalpha()}


def words_of(language: str) -> dict[str, Entry]:
    found, problems = read_tsv(SHIPPED / f"{language}.tsv")
    assert problems == []
    return found


def phrases_of(language: str) -> list[str]:
    """Every word and phrase of a language's files."""
    file, problems = read_toml_file(SHIPPED / f"{language}.toml")
    assert problems == []
    return [*words_of(language), *file.service, *(phrase for listed in file.signals.values() for phrase in listed)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_whole_and_without_a_mistake(language: str) -> None:
    lexicon, problems = load_lexicon(language)
    assert problems == ()
    assert lexicon.words.size > 300
    assert lexicon.grammar.negators or lexicon.grammar.negators_after
    assert lexicon.grammar.boosters
    assert lexicon.grammar.but
    assert language in weights() or language.endswith("-Latn")


@pytest.mark.parametrize("language", LANGUAGES)
def test_entries_stand_in_their_script(language: str) -> None:
    script = SCRIPTS.get(language, "LATIN")
    allowed = {script, "MODIFIER"} | ({"LATIN"} if language in MIXED else set())
    wrong = [phrase for phrase in phrases_of(language) if not signs_of(phrase) <= allowed]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_stands_twice(language: str) -> None:
    """Not even in another spelling that the look-up takes for the same."""
    accents_needed = load_lexicon(language)[0].grammar.accents_needed
    path = SHIPPED / f"{language}.tsv"
    lines = [line.split("\t")[0] for line in path.read_text("utf-8").split("\n") if line.strip() and line[0] != "#"]
    seen: dict[tuple[str, ...], str] = {}
    doubles = []
    for line in lines:
        key = tuple(_key(part, accents_needed) for part in line.split())
        if key in seen:
            doubles.append((seen[key], line))
        seen[key] = line
    assert doubles == []


def _key(part: str, accents_needed: bool) -> str:
    if part == GAP:
        return GAP
    star = "*" if part.endswith("*") else ""
    return plain(exact(part.rstrip("*")), accents_needed) + star


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code not in SCRIPTS])
def test_no_word_that_other_languages_are_full_of_sounds_strongly(language: str) -> None:
    """`die`, `no`, `sin`: lists are gated by language, and a text in a mix is judged by one list all the same."""
    listed = words_of(language)
    common = {word for other, words in FUNCTION_WORDS.items() if other != language.partition("-")[0] for word in words}
    loud = {word for word, entry in listed.items() if abs(entry.valence) > 1 and word in common}
    assert loud - {"die"} == set() if language == "en" else loud - {"con"} == set()


def test_every_signal_has_words_in_english() -> None:
    file, _ = read_toml_file(SHIPPED / "en.toml")
    assert set(file.signals) >= {"refund", *([] if len(file.signals) < 5 else set(SIGNALS) - {"question"})}


def test_emoji_are_signs_and_faces_and_no_words() -> None:
    entries, problems = load_emoji()
    assert problems == ()
    assert len(entries) > 80
    assert [emoji for emoji in entries if re.search(r"\s|[a-zA-Z]{3}", emoji)] == []
    assert entries["😡"].valence < -1.5 < 1.5 < entries["❤"].valence


def test_the_numbers_are_few_and_complete() -> None:
    known = weights()
    assert ANY in known
    for numbers in known.values():
        assert len(numbers.negative) == len(numbers.positive) == len(FEATURES)
        assert max(map(abs, (*numbers.negative, *numbers.positive))) < 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fine", "has no valence"),
        ("fine\tvery", "is no number"),
        ("fine\t1\t2\t3", "too many columns"),
        ("fine\t-9", "the valence -9"),
        ("fine\t1\t-1", "the neutral weight -1"),
        ("f*\t1", "too short"),
        ("fi*ne\t1", "must end a word"),
        ("... fine\t1", "begins or ends with"),
        ("\t1", "without a word"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_the_rest_counts(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "nl.tsv").write_text(f"# mine\nmooi\t2\n{text}\nlelijk\t-2\n", "utf-8")
    lexicon, problems = load_lexicon("nl", tmp_path)
    assert len(problems) == 1
    assert "nl.tsv:3" in problems[0].line()
    assert said in problems[0].line()
    assert lexicon.words.size == 2
    assert Scorer(tmp_path).score("mooi", "nl").label == "positive"


def test_every_mistake_of_a_grammar_is_told_with_its_place_and_the_rest_counts(tmp_path: Path) -> None:
    path = tmp_path / "nl.toml"
    path.write_text(
        '[grammer]\n[grammar]\nreach = "far"\nnegators = ["niet"]\n[grammar.boosters]\nheel = 3\n'
        '[service]\n"kapot" = [-2, 5]\n"laat" = -1\n"te laat" = [-9, 5]\n'
        '[signals]\nrefnd = ["geld"]\nrefund = ["terug"]\n'
    )
    lexicon, problems = load_lexicon("nl", tmp_path)
    told = {problem.line_number: problem.line() for problem in problems}
    assert set(told) == {1, 3, 6, 9, 10, 12}
    assert 'did you mean "grammar"?' in told[1]
    assert 'did you mean "refund"?' in told[12]
    assert lexicon.grammar.negators == {"niet"}
    assert lexicon.words.size == 1
    assert lexicon.signals.size == 1
