"""Rows of the database as the records of `model`, and back.

Booleans are stored as 0 or 1, tuples and maps as JSON, everything else as it is. Which is which the records' own
defaults say, so a column is declared in `model` alone (and in the migration that adds it).
"""

from __future__ import annotations

import json
from functools import lru_cache
from sqlite3 import Row
from typing import Any

from cminbox.model import Conversation, Reason

COLUMNS = Conversation._fields
SELECT = "SELECT " + ", ".join(f"c.{name}" for name in COLUMNS) + " FROM conversations AS c"


_FLAGS = tuple(n for n, name in enumerate(COLUMNS) if isinstance(Conversation._field_defaults.get(name), bool))
_REASONS, _LABELS = COLUMNS.index("reasons"), COLUMNS.index("labels")


@lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    """The reasons of a row. Few rules make few different ones, so most rows share theirs."""
    return tuple(Reason(*given) for given in json.loads(text))


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=4096)
def _as_json(values: tuple[Reason | str, ...]) -> str:
    """Reasons or labels; a reason is a tuple, and JSON has it as a list."""
    return json.dumps(values, ensure_ascii=False)


def from_row(row: Row) -> Conversation:
    """A conversation from a row of `SELECT`."""
    values: list[Any] = list(row)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS], values[_LABELS] = _reasons(values[_REASONS]), _labels(values[_LABELS])
    return Conversation._make(values)


def to_row(conversation: Conversation) -> list[Any]:
    """The values of `COLUMNS` as the database keeps them."""
    values: list[Any] = list(conversation)
    for place in _FLAGS:
        values[place] = int(values[place])
    values[_REASONS], values[_LABELS] = _as_json(conversation.reasons), _as_json(conversation.labels)
    return values


def to_column(value: Any) -> Any:
    """The value of one field as the database keeps it; a list stands for a tuple."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | list):
        return _as_json(tuple(value))
    return value
