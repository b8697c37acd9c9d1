"""Pages of conversations by keyset, in every order, each read as its condition's plan says (`search.plan`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import Any

from cminbox.model import Conversation
from cminbox.store import orders
from cminbox.store.orders import Key, Order, Span
from cminbox.store.records import CONVERSATIONS
from cminbox.store.search import Condition, Count
from cminbox.store.sqlite import Connection
from cminbox.store.sqlite.schema import LAST

_LARGEST = (1 << 63) - 1


def page(
    conn: Connection,
    where: Condition | None,
    sort: str = "priority",
    after: Conversation | Key | None = None,
    limit: int = 100,
    backwards: bool = False,
) -> list[Conversation]:
    """Rows that match, in order, after (or, backwards, before) a row or its key; always in reading order.

    Args:
        where: a condition that is best made with `counter`; None for all. Conversations with nothing left are never
            among them.
        after: the last row of the page before, or its key; None for the first (backwards: the last) page.
    """
    order = orders.named(sort)
    key = order.key_of(after) if isinstance(after, Conversation) else after
    where = where or Condition("")
    if backwards:
        return _page(conn, where, order.reversed(), key, limit)[::-1]
    return _page(conn, where, order, key, limit)


def _page(conn: Connection, where: Condition, order: Order, after: Key | None, limit: int) -> list[Conversation]:
    rows: list[Conversation] = []
    if where.otherwise is not None:
        after = _start(where, order) if after is None else after
        until = _key_after(conn, where, order, after, where.walked)
        rows = _rows(conn, where, order, order.spans(after, until), limit)
        if until is None or len(rows) == limit:
            return rows
        after, where = until, where.otherwise(counter(conn))
    # Lists are made for each statement: one statement has to do for them.
    spans = [order.all_after(after)] if where.lists and after is not None else order.spans(after)
    return rows + _rows(conn, where, order, spans, limit - len(rows))


def _start(where: Condition, order: Order) -> Key | None:
    """A key behind which all that match stand, where the order's first column says so; None: from the beginning."""
    first, *others = order.columns
    down = first.descending
    wanted = where.within.get(first.name)
    if wanted is None:
        return None
    end, is_open = (wanted.high, wanted.high_open) if down else (wanted.low, wanted.low_open)
    if end is None:
        # Missing values stand at the end of an order, and are in no range.
        if not (down and first.nullable):
            return None
        end, is_open = LAST, True
    # The columns hold whole numbers. Nothing stands behind the last of those that share one.
    value = (ceil(end) if is_open else floor(end) + 1) if down else (floor(end) if is_open else ceil(end) - 1)
    return value, *(-1 if column.descending else _LARGEST for column in others)


def _rows(conn: Connection, where: Condition, order: Order, spans: Iterable[Span], limit: int) -> list[Conversation]:
    """Rows of the spans that match, in the order in which they are walked."""
    condition, params = matching(where)
    rows: list[Conversation] = []
    for span in spans:
        rest = f"{_index(where, order)} WHERE {condition} AND {span.sql} ORDER BY {order.sql(span.fixed)} LIMIT ?"
        rows += CONVERSATIONS.all(conn, rest, *params, *span.params, limit - len(rows))
        if len(rows) == limit:
            break
    return rows


def _key_after(conn: Connection, where: Condition, order: Order, after: Key | None, rows: int) -> Key | None:
    """The key so many rows on in an order, read from its index alone; None where it ends before."""
    condition, params = ("c.gone = 0 AND c.status = ?", [where.status]) if where.status else ("c.gone = 0", [])
    key = ", ".join(column.sql for column in order.columns)
    left = rows
    for span in order.spans(after):
        sql = f"SELECT {key} FROM conversations AS c {_index(where, order)} WHERE {condition} AND {span.sql}"
        limited = f"{sql} ORDER BY {order.sql(span.fixed)} LIMIT ?"
        found = conn.execute(limited, (*params, *span.params, left)).fetchall()
        left -= len(found)
        if not left:
            return tuple(found[-1])
    return None


def _index(where: Condition, order: Order) -> str:
    """What a page is read from: a sort order's index, or no index where few are fetched by their ids."""
    return "NOT INDEXED" if where.by_id else f"INDEXED BY {order.index_name(where.status)}"


def counter(conn: Connection) -> Count:
    """What tells `search.to_sql` how common a term is, so that its condition suits the pages of an order."""

    def count(sql: str, params: Sequence[Any]) -> int:
        return int(conn.execute(f"SELECT COUNT(*) FROM ({sql})", tuple(params)).fetchone()[0])

    return count


def matching(where: Condition | None) -> tuple[str, list[Any]]:
    """The `WHERE` of a list: what matches and is not gone."""
    if where is None or not where.sql:
        return "c.gone = 0", []
    return f"c.gone = 0 AND ({where.sql})", list(where.params)


def hint(where: Condition | None) -> str:
    """What stands behind the table where few are fetched by their ids."""
    return "NOT INDEXED" if where is not None and where.by_id else ""
