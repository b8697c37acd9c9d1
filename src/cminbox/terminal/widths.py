"""How wide terminals draw characters: what all of them agree about, and the rest as the one at hand does it.

Rich counts a vowel sign that follows its consonant (Unicode category Mc: Devanagari ा, Gurmukhi ਾ, Gujarati ા) and a
skin tone as no cell. Terminals that go by code points draw them as one and two cells (tmux 3.3, xterm, VTE, screen,
mosh: what C's `wcwidth` says). A line that is measured the one way and drawn the other runs over what stands beside
it, so the measure follows the terminal.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Iterator, Mapping
from itertools import groupby

from cminbox.terminal.compat import cell_table, measure_by

_BY_CLUSTER = ("xterm-kitty", "xterm-ghostty", "foot", "wezterm", "contour")
_CLUSTER_PROGRAMS = frozenset({"kitty", "ghostty", "WezTerm", "iTerm.app", "Apple_Terminal"})
_TONES = (0x1F3FB, 0x1F3FF)
_LAST = 0x1FFFF
"""No sign and no tone stands behind the first supplementary plane, and four thousand characters without a width do."""

_RELIABLE = (
    " ~\u00a1\u00ac\u00ae\u02ff\u0370\u0373\u0376\u0377\u037b\u037e\u0384\u03ff\u0400\u0482\u048a\u052f"
    "\u1e00\u1fff\u2010\u2027\u2030\u205e\u20a0\u20bf\u2190\u2199\u2500\u259f\u25a0\u25bc\u25c0\u25ce"
    "\u2605\u2606\u270e\u270e\u3041\u3096\u30a1\u30ff\u3400\u4dbf\u4e00\u9fff\uac00\ud7a3\uff01\uff60"
)
"""Characters that all terminals draw in as many cells as we count: the first and the last of each range in turn."""
_BOUNDS = [ord(char) + index % 2 for index, char in enumerate(_RELIABLE)]
_known: set[str] = set()
"""Reliable characters that were met. A regular expression of the ranges would take as long to compile as a page to
draw."""


def is_reliable(text: str) -> bool:
    """Whether a text stands in as many cells as we count, whatever the terminal."""
    if _known.issuperset(text):
        return True
    if not all(bisect(_BOUNDS, ord(char)) % 2 for char in text):
        return False
    _known.update(text)
    return True


def draws_code_points(environ: Mapping[str, str]) -> bool:
    """Whether the terminal gives vowel signs and skin tones cells of their own.

    `CMINBOX_WIDTHS` (`codepoints` or `clusters`) decides; else what the environment says of the terminal.
    """
    chosen = environ.get("CMINBOX_WIDTHS", "").casefold()
    if chosen in ("codepoints", "clusters"):
        return chosen == "codepoints"
    if environ.get("TMUX") or environ.get("STY"):
        return True
    if environ.get("TERM_PROGRAM") in _CLUSTER_PROGRAMS or environ.get("WT_SESSION"):
        return False
    return not environ.get("TERM", "").startswith(_BY_CLUSTER)


def measure_as_terminal(environ: Mapping[str, str]) -> bool:
    """Let every measure of the screen follow the terminal; to be called once, before anything is drawn.

    Returns:
        Whether it now differs from Rich's own.
    """
    if not draws_code_points(environ):
        return False
    own = cell_table()
    widths: list[tuple[int, int, int]] = []
    for start, end, size in own.widths:
        widths.extend(_split(start, end) if size == 0 and start <= _LAST else ((start, end, size),))
    # tmux and screen draw ❤️ (a narrow sign and a variation selector) as narrow as the sign alone.
    joined = frozenset[str]() if environ.get("TMUX") or environ.get("STY") else own.narrow_to_wide
    measure_by(own._replace(widths=widths, narrow_to_wide=joined))
    return True


def _split(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The characters of a range as ranges of one width each: first, last, cells."""
    for size, points in groupby(range(start, end + 1), _cells):
        run = [*points]
        yield run[0], run[-1], size


def _cells(point: int) -> int:
    return 2 if _TONES[0] <= point <= _TONES[1] else int(unicodedata.category(chr(point)) == "Mc")
