"""Which characters all terminals draw in as many cells as we count."""

from __future__ import annotations

from bisect import bisect

_RANGES = (
    " ~\u00a1\u00ac\u00ae\u02ff\u0370\u0373\u0376\u0377\u037b\u037e\u0384\u03ff\u0400\u0482\u048a\u052f"
    "\u1e00\u1fff\u2010\u2027\u2030\u205e\u20a0\u20bf\u2190\u2199\u2500\u259f\u25a0\u25bc\u25c0\u25ce"
    "\u2605\u2606\u270e\u270e\u3041\u3096\u30a1\u30ff\u3400\u4dbf\u4e00\u9fff\uac00\ud7a3\uff01\uff60"
)
"""The first and the last of each range, one after the other."""
_BOUNDS = [ord(char) + index % 2 for index, char in enumerate(_RANGES)]
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
