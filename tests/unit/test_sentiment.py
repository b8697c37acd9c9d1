"""How a text sounds: score, class, the words that counted, and what is unknown."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment as source

from cminbox.model import UNKNOWN_SENTIMENT
from cminbox.rules.lexicon import load_lexicon
from cminbox.rules.sentiment import READ, Scorer
from cminbox.rules.tokens import Tokens
from profiles import examples

SHARED = Path(os.environ.get("CMINBOX_SHARED", Path(__file__).parents[2].parent / "shared"))
SCORER = Scorer()


@pytest.mark.parametrize("lang", ["nl", "sv", "zh", ""])
def test_a_language_that_we_cannot_read_is_unknown_and_never_zero(lang: str) -> None:
    assert SCORER.score("terrible, horrible, awful", lang) == UNKNOWN_SENTIMENT
    assert SCORER.score("", lang).score is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("You are thieves!!! I want a REFUND NOW", "negative"),
        ("the app is not working", "negative"),
        ("app crashes every time", "negative"),
        ("my parcel never arrived", "negative"),
        ("👎", "negative"),
        ("🤬🤬", "negative"),
        ("💔", "negative"),
        ("😡", "negative"),
        ("Nothing arrived :(", "negative"),
        ("Can you help me please", "neutral"),
        ("Is the green tea organic?", "neutral"),
        ("", "neutral"),
        ("Thank you so much, great service", "positive"),
        ("can’t wait for the new tea 😍", "positive"),
        ("Kudos to the whole team", "positive"),
    ],
)
def test_what_people_write_to_brands(text: str, label: str) -> None:
    assert SCORER.score(text, "en").label == label


def test_vaders_own_score_is_kept_beside_ours() -> None:
    stock: Any = source.SentimentIntensityAnalyzer()
    for text in ("I love it but the parcel is late", "👎 refund", "please help", "GOOD tea, :("):
        assert SCORER.score(text, "en").vader == stock.polarity_scores(text)["compound"]


def test_the_words_that_counted_are_told_the_weightiest_first() -> None:
    hits = SCORER.score("The app is not working, and I love the tea", "en").hits
    assert [word for word, _ in hits] == ["love", "not working"]
    assert dict(hits)["not working"] < 0 < dict(hits)["love"]
    assert [abs(weight) for _, weight in hits] == sorted((abs(weight) for _, weight in hits), reverse=True)


def test_what_counts_for_nothing_is_no_hit() -> None:
    assert SCORER.score("please help", "en").hits == ()


def test_a_name_or_a_link_does_not_sound() -> None:
    assert SCORER.score("@worst_ever see https://scam.example/refund", "en").score == 0.0


@pytest.mark.parametrize("lang", ["en", "hi", "zh", ""])
def test_emoji_alone_say_the_same_in_every_language(lang: str) -> None:
    assert SCORER.score("😡", lang).label == "negative"
    assert SCORER.score("❤️", lang).label == "positive"
    assert SCORER.score("😡", lang).score == SCORER.score("😡", "en").score


def test_a_row_of_one_emoji_weighs_no_more_than_three() -> None:
    three, many = SCORER.score("😡😡😡", "en").score, SCORER.score("😡" * 300, "en").score
    assert three is not None
    assert many == three < -0.7


@settings(max_examples=examples(150))
@given(st.text(max_size=300))
def test_any_text_has_a_score_within_bounds(text: str) -> None:
    found = SCORER.score(text, "en")
    assert found.score is not None
    assert -1 <= found.score <= 1
    assert found.label in ("negative", "neutral", "positive")
    assert len(found.hits) <= 12


@pytest.mark.parametrize("piece", ["😂", "good ", "but bad ", "not ", "a😂", "refund!!! "])
def test_long_texts_are_bounded(piece: str) -> None:
    SCORER.score("warm", "en")
    text = piece * 20_000
    begun = time.process_time()
    assert SCORER.score(text, "en") == SCORER.score(text[:READ], "en")
    assert time.process_time() - begun < 0.5


def test_words_of_the_user_go_over_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("steepless\t-3\nrefund\t0\nlove\t0\n")
    mine = Scorer(tmp_path)
    assert mine.score("a steepless day", "en").label == "negative"
    assert mine.score("refund", "en").hits == ()
    assert mine.score("I love it", "en").hits == ()
    assert mine.score("a scam", "en") == SCORER.score("a scam", "en")


def test_a_language_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "nl.tsv").write_text("prachtig\t3\nwaardeloos\t-3\n")
    mine = Scorer(tmp_path)
    assert mine.score("wat waardeloos", "nl").label == "negative"
    assert mine.score("wat prachtig", "nl").label == "positive"
    assert SCORER.score("wat prachtig", "nl") == UNKNOWN_SENTIMENT


def test_what_is_right_in_a_list_with_mistakes_is_in_force(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("steepless\t-3\nfine\tvery\n")
    (tmp_path / "en.toml").write_text("[grammer]")
    mine = Scorer(tmp_path)
    assert mine.score("a steepless day", "en").label == "negative"
    assert mine.score("a scam", "en") == SCORER.score("a scam", "en")
    assert len(mine.problems) == 2
    assert SCORER.problems == ()


def test_phrases_win_over_their_words_and_do_not_overlap() -> None:
    lexicon, _ = load_lexicon("en")
    words = Tokens().words("still waiting for my money back again")
    assert [found.text for found in lexicon.words.longest(words)] == ["still waiting", "money back", "again"]


@pytest.mark.parametrize(
    ("plain", "bent"),
    [
        ("The tea is good", "The tea is not good"),
        ("I love it", "I never loved it"),
        ("great service", "great service but the parcel was broken and nobody answers"),
    ],
)
def test_grammar_bends_words(plain: str, bent: str) -> None:
    good, less = SCORER.score(plain, "en").score, SCORER.score(bent, "en").score
    assert good is not None
    assert less is not None
    assert less < good - 0.2


def test_a_negator_does_not_reach_over_the_end_of_a_clause() -> None:
    assert SCORER.score("No. Good tea", "en").hits[0][1] > 0


def macro_f1(gold: list[str], found: list[str]) -> float:
    total = 0.0
    for label in ("neg", "neu", "pos"):
        both = sum(g == f == label for g, f in zip(gold, found, strict=True))
        total += 2 * both / max(1, gold.count(label) + found.count(label))
    return total / 3


@pytest.mark.parametrize(("name", "least"), [("airline.en", 0.62), ("tweeteval.en", 0.55), ("umsab.en", 0.57)])
def test_on_labelled_posts(name: str, least: float) -> None:
    path = SHARED / "data" / "labelled" / f"{name}.tsv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    rows = [row.split("\t") for row in path.read_text("utf-8").splitlines()[1:]]
    gold = [row[1] for row in rows]
    scored = [SCORER.score(row[-1], "en") for row in rows]
    stock = ["neg" if (s.vader or 0) <= -0.05 else "pos" if (s.vader or 0) >= 0.05 else "neu" for s in scored]
    found = macro_f1(gold, [s.label[:3] for s in scored])
    assert found >= least
    assert found > macro_f1(gold, stock)


def test_what_is_denied_outright_gives_no_points() -> None:
    def points(text: str) -> set[str]:
        return set(SCORER.hear(text, "en", SCORER.read(text, "en"))[1])

    assert "scam" in points("a scam")
    assert "scam" not in points("It is not a scam")
    assert points("I got no refund")
