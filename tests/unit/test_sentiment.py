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

from cminbox.errors import ConfigError
from cminbox.model import UNKNOWN_SENTIMENT
from cminbox.rules.lexicon import load_lexicon
from cminbox.rules.sentiment import READ, Scorer
from profiles import examples

SHARED = Path(os.environ.get("CMINBOX_SHARED", Path(__file__).parents[2].parent / "shared"))
SCORER = Scorer()


@pytest.mark.parametrize("lang", ["es", "hi", "hi-Latn", "gu", "pa", "fr", "de", "ar", ""])
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


def test_a_row_of_one_emoji_weighs_no_more_than_three() -> None:
    three, many = SCORER.score("😡😡😡", "en").score, SCORER.score("😡" * 300, "en").score
    assert three is not None
    assert many == three < -0.8


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
    (tmp_path / "en.toml").write_text('[words]\n"steepless" = -3.0\n"refund" = 0\n[ignore]\nwords = ["love"]\n')
    mine = Scorer(tmp_path)
    assert mine.score("a steepless day", "en").label == "negative"
    assert mine.score("refund", "en").score == 0.0
    assert mine.score("I love it", "en").score == 0.0
    assert mine.score("scam", "en").label == "negative"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[wrods]\n"x" = 1', 1, 'did you mean "words"?'),
        ("[classes]\nnegativ = -0.1", 2, 'did you mean "negative"?'),
        ('[words]\n"fine" = 1\n"awful" = "very"', 3, "number from -4 to 4"),
        ('[words]\n"awful" = -9', 2, "number from -4 to 4"),
        ("[ignore]\nwords = [1]", 2, "list of texts"),
        ("[words\n", 1, "not TOML"),
    ],
)
def test_a_wrong_lexicon_is_told_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "en.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_lexicon("en", tmp_path)
    assert f"en.toml:{line}" in caught.value.line()
    assert said in caught.value.line()


def test_a_wrong_lexicon_of_the_users_leaves_the_shipped_one_in_force(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text("[wrods]")
    mine = Scorer(tmp_path)
    assert mine.score("a scam", "en") == SCORER.score("a scam", "en")
    assert len(mine.problems) == 1
    assert SCORER.problems == ()


def test_phrases_win_over_their_words_and_do_not_overlap() -> None:
    lexicon = load_lexicon("en")
    words = ["still", "waiting", "for", "my", "money", "back", "again"]
    found = [phrase for _, phrase, _ in lexicon.phrases_in(words)]
    assert found == ["still waiting", "money back", "again"]


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
