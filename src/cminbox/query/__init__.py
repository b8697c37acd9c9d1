"""The query language: one reading, two evaluations that agree.

A query speaks of one conversation. `parse` reads it; `to_sql` gives the condition for the store, `matches` the answer
for a conversation in memory (a `subject.Subject`), `changes_at` when time alone will change that answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.model import Instant
from cminbox.query import change, sql
from cminbox.query.completion import Completions, complete
from cminbox.query.context import Context
from cminbox.query.covers import Count
from cminbox.query.fields import FIELDS, IS, STATUS_VALUES, Field
from cminbox.query.parser import Query, joined, parse
from cminbox.query.patterns import sql_functions
from cminbox.query.sql import Where
from cminbox.query.tree import And, Everything, Is, Named, Node, Not, Or, to_text

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

__all__ = [
    "FIELDS",
    "IS",
    "Completions",
    "Context",
    "Count",
    "Field",
    "Query",
    "Where",
    "both",
    "changes_at",
    "complete",
    "difference",
    "matches",
    "parse",
    "sql_functions",
    "to_sql",
    "to_test",
]


def both(first: Query, second: Query) -> Query:
    """What matches the one and the other, as one query, so that the store can choose from the terms of both."""
    if not first.text.strip() or not second.text.strip():
        return first if first.text.strip() else second
    tree = joined(And, [first.tree, second.tree])
    return Query(tree, to_text(tree))


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


def matches(query: Query, subject: Subject, ctx: Context) -> bool:
    """Whether a conversation matches at `ctx.now`; the same answer as the store's."""
    return query.predicate(subject, ctx)


def to_sql(query: Query, ctx: Context, count: Count | None = None) -> Where:
    """The condition over the alias `c` of the table `conversations` for what matches at `ctx.now`.

    It may be NULL where it does not hold, as any WHERE may. `sql_functions` must be registered on the connection.

    Args:
        count: for a page in the order of an index: says how many rows a SELECT has, so that common words and labels
            are asked of each conversation as the order is walked, and rare ones are fetched first. Without it (for
            counts and for all ids) everything is fetched from its index.
    """
    return sql.to_sql(query.tree, ctx, count)


def to_test(query: Query, ctx: Context) -> Where:
    """The same condition for a few conversations that are known: each is asked, and nothing is listed first."""
    return sql.to_test(query.tree, ctx)


def changes_at(query: Query, subject: Subject, ctx: Context) -> Instant | None:
    """The first instant after `ctx.now` at which time alone changes the answer; None if it never will."""
    return change.changes_at(query.tree, subject, ctx) if query.may_change else None
