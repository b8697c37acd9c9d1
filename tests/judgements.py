"""Judgements made by hand, and the texts that they speak of where these are at hand.

The files in `unit/judgements` hold ids, lines and judgements only. The texts lie outside the project, in the
folder that `CMINBOX_SHARED` names; what needs them skips without it, and says so.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

FOLDER = Path(__file__).parent / "unit" / "judgements"
DATA = Path(os.environ.get("CMINBOX_SHARED") or Path(__file__).parents[1].parent / "shared") / "data"
BRANDS = DATA / "brand_conversations.jsonl"
ROMANISED = DATA / "labelled" / "sentimix.hi-Latn.tsv"

INTENTS = frozenset(
    {"question", "complaint", "damage", "misdelivery", "double-charge", "refund", "safety", "legal"}
) | frozenset({"human-wanted", "cancelled", "thanks", "sorted", "chatter", "spam", "abuse", "praise", "competitor"})
LANGUAGES = frozenset({"hi-Latn", "en", "unclear"})

needs_brands = pytest.mark.skipif(not BRANDS.is_file(), reason=f"{BRANDS} is not there: its judgements are not used")
needs_romanised = pytest.mark.skipif(
    not ROMANISED.is_file(), reason=f"{ROMANISED} is not there: its judgements are not used"
)


class Judged(NamedTuple):
    """One inbound message: whether it wants an answer, how urgent (3 urgent … 0 nothing wanted), and what it wants."""

    id: str
    answer: bool
    urgency: int
    intents: frozenset[str]


class Spoken(NamedTuple):
    """One line of a file of texts, the start of its text's hash, and its language."""

    line: int
    sha256: str
    language: str


class Message(NamedTuple):
    """One message of the conversations."""

    id: str
    conversation: str
    source: str
    direction: Literal["in", "out"]
    text: str


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def brand_messages() -> list[Judged]:
    """The messages that were judged, by id."""
    return [
        Judged(
            row["id"],
            {"yes": True, "no": False}[row["answer"]],
            int(row["urgency"]),
            frozenset() if row["intents"] == "-" else frozenset(row["intents"].split(",")),
        )
        for row in _rows("brand_200.tsv")
    ]


def romanised_rows() -> list[Spoken]:
    """The rows whose language was judged, by line."""
    return [Spoken(int(row["line"]), row["sha256"], row["language"]) for row in _rows("hi_latn_300.tsv")]


def brand_texts() -> list[Message]:
    """All messages of the conversations, in the order of the file; needs the data."""
    with BRANDS.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return [Message(*(one[name] for name in Message._fields)) for one in found]


def romanised_texts() -> list[tuple[Spoken, str]]:
    """Each judged row with its text; needs the data, and fails where a line is not the text that was judged."""
    lines = ROMANISED.read_text(encoding="utf-8").split("\n")
    found = [(row, lines[row.line - 1].split("\t", 2)[2]) for row in romanised_rows()]
    moved = [row.line for row, text in found if hashlib.sha256(text.encode()).hexdigest()[:12] != row.sha256]
    assert not moved, f"{ROMANISED.name}: other texts than were judged stand in lines {moved[:5]}"
    return found
