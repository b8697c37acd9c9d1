"""How what was found in a text becomes a score and a class: `lexicons/calibration/<code>.toml`, some 30 numbers a
language.

A multinomial logistic model of a handful of features (McCullagh and Nelder, "Generalized Linear Models", 1989, ch. 5),
with *neutral* as the class that the others are measured against: each feature has one number for *negative* and one for
*positive*. `benchmarks/calibrate.py` writes the files; `any.toml` is for languages that have no numbers of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from operator import mul
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cminbox.model import Sentiment, SentimentClass
from cminbox.rules.once import once
from cminbox.tomlfile import Table, read_toml

FOLDER = Path(__file__).parent / "lexicons" / "calibration"
ANY = "any"

DENIES = -0.3
"""What a negator weighs where nothing else counts: what is only denied is trouble more often than praise."""
_CLEAR = 0.6
"""The valence from which on emoji alone are for or against."""

FEATURES = (
    *("bias", "positive", "negative", "neutral", "balance", "emoji positive", "emoji negative"),
    *(
        "vader positive",
        "vader negative",
        "exclamation",
        "question",
        "capitals",
        "link",
        "hashtags",
        "words",
        "service",
        "negators",
    ),
)
"""The features by name, in the order of `Findings.features`."""


class Findings(NamedTuple):
    """What was found in a text.

    Attributes:
        positive, negative: sums of valences of words, both 0 or more.
        neutral: sum of neutral weights.
        emoji_positive, emoji_negative: the same of emoji and faces.
        service: sum of the sentiment of service words below 0, as a number of 0 or more.
        vader: VADER's compound score; 0 where the text is not English.
        exclamations: exclamation marks.
        question: whether it has a question mark.
        capitals: the share of words in capitals, where not all are.
        link: whether it has a link.
        hashtags: how many.
        words: how many.
        negators: how many words deny something.
        points: the service words that count, each with its points of priority; they say nothing of the score.
    """

    positive: float = 0.0
    negative: float = 0.0
    neutral: float = 0.0
    emoji_positive: float = 0.0
    emoji_negative: float = 0.0
    service: float = 0.0
    vader: float = 0.0
    exclamations: int = 0
    question: bool = False
    capitals: float = 0.0
    link: bool = False
    hashtags: int = 0
    words: int = 0
    negators: int = 0
    points: Mapping[str, float] = MappingProxyType({})

    def features(self) -> tuple[float, ...]:
        """What the model weighs, each about 0 to 2."""
        log = math.log1p
        total = self.positive + self.emoji_positive - self.negative - self.emoji_negative
        return (
            1.0,
            log(self.positive),
            log(self.negative),
            log(self.neutral),
            total / math.sqrt(total * total + 15),
            log(self.emoji_positive),
            log(self.emoji_negative),
            max(self.vader, 0.0),
            max(-self.vader, 0.0),
            min(self.exclamations, 3) / 3,
            float(self.question),
            self.capitals,
            float(self.link),
            log(self.hashtags),
            log(self.words) / 3,
            log(self.service),
            min(self.negators, 2) / 2,
        )


class Weights(NamedTuple):
    """The numbers of one language, each in the order of `FEATURES`."""

    negative: tuple[float, ...]
    positive: tuple[float, ...]

    def chances(self, features: tuple[float, ...]) -> tuple[float, float, float]:
        """How likely each class is: negative, neutral, positive."""
        negative = sum(map(mul, self.negative, features))
        positive = sum(map(mul, self.positive, features))
        most = max(negative, positive, 0.0)
        parts = math.exp(negative - most), math.exp(-most), math.exp(positive - most)
        total = sum(parts)
        return parts[0] / total, parts[1] / total, parts[2] / total

    def leant(self, negative: float, positive: float) -> Weights:
        """These numbers with something added to the bias of each class."""
        if not negative and not positive:
            return self
        return Weights(
            (self.negative[0] + negative, *self.negative[1:]), (self.positive[0] + positive, *self.positive[1:])
        )


def scored(chances: tuple[float, float, float]) -> tuple[float, SentimentClass]:
    """Score and class of the chances of the three classes.

    The score is the chance of positive less that of negative; it stands on the side of its class.
    """
    negative, neutral, positive = chances
    score = round(positive - negative, 4)
    if negative >= neutral and negative >= positive:
        return min(score, -0.0001), "negative"
    if positive > neutral:
        return max(score, 0.0001), "positive"
    return score, "neutral"


@once
def weights() -> Mapping[str, Weights]:
    """The numbers by language."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def _read(path: Path) -> Weights:
    file = Table(read_toml(path), path)
    negative, positive = (file.table(side).values for side in ("negative", "positive"))
    return Weights(*(tuple(float(side[name]) for name in FEATURES) for side in (negative, positive)))


def weights_of(language: str) -> Weights:
    """The numbers of a language; those of all others where it has none of its own."""
    known = weights()
    return known.get(language, known[ANY])


def of_emoji(findings: Findings) -> tuple[float, SentimentClass]:
    """Score and class of a text without words, by its emoji alone."""
    total = findings.emoji_positive - findings.emoji_negative
    score = round(total / math.sqrt(total * total + 4), 4)
    if abs(total) < _CLEAR:
        return score, "neutral"
    return score, "positive" if total > 0 else "negative"


def sentiment_of(
    findings: Findings, weights: Weights, vader: float | None, hits: tuple[tuple[str, float], ...]
) -> Sentiment:
    """The sentiment of a text by what was found in it; neutral where no word counts, for nothing could explain more."""
    if not hits:
        return Sentiment(0.0, "neutral", vader)
    if not findings.words:
        return Sentiment(*of_emoji(findings), vader, hits)
    score, label = scored(weights.chances(findings.features()))
    if label == "positive" and hits[0][1] == DENIES:
        return Sentiment(0.0, "neutral", vader)
    return Sentiment(score, label, vader, hits)
