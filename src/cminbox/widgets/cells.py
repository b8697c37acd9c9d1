"""Cells: how wide a text is on a terminal, and cutting it without breaking a character that people see as one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category

from rich.cells import cell_len, split_graphemes

ELLIPSIS = "…"


def counted(number: int, what: str) -> str:
    """A number with its word: `1 message`, `1,204 messages`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def width(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


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


@lru_cache(maxsize=4096)
def cut(text: str, room: int) -> str:
    """As much of a text as `room` cells hold, with an ellipsis where it was cut; never more cells than `room`.

    It is cut between grapheme clusters, so that no vowel sign, skin tone or joined emoji loses its base.
    """
    if room <= 0:
        return ""
    # A cell holds several code points at most; what is far beyond can be dropped before it is measured.
    text = text[: room * 16 + 64]
    if cell_len(text) <= room:
        return text
    used, end = 0, 0
    for _, stop, size in clusters(text):
        if used + size > room - 1:
            break
        used, end = used + size, stop
    return text[:end].rstrip() + ELLIPSIS


def fit(text: str, room: int, *, right: bool = False, pad: bool = True) -> str:
    """A text cut to `room` cells and, with `pad`, filled with spaces to exactly that many."""
    shown = cut(text, room)
    space = " " * max(0, room - cell_len(shown)) if pad else ""
    return space + shown if right else shown + space
