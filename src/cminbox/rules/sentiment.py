"""How a text sounds: −1…1 with a class, or unknown where we cannot read the language.

English begins with VADER's compound score, which is kept beside ours; `lexicons/en.toml` adds what people write to
brands. Any other language is unknown, never 0.0.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from cminbox.errors import ConfigError
from cminbox.model import UNKNOWN_SENTIMENT, Sentiment
from cminbox.rules import vader
from cminbox.rules.lexicon import Lexicon, load_lexicon

READ = 2_000
"""Characters of a text that are scored; the mood of a longer one is clear by then."""

_HITS = 12
_GLUED = re.compile(r"(?<=\w)[.…,;:/()\"“”!?—–*~]+(?=[^\W\d])")
_NOBODY = re.compile(r"https?://\S+|@\w[\w.@-]*")
_HASH = re.compile(r"#(?=\w)")


class Scorer:
    """Scores texts; what it needs is loaded on the first text that needs it.

    Args:
        lexicons: a folder of the user's `<language>.toml`, read over the shipped ones.
    """

    def __init__(self, lexicons: Path | None = None) -> None:
        self._folder = lexicons

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """What is wrong with the user's lexicons; the shipped ones are in force then, so that scoring goes on."""
        return self._english[1]

    @cached_property
    def _vader(self) -> vader.Vader:
        return vader.Vader()

    @cached_property
    def _english(self) -> tuple[Lexicon, tuple[ConfigError, ...]]:
        try:
            return load_lexicon("en", self._folder), ()
        except ConfigError as error:
            return load_lexicon("en"), (error,)

    def score(self, text: str, lang: str) -> Sentiment:
        """The sentiment of a text.

        Args:
            text: the text; what follows its first 2,000 characters does not count.
            lang: its language as `language.detect` names it.

        Returns:
            Score, class, VADER's compound score and the words that counted, the weightiest first; unknown for every
            language but English.
        """
        if lang != "en":
            return UNKNOWN_SENTIMENT
        text = text[:READ]
        engine = self._vader
        if engine.has_emoji(text):
            spelt = engine.spelt(text)[:READ].strip()
            plain = engine.without_emoji(text)
        else:
            spelt = plain = text
        stock = engine.valences(spelt)
        known = vader.heed_but(stock.words, stock.values)
        compound = vader.compound(float(sum(known.values())), vader.emphasis(spelt)) if known else 0.0
        ours = _tidy(plain)
        read = stock if ours == spelt else engine.valences(ours)
        return self._ours(read, text, compound)

    def _ours(self, read: vader.Valences, text: str, compound: float) -> Sentiment:
        """Our score: VADER's valences, less what is ignored, with phrases in place of their words, and emoji."""
        lexicon, _ = self._english
        words = read.words
        ignored = lexicon.ignored
        values = {place: value for place, value in read.values.items() if words[place] not in ignored}
        names: dict[int, str] = {}
        for place, phrase, value in lexicon.phrases_in(words):
            for covered in range(place, place + phrase.count(" ") + 1):
                values.pop(covered, None)
            values[place] = value
            names[place] = phrase
        values = vader.heed_but(words, values)
        hits = [(names.get(place) or words[place], value) for place, value in values.items() if value]
        total = sum(values.values())
        if not text.isascii():
            for emoji, value in lexicon.emoji_in(text):
                total += value
                hits.append((emoji, value))
        score = vader.compound(total, vader.emphasis(text)) if hits else 0.0
        hits.sort(key=_weight, reverse=True)
        return Sentiment(score, lexicon.class_of(score), compound, tuple(hits[:_HITS]))


def _tidy(text: str) -> str:
    """The text with names and links gone, glued words parted and quotes straight."""
    if "@" in text or "://" in text:
        text = _NOBODY.sub(" ", text)
    if "’" in text:
        text = text.replace("’", "'")
    if "#" in text:
        text = _HASH.sub("", text)
    return _GLUED.sub(" ", text)


def _weight(hit: tuple[str, float]) -> float:
    return abs(hit[1])
