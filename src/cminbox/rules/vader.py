"""VADER's English compound score in linear time, with the words that made it.

Lexicon and arithmetic are vaderSentiment's own (C.J. Hutto and E. Gilbert, "VADER", ICWSM 2014). Its analyser walks the
whole text again for each word that counts; nothing beyond three words before it and two behind it can bend its valence,
so here the analyser is asked about these alone, and not at all where none of them bends anything.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vaderSentiment import vaderSentiment as source

_ANALYSER: Any = source.SentimentIntensityAnalyzer
_PUNCTUATION = string.punctuation
_MOST_TOKENS, _LONGEST_TOKEN = 50_000, 40


class _Token(NamedTuple):
    """A token of a text as it was met.

    Attributes:
        raw: it without its punctuation.
        lowered: the same in lower case.
        counts: whether it says something by itself.
        valence: what it says.
        bends: whether it may change the valence of a neighbour, or begin or end an idiom.
        capitals: whether it is written in capitals.
    """

    raw: str
    lowered: str
    counts: bool
    valence: float
    bends: bool
    capitals: bool


class _Window(NamedTuple):
    """The words around one, as the analyser wants them, and whether some words of the text but not all are capitals."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


@dataclass(frozen=True, slots=True)
class Valences:
    """The words of a text, lower-cased, and the valence of those that count, by position, before "but" is heeded."""

    words: list[str]
    values: dict[int, float]


class Vader:
    """VADER's analyser, loaded once, and what it says of the words of a text."""

    def __init__(self) -> None:
        self._stock: Any = _ANALYSER()
        self._lexicon: dict[str, float] = self._stock.lexicon
        self._emojis: dict[str, str] = self._stock.emojis
        # Most words of a text are words of the texts before it; a long stranger is not kept.
        self._tokens: dict[str, _Token] = {}
        self._counting = {word: value for word, value in self._lexicon.items() if word not in source.BOOSTER_DICT}
        phrases = (*source.SPECIAL_CASES, *source.BOOSTER_DICT)
        # An idiom needs all of its words: the longest stands in few other places.
        self._bending = frozenset(
            (*(max(phrase.split(), key=len) for phrase in phrases), *source.NEGATE, "no", "so", "this", "least")
        )
        """Words that may change the valence of a neighbour, besides those with "n't" in them."""

    @property
    def lexicon(self) -> Mapping[str, float]:
        """VADER's words with their valences, without those that only raise or lower others."""
        return self._counting

    def score(self, text: str, limit: int) -> float:
        """VADER's compound score of a text.

        Args:
            limit: characters that are read of it, and again of it with its emoji spelt.
        """
        text = text[:limit]
        if self.has_emoji(text):
            text = self.spelt(text)[:limit].strip()
        read = self.valences(text)
        known = heed_but(read.words, read.values)
        return compound(float(sum(known.values())), emphasis(text)) if known else 0.0

    def has_emoji(self, text: str) -> bool:
        """Whether the text has an emoji that VADER knows."""
        return not text.isascii() and not self._emojis.keys().isdisjoint(text)

    def spelt(self, text: str) -> str:
        """The text with each emoji replaced by its English name, as VADER reads it."""
        parts: list[str] = []
        after_space = True
        for letter in text:
            name = self._emojis.get(letter)
            if name is None:
                parts.append(letter)
                after_space = letter == " "
            else:
                parts.append(name if after_space else " " + name)
                after_space = False
        return "".join(parts)

    def valences(self, text: str) -> Valences:
        """The words of a text (emoji already spelt or removed) and the valence of each word that counts."""
        tokens = self._tokens
        found = [tokens.get(token) or self._met(token) for token in text.split()]
        words = [token.lowered for token in found]
        values: dict[int, float] = {}
        if not any([token.counts for token in found]):
            return Valences(words, values)
        bends = [token.bends for token in found]
        mixed_caps = 0 < sum([token.capitals for token in found]) < len(found)
        for i, token in enumerate(found):
            if not token.counts or (token.lowered == "kind" and words[i + 1 : i + 2] == ["of"]):
                continue
            value = token.valence
            start = max(0, i - 3)
            if True in bends[start : i + 3]:
                window = _Window([token.raw for token in found[start : i + 3]], mixed_caps)
                (value,) = self._stock.sentiment_valence(0, window, token.raw, i - start, [])
            elif mixed_caps and token.capitals:
                value += math.copysign(source.C_INCR, value)
            values[i] = float(value)
        return Valences(words, values)

    def _met(self, token: str) -> _Token:
        """What is known of a token that was not met before."""
        raw = token.strip(_PUNCTUATION)
        if len(raw) <= 2:
            raw = token
        lowered = raw.lower()
        bends = lowered in self._bending or "n't" in lowered
        valence = self._counting.get(lowered)
        found = _Token(raw, lowered, valence is not None, valence or 0.0, bends, raw.isupper())
        if len(token) <= _LONGEST_TOKEN:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            self._tokens[token] = found
        return found


def heed_but(words: list[str], values: dict[int, float]) -> dict[int, float]:
    """Halves what stands before the first "but" and raises what follows it by half, as the analyser does."""
    if "but" not in words or not values:
        return values
    pivot = words.index("but")
    places = sorted({pivot, *values})
    marks = ["but" if place == pivot else "" for place in places]
    changed = _ANALYSER._but_check(marks, [values.get(place, 0.0) for place in places])
    heeded = dict(zip(places, changed, strict=True))
    return {place: heeded[place] for place in values}


def emphasis(text: str) -> float:
    """What exclamation and question marks add to the sum of valences."""
    marks: float = _ANALYSER._amplify_ep(text) + _ANALYSER._amplify_qm(text)
    return marks


def compound(total: float, marks: float) -> float:
    """The sum of valences with its emphasis, brought to −1…1 and rounded to four places."""
    if total:
        total += math.copysign(marks, total)
    return round(float(source.normalize(total)), 4)
