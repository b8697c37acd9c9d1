"""A text cut around what was searched for in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cminbox.text import fold
from cminbox.textwidth import clusters, cut, width_of


class Needle(NamedTuple):
    """What is looked for: folded words side by side (with `prefix`, the last is only begun), or a sign as it stands."""

    words: tuple[str, ...]
    prefix: bool = False
    sign: str = ""


Needles = tuple[Needle, ...]


class Hit(NamedTuple):
    """What a row shows in place of its own text while something is searched for, and what is marked in it besides."""

    text: str
    needles: Needles = ()


Span = tuple[int, int]


@lru_cache(maxsize=4096)
def _is_gap(char: str) -> bool:
    """Whether words end at a character."""
    return " " in fold(f"a{char}a")


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text as the search knows them, each with where it begins and ends."""
    start = None
    for at, char in enumerate(f"{text} "):
        if not _is_gap(char):
            start = at if start is None else start
        elif start is not None:
            for word in fold(text[start:at]).split():
                yield start, at, word
            start = None


def find_hit(text: str, needles: Needles) -> Span | None:
    """Where the first of the needles stands in a text: its begin and its end; None where none does."""
    found: list[Span] = []
    there = list(_words(text)) if any(needle.words for needle in needles) else []
    for needle in needles:
        if needle.sign:
            at = text.find(needle.sign)
            if at >= 0:
                found.append((at, at + len(needle.sign)))
            continue
        length = len(needle.words)
        for first in range(len(there) - length + 1):
            some = there[first : first + length]
            *whole, last = (word for _, _, word in some)
            if tuple(whole) == needle.words[:-1] and (
                last.startswith(needle.words[-1]) if needle.prefix else last == needle.words[-1]
            ):
                found.append((some[0][0], some[-1][1]))
                break
    return min(found, default=None)


@lru_cache(maxsize=1024)
def around_hit(text: str, room: int, needles: Needles) -> tuple[str, str, str] | None:
    """A text in at most `room` cells, as what stands before a hit, the hit, and what follows it; None without one.

    It begins where the text begins if the hit is in sight then; else it is cut before the hit, between words.
    """
    span = find_hit(text, needles)
    if span is None or room < 8:
        return None
    start, end = span
    before, hit = text[:start], cut(text[start:end], room - 2)
    if width_of(before) + width_of(hit) > room - 2:
        before = _end_of(before, max(0, min(room // 3, room - width_of(hit) - 2)))
    return before, hit, cut(text[end:], room - width_of(before) - width_of(hit))


def _end_of(text: str, room: int) -> str:
    """The end of a text in at most `room` cells, with an ellipsis where it was cut: between words where it can be."""
    left, begin = room - 1, len(text)
    for start, _, cells in reversed(list(clusters(text))):
        if cells > left:
            break
        left, begin = left - cells, start
    tail = text[begin:]
    at_space = tail.find(" ")
    if begin and tail and not text[begin - 1].isspace() and 0 <= at_space < len(tail) - 1:
        tail = tail[at_space + 1 :]
    return "…" + tail.lstrip()
