"""VADER's English compound score in linear time, with the words that made it.

The lexicon, the boosters, the negators and the idioms are vaderSentiment's own, and the arithmetic follows its
`SentimentIntensityAnalyzer` 3.3.2 step by step, so that the compound score is the same (C.J. Hutto and E. Gilbert,
"VADER", ICWSM 2014). What differs is the work: every word is lower-cased once and a word that is in no lexicon costs
one lookup, where the original walks the whole text again for each word that counts.
"""

from __future__ import annotations

import heapq
import math
import string
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from vaderSentiment import vaderSentiment as source

_PUNCTUATION = string.punctuation
_MOST_TOKENS, _LONGEST_TOKEN = 50_000, 40


class _Tokens(dict[str, tuple[str, str]]):
    """Each token without its punctuation, as it stands and lower-cased: worked out when it is first met.

    Most words of a text are words of the texts before it. A long stranger is not kept.
    """

    def __missing__(self, token: str) -> tuple[str, str]:
        stripped = token.strip(_PUNCTUATION)
        kept = stripped if len(stripped) > 2 else token
        found = kept, kept.lower()
        if len(token) <= _LONGEST_TOKEN:
            if len(self) >= _MOST_TOKENS:
                self.clear()
            self[token] = found
        return found


@dataclass(frozen=True, slots=True)
class Valences:
    """The words of a text, lower-cased, and the valence of those that count, by position, before "but" is heeded."""

    words: list[str]
    values: dict[int, float]


