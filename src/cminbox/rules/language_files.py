"""What tells languages apart, and what asks something in each: `languages/<code>.toml`, read when first asked for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cminbox.rules.once import once
from cminbox.text import fold
from cminbox.tomlfile import Table, read_toml

FOLDER = Path(__file__).parent / "languages"

ROMANISED = "*-Latn"
_WEAK, _SHORT, _HEARD, _HINDI_ALONE, _ENDING = 0.3, 0.5, 0.5, 0.5, 0.6
_SPELT = str.maketrans("wzq", "vjk")
_DOUBLED = re.compile(r"([a-z])\1+")

Markers = Mapping[str, tuple[tuple[str, float], ...]]
"""For each word or ending the languages that it speaks for, each with a weight."""


class LanguageFile(NamedTuple):
    """What the file of one language says; `en.toml` tells what its keys mean.

    Attributes:
        words: words that speak for it; those of `weak` say little, since other languages use them otherwise.
        endings: how words of it end, and of few others; each is looked for in words that nobody lists.
        letters: letters that speak for it, each with a weight.
        whole: posts of one to three words that are in it, though their words are in other languages too.
        first, anywhere, phrases: words that ask something, in lower case.
        verbs, subjects: words that ask where a sentence begins with the one and goes on with the other.
        thanks, with_thanks, thanks_for, after_thanks, chatter: words that need no answer, as `text.fold` has them.
    """

    script: str
    words: frozenset[str]
    weak: frozenset[str]
    endings: frozenset[str]
    letters: Mapping[str, float]
    whole: frozenset[str]
    first: frozenset[str]
    anywhere: frozenset[str]
    phrases: tuple[str, ...]
    verbs: frozenset[str]
    subjects: frozenset[str]
    thanks: frozenset[str]
    with_thanks: frozenset[str]
    thanks_for: frozenset[str]
    after_thanks: frozenset[str]
    chatter: frozenset[str]


@once
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

    words, weak = listed(file, "words"), listed(file, "weak")
    found = LanguageFile(
        script=file.text("script", ""),
        words=words | weak | {stem + form for stem in listed(file, "stems") for form in listed(file, "forms")},
        weak=weak,
        endings=listed(file, "endings"),
        letters=file.table("letters").values,
        whole=frozenset(file.texts("whole")),
        first=listed(questions, "first"),
        anywhere=listed(questions, "anywhere"),
        phrases=questions.texts("phrases"),
        verbs=listed(questions, "verbs"),
        subjects=listed(questions, "subjects"),
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


@once
def whole_posts() -> Mapping[str, str]:
    """Posts of one to three words that are told outright, with their languages."""
    return {post: code for code, file in language_files().items() for post in file.whole}


@once
def markers(script: str) -> Markers:
    """The words of the languages of a script: `latin`, `devanagari`, `arabic` or `cyrillic`.

    One that several languages have counts for each in part. Languages of India in Latin letters count as one there,
    under `ROMANISED`; beside it each has what the word says for it among them.
    """
    owners: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for code, file in language_files().items():
        if file.script == script:
            for word in file.words:
                owners[word][code] = _WEAK if word in file.weak else _SHORT if len(word) == 1 else 1.0
    return {word: _shared(owned) for word, owned in owners.items()}


@once
def endings() -> Mapping[int, Markers]:
    """The endings of words of languages in Latin letters by their length, the longest first.

    One that several languages have counts for each in part.
    """
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for code, file in language_files().items():
        for ending in file.endings:
            owners[ending].append(code)
    found: dict[int, dict[str, tuple[tuple[str, float], ...]]] = {}
    for ending in sorted(owners, key=len, reverse=True):
        codes = owners[ending]
        found.setdefault(len(ending), {})[ending] = tuple((code, _ENDING / len(codes)) for code in codes)
    return found


def _shared(owned: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    indian = [code for code in owned if code.endswith("-Latn")]
    families = len(owned) - len(indian) + bool(indian)
    found = [(code, worth / families) for code, worth in owned.items() if code not in indian]
    if indian:
        # The list of Hindi is the longest by far: what it alone has may be missing in the others.
        among = _HINDI_ALONE if indian == ["hi-Latn"] else 1.0
        found += [(code, among) for code in indian]
        found.append((ROMANISED, max(owned[code] for code in indian) / families))
    return tuple(found)


@once
def sounds() -> Markers:
    """The words of the languages of India in Latin letters, by how they sound: everybody spells them otherwise."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for word, speaks in markers("latin").items():
        if len(word) > 3 and speaks[-1][0] == ROMANISED and speaks[-1][1] >= 1.0:
            found.setdefault(sound(word), tuple((code, worth * _HEARD) for code, worth in speaks))
    return found


def sound(word: str) -> str:
    """A word of India in Latin letters as it sounds, whoever spelt it: `zyaadaa` and `jyada` are one."""
    heard = _DOUBLED.sub(r"\1", word.translate(_SPELT).replace("ee", "i").replace("oo", "u").replace("ph", "f"))
    return heard.replace("ck", "k").replace("ey", "e").replace("ay", "e")
