"""Texts that are nearly the same: networks take a row of them for spam, and people for a machine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cminbox.text import fold

_NAMES = re.compile(r"https?://\S+|@\w[\w.@-]*")
_NEARLY = 0.8
_RUN = 3


def similar(texts: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of texts that differ in little more than the name they address.

    Mentions and links are left aside; the rest is compared by its runs of three words (Jaccard index of at least
    0.8), so that a changed word or two is still nearly the same. Texts of fewer words must be equal.

    Returns:
        Pairs of positions, the smaller first, in order.
    """
    shingled = [_shingles(text) for text in texts]
    by_run: dict[str, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for place, runs in enumerate(shingled):
        shared: dict[int, int] = {}
        for run in runs:
            for other in by_run.setdefault(run, []):
                shared[other] = shared.get(other, 0) + 1
            by_run[run].append(place)
        for other, both in sorted(shared.items()):
            if both >= _NEARLY * (len(runs) + len(shingled[other]) - both):
                pairs.append((other, place))
    return sorted(pairs)


def _shingles(text: str) -> frozenset[str]:
    words = fold(_NAMES.sub(" ", text)).split()
    if len(words) < _RUN:
        return frozenset({" ".join(words)}) if words else frozenset()
    return frozenset(" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
