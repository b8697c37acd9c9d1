"""Conversations: one row, counts, changes. Pages of them are in `paging`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cminbox.model import STATUSES, Conversation, Instant, Status
from cminbox.query import Context, Query, both, parse
from cminbox.store import change_numbers, orders, rows, search
from cminbox.store.orders import SORTS as SORTS
from cminbox.store.paging import counter as counter
from cminbox.store.paging import hint, matching
from cminbox.store.paging import page as page
from cminbox.store.records import COLUMNS, CONVERSATIONS, to_row
from cminbox.store.rows import AMONG, listed
from cminbox.store.search import Condition
from cminbox.store.sqlite import Connection

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges

_LOOKED_AT = 5_000
"""The newest changes that are looked at to say how many rows are new."""


get = CONVERSATIONS.get


def many(conn: Connection, ids: Iterable[int]) -> dict[int, Conversation]:
    """Those of these conversations that exist, by id."""
    return {row.id: row for row in CONVERSATIONS.all(conn, f"WHERE c.id {AMONG}", listed(ids))}


def chunks(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Ids in parts of which one is read at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def count(conn: Connection, where: Condition | None, limit: int | None = None) -> int:
    """How many match; with a limit, it is counted up to that many."""
    sql, params = matching(where)
    inner = f"SELECT 1 FROM conversations AS c {hint(where)} WHERE {sql}"
    if limit is not None:
        inner, params = f"{inner} LIMIT ?", [*params, limit]
    return int(conn.execute(f"SELECT COUNT(*) FROM ({inner})", params).fetchone()[0])


def tally(conn: Connection, wanted: Query, ctx: Context) -> int:
    """How many match a query, read from as little as there may be: what is rare, or a state without what is rare."""
    rare = search.to_sql(wanted, ctx, counter(conn))
    if rare.by_id:
        return count(conn, rare)
    found = search.difference(wanted)
    if found is not None:
        states, without = found
        rare = search.to_sql(without, ctx, counter(conn))
        if rare.by_id or search.from_an_index(without):
            # Somebody may write between the two.
            return max(0, count(conn, search.to_sql(states, ctx)) - count(conn, rare))
    return count(conn, search.to_sql(wanted, ctx))


def by_state(conn: Connection, wanted: Query, ctx: Context) -> dict[Status, int]:
    """How many match a query in each state that has any: what a query for one state leaves out of sight."""
    found = {status: tally(conn, both(parse(f"is:{status}"), wanted), ctx) for status in STATUSES}
    return {status: number for status, number in found.items() if number}


def ids(conn: Connection, where: Condition | None, limit: int | None = None, sort: str | None = None) -> list[int]:
    """The ids of all that match, in a sort order if one is named."""
    sql, params = matching(where)
    tail = "" if sort is None else f" ORDER BY {orders.named(sort).sql()}"
    if limit is not None:
        tail, params = tail + " LIMIT ?", [*params, limit]
    found = conn.execute(f"SELECT c.id FROM conversations AS c {hint(where)} WHERE {sql}{tail}", params)
    return [row[0] for row in found]


def among(conn: Connection, where: Condition | None, numbers: Iterable[int]) -> set[int]:
    """Those of these conversations that match."""
    condition, params = matching(where)
    sql = f"SELECT c.id FROM conversations AS c NOT INDEXED WHERE c.id {AMONG} AND {condition}"
    return {row[0] for row in conn.execute(sql, (listed(numbers), *params))}


def first_among(conn: Connection, where: Condition | None, sort: str, numbers: Iterable[int]) -> Conversation | None:
    """Of these conversations the one that stands first, in a sort order, among all that match; None if none does."""
    condition, params = matching(where)
    order = orders.named(sort).sql()
    sql = f"SELECT c.id FROM conversations AS c NOT INDEXED WHERE c.id {AMONG} AND {condition} ORDER BY {order} LIMIT 1"
    found = conn.execute(sql, (listed(numbers), *params)).fetchone()
    return None if found is None else get(conn, found[0])


def newer(
    conn: Connection, where: Condition | None, seq: int, sort: str, before: Conversation | None, limit: int
) -> list[int]:
    """Ids of rows that match, changed after the change number `seq`, and stand before a row (anywhere with None).

    Of very many changes only the newest are looked at, so that it takes as long however many there were.
    """
    condition, params = matching(where)
    if before is not None:
        order = orders.named(sort)
        side = order.reversed().all_after(order.key_of(before))
        condition, params = f"{condition} AND {side.sql}", [*params, *side.params]
    changed = "SELECT n.id FROM conversations AS n WHERE n.changed > ? ORDER BY n.changed DESC LIMIT ?"
    sql = f"SELECT c.id FROM conversations AS c NOT INDEXED WHERE c.id IN ({changed}) AND {condition} LIMIT ?"
    return [row[0] for row in conn.execute(sql, (seq, _LOOKED_AT, *params, limit))]


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, Conversation]:
    """Those of these conversations that the store has, by the adapter's keys."""
    found = CONVERSATIONS.all(conn, f"WHERE c.source_id = ? AND c.remote_id {AMONG}", source_id, listed(remote_ids))
    return {row.remote_id: row for row in found}


