"""VADER in linear time: the same scores as the stock analyser."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment as source

from cminbox.rules.analysis import Analyser
from cminbox.rules.vader import Vader, compound, emphasis, heed_but
from profiles import examples

STOCK: Any = source.SentimentIntensityAnalyzer()
OURS = Vader()

_SPICE = (
    "but BUT no or nor least at very never so this without doubt kind of NOT Very ! ?? ??? !!!! 😂 💔 👎 :) :( :D "
    "the order word thing Tea"
)
BENDERS = [
    *source.NEGATE,
    *source.BOOSTER_DICT,
    *" ".join(source.SPECIAL_CASES).split(),
    *_SPICE.split(),
]
COUNTING = sorted(STOCK.lexicon)


def ours(text: str) -> float:
    spelt = (OURS.spelt(text) if OURS.has_emoji(text) else text).strip()
    read = OURS.valences(spelt)
    values = heed_but(read.words, read.values)
    return compound(float(sum(values[place] for place in sorted(values))), emphasis(spelt)) if values else 0.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "VADER is smart, handsome, and funny.",
        "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!",
        "VADER is not smart, handsome, nor funny.",
        "At least it isn't a horrible book.",
        "The plot was good, but the characters are uncompelling and the dialog is not great.",
        "Today only kinda sux! But I'll get by, lol",
        "good good good but good good bad bad good",
        "It was kind of good, and the least bad at the very least",
        "never so good, never this good, without doubt good, without any doubt whatsoever good",
        "no good, no really good, no bad or good, no",
        "you are the bomb and that is the shit, yeah right, kiss of death",
        "Catch utf-8 emoji such as 💘 and 💋 and 😁😁",
        "😂" * 40,
        "GREAT tea, BAD parcel??",
    ],
)
def test_the_score_is_the_stock_score(text: str) -> None:
    assert ours(text) == STOCK.polarity_scores(text)["compound"]


def test_on_thousands_of_made_up_texts() -> None:
    dice = random.Random(7)
    for _ in range(4_000):
        words = [dice.choice(BENDERS if dice.random() < 0.7 else COUNTING) for _ in range(dice.randint(1, 14))]
        text = " ".join(words)
        assert ours(text) == STOCK.polarity_scores(text)["compound"], text


@settings(max_examples=examples(200))
@given(st.lists(st.one_of(st.sampled_from(BENDERS), st.sampled_from(COUNTING), st.text(max_size=6)), max_size=12))
def test_on_any_words(words: list[str]) -> None:
    text = " ".join(words)
    assert ours(text) == STOCK.polarity_scores(text)["compound"]


def test_a_row_of_emoji_is_read_in_linear_time() -> None:
    text = "😂" * 200
    begun = time.process_time()
    wanted = STOCK.polarity_scores(text)["compound"]
    stock_time = time.process_time() - begun
    begun = time.process_time()
    assert ours(text) == wanted
    assert time.process_time() - begun < stock_time / 4
    begun = time.process_time()
    ours("😂" * 3_200)
    # The stock analyser takes some 9 s for these.
    assert time.process_time() - begun < 1


def test_the_whole_analysis_of_english_texts_keeps_a_fifth_of_the_stock_analysers_rate() -> None:
    texts = [
        f"Order {n} is late again and nobody answers, but I still love the green tea. Please help!" for n in range(300)
    ]
    analyser = Analyser()
    for text in texts:
        analyser.analyse(text)
    # By turns: a machine that is busy for a moment is busy for both.
    rounds = [(_seconds(STOCK.polarity_scores, texts), _seconds(analyser.analyse, texts)) for _ in range(8)]
    assert min(mine for _, mine in rounds) < min(stock for stock, _ in rounds) * 5


def _seconds(work: Callable[[str], object], texts: list[str]) -> float:
    begun = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - begun


def test_on_real_texts_the_score_is_the_stock_score(shared: Path) -> None:
    """VADER's own rated sets, and ten thousand posts besides."""
    sets = sorted((shared / "data" / "labelled").glob("*.en.tsv"))
    rated = [text for path in sets if path.name.startswith("vgt_") for text in texts_of(path)]
    others = [text for path in sets if not path.name.startswith("vgt_") for text in texts_of(path)[:6_000]]
    if not rated or len(others) < 10_000:
        pytest.skip("the shared data has no labelled sets")
    # Each fifth of VADER's own here: they are 23,000.
    for text in (*rated[::5], *others):
        assert OURS.score(text, len(text) + 10_000) == STOCK.polarity_scores(text)["compound"], text


def texts_of(path: Path) -> list[str]:
    return [line.split("\t", 2)[-1] for line in path.read_text("utf-8").split("\n")[1:] if line]
