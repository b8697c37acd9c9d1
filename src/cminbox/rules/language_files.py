"""What tells languages apart, and what asks something in each: `languages/<code>.toml`, read when first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cminbox.text import fold
from cminbox.tomlfile import Table, read_toml

FOLDER = Path(__file__).parent / "languages"

Markers = Mapping[str, tuple[tuple[str, float], ...]]
"""For each word or ending the languages that it speaks for, each with a weight."""


class LanguageFile(NamedTuple):
    """What the file of one language says; `en.toml` tells what its keys mean.

    Attributes:
        letters: letters that speak for it, each with a weight.
        first, anywhere, phrases: words that ask something, in lower case.
        thanks, with_thanks, thanks_for, after_thanks, chatter: words that need no answer, as `text.fold` has them.
    """

    script: str
    words: frozenset[str]
    endings: frozenset[str]
    letters: Mapping[str, float]
    first: frozenset[str]
    anywhere: frozenset[str]
    phrases: tuple[str, ...]
    thanks: frozenset[str]
    with_thanks: frozenset[str]
    thanks_for: frozenset[str]
    after_thanks: frozenset[str]
    chatter: frozenset[str]


@cache
def language_files() -> Mapping[str, LanguageFile]:
    """The files by their languages' codes (`en`, `hi-Latn`), in the order of their names."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def _read(path: Path) -> LanguageFile:
    file = Table(read_toml(path), path)
    questions, thanks = file.table("questions"), file.table("thanks")

    def listed(table: Table, key: str) -> frozenset[str]:
        return frozenset(table.text(key, "").split())

    def folded(key: str) -> frozenset[str]:
        return frozenset(fold(thanks.text(key, "")).split())

    found = LanguageFile(
        script=file.text("script", ""),
        words=listed(file, "words"),
        endings=listed(file, "endings"),
        letters=file.table("letters").values,
        first=listed(questions, "first"),
        anywhere=listed(questions, "anywhere"),
        phrases=questions.texts("phrases"),
        thanks=folded("words"),
        with_thanks=folded("with"),
        thanks_for=folded("for"),
        after_thanks=folded("after"),
        chatter=folded("chatter"),
    )
    file.done()
    questions.done()
    thanks.done()
    return found


@cache
def markers(script: str) -> Markers:
    """The words of the languages of a script: `latin`, `devanagari` or `cyrillic`."""
    # Short words collide with names, abbreviations and typing errors, so they say less.
    return _shared(
        ((code, file.words) for code, file in language_files().items() if file.script == script),
        lambda word: 0.5 if len(word) == 1 else 1.0,
    )


@cache
def endings() -> Markers:
    """The endings of three and four letters that speak for languages of the Latin alphabet."""
    return _shared(((code, file.endings) for code, file in language_files().items()), lambda _: 0.5)


def _shared(speaking: Iterable[tuple[str, Collection[str]]], weight: Callable[[str], float]) -> Markers:
    """Who each word speaks for; a word of n languages counts an nth for each."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for code, words in speaking:
        for word in words:
            owners[word].append(code)
    return {word: tuple((code, weight(word) / len(codes)) for code in codes) for word, codes in owners.items()}
