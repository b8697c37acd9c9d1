"""How wide texts are on a terminal, in cells, and cutting and wrapping them between what people see as characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category

from rich.cells import cell_len, split_graphemes

from cminbox.text import graphemes, one_line

ELLIPSIS = "…"

_CHUNKS = re.compile(r"\S+\s*|\s+")


def width_of(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def cautious_width(text: str) -> int:
    """How many cells a text takes at most: each spacing vowel sign counts as one.

    Terminals disagree about spacing marks (Unicode Mc): some give them a cell of their own, some none. Counting
    the larger keeps a line inside its column in both.
    """
    if text.isascii():
        return len(text)
    cells = cell_len(text)
    if cell_len("का") > cell_len("क"):
        return cells  # the measure of this terminal has them already
    return cells + sum(1 for char in text if category(char) == "Mc")


def clusters(text: str) -> Iterator[tuple[int, int, int]]:
    """The characters that people see, each as start, end and cells.

    A spacing vowel sign and a skin tone stay with their base even where the terminal gives them cells of their own.
    """
    begin, stop, cells = 0, 0, 0
    for start, end, size in split_graphemes(text)[0]:
        if stop > begin and not (category(text[start]) == "Mc" or "\U0001f3fb" <= text[start] <= "\U0001f3ff"):
            yield begin, stop, cells
            begin, cells = start, 0
        stop, cells = end, cells + size
    if stop > begin:
        yield begin, stop, cells


def _near(text: str, room: int) -> str:
    """The part of a text that may fit: a cell holds several code points at most, and the rest need not be measured."""
    return text[: room * 16 + 64]


@lru_cache(maxsize=4096)
def cut(text: str, room: int) -> str:
    """As much of a text as `room` cells hold, with an ellipsis where it was cut; never more cells than `room`.

    It is cut between grapheme clusters, so that no vowel sign, skin tone or joined emoji loses its base.
    """
    if room <= 0:
        return ""
    text = _near(text, room)
    if cell_len(text) <= room:
        return text
    used, end = 0, 0
    for _, stop, size in clusters(text):
        if used + size > room - 1:
            break
        used, end = used + size, stop
    return text[:end].rstrip() + ELLIPSIS


def cut_line(text: str, room: int) -> str:
    """A text in one line, cut as `cut` does."""
    return cut(one_line(_near(text, room)), room)


def fit(text: str, room: int, *, right: bool = False, pad: bool = True) -> str:
    """A text cut to `room` cells and, with `pad`, filled with spaces to exactly that many."""
    shown = cut(text, room)
    space = " " * max(0, room - cell_len(shown)) if pad else ""
    return space + shown if right else shown + space


@lru_cache(maxsize=256)
def wrap(text: str, room: int) -> tuple[str, ...]:
    """The lines of a text at `room` cells: broken between words, and inside one only between its graphemes."""
    room = max(room, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if cautious_width(paragraph) <= room:
            lines.append(paragraph.rstrip())
            continue
        line, used = "", 0
        for chunk in _CHUNKS.findall(paragraph):
            word = chunk.rstrip()
            size = cautious_width(word)
            if used + size <= room:
                line, used = line + chunk, used + cautious_width(chunk)
                continue
            if size <= room:
                lines.append(line.rstrip())
                line, used = chunk, cautious_width(chunk)
                continue
            for grapheme in graphemes(chunk):
                size = cautious_width(grapheme)
                if used + size > room and line:
                    lines.append(line.rstrip())
                    line, used = "", 0
                line, used = line + grapheme, used + size
        lines.append(line.rstrip())
    return tuple(lines)


def first_lines(text: str, room: int, most: int) -> list[str]:
    """A text in at most `most` lines of `room` cells, broken at spaces where there are some; the last is cut."""
    lines: list[str] = []
    rest = " ".join(text.split())
    while rest and len(lines) < most - 1 and room > 0:
        if width_of(rest) <= room:
            break
        used, end, space = 0, 0, 0
        for start, stop, size in clusters(_near(rest, room)):
            if used + size > room:
                break
            if rest[start] == " ":
                space = start
            used, end = used + size, stop
        at = end if end < len(rest) and rest[end] == " " else (space or end or 1)
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    if rest:
        lines.append(cut(rest, room))
    return lines
