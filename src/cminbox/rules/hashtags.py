"""Hashtags parted into their words: `#CustomerServiceFail` by its capitals, `#customerservicefail` by the words that
tell languages (`languages/*.toml`)."""

from __future__ import annotations

import re
from functools import lru_cache

from cminbox.rules.language_files import language_files
from cminbox.rules.once import once

_CAMEL = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{2})|_+")
_SHORTEST, _LONGEST = 6, 40
_MOST_PARTS, _LONGEST_PART = 6, 16
_LEAST_LETTERS = 3
"""Letters that the parts have on average at least, and one more that one of them has."""


def parted(tag: str, language: str | None = "") -> str:
    """A hashtag as its words, without the `#`; as it is where it has none that are told.

    Args:
        language: whose words are looked for in one without capitals; "" for any language that we know, None for none.
    """
    words = _CAMEL.sub(" ", tag)
    if language is None or " " in words or not _SHORTEST <= len(tag) <= _LONGEST or not tag.isalpha():
        return words
    return _of_words(tag.lower(), language)


@lru_cache(maxsize=1 << 12)
def _of_words(tag: str, language: str) -> str:
    known = _words()
    # English hashtags stand in every language, and are words of its list in India.
    if not language:
        codes = ["en", *(code for code in known if code != "en")]
    else:
        codes = [language] if language in known and not language.endswith("-Latn") else [language, "en"]
    for code in codes:
        if found := _fewest(tag, known.get(code, frozenset())):
            return " ".join(found)
    return tag


@once
def _words() -> dict[str, frozenset[str]]:
    """The words of each language in Latin letters."""
    return {code: file.words for code, file in language_files().items() if file.script == "latin"}


def _fewest(tag: str, words: frozenset[str]) -> list[str]:
    """The fewest words that a tag is made of; none where it is a word itself, or not of words alone."""
    ways: list[list[str] | None] = [[], *[None] * len(tag)]
    for end in range(2, len(tag) + 1):
        for start in range(max(end - _LONGEST_PART, 0), end - 1):
            before = ways[start]
            if before is None or len(before) == _MOST_PARTS or tag[start:end] not in words:
                continue
            way = ways[end]
            if way is None or len(before) + 1 < len(way):
                ways[end] = [*before, tag[start:end]]
    found = ways[-1] or []
    if len(found) < 2 or len(tag) < _LEAST_LETTERS * len(found) or max(map(len, found)) <= _LEAST_LETTERS:
        return []
    return found
