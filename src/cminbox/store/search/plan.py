"""How a page of a query is read, by one rule with thresholds in rows.

1. Where some part of the query is rare, the rarest is listed from its index; its rows are fetched by their ids, asked
   for the rest, and sorted.
2. Else the index of the order is walked, a short way, and each row is asked.
3. Where that does not fill the page, the rarest part is listed after all, if it is not too common: where it leaves
   something to ask and is short enough, its rows are fetched and sorted; else the walk goes on with the list at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cminbox.query.context import Context
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.meaning import Interval, field_of, interval
from cminbox.query.parser import Query
from cminbox.query.tree import And, Everything, Is, Named, Node, Not, Or, Range, joined, leaves, to_text
from cminbox.store.search.candidates import CandidateList, Candidates, Count
from cminbox.store.search.index_terms import IndexTerm
from cminbox.store.search.predicate import Writer, with_topics

FEW = 3_000
"""A part is rare that has at most so many candidates."""
WALKED = 500
"""So many rows of an order are asked before anything longer is listed."""
SORTED = 10_000
"""At most so many candidates are fetched by their ids and sorted after a walk."""
LISTED = 30_000
"""A part with more candidates than this is never listed for a page: each row that is walked over is asked."""

_ANYWHERE: Mapping[str, Interval] = {}


class Condition(NamedTuple):
    """A predicate over the alias `c` of `conversations`, and how a page of what meets it is best read.

    Attributes:
        sql: the predicate.
        params: the values of its question marks, in order.
        by_id: few match, and the predicate names their ids: they are fetched and sorted. Otherwise the index of the
            order is walked.
        status: the status that the predicate asks for, which begins the indexes that know it; empty: none.
        lists: the predicate lists conversations, which every statement with it does anew.
        walked: how many rows of the order to ask before the rest of the page is read by `otherwise`.
        otherwise: makes that condition; None: all is read by this one.
        within: between which values of a column all that match lie: an order by it begins there.
    """

    sql: str
    params: Sequence[Any] = ()
    by_id: bool = False
    status: str = ""
    lists: bool = False
    walked: int = 0
    otherwise: Callable[[Count], Condition] | None = None
    within: Mapping[str, Interval] = _ANYWHERE


def to_sql(query: Query, ctx: Context, count: Count | None = None) -> Condition:
    """The condition that holds for exactly the conversations that match at `ctx.now`.

    It may be NULL where it does not hold, as any WHERE may.

    Args:
        count: for a page in the order of an index: says how many rows a SELECT has. Without it (for counts and for
            all ids) everything is listed from its index.
    """
    tree = with_topics(query.tree, ctx)
    if count is None:
        return _written(tree, ctx, lambda _term: True)
    few = Candidates(ctx, count, FEW, _status_of(tree))
    rarest = few.shortest(_listable(tree))
    if rarest is not None:
        return _written(tree, ctx, few.has, rarest, by_id=True)
    made: list[Condition] = []

    def otherwise(count: Count) -> Condition:
        if not made:
            made.append(_not_rare(tree, ctx, count))
        return made[0]

    within = {field_of(part.field).column: interval(part, ctx) for part in _parts(tree) if isinstance(part, Range)}
    return _written(tree, ctx, few.has)._replace(walked=WALKED, otherwise=otherwise, within=within)


def to_test(query: Query, ctx: Context) -> Condition:
    """The same condition for a few conversations that are known: each is asked, and nothing is listed first."""
    return _written(with_topics(query.tree, ctx), ctx, lambda _term: False)


def difference(wanted: Query) -> tuple[Query, Query] | None:
    """Two queries: what the first matches without what the second does is what is wanted; None where it is no such.

    To count what is *not* so, every row has to be read. A state is counted from an index alone, and what *is* so may
    be rare.
    """
    parts = _parts(wanted.tree)
    states: list[Node] = [part for part in parts if _is_status(part)]
    without = [found for part in parts if (found := _opposite(part)) is not None]
    if not without or len(states) + len(without) < len(parts):
        return None
    first = joined(And, states) if states else Everything()
    second = joined(And, [*states, joined(Or, without)])
    return Query(first, to_text(first)), Query(second, to_text(second))


def from_an_index(wanted: Query) -> bool:
    """Whether an index alone counts what matches, however many that are: states, and what is only heard."""
    return all(_is_status(leaf) or leaf == Is("heard") for leaf in leaves(wanted.tree))


def _opposite(part: Node) -> Node | None:
    if part == Is("unassigned"):
        return Named("assignee", "", prefix=True)
    return part.part if isinstance(part, Not) else None


def _not_rare(tree: Node, ctx: Context, count: Count) -> Condition:
    """The condition for a query without a rare part, of which a walk found less than a page."""
    few = Candidates(ctx, count, FEW)
    found = Candidates(ctx, count, LISTED, _status_of(tree)).shortest(_listable(tree))
    if found is None:
        return _written(tree, ctx, few.has)
    part, candidates = found
    # With nothing left to ask, so many match that a walk soon meets a page of them.
    left = not candidates.exact or any(other != part for other in _listable(tree))
    return _written(tree, ctx, few.has, found, by_id=left and candidates.size <= SORTED)


def _written(
    tree: Node,
    ctx: Context,
    listed: Callable[[IndexTerm], bool],
    found: tuple[Node, CandidateList] | None = None,
    *,
    by_id: bool = False,
) -> Condition:
    """The condition of a tree, with one part of its conjunction as a candidate list."""
    writer, parts, sql = Writer(ctx, listed), list(_parts(tree)), list[str]()
    if found is not None:
        part, candidates = found
        # The plus keeps rows from being fetched by their ids where an order is walked.
        sql.append(f"{'' if by_id else '+'}c.id IN ({candidates.sql})")
        writer.params.extend(candidates.params)
        if candidates.exact:
            parts.remove(part)
    if parts:
        sql.append(writer.all_of(parts))
    return Condition(" AND ".join(sql), writer.params, by_id, _status_of(tree), lists=found is not None)


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


def _listable(tree: Node) -> list[Node]:
    """The parts of a conjunction without its status, which begins an index of its own and is not listed."""
    return [part for part in _parts(tree) if not _is_status(part)]


def _status_of(tree: Node) -> str:
    """The status that everything has that matches; empty where it may have any."""
    return next((part.value for part in _parts(tree) if isinstance(part, Is) and part.value in STATUS_VALUES), "")


def _is_status(part: Node) -> bool:
    return isinstance(part, Is) and part.value in STATUS_VALUES
