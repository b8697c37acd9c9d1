"""From a query to SQL: the condition of what matches, and how a page of it is best read."""

from __future__ import annotations

from cminbox.query import Query
from cminbox.query.context import Context
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.parser import joined
from cminbox.query.tree import And, Everything, Is, Named, Node, Not, Or, to_text
from cminbox.store.search import plan
from cminbox.store.search.candidates import Count
from cminbox.store.search.plan import Condition

__all__ = ["Condition", "Count", "difference", "to_sql", "to_test"]


def difference(wanted: Query) -> tuple[Query, Query] | None:
    """Two queries: what the first matches without what the second does is what is wanted; None where it is no such.

    To count what is *not* so, every row has to be read. A state is counted from an index alone, and what *is* so may
    be rare.
    """
    parts = wanted.tree.parts if isinstance(wanted.tree, And) else (wanted.tree,)
    states: list[Node] = [part for part in parts if isinstance(part, Is) and part.value in STATUS_VALUES]
    without = [found for part in parts if (found := _opposite(part)) is not None]
    if not without or len(states) + len(without) < len(parts):
        return None
    first = joined(And, states) if states else Everything()
    second = joined(And, [*states, joined(Or, without)])
    return Query(first, to_text(first)), Query(second, to_text(second))


def _opposite(part: Node) -> Node | None:
    if part == Is("unassigned"):
        return Named("assignee", "", prefix=True)
    return part.part if isinstance(part, Not) else None


def to_sql(query: Query, ctx: Context, count: Count | None = None) -> Condition:
    """The condition over the alias `c` of the table `conversations` for what matches at `ctx.now`.

    It may be NULL where it does not hold, as any WHERE may. `functions.register` has to have seen the connection.

    Args:
        count: for a page in the order of an index: says how many rows a SELECT has, so that common words and labels
            are asked of each conversation as the order is walked, and rare ones are fetched first. Without it (for
            counts and for all ids) everything is fetched from its index.
    """
    return plan.to_sql(query.tree, ctx, count)


def to_test(query: Query, ctx: Context) -> Condition:
    """The same condition for a few conversations that are known: each is asked, and nothing is listed first."""
    return plan.to_test(query.tree, ctx)
