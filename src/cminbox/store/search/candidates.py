"""Whole parts of a query as lists of conversations, and how long listing them takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cminbox.query.context import Context, lower_ascii
from cminbox.query.tree import And, Named, Node, Not, Or
from cminbox.store.search import index_terms
from cminbox.store.search.index_terms import Group, Param

SPARED = 0.2
"""Microseconds a conversation that are spared where no index is made of a list."""
Count = Callable[[str, Sequence[Any]], int]
"""How many rows a SELECT with these values has; the store's way to say whether a term is rare."""

Known = dict[tuple[str, tuple[Param, ...]], tuple[int, bool]]
"""By statement and values: the rows that were counted, and whether these are all."""


class Cover(NamedTuple):
    """Conversations among which are all that match a part of a query.

    Attributes:
        sql: a SELECT of their ids.
        params: the values of its question marks.
        size: about how many there are.
        ms: milliseconds that listing them takes.
        exact: whether they all match.
        dear: whether asking one conversation reads more than its row.
    """

    sql: str
    params: tuple[Param, ...]
    size: int
    ms: float
    exact: bool
    dear: bool

    @property
    def beside(self) -> float:
        """Milliseconds that it takes where it only passes by the index that is made of a smaller one."""
        return max(0.0, self.ms - self.size * SPARED / 1000)


def common(covers: Sequence[Cover]) -> tuple[str, tuple[Param, ...]]:
    """A SELECT of the ids that covers have in common, and the values of its question marks.

    Only of the smallest an index is made; the larger pass by it, one in front of the other. The LIMIT keeps SQLite from
    merging two of them into one loop, where it would begin with the wrong one.
    """
    first, *larger = sorted(covers, key=lambda cover: cover.size)
    sql, params = first.sql, first.params
    for cover in larger:
        sql = f"WITH a(id) AS (SELECT * FROM ({cover.sql}) LIMIT -1) SELECT id FROM a WHERE +id IN ({sql})"
        params = (*cover.params, *params)
    return sql, params


class Covers:
    """Finds them.

    Args:
        count: says how many rows a SELECT has.
        most: rows are counted up to this many, and of what is more there is no cover.
        guess: take phrases to be middling, because counting one takes as long as listing it.
        status: what matches has this status besides; empty where it may have any.
        known: what was counted before; what is counted now is added.
    """

    def __init__(
        self, count: Count, most: int, *, guess: bool = False, status: str = "", known: Known | None = None
    ) -> None:
        self._count = count
        self._most = most
        self._guess = guess
        self._status = status
        self._known: Known = {} if known is None else known

    def size(self, group: Group, most: int | None = None) -> int:
        """How many conversations a group lists, up to one more than the most: that of all groups, or this one."""
        most = self._most if most is None else most
        if not group.counted:
            return min(index_terms.GUESSED, most)
        if self._guess and group.cost == index_terms.PHRASE_COST:
            return index_terms.GUESSED_PHRASE
        # What takes longer to list is counted up to fewer.
        rows = max(1, int(most * index_terms.ROW_COST / group.cost))
        key = group.counted, group.listed_params
        found, whole = self._known.get(key, (0, False))
        if not whole and found <= rows:
            found = self._count(f"{group.counted} LIMIT {rows + 1}", group.listed_params)
            self._known[key] = found, found <= rows
        return found if found <= rows else most + 1

    def of(self, node: Node, ctx: Context) -> Cover | None:
        """The cover of a node; None where it has none, or too large a one."""
        match node:
            case Not():
                return None
            case And(parts):
                found = [cover for part in parts if (cover := self.of(part, ctx))]
                return _loose(min(found, key=lambda cover: cover.size)) if found else None
            case Or(parts):
                return self._either(parts, ctx)
            case Named("topic", name):
                query = ctx.topic(lower_ascii(name))
                return None if query is None else self.of(query.tree, ctx.without(lower_ascii(name)))
        group = index_terms.of(node, ctx)
        if group is not None and self._status:
            group = index_terms.in_status(group, node, self._status)
        return None if group is None else self._of_group(group)

    def _of_group(self, group: Group) -> Cover | None:
        size = self.size(group)
        if size > self._most:
            return None
        return Cover(group.listed, group.listed_params, size, size * group.cost / 1000, exact=True, dear=group.dear)

    def _either(self, parts: tuple[Node, ...], ctx: Context) -> Cover | None:
        words = index_terms.indexed(parts)
        found = [self._of_group(index_terms.of_words(words))] if words else []
        for part in parts:
            if found and found[-1] is None:
                return None
            if part not in words:
                found.append(self.of(part, ctx))
        covers = [cover for cover in found if cover is not None]
        if len(covers) < len(found) or sum(cover.size for cover in covers) > self._most:
            return None
        return Cover(
            " UNION ALL ".join(f"SELECT * FROM ({cover.sql})" for cover in covers),
            tuple(value for cover in covers for value in cover.params),
            sum(cover.size for cover in covers),
            sum(cover.ms for cover in covers),
            exact=all(cover.exact for cover in covers),
            dear=any(cover.dear for cover in covers),
        )


def _loose(cover: Cover) -> Cover:
    return Cover(cover.sql, cover.params, cover.size, cover.ms, exact=False, dear=cover.dear)
