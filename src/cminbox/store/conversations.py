"""Conversations: pages of the queue by keyset, one row, counts, changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sqlite3 import Connection, Row
from typing import Any, NamedTuple, cast

from cminbox.errors import StoreError
from cminbox.model import Instant, Kind, Reason, SentimentClass, Status
from cminbox.query import Count, Where
from cminbox.store.connection import next_changed


class Conversation(NamedTuple):
    """One row of the queue: everything that a list shows or a query asks. Columns as in `schema.py`.

    A named tuple, because it is what a row is, and so wide a data class takes milliseconds to make at every start.
    """

    id: int
    source_id: int
    remote_id: str
    source: str
    network: str
    kind: Kind
    status: Status
    author_id: int | None
    handle: str
    name: str
    followers: int | None
    role: str
    vip: bool
    preview: str
    title: str
    lang: str
    sentiment: float | None
    sentiment_class: SentimentClass
    question: bool
    edited: bool
    is_reply: bool
    priority: int
    reasons: tuple[Reason, ...]
    priority_by: str
    labels: tuple[str, ...]
    assignee: str
    assigned_by: str
    team: str
    crisis_id: int | None
    crisis: str
    created_at: Instant
    newest_at: Instant
    inbound_at: Instant | None
    outbound_at: Instant | None
    waiting_since: Instant | None
    cycle_at: Instant | None
    first_reply_at: Instant | None
    closed_at: Instant | None
    snoozed_until: Instant | None
    status_at: Instant | None
    sla: str
    sla_target: int | None
    due_at: Instant | None
    warned_at: Instant | None
    rescore_at: Instant | None
    messages: int
    inbound: int
    waiting: int
    notes: int
    outbox: str
    gone: bool
    changed: int


COLUMNS = Conversation._fields
_SELECT = "SELECT " + ", ".join(f"c.{name}" for name in COLUMNS) + " FROM conversations AS c"
_BOOLEANS = ("vip", "question", "edited", "is_reply", "gone")
_LOOKED_AT = 5_000
"""The newest changes that are looked at to say how many rows are new."""


_FLAGS = tuple(COLUMNS.index(name) for name in _BOOLEANS)
_REASONS, _LABELS = COLUMNS.index("reasons"), COLUMNS.index("labels")


@lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    """The reasons of a row. Few rules make few different ones, so most rows share theirs."""
    return tuple(Reason(*given) for given in json.loads(text))


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def from_row(row: Row) -> Conversation:
    """A conversation from a row of this module's selection."""
    values: list[Any] = list(row)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS], values[_LABELS] = _reasons(values[_REASONS]), _labels(values[_LABELS])
    return Conversation._make(values)


@dataclass(frozen=True, slots=True)
class Order:
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
_LAST = 1 << 62


def _expression(column: str) -> str:
    return f"COALESCE(c.{column}, {_LAST})" if column in _NULLABLE else f"c.{column}"


def _order(sort: str) -> Order:
    try:
        return SORTS[sort]
    except KeyError:
        raise StoreError(f"no sort order {sort!r}", f"there are {', '.join(SORTS)}") from None


def key_of(conversation: Conversation, sort: str) -> tuple[int, ...]:
    """The values by which a row stands where it stands in that sort order."""
    values = (getattr(conversation, column) for column, _ in _order(sort).columns)
    return tuple(_LAST if value is None else cast(int, value) for value in values)


def page(
    conn: Connection,
    where: Where | None,
    sort: str = "priority",
    after: Conversation | tuple[int, ...] | None = None,
    limit: int = 100,
    backwards: bool = False,
) -> list[Conversation]:
    """Rows that match, in order, after (or, backwards, before) a row or its key; always in reading order.

    Args:
        where: condition over the alias `c`, best made with `counter`; None for all. Conversations with nothing left
            are never among them.
        after: the last row of the page before, or `key_of` it; None for the first (backwards: the last) page.
    """
    order = _order(sort)
    condition, params = matching(where)
    if after is not None:
        beyond, values = _beyond(order, key_of(after, sort) if isinstance(after, Conversation) else after, backwards)
        condition, params = f"{condition} AND {beyond}", [*params, *values]
    sql = f"{_SELECT} {_hint(where)} WHERE {condition} ORDER BY {_terms(order, backwards)} LIMIT ?"
    rows = [from_row(row) for row in conn.execute(sql, (*params, limit))]
    return rows[::-1] if backwards else rows


