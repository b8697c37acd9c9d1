"""Rows as records, and back: one way for every table.

SQLite has no booleans, lists and maps: they stand in their columns as 0 or 1, and as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

from cminbox.store.broken_values import RowKinds
from cminbox.store.sqlite import Connection, Row

T = TypeVar("T")

LARGEST_ID = 2**63 - 1
"""SQLite has no larger numbers."""
AMONG = "IN (SELECT value FROM json_each(?))"
"""Behind a column: its value is one of those that were given as `listed`."""


class Select(Generic[T]):
    """A SELECT whose rows are read as records.

    Args:
        sql: the statement up to what follows its FROM, joins included.
        record: makes the record of a row.
    """

    def __init__(self, sql: str, record: Callable[[Row], T]) -> None:
        self.sql = sql
        self.record = record

    def all(self, conn: Connection, rest: str = "", *values: object) -> list[T]:
        """The records of the SELECT with this WHERE, ORDER BY and LIMIT behind it."""
        return [self.record(row) for row in conn.execute(f"{self.sql} {rest}", values)]

    def one(self, conn: Connection, rest: str = "", *values: object) -> T | None:
        """The first of these records, or None."""
        row = conn.execute(f"{self.sql} {rest}", values).fetchone()
        return None if row is None else self.record(row)

    def get(self, conn: Connection, row_id: int) -> T | None:
        """The record with this id, or None; a number beyond all ids is none."""
        return self.one(conn, "WHERE id = ?", row_id) if abs(row_id) <= LARGEST_ID else None


def table(name: str, record: Callable[..., T], **convert: Callable[[Any], Any]) -> Select[T]:
    """The rows of a table, as far as a record names their columns: each field is the column of its name.

    Args:
        convert: makes a field's value of its column's, by the field's name: `bool` of 0 or 1, `json.loads` of a text.
    """
    columns = tuple(record.__annotations__)
    kinds = RowKinds(record, columns)
    places = [(columns.index(field), made) for field, made in convert.items()]

    def read(row: Row) -> T:
        values: list[Any] = list(row)
        kinds.mend(values)
        for place, made in places:
            values[place] = made(values[place])
        return record(*values)

    return Select(f"SELECT {', '.join(f'{name}.{column}' for column in columns)} FROM {name}", read)


def insert(conn: Connection, name: str, values: Mapping[str, object]) -> int:
    """Add a row with these columns to a table and return its id."""
    marks = ", ".join("?" * len(values))
    sql = f"INSERT INTO {name} ({', '.join(values)}) VALUES ({marks})"
    return cast(int, conn.execute(sql, [to_column(value) for value in values.values()]).lastrowid)


def update(conn: Connection, name: str, row_id: int, changes: Mapping[str, object]) -> None:
    """Set columns of a row of a table."""
    columns = ", ".join(f"{column} = ?" for column in changes)
    values = [to_column(value) for value in changes.values()]
    conn.execute(f"UPDATE {name} SET {columns} WHERE id = ?", (*values, row_id))


def to_column(value: Any) -> Any:
    """The value of a field as its column keeps it; a list stands for a tuple, a sorted list for a set."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple | list):
        return to_json(value)
    if isinstance(value, frozenset):
        return to_json(sorted(value))
    return to_json(dict(value)) if isinstance(value, Mapping) else value


to_json: Callable[[object], str] = json.JSONEncoder(ensure_ascii=False).encode


def listed(values: Iterable[int] | Iterable[str]) -> str:
    """Numbers or texts as the value of the question mark in `AMONG`."""
    return to_json(list(values))