def rename(conn: Connection, source_id: int, old: str, new: str) -> None:
    """Give a conversation another key of the adapter's, unless there is one of that key: then both stay."""
    conn.execute(
        "UPDATE conversations SET remote_id = ? WHERE source_id = ? AND remote_id = ? AND NOT EXISTS"
        " (SELECT 1 FROM conversations WHERE source_id = ? AND remote_id = ?)",
        (new, source_id, old, source_id, new),
    )


def of_author(conn: Connection, author_id: int, besides: int, limit: int) -> list[Conversation]:
    """The newest conversations whose newest message of theirs is of this author, without one of them."""
    rest = "WHERE c.author_id = ? AND c.id <> ? AND c.gone = 0 ORDER BY c.newest_at DESC LIMIT ?"
    return CONVERSATIONS.all(conn, rest, author_id, besides, limit)


MOST_PAST = 20
"""Of a person's conversations so many count as their past, the newest ones."""


class Past(NamedTuple):
    """What a conversation says of who wrote it.

    Attributes:
        ends: when and how its cycles ended.
    """

    id: int
    created_at: Instant
    sentiment_class: str
    ends: tuple[tuple[Instant, str], ...] = ()


def past_of(conn: Connection, author_id: int) -> dict[int, Past]:
    """The newest conversations of whoever is behind an author, by id; those of their other authors count too."""
    contact = conn.execute("SELECT contact_id FROM authors WHERE id = ?", (author_id,)).fetchone()
    which, value = "c.author_id = ?", str(author_id)
    if contact is not None and contact[0] is not None:
        ids = conn.execute("SELECT id FROM authors WHERE contact_id = ?", contact)
        which, value = f"c.author_id {AMONG}", listed([row[0] for row in ids])
    sql = f"SELECT c.id, c.created_at, c.sentiment_class FROM conversations AS c WHERE {which}"
    found = conn.execute(f"{sql} ORDER BY c.newest_at DESC LIMIT ?", (value, MOST_PAST)).fetchall()
    ends: dict[int, tuple[tuple[Instant, str], ...]] = {}
    sql = f"SELECT conversation_id, end_at, end FROM cycle_ends WHERE conversation_id {AMONG} ORDER BY end_at"
    for number, at, how in conn.execute(sql, (listed([row[0] for row in found]),)) if found else ():
        ends[number] = (*ends.get(number, ()), (at, how))
    return {row[0]: Past(row[0], row[1], row[2], ends.get(row[0], ())) for row in found}


def update(conn: Connection, conversation_id: int, changes: ConversationChanges) -> None:
    """Set columns of a row. Reasons and labels are given as tuples."""
    columns: dict[str, object] = dict(changes)
    if "content" in changes:
        del columns["content"]
        columns |= changes["content"]._asdict()
    rows.update(conn, "conversations", conversation_id, columns)


def insert(conn: Connection, new: Iterable[Conversation]) -> None:
    """Add rows with all their columns."""
    marks = ", ".join("?" * len(COLUMNS))
    conn.executemany(f"INSERT INTO conversations ({', '.join(COLUMNS)}) VALUES ({marks})", map(to_row, new))


def touch(conn: Connection, conversation_id: int) -> None:
    """Say that something at this conversation changed, so that screens look again."""
    update(conn, conversation_id, {"changed": change_numbers.advance(conn)})