def counter(conn: Connection) -> Count:
    """What tells `query.to_sql` how common a term is, so that its condition suits the pages of an order."""

    def count(sql: str, params: Sequence[Any]) -> int:
        return int(conn.execute(f"SELECT COUNT(*) FROM ({sql})", tuple(params)).fetchone()[0])

    return count


def _terms(order: Order, backwards: bool = False) -> str:
    return ", ".join(
        f"{_expression(column)} {'DESC' if descending != backwards else 'ASC'}" for column, descending in order.columns
    )


def _beyond(order: Order, key: Sequence[int], backwards: bool) -> tuple[str, list[int]]:
    """The condition «stands after `key`», as nested comparisons that an index can follow."""
    sql, params = "", list[int]()
    for (column, descending), value in reversed(list(zip(order.columns, key, strict=True))):
        sign = "<" if descending != backwards else ">"
        name = _expression(column)
        if sql:
            sql = f"{name} {sign}= ? AND ({name} {sign} ? OR ({sql}))"
            params = [value, value, *params]
        else:
            sql, params = f"{name} {sign} ?", [value]
    return f"({sql})", params


def get(conn: Connection, conversation_id: int) -> Conversation | None:
    """One conversation, or None."""
    row = conn.execute(f"{_SELECT} WHERE c.id = ?", (conversation_id,)).fetchone()
    return from_row(row) if row else None


def many(conn: Connection, ids: Iterable[int]) -> dict[int, Conversation]:
    """Those of these conversations that exist, by id."""
    found: dict[int, Conversation] = {}
    for part in chunks(list(ids)):
        marks = ",".join("?" * len(part))
        for row in conn.execute(f"{_SELECT} WHERE c.id IN ({marks})", part):
            found[row["id"]] = from_row(row)
    return found


def chunks(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Ids in parts that fit into one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def matching(where: Where | None) -> tuple[str, list[Any]]:
    """The `WHERE` of a list: what matches and is not gone."""
    if where is None or not where.sql:
        return "c.gone = 0", []
    return f"c.gone = 0 AND ({where.sql})", list(where.params)


def _hint(where: Where | None) -> str:
    return where.hint if where is not None else ""


def count(conn: Connection, where: Where | None, limit: int | None = None) -> int:
    """How many match; with a limit, it is counted up to that many."""
    sql, params = matching(where)
    rows = f"FROM conversations AS c {_hint(where)} WHERE {sql}"
    if limit is None:
        return int(conn.execute(f"SELECT COUNT(*) {rows}", params).fetchone()[0])
    inner = f"SELECT 1 {rows} LIMIT ?"
    return int(conn.execute(f"SELECT COUNT(*) FROM ({inner})", (*params, limit)).fetchone()[0])


def ids(conn: Connection, where: Where | None, limit: int | None = None, sort: str | None = None) -> list[int]:
    """The ids of all that match, in a sort order if one is named."""
    sql, params = matching(where)
    rows = f"SELECT c.id FROM conversations AS c {_hint(where)}"
    tail = "" if sort is None else f" ORDER BY {_terms(_order(sort))}"
    if limit is not None:
        tail, params = tail + " LIMIT ?", [*params, limit]
    return [int(row[0]) for row in conn.execute(f"{rows} WHERE {sql}{tail}", params)]


def among(conn: Connection, where: Where | None, numbers: Iterable[int]) -> set[int]:
    """Those of these conversations that match."""
    condition, params = matching(where)
    found: set[int] = set()
    for part in chunks(list(numbers)):
        marks = ",".join("?" * len(part))
        sql = f"SELECT c.id FROM conversations AS c WHERE c.id IN ({marks}) AND {condition}"
        found.update(row[0] for row in conn.execute(sql, (*part, *params)))
    return found


def newer(
    conn: Connection, where: Where | None, seq: int, sort: str, before: Conversation | None, limit: int
) -> list[int]:
    """Ids of rows that match, changed after the change number `seq`, and stand before a row (anywhere with None).

    Of very many changes only the newest are looked at, so that it takes as long however many there were.
    """
    condition, params = matching(where)
    if before is not None:
        beyond, values = _beyond(_order(sort), key_of(before, sort), backwards=True)
        condition, params = f"{condition} AND {beyond}", [*params, *values]
    changed = "SELECT n.id FROM conversations AS n WHERE n.changed > ? ORDER BY n.changed DESC LIMIT ?"
    sql = f"SELECT c.id FROM conversations AS c NOT INDEXED WHERE c.id IN ({changed}) AND {condition} LIMIT ?"
    return [int(row[0]) for row in conn.execute(sql, (seq, _LOOKED_AT, *params, limit))]


def changed_since(conn: Connection, seq: int, limit: int = 500) -> list[Conversation]:
    """Rows that changed after the change number `seq`, oldest change first."""
    sql = f"{_SELECT} WHERE c.changed > ? ORDER BY c.changed LIMIT ?"
    return [from_row(row) for row in conn.execute(sql, (seq, limit))]


def newest_change(conn: Connection) -> int:
    """The newest change number."""
    return int(conn.execute("SELECT value FROM settings WHERE key = 'changed'").fetchone()[0])


def by_remote(conn: Connection, source_id: int, remote_id: str) -> Conversation | None:
    """The conversation that an adapter knows under this key."""
    row = conn.execute(f"{_SELECT} WHERE c.source_id = ? AND c.remote_id = ?", (source_id, remote_id)).fetchone()
    return from_row(row) if row else None


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, Conversation]:
    """Those of these conversations that the store has, by the adapter's keys."""
    sql = f"{_SELECT} WHERE c.source_id = ? AND c.remote_id IN (SELECT value FROM json_each(?))"
    found = map(from_row, conn.execute(sql, (source_id, json.dumps(list(remote_ids)))))
    return {row.remote_id: row for row in found}


