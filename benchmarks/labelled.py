"""Labelled texts for tuning and reports: where they are, and rows of them. They are never part of the project."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(os.environ.get("CMINBOX_LABELLED", Path(__file__).parents[2] / "shared" / "data" / "labelled"))
CLASSES = ("negative", "neutral", "positive")
_NAMES = {"neg": "negative", "neu": "neutral", "pos": "positive"}

SETS: Mapping[str, tuple[str, ...]] = {
    "en": ("airline", "tweeteval", "umsab", "vgt_tweets", "vgt_amazon", "vgt_nytEdi"),
    "es": ("umsab",),
    "pt": ("umsab", "afrisenti"),
    "fr": ("umsab",),
    "de": ("umsab", "germeval17"),
    "it": ("umsab",),
    "ar": ("umsab",),
    "hi": ("hsac", "umsab"),
    "hi-Latn": ("sentimix",),
    "gu": ("gu_movie",),
    "pa": ("pa_emotion",),
    "mr": ("mahasent",),
    "ur": ("usc",),
    "ru": ("sentirueval_tkk", "sentirueval_banks"),
}
"""The sets of each language by name: what its numbers are chosen with."""

BORROWED = {
    **{"hi": ("hi-Latn",), "mr": ("hi-Latn",), "gu": ("mr", "hi-Latn"), "pa": ("hi-Latn",)},
    **{"hi-Latn": ("hi",), "gu-Latn": ("hi-Latn", "hi"), "pa-Latn": ("hi-Latn", "hi")},
}
"""Languages whose numbers are chosen with the texts of these too, each read with its own list: they have no set, or
none with a neutral class, with emoji or of the kind that people write to a brand."""

EVEN = {"en": 0.3, "hi": 1.0}
"""How far a rare class of these is raised, where it is not as far as with the others (`calibrate.RARE`)."""

LEFT_OUT = {"de": ("negators",), "hi": ("negators",)}
"""Features that tell nothing in a language by themselves, as cross-validation shows: their numbers are 0."""

LENT = 0.3
"""What a borrowed set counts."""

UNLIKE = {
    "umsab.hi": 0.0,
    "afrisenti.pt": 0.3,
    "vgt_nytEdi.en": 0.05,
    "vgt_amazon.en": 0.1,
    "vgt_tweets.en": 0.2,
    "airline.en": 2.0,
}
"""Sets that count less, or not at all: they are odd, in another script, or far from what people write to a brand; and
the one that is nearest to it, which counts more."""


class Row(NamedTuple):
    """A labelled text: negative, neutral or positive; `split` is train, val or any."""

    split: str
    label: str
    text: str


def names() -> list[str]:
    """The sets that are there, as `set.language`, those of SETS in its order."""
    return [
        f"{name}.{language}" for language, sets in SETS.items() for name in sets if path(f"{name}.{language}").is_file()
    ]


def path(name: str) -> Path:
    """The file of a set."""
    return FOLDER / f"{name}.tsv"


def rows(name: str, split: str = "") -> list[Row]:
    """The rows of a set in an order of chance that is always the same; of one split where it is named."""
    found = []
    for line in path(name).read_text("utf-8").split("\n")[1:]:
        parts = line.split("\t")
        if len(parts) >= 3 and (not split or parts[0] == split):
            found.append(Row(parts[0], _NAMES[parts[1]], parts[2]))
    random.Random(7).shuffle(found)
    return found


class Figures(NamedTuple):
    """How well labels were found: shares from 0 to 1; a class that a set lacks counts in no mean."""

    macro_f1: float
    negative_recall: float
    negative_precision: float


def figures(told: Sequence[str], found: Sequence[str]) -> Figures:
    """Macro-F1 over the classes that a set has, and recall and precision of *negative*; *unknown* is wrong."""
    f1 = []
    recall = precision = 0.0
    for label in CLASSES:
        right = sum(one == other == label for one, other in zip(told, found, strict=True))
        there, said = told.count(label), found.count(label)
        if not there:
            continue
        f1.append(2 * right / (there + said))
        if label == "negative":
            recall, precision = right / there, right / said if said else 0.0
    return Figures(sum(f1) / len(f1), recall, precision)
