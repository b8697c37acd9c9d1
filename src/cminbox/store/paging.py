"""Pages of the queue by keyset, in every order, each read in the way that suits its query.

An order is walked along its index, or few conversations are fetched by their ids and sorted. Where nobody can say
beforehand which is quicker, a short way is walked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, floor
from sqlite3 import Connection
from typing import Any, NamedTuple, cast

from cminbox.errors import StoreError
from cminbox.model import Conversation
from cminbox.store.records import SELECT, from_row
from cminbox.store.search import Condition, Count
from cminbox.store.search.index_terms import LAST


class Order(NamedTuple):
    """A sort order: its columns, each with its direction and where missing values stand (always last)."""

    columns: tuple[tuple[str, bool], ...]  # (column, descending)


SORTS: Mapping[str, Order] = {
    "priority": Order((("priority", True), ("waiting_since", False), ("id", False))),
    "due": Order((("due_at", False), ("id", False))),
    "waiting": Order((("waiting_since", False), ("id", False))),
    "newest": Order((("newest_at", True), ("id", False))),
}
"""Sort orders by name. Columns that may be missing put the missing ones last."""

_NULLABLE = {"due_at", "waiting_since"}
_BEYOND = (1 << 63) - 1


def _expression(column: str) -> str:
    return f"COALESCE(c.{column}, {LAST})" if column in _NULLABLE else f"c.{column}"


def _order(sort: str) -> Order:
    try:
        return SORTS[sort]
    except KeyError:
        raise StoreError(f"no sort order {sort!r}", f"there are {', '.join(SORTS)}") from None


def key_of(conversation: Conversation, sort: str) -> tuple[int, ...]:
    """The values by which a row stands where it stands in that sort order."""
    values = (getattr(conversation, column) for column, _ in _order(sort).columns)
    return tuple(LAST if value is None else cast(int, value) for value in values)


def page(
    conn: Connection,
    where: Condition | None,
    sort: str = "priority",
    after: Conversation | tuple[int, ...] | None = None,
    limit: int = 100,
    backwards: bool = False,
) -> list[Conversation]:
    """Rows that match, in order, after (or, backwards, before) a row or its key; always in reading order.

    Args:
        condition: condition over the alias `c`, best made with `counter`; None for all. Conversations with nothing left
            are never among them.
        after: the last row of the page before, or `key_of` it; None for the first (backwards: the last) page.
    """
    key = key_of(after, sort) if isinstance(after, Conversation) else after
    rows: list[Conversation] = []
    if where is not None and where.otherwise is not None:
        key = _start(where, sort, backwards) if key is None else key
        until = _edge(conn, where, sort, key, where.walked, backwards)
        rows = _rows(conn, where, sort, _spans(_order(sort).columns, key, until, backwards), limit, backwards)
        if until is None or len(rows) == limit:
            return rows[::-1] if backwards else rows
        key, where = until, where.otherwise(counter(conn))
    # Lists are made for each statement: one statement has to do for them.
    if where is not None and where.lists and key:
        spans: Iterable[Span] = [side_of(sort, key, backwards=backwards)]
    else:
        spans = _spans(_order(sort).columns, key, None, backwards)
    rows += _rows(conn, where, sort, spans, limit - len(rows), backwards)
    return rows[::-1] if backwards else rows


Key = tuple[int, ...]


class Span(NamedTuple):
    """A condition that an index can follow, its values, and how many columns of the order it holds fast."""

    sql: str
    params: list[int]
    fixed: int = 0


def _start(where: Condition, sort: str, backwards: bool) -> Key | None:
    """A key behind which all that match stand, where the order's first column says so; None: from the beginning."""
    columns = _order(sort).columns
    column, descending = columns[0]
    wanted = where.within.get(column)
    if wanted is None:
        return None
    down = descending != backwards
    end, is_open = (wanted.high, wanted.high_open) if down else (wanted.low, wanted.low_open)
    if end is None:
        # Missing values stand at the end of an order, and are in no range.
        if not (down and column in _NULLABLE):
            return None
        end, is_open = LAST, True
    # The columns hold whole numbers. Nothing stands behind the last of those that share one.
    first = (ceil(end) if is_open else floor(end) + 1) if down else (floor(end) if is_open else ceil(end) - 1)
    return first, *(-1 if further != backwards else _BEYOND for _, further in columns[1:])


def _rows(
    conn: Connection, where: Condition | None, sort: str, spans: Iterable[Span], limit: int, backwards: bool
) -> list[Conversation]:
    """Rows of the spans that match, in the order in which they are walked."""
    condition, params = matching(where)
    rows: list[Conversation] = []
    for span in spans:
        order = in_order(sort, backwards, span.fixed)
        sql = f"{SELECT} {_index(where, sort)} WHERE {condition} AND {span.sql} ORDER BY {order} LIMIT ?"
        rows += [from_row(row) for row in conn.execute(sql, (*params, *span.params, limit - len(rows)))]
        if len(rows) == limit:
            break
    return rows


