"""Where the queue's rows come from: a view, narrowed by a filter, in one order, by keyset pages of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cminbox import query
from cminbox.query import Context, Query, Where
from cminbox.store import Connection, conversations
from cminbox.store.conversations import Conversation

MANY_NEW = 1_000
"""New rows are counted up to this many."""


def both(*conditions: Where | None) -> Where | None:
    """The conversations that meet every condition; None meets all."""
    given = [where for where in conditions if where is not None and where.sql]
    if not given:
        return None
    params = [value for where in given for value in where.params]
    return Where(" AND ".join(f"({where.sql})" for where in given), params)


def changed_after(seq: int) -> Where:
    """Rows that changed after a change number."""
    return Where("c.changed > ?", [seq])


def among(ids: Iterable[int]) -> Where:
    """These conversations alone."""
    numbers = [int(number) for number in ids]
    return Where(f"c.id IN ({','.join('?' * len(numbers))})", numbers)


@dataclass(frozen=True)
class Scope:
    """What the queue shows: a view's query, a filter on top of it, an order."""

    view: Query
    filter: Query
    sort: str

    def where(self, context: Context) -> Where | None:
        """As a condition for the store, at the context's time and for its member."""
        return both(query.to_sql(self.view, context), query.to_sql(self.filter, context))


class QueueRows:
    """A provider of rows for the windowed list, as of when it was made."""

    def __init__(self, conn: Connection, scope: Scope, context: Context) -> None:
        self._conn = conn
        self.scope = scope
        self.where = scope.where(context)
        self.seq = conversations.newest_change(conn)

    def on(self, conn: Connection) -> QueueRows:
        """The same rows through another thread's connection."""
        other = QueueRows.__new__(QueueRows)
        other._conn, other.scope, other.where, other.seq = conn, self.scope, self.where, self.seq
        return other

    def page(
        self, after: Conversation | None, limit: int, backwards: bool = False, within: Where | None = None
    ) -> Sequence[Conversation]:
        """Rows after (backwards: before) a row, in reading order; of those `within` a condition, where one is given."""
        where = both(self.where, within)
        return conversations.page(self._conn, where, self.scope.sort, after, limit, backwards)

    def new_before(self, last: Conversation | None, known: set[int]) -> int:
        """How many rows have come into the list before `last` (anywhere, with None) since it was read.

        Args:
            last: the last row that was read.
            known: ids of the rows that were read.
        """
        found = self.page(last, MANY_NEW, backwards=last is not None, within=changed_after(self.seq))
        return sum(1 for row in found if row.id not in known)

    def still_in(self, ids: Iterable[int]) -> set[int]:
        """Those of these conversations that the list still has."""
        wanted = both(self.where, among(ids))
        return set(conversations.ids(self._conn, wanted))
