"""Lexicon files: `lexicons/<language>.toml` and `lexicons/emoji.toml`, the user's over the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cminbox.model import SentimentClass
from cminbox.tomlfile import Table, read_toml

SHIPPED = Path(__file__).parent / "lexicons"

_STRONGEST = 4
_SAME_EMOJI = 3


@dataclass(frozen=True)
class Lexicon:
    """The words of one language.

    Attributes:
        negative: scores from here down are negative.
        positive: scores from here up are positive.
        ignored: words that say nothing here.
        phrases: by first word, the phrases that begin with it, longest first, with their valence.
        emoji: each emoji's valence.
    """

    negative: float
    positive: float
    ignored: frozenset[str]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], float], ...]]
    emoji: Mapping[str, float]

    def class_of(self, score: float) -> SentimentClass:
        """The class of a score."""
        if score <= self.negative:
            return "negative"
        return "positive" if score >= self.positive else "neutral"

    def phrases_in(self, words: list[str]) -> Iterator[tuple[int, str, float]]:
        """Where the words hold a phrase: its place, the phrase and its valence; phrases do not overlap."""
        phrases = self.phrases
        free = 0
        for place, word in enumerate(words):
            if word in phrases and place >= free:
                for phrase, value in phrases[word]:
                    if len(phrase) == 1 or tuple(words[place : place + len(phrase)]) == phrase:
                        free = place + len(phrase)
                        yield place, " ".join(phrase), value
                        break

    def emoji_in(self, text: str) -> Iterator[tuple[str, float]]:
        """The emoji of a text with their weight; a row of the same one weighs no more than three."""
        for emoji in self.emoji.keys() & set(text):
            yield emoji, self.emoji[emoji] * min(text.count(emoji), _SAME_EMOJI)


def load_lexicon(language: str, folder: Path | None = None) -> Lexicon:
    """The lexicon of a language: the shipped `emoji.toml` and `<language>.toml`, and over them the user's.

    Raises:
        ConfigError: a file is wrong; with file, line and the nearest right name.
    """
    classes = {"negative": -0.05, "positive": 0.05}
    ignored: set[str] = set()
    words: dict[str, float] = {}
    emoji: dict[str, float] = {}
    names = ("emoji.toml", f"{language}.toml")
    for path in (place / name for place in (SHIPPED, folder) if place is not None for name in names):
        if not path.exists():
            continue
        file = Table(read_toml(path), path)
        classes.update(_classes(file.table("classes")))
        ignored.update(_ignored(file.table("ignore")))
        words.update((word.lower(), value) for word, value in _valences(file.table("words")))
        emoji.update(_valences(file.table("emoji")))
        file.done()
    by_first: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for phrase, value in words.items():
        parts = tuple(phrase.split())
        by_first.setdefault(parts[0], []).append((parts, value))
    phrases = {
        first: tuple(sorted(found, key=lambda pair: len(pair[0]), reverse=True)) for first, found in by_first.items()
    }
    return Lexicon(classes["negative"], classes["positive"], frozenset(ignored), phrases, emoji)


def _classes(table: Table) -> Iterator[tuple[str, float]]:
    for key in ("negative", "positive"):
        if table.has(key):
            yield key, _number(table, key, 1)
    table.done()


def _ignored(table: Table) -> list[str]:
    words = [word.lower() for word in table.texts("words")]
    table.done()
    return words


def _valences(table: Table) -> Iterator[tuple[str, float]]:
    for key in table.values:
        if not key.strip():
            raise table.error(key, f"an empty word in {table.name}")
        yield key, _number(table, key, _STRONGEST)


def _number(table: Table, key: str, largest: int) -> float:
    value = table.values[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not -largest <= value <= largest:
        raise table.error(key, f"{key} must be a number from -{largest} to {largest}, not {value!r}")
    return float(value)
