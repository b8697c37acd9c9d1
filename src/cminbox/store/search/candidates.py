"""Candidate lists: whole parts of a query, listed from indexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cminbox.query.context import Context
from cminbox.query.tree import And, Node, Not, Or
from cminbox.store.search import index_terms
from cminbox.store.search.index_terms import IndexTerm, Param

GUESSED = 1_000
"""How many conversations a term is taken to have that only listing it would count."""
Count = Callable[[str, Sequence[Any]], int]
"""How many rows a SELECT with these values has; the store's way to say whether a term is rare."""


class CandidateList(NamedTuple):
    """Conversations among which are all that match a part of a query.

    Attributes:
        sql: a SELECT of their ids; one may come more than once.
        params: the values of its question marks.
        size: how many ids it gives, or about how many where that was not counted.
        exact: whether all of them match.
    """

    sql: str
    params: tuple[Param, ...]
    size: int
    exact: bool


class Candidates:
    """Makes candidate lists that are no longer than `most`.

    Args:
        status: what is looked for has this status besides; empty where it may have any.
    """

    def __init__(self, ctx: Context, count: Count, most: int, status: str = "") -> None:
        self._ctx = ctx
        self._count = count
        self._most = most
        self._status = status

    def has(self, term: IndexTerm) -> bool:
        """Whether a term has a list of that length."""
        return self._size(term) <= self._most

    def _size(self, term: IndexTerm) -> int:
        """How many ids a term lists; counted up to one more than `most`."""
        if not term.counted:
            return GUESSED
        return self._count(f"{term.counted} LIMIT {self._most + 1}", term.ids_params)

    def shortest(self, parts: Sequence[Node]) -> tuple[Node, CandidateList] | None:
        """The part with the shortest list, and that list; None where no part has one."""
        found = [(part, listed) for part in parts if (listed := self._of(part))]
        return min(found, key=lambda one: one[1].size, default=None)

    def _of(self, node: Node) -> CandidateList | None:
        match node:
            case Not():
                return None
            case And(parts):
                found = self.shortest(parts)
                return None if found is None else found[1]._replace(exact=False)
            case Or(parts):
                return self._of_either(parts)
        term = index_terms.of(node, self._ctx, self._status)
        return None if term is None else self._of_term(term)

    def _of_term(self, term: IndexTerm) -> CandidateList | None:
        size = self._size(term)
        return CandidateList(term.ids, term.ids_params, size, exact=True) if size <= self._most else None

    def _of_either(self, parts: tuple[Node, ...]) -> CandidateList | None:
        """The lists of all parts, one behind the other; None where one of them has none."""
        words = index_terms.indexed(parts)
        lists = [self._of_term(index_terms.of_words(words))] if words else []
        for part in parts:
            if lists and lists[-1] is None:
                return None
            if part not in words:
                lists.append(self._of(part))
        found = [one for one in lists if one is not None]
        size = sum(one.size for one in found)
        if len(found) < len(lists) or size > self._most:
            return None
        return CandidateList(
            " UNION ALL ".join(f"SELECT * FROM ({one.sql})" for one in found),
            tuple(value for one in found for value in one.params),
            size,
            exact=all(one.exact for one in found),
        )
