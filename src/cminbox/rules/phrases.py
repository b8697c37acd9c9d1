"""Finds words, stems and phrases of a word list in the words of a text.

An entry is a word (`refund`), a stem (`refund*`: all words that begin so), or a phrase of these; `...` in a phrase
stands for up to three words. A phrase does not reach over the end of a clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Generic, NamedTuple, TypeVar

from cminbox.rules.tokens import Word, exact, plain

T = TypeVar("T")

GAP = "..."
GAPS = (GAP, "…")
"""How a gap is written: many editors make one letter of three dots."""
_MOST_BETWEEN = 3
_LEAST_STEM = 2
_LEAST_REST = 3
"""Letters that a word must have left without what stands before it."""
_MOST_DOUBLED = 4


class _Part(NamedTuple):
    """A word of an entry: as it is written, its key, and whether it is a stem; a gap where both are empty."""

    exact: str
    key: str
    stem: bool = False


class Found(NamedTuple, Generic[T]):
    """An entry in a text: the words from `start` up to `end`, the entry as its list has it, and what it says."""

    start: int
    end: int
    text: str
    value: T


_Entry = tuple[tuple[_Part, ...], str, T]


class Starts(NamedTuple, Generic[T]):
    """The entries that can begin with a word, the longest first.

    Attributes:
        second: by the key of the word behind it, those that go on with that word, and `others`.
        others: those of one word, and those that go on with a stem or a gap.
    """

    second: Mapping[str, Sequence[_Entry[T]]]
    others: Sequence[_Entry[T]]


class PhraseBook(Generic[T]):
    """The entries of a word list, found by their first word.

    Args:
        entries: each with what it says; the last of two that are written alike counts.
        accents_needed: a word without its accents is another word, and `ä` may be written `ae`.
        elision: an article that leans on the next word is a word of its own.
        every_stem: a word is found by each of its stems, not by the longest alone.
        prefixes: what may stand before a word and is written as one with it, the longest first: a word that has no
            entries is looked up without it.
    """

    def __init__(
        self,
        entries: Iterable[tuple[str, T]],
        *,
        accents_needed: bool = False,
        elision: bool = False,
        every_stem: bool = False,
        prefixes: Sequence[str] = (),
    ) -> None:
        self._umlauts = accents_needed
        self._prefixes = [plain(prefix, accents_needed) for prefix in prefixes]
        self._every_stem = every_stem
        self._exact: dict[str, list[_Entry[T]]] = {}
        self._keys: dict[str, list[_Entry[T]]] = {}
        self._stems: dict[str, list[_Entry[T]]] = {}
        # How long the stems are that begin with two letters, the longest first.
        self._stem_lengths: dict[str, list[int]] = {}
        self.size = 0
        for text, value in dict(entries).items():
            parts = self._parts(text, elision)
            if not parts:
                continue
            self.size += 1
            first = parts[0]
            if first.stem:
                place = self._stems.setdefault(first.key, [])
                lengths = self._stem_lengths.setdefault(first.key[:_LEAST_STEM], [])
                if len(first.key) not in lengths:
                    lengths.append(len(first.key))
                    lengths.sort(reverse=True)
            else:
                self._exact.setdefault(first.exact, []).append((parts, text, value))
                place = self._keys.setdefault(first.key, [])
            place.append((parts, text, value))

    def lists(self, word: str) -> bool:
        """Whether a word in lower case is an entry by itself, not only as a stem or in a phrase."""
        return any(len(parts) == 1 for parts, _, _ in self._exact.get(word, ()))

    def _parts(self, text: str, elision: bool) -> tuple[_Part, ...]:
        """An entry as the parts of its phrase."""
        parts: list[_Part] = []
        for word in exact(text).split():
            if word in GAPS:
                parts.append(_Part("", ""))
                continue
            stem = word.endswith("*")
            pieces = word.rstrip("*").split("'") if elision else [word.rstrip("*")]
            pieces = [piece for piece in pieces if piece]
            for place, piece in enumerate(pieces):
                key = plain(piece, self._umlauts)
                if key:
                    parts.append(_Part(piece, key, stem and place == len(pieces) - 1))
        return tuple(parts)

    def find(self, words: Sequence[Word]) -> list[Found[T]]:
        """Every entry that the words hold, also where they overlap; of those that begin together, the longest first."""
        begun = [(place, starts) for place, word in enumerate(words) if (starts := self.starting(word)) is not None]
        return self.find_at(words, begun)

    def find_at(self, words: Sequence[Word], begun: Iterable[tuple[int, Starts[T]]]) -> list[Found[T]]:
        """What `find` finds, where it is known already with which words entries can begin."""
        found: list[Found[T]] = []
        last = len(words) - 1
        for place, (second, entries) in begun:
            if second and place < last:
                entries = second.get(words[place + 1].key, entries)
            for parts, text, value in entries:
                end = place + 1 if len(parts) == 1 else self._end(words, place, parts)
                if end:
                    found.append(Found(place, end, text, value))
        return found

    def longest(self, words: Sequence[Word]) -> list[Found[T]]:
        """The entries that the words hold, the longest at each word, without overlap."""
        return without_overlap(self.find(words))

    def starting(self, word: Word) -> Starts[T] | None:
        """The entries that can begin with a word; None where there are none."""
        spelling, key = word.exact, word.key
        # Most words begin no entry, and are told so at once.
        if word.drawn_out:
            fewer = [(other, plain(other, self._umlauts)) for other in _with_fewer(spelling)]
            if made := self._looked_up([(spelling, key), *fewer]):
                return made
        elif self._has(spelling, key):
            return self._looked_up([(spelling, key)])
        for prefix in self._prefixes:
            rest = key[len(prefix) :]
            if key.startswith(prefix) and len(rest) >= _LEAST_REST and self._has(rest, rest):
                return self._looked_up([(rest, rest)])
        return None

    def _has(self, spelling: str, key: str) -> bool:
        """Whether an entry can begin with a word."""
        if spelling in self._exact or key in self._keys:
            return True
        lengths = self._stem_lengths.get(key[:_LEAST_STEM])
        return lengths is not None and any([key[:length] in self._stems for length in lengths])

    def _looked_up(self, spellings: Sequence[tuple[str, str]]) -> Starts[T] | None:
        """The entries that can begin with a word in one of its spellings; of two alike the more exact one alone."""
        found: dict[str, _Entry[T]] = {}
        for spelling, _ in spellings:
            for entry in self._exact.get(spelling, ()):
                found.setdefault(entry[1], entry)
        single = any(len(entry[0]) == 1 for entry in found.values())
        for _, key in spellings:
            for entry in self._keys.get(key, ()):
                if not (single and len(entry[0]) == 1):
                    found.setdefault(entry[1], entry)
            single = single or any(len(entry[0]) == 1 for entry in found.values())
            for length in self._stem_lengths.get(key[:_LEAST_STEM], ()):
                for entry in self._stems.get(key[:length], ()) if length <= len(key) else ():
                    # The longest stem of one word speaks for it; a word of its own before any stem.
                    if self._every_stem or len(entry[0]) > 1 or not single:
                        found.setdefault(entry[1], entry)
                        single = single or len(entry[0]) == 1
        second: dict[str, list[_Entry[T]]] = {}
        others: list[_Entry[T]] = []
        for entry in sorted(found.values(), key=_shorter):
            follower = entry[0][1] if len(entry[0]) > 1 else None
            if follower is None or not follower.key or follower.stem:
                others.append(entry)
            else:
                second.setdefault(follower.key, []).append(entry)
        merged = {key: sorted((*more, *others), key=_shorter) for key, more in second.items()} if others else second
        return Starts(merged, others) if found else None

    def _end(self, words: Sequence[Word], start: int, parts: tuple[_Part, ...]) -> int:
        """Where a phrase that begins at a word ends; 0 where it does not stand there."""
        at, gap = start + 1, False
        for part in parts[1:]:
            if not part.key:
                gap = True
                continue
            last = at + (_MOST_BETWEEN if gap else 0)
            while at <= last:
                if at >= len(words) or (word := words[at]).first:
                    return 0
                if word.key.startswith(part.key) if part.stem else word.key == part.key:
                    break
                at += 1
            else:
                return 0
            at, gap = at + 1, False
        return at


def without_overlap(found: Iterable[Found[T]]) -> list[Found[T]]:
    """Of entries found by `PhraseBook.find` the longest at each word, without overlap."""
    free = 0
    kept: list[Found[T]] = []
    for one in found:
        if one[0] >= free:
            free = one[1]
            kept.append(one)
    return kept


def _shorter(entry: tuple[tuple[_Part, ...], str, object]) -> int:
    """Orders entries, those of more words first."""
    return -len(entry[0])


def _with_fewer(word: str) -> Iterator[str]:
    """A word with letters that stand twice once, in each choice of these: which of them was drawn out is not known."""
    doubled = [place for place in range(1, len(word)) if word[place - 1] == word[place]][:_MOST_DOUBLED]
    for many in range(1, len(doubled) + 1):
        for left_out in combinations(doubled, many):
            yield "".join(letter for place, letter in enumerate(word) if place not in left_out)
