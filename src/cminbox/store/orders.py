"""The sort orders of conversations, each of which an index has: as SQL, and the keys of rows in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from cminbox.errors import StoreError
from cminbox.model import Conversation
from cminbox.store.sqlite.schema import LAST

Key = tuple[int, ...]
"""The values of an order's columns, by which a row stands where it stands."""


class Span(NamedTuple):
    """Rows that stand side by side in an index.

    Attributes:
        sql: a condition that the index can follow.
        params: its values.
        fixed: how many of the order's first columns have one value in all of them.
    """

    sql: str
    params: list[int]
    fixed: int = 0


class Column(NamedTuple):
    """A column of an order. `sql` is as its indexes have it, over the alias `c` of `conversations`.

    Attributes:
        nullable: it may be missing: rows without it stand last.
    """

    name: str
    descending: bool = False
    nullable: bool = False

    @property
    def sql(self) -> str:
        return f"COALESCE(c.{self.name}, {LAST})" if self.nullable else f"c.{self.name}"

    @property
    def after(self) -> str:
        """What compares a value that stands further on with one before it."""
        return "<" if self.descending else ">"

    @property
    def before(self) -> str:
        return ">" if self.descending else "<"


class Order(NamedTuple):
    """A sort order. Its last column is the id, so that no two rows share a key."""

    name: str
    columns: tuple[Column, ...]

    def reversed(self) -> Order:
        """The same order, read from its end."""
        return Order(self.name, tuple(column._replace(descending=not column.descending) for column in self.columns))

    def index_name(self, status: str) -> str:
        """The index that has this order: of the conversations of one status, or of all."""
        return f"conversations_{'' if status else 'all_'}{self.name}"

    def key_of(self, row: Conversation) -> Key:
        """Where a row stands."""
        values = (getattr(row, column.name) for column in self.columns)
        return tuple(LAST if value is None else cast(int, value) for value in values)

    def sql(self, fixed: int = 0) -> str:
        """What stands behind `ORDER BY`, without the columns at its beginning that have one value."""
        return ", ".join(f"{column.sql} {'DESC' if column.descending else 'ASC'}" for column in self.columns[fixed:])

    def all_after(self, key: Key) -> Span:
        """The rows after a key, by one condition. An index begins with the first that shares the first column."""
        sql, params = "", list[int]()
        for column, value in reversed(list(zip(self.columns, key, strict=True))):
            if sql:
                sql = f"{column.sql} {column.after}= ? AND ({column.sql} {column.after} ? OR ({sql}))"
                params = [value, value, *params]
            else:
                sql, params = f"{column.sql} {column.after} ?", [value]
        return Span(f"({sql})", params)

    def spans(self, after: Key | None = None, until: Key | None = None) -> Iterator[Span]:
        """The rows after one key and up to another (with it), in order: of each span, an index reads no row more."""
        return _spans(self.columns, after, until)


def _spans(columns: tuple[Column, ...], after: Key | None, until: Key | None) -> Iterator[Span]:
    column, rest = columns[0], columns[1:]
    if after is None and until is None:
        yield Span("1", [])
        return
    if rest and after is not None and until is not None and after[0] == until[0]:
        yield from _with_value(column, after[0], _spans(rest, after[1:], until[1:]))
        return
    if rest and after is not None:
        yield from _with_value(column, after[0], _spans(rest, after[1:], None))
    ends = [(f"{column.sql} {column.after} ?", after), (f"{column.sql} {column.before}{'' if rest else '='} ?", until)]
    yield Span(" AND ".join(sql for sql, key in ends if key), [key[0] for _, key in ends if key])
    if rest and until is not None:
        yield from _with_value(column, until[0], _spans(rest, None, until[1:]))


def _with_value(column: Column, value: int, spans: Iterator[Span]) -> Iterator[Span]:
    for sql, params, fixed in spans:
        yield Span(f"{column.sql} = ? AND {sql}", [value, *params], fixed + 1)


_ID = Column("id")
SORTS: Mapping[str, Order] = {
    order.name: order
    for order in (
        Order("priority", (Column("priority", descending=True), Column("waiting_since", nullable=True), _ID)),
        Order("due", (Column("due_at", nullable=True), _ID)),
        Order("promise", (Column("promise_at", nullable=True), _ID)),
        Order("waiting", (Column("waiting_since", nullable=True), _ID)),
        Order("newest", (Column("newest_at", descending=True), _ID)),
    )
}
"""By name."""


def named(sort: str) -> Order:
    """The sort order of a name.

    Raises:
        StoreError: there is none.
    """
    try:
        return SORTS[sort]
    except KeyError:
        raise StoreError(f"no sort order {sort!r}", f"there are {', '.join(SORTS)}") from None
