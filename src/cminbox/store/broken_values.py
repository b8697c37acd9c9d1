"""Values that are not what their column holds, because something is damaged. A row that has one is read all the same.

SQLite lets a text stand where a number belongs. What cannot be made a value of the column's kind is left out, so that
one row never keeps the others from being read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_NUMBERS = ("int", "Instant", "bool", "float")


class RowKinds:
    """Which kinds of values the columns of a record have.

    Args:
        record: a NamedTuple.
        columns: its fields in the order of the rows; one that is no field is a number that may be missing.
        inner: a NamedTuple whose fields stand in the rows too, in place of one of the record's.
    """

    def __init__(self, record: Any, columns: Sequence[str], inner: Any = None) -> None:
        known = record.__annotations__ if inner is None else record.__annotations__ | inner.__annotations__
        kinds = [
            str(getattr(kind, "__forward_arg__", kind)) for kind in (known.get(name, "int | None") for name in columns)
        ]
        self._may_miss = tuple("None" in kind for kind in kinds)
        self._is_number = tuple(kind.split(" ")[0] in _NUMBERS for kind in kinds)
        self._is_real = tuple(kind.startswith("float") for kind in kinds)
        self._right: set[tuple[type, ...]] = set()
        """Kinds of rows that were found to be right: there are few."""

    def mend(self, values: list[Any]) -> None:
        """Make each value one of its column's kind; a row that is right stays as it is, and costs little."""
        found = tuple(map(type, values))
        if found in self._right:
            return
        fixed = list(map(self._value, range(len(values)), values))
        if fixed == values and tuple(map(type, fixed)) == found:
            self._right.add(found)
        values[:] = fixed

    def _value(self, place: int, value: Any) -> Any:
        if place >= len(self._is_number):
            return value
        if value is None:
            return None if self._may_miss[place] else 0 if self._is_number[place] else ""
        if not self._is_number[place]:
            return value if isinstance(value, str) else _text(value)
        if isinstance(value, int) or (isinstance(value, float) and self._is_real[place]):
            return value
        try:
            return float(value) if self._is_real[place] else int(value)
        except (TypeError, ValueError, OverflowError):
            return None if self._may_miss[place] else 0


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def parsed(text: Any, instead: T) -> T:
    """JSON of the same kind as `instead`, and that where it is none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return instead
    return found if isinstance(found, type(instead)) else instead