class Vader:
    """VADER's data, loaded once, and its arithmetic."""

    def __init__(self) -> None:
        stock: Any = source.SentimentIntensityAnalyzer()
        self._lexicon: dict[str, float] = dict(stock.lexicon)
        self._tokens = _Tokens()
        self._emojis: dict[str, str] = dict(stock.emojis)
        self._boosters: dict[str, float] = dict(source.BOOSTER_DICT)
        self._negators: frozenset[str] = frozenset(source.NEGATE)
        self._idioms: dict[str, float] = dict(source.SPECIAL_CASES)
        self._caps: float = source.C_INCR
        self._negation: float = source.N_SCALAR
        self._counting: dict[str, float] = {
            word: value for word, value in self._lexicon.items() if word not in self._boosters
        }
        phrases = [phrase for phrase in (*self._idioms, *self._boosters) if " " in phrase]
        # One word of each phrase: where none of them stands near, no phrase does.
        self._phrase_words = frozenset(max(phrase.split(), key=len) for phrase in phrases) | {
            idiom for idiom in self._idioms if " " not in idiom
        }

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

    def without_emoji(self, text: str) -> str:
        """The text with a space for each emoji that VADER knows."""
        return "".join(" " if letter in self._emojis else letter for letter in text)

    def valences(self, text: str) -> Valences:
        """The words of a text (emoji already spelt or removed) and the valence of each word that counts."""
        tokens = self._tokens
        found = [tokens[token] for token in text.split()]
        words = [lowered for _, lowered in found]
        counting = self._counting
        values: dict[int, float] = {}
        if counting.keys().isdisjoint(words):
            return Valences(words, values)
        raw = [token for token, _ in found]
        mixed_caps: bool | None = None
        for i, word in enumerate(words):
            if word in counting and not (word == "kind" and words[i + 1 : i + 2] == ["of"]):
                if mixed_caps is None:
                    capitals = sum(map(str.isupper, raw))
                    mixed_caps = 0 < capitals < len(raw)
                values[i] = self._valence(raw, words, i, mixed_caps)
        return Valences(words, values)

    def _valence(self, raw: list[str], words: list[str], i: int, mixed_caps: bool) -> float:
        """The valence of the word at `i`, as its neighbours bend it."""
        lexicon = self._lexicon
        value = lexicon[words[i]]
        if words[i] == "no" and i != len(words) - 1 and words[i + 1] in lexicon:
            value = 0.0
        if (
            (i > 0 and words[i - 1] == "no")
            or (i > 1 and words[i - 2] == "no")
            or (i > 2 and words[i - 3] == "no" and words[i - 1] in ("or", "nor"))
        ):
            value = lexicon[words[i]] * self._negation
        if mixed_caps and raw[i].isupper():
            value += self._caps if value > 0 else -self._caps
        for back in (1, 2, 3):
            if i < back:
                break
            before = words[i - back]
            if before in lexicon:
                continue
            if before in self._boosters:
                step = self._boosters[before]
                if value < 0:
                    step *= -1
                if mixed_caps and raw[i - back].isupper():
                    step += self._caps if value > 0 else -self._caps
                value += step * (1, 0.95, 0.9)[back - 1]
            value = self._negated(value, words, i, back)
            if back == 3 and not self._phrase_words.isdisjoint(words[i - 3 : i + 3]):
                value = self._phrased(value, words, i)
        return self._least(value, words, i)

    def _negated(self, value: float, words: list[str], i: int, back: int) -> float:
        """The negation check of the word `back` places before, in its window alone."""
        before = words[i - back]
        if back == 2:
            if before == "never" and words[i - 1] in ("so", "this"):
                return value * 1.25
            if before == "without" and words[i - 1] == "doubt":
                return value
        elif back == 3:
            # The original's own grouping: "this" or "so" right before the word is enough, without "never".
            if (before == "never" and words[i - 2] in ("so", "this")) or words[i - 1] in ("so", "this"):
                return value * 1.25
            if before == "without" and "doubt" in (words[i - 2], words[i - 1]):
                return value
        if before in self._negators or "n't" in before:
            return value * self._negation
        return value

    def _phrased(self, value: float, words: list[str], i: int) -> float:
        """Idioms around the word, and boosters of two words before it."""
        one = f"{words[i - 1]} {words[i]}"
        two_one_zero = f"{words[i - 2]} {one}"
        two_one = f"{words[i - 2]} {words[i - 1]}"
        three_two_one = f"{words[i - 3]} {two_one}"
        three_two = f"{words[i - 3]} {words[i - 2]}"
        idioms = self._idioms
        for phrase in (one, two_one_zero, two_one, three_two_one, three_two):
            if phrase in idioms:
                value = idioms[phrase]
                break
        if len(words) - 1 > i:
            value = idioms.get(f"{words[i]} {words[i + 1]}", value)
        if len(words) - 1 > i + 1:
            value = idioms.get(f"{words[i]} {words[i + 1]} {words[i + 2]}", value)
        for phrase in (three_two_one, three_two, two_one):
            value += self._boosters.get(phrase, 0.0)
        return value

    def _least(self, value: float, words: list[str], i: int) -> float:
        if i > 0 and words[i - 1] == "least" and "least" not in self._lexicon:
            if i > 1:
                return value if words[i - 2] in ("at", "very") else value * self._negation
            return value * self._negation
        return value


def heed_but(words: list[str], values: dict[int, float]) -> dict[int, float]:
    """Halves what stands before the first "but" and raises what follows it by half.

    The original looks each value up by equality while it changes the list, so that of two equal values the first
    is changed twice; the same is done here, with a heap of places for each value in place of the search.
    """
    if "but" not in words or not values:
        return values
    pivot = words.index("but")
    changed = dict(values)
    places: defaultdict[float, list[int]] = defaultdict(list)
    for place, value in values.items():
        places[value].append(place)
    for heap in places.values():
        heapq.heapify(heap)
    for place in sorted(values):
        value = changed[place]
        if value == 0:
            continue
        first = heapq.heappop(places[value])
        changed[first] = value * (0.5 if first < pivot else 1.5)
        heapq.heappush(places[changed[first]], first)
    return changed


def emphasis(text: str) -> float:
    """What exclamation and question marks add to the sum of valences."""
    questions = text.count("?")
    marks = min(text.count("!"), 4) * 0.292
    if questions > 1:
        marks += questions * 0.18 if questions <= 3 else 0.96
    return marks


def compound(total: float, marks: float) -> float:
    """The sum of valences with its emphasis, brought to −1…1 (alpha 15) and rounded to four places."""
    if total > 0:
        total += marks
    elif total < 0:
        total -= marks
    return round(max(-1.0, min(1.0, total / math.sqrt(total * total + 15))), 4)