_JSON = ("reasons", "labels")
_DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(("author_id", "followers", "sentiment", "crisis_id", "inbound_at", "outbound_at")),
    **dict.fromkeys(("waiting_since", "cycle_at", "first_reply_at", "closed_at", "snoozed_until", "status_at")),
    **dict.fromkeys(("sla_target", "due_at", "warned_at", "rescore_at")),
    **dict.fromkeys(("handle", "name", "role", "preview", "title", "lang", "priority_by"), ""),
    **dict.fromkeys(("assignee", "assigned_by", "team", "crisis", "sla", "outbox"), ""),
    **dict.fromkeys(("messages", "inbound", "waiting", "notes", "priority"), 0),
    **dict.fromkeys(_BOOLEANS, False),
    **{"sentiment_class": "unknown", "reasons": (), "labels": ()},
}
"""What `schema.py` gives a column that is not named."""


def update(conn: Connection, conversation_id: int, changes: Mapping[str, Any]) -> None:
    """Set columns of a row. Reasons and labels are given as tuples."""
    values = [plain(name, value) for name, value in changes.items()]
    names = ", ".join(f"{name} = ?" for name in changes)
    conn.execute(f"UPDATE conversations SET {names} WHERE id = ?", (*values, conversation_id))


def insert(conn: Connection, values: Mapping[str, Any]) -> int:
    """Add a row and return its id. Columns that are not given keep their defaults."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    params = [plain(name, value) for name, value in values.items()]
    cursor = conn.execute(f"INSERT INTO conversations ({names}) VALUES ({marks})", params)
    return cast(int, cursor.lastrowid)


def blank(**known: Any) -> dict[str, Any]:
    """The columns of a new row: those that are known, and the defaults of the others."""
    return {**_DEFAULTS, **known}


def columns(row: Conversation) -> dict[str, Any]:
    """The columns of a row, by name."""
    return {name: getattr(row, name) for name in COLUMNS}


def new_row(columns: Mapping[str, Any]) -> tuple[Any, ...]:
    """All columns as the database keeps them, in the order of `COLUMNS`."""
    kept = {**columns, "reasons": plain("reasons", columns["reasons"]), "labels": plain("labels", columns["labels"])}
    for name in _BOOLEANS:
        kept[name] = int(kept[name])
    return tuple([kept[name] for name in COLUMNS])


def plain(name: str, value: Any) -> Any:
    """A column's value as the database keeps it."""
    if name == "reasons":
        return json.dumps([[r.points, r.rule, r.why] for r in value], ensure_ascii=False)
    if name in _JSON:
        return json.dumps(list(value), ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


def touch(conn: Connection, conversation_id: int) -> None:
    """Say that something at this conversation changed, so that screens look again."""
    update(conn, conversation_id, {"changed": next_changed(conn)})