def _edge(conn: Connection, where: Condition, sort: str, after: Key | None, rows: int, backwards: bool) -> Key | None:
    """The key so many rows on in an order; None where it ends before. Read from the index alone."""
    condition, params = ("c.gone = 0 AND c.status = ?", [where.status]) if where.status else ("c.gone = 0", [])
    columns = _order(sort).columns
    key = ", ".join(_expression(column) for column, _ in columns)
    left = rows
    for span in _spans(columns, after, None, backwards):
        sql = f"SELECT {key} FROM conversations AS c {_index(where, sort)} WHERE {condition} AND {span.sql}"
        order = in_order(sort, backwards, span.fixed)
        found = conn.execute(f"{sql} ORDER BY {order} LIMIT ?", (*params, *span.params, left)).fetchall()
        left -= len(found)
        if not left:
            return tuple(found[-1])
    return None


def _index(where: Condition | None, sort: str) -> str:
    """What a page is read from: a sort order's index, or no index where few are fetched by their ids."""
    if where is not None and where.by_id:
        return "NOT INDEXED"
    return f"INDEXED BY conversations_{'' if where is not None and where.status else 'all_'}{sort}"


def counter(conn: Connection) -> Count:
    """What tells `search.to_sql` how common a term is, so that its condition suits the pages of an order."""

    def count(sql: str, params: Sequence[Any]) -> int:
        return int(conn.execute(f"SELECT COUNT(*) FROM ({sql})", tuple(params)).fetchone()[0])

    return count


def in_order(sort: str, backwards: bool = False, fixed: int = 0) -> str:
    """The `ORDER BY` of a sort order, without the columns at its beginning that are held fast."""
    return ", ".join(
        f"{_expression(column)} {'DESC' if descending != backwards else 'ASC'}"
        for column, descending in _order(sort).columns[fixed:]
    )


def side_of(sort: str, key: Key, *, backwards: bool) -> Span:
    """The condition «stands after (backwards: before) `key`» in a sort order, as one."""
    sql, params = "", list[int]()
    for (column, descending), value in reversed(list(zip(_order(sort).columns, key, strict=True))):
        sign = "<" if descending != backwards else ">"
        name = _expression(column)
        if sql:
            sql = f"{name} {sign}= ? AND ({name} {sign} ? OR ({sql}))"
            params = [value, value, *params]
        else:
            sql, params = f"{name} {sign} ?", [value]
    return Span(f"({sql})", params)


def _spans(
    columns: Sequence[tuple[str, bool]], after: Key | None, until: Key | None, backwards: bool
) -> Iterator[Span]:
    """The rows after one key and up to another (with it), as spans of an index, in the order in which they are walked.

    One condition for all of them would make the index begin with the first row that shares the first column.
    """
    name, descending = _expression(columns[0][0]), columns[0][1]
    beyond, within = ("<", ">") if descending != backwards else (">", "<")
    if after is None and until is None:
        yield Span("1", [])
    elif len(columns) == 1:
        ends = [(f"{name} {beyond} ?", after), (f"{name} {within}= ?", until)]
        yield Span(" AND ".join(sql for sql, key in ends if key), [key[0] for _, key in ends if key])
    elif after is not None and until is not None and after[0] == until[0]:
        yield from _equal(name, after[0], _spans(columns[1:], after[1:], until[1:], backwards))
    else:
        if after is not None:
            yield from _equal(name, after[0], _spans(columns[1:], after[1:], None, backwards))
        ends = [(f"{name} {beyond} ?", after), (f"{name} {within} ?", until)]
        yield Span(" AND ".join(sql for sql, key in ends if key), [key[0] for _, key in ends if key])
        if until is not None:
            yield from _equal(name, until[0], _spans(columns[1:], None, until[1:], backwards))


def _equal(name: str, value: int, spans: Iterator[Span]) -> Iterator[Span]:
    for sql, params, fixed in spans:
        yield Span(f"{name} = ? AND {sql}", [value, *params], fixed + 1)


def matching(where: Condition | None) -> tuple[str, list[Any]]:
    """The `WHERE` of a list: what matches and is not gone."""
    if where is None or not where.sql:
        return "c.gone = 0", []
    return f"c.gone = 0 AND ({where.sql})", list(where.params)


def hint(where: Condition | None) -> str:
    """What stands behind the table where few are fetched by their ids."""
    return "NOT INDEXED" if where is not None and where.by_id else ""
