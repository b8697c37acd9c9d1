"""Where the queue's rows come from: a query in one order, by keyset pages of the store."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from functools import cached_property

from cminbox import query
from cminbox.model import Conversation
from cminbox.query import Context, Query
from cminbox.store import Connection, change_numbers, conversations, search
from cminbox.store.search import Condition

MANY_NEW = 1_000
"""New rows are counted up to this many."""

Pages = dict[tuple[int | None, bool], Sequence[Conversation]]
"""Pages by the id that they begin behind, and whether they go backwards."""


class QueueRows:
    """A provider of rows for the windowed list, as of when it was made.

    Attributes:
        seq: the newest change number then.
    """

    def __init__(self, conn: Connection, wanted: Query, sort: str, context: Context) -> None:
        self._conn, self._context = conn, context
        self.query, self.sort = wanted, sort
        self._paged = search.to_sql(wanted, context, conversations.counter(conn))
        self.seq = change_numbers.newest(conn)
        self._ready: Pages = {}

    @cached_property
    def where(self) -> Condition:
        """The condition for taking all of them."""
        return search.to_sql(self.query, self._context)

    @cached_property
    def _test(self) -> Condition:
        return search.to_test(self.query, self._context)

    def around(self, keep: Conversation | None, limit: int) -> Pages:
        """What a list opened at `keep` asks for."""
        found: Pages = {(None if keep is None else keep.id, False): self.page(keep, limit)}
        if keep is not None:
            after = found[keep.id, False]
            following = after[0] if after else None
            found[keep.id, True] = self.page(keep, limit, backwards=True)
            found[None if following is None else following.id, True] = self.page(following, 1, backwards=True)
        return found

    def at_end(self, limit: int) -> Pages:
        """What a list that goes to its end asks for."""
        return {(None, True): self.page(None, limit, backwards=True)}

    def use_pages(self, pages: Pages) -> None:
        """Hand out pages that were read already, each once."""
        self._ready = pages

    def on(self, conn: Connection, pages: Pages | None = None) -> QueueRows:
        """The same rows through another thread's connection, with pages that were read already."""
        other = copy.copy(self)
        other._conn, other._ready = conn, pages or {}
        return other

    def page(self, after: Conversation | None, limit: int, backwards: bool = False) -> Sequence[Conversation]:
        """Rows after (backwards: before) a row, in reading order."""
        ready = self._ready.pop((None if after is None else after.id, backwards), None)
        if ready is not None:
            return ready
        return conversations.page(self._conn, self._paged, self.sort, after, limit, backwards)

    def narrowed(self, wanted: Query) -> QueueRows:
        """Those of the rows that match another query too."""
        return QueueRows(self._conn, query.both(self.query, wanted), self.sort, self._context)

    def count(self, most: int) -> int:
        """How many there are, counted up to `most`."""
        return conversations.count(self._conn, self._paged, most)

    def new_before(self, last: Conversation | None, known: set[int]) -> int:
        """How many rows have come into the list before `last` (anywhere, with None) since it was read.

        Args:
            last: the last row that was read.
            known: ids of the rows that were read.
        """
        wanted = MANY_NEW + len(known)
        found = conversations.newer(self._conn, self._test, self.seq, self.sort, last, wanted)
        return min(MANY_NEW, sum(1 for number in found if number not in known))

    def first_of(self, ids: Iterable[int]) -> Conversation | None:
        """Of these conversations the one that stands first in the list; None where it has none of them."""
        return conversations.first_among(self._conn, self._test, self.sort, ids)

    def still_in(self, ids: Iterable[int]) -> set[int]:
        """Those of these conversations that the list still has."""
        return conversations.among(self._conn, self._test, ids)
