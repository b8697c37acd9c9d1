"""The query language: one reading, two evaluations that agree.

A query speaks of one conversation. `parse` reads it; `matches` gives the answer for a conversation in memory
(a `subject.Subject`), `changes_at` when time alone will change that answer. The condition for the store is made by
`store.search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.errors import QueryError
from cminbox.model import Instant
from cminbox.query import change
from cminbox.query.completion import Completions, complete
from cminbox.query.context import Context, lower_ascii
from cminbox.query.fields import FIELDS, IS, STATUS_VALUES, Field
from cminbox.query.parser import Query, parse
from cminbox.query.tree import Among, And, Everything, Is, Named, Node, Not, Or, joined, leaves, quote, to_text

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

__all__ = [
    "FIELDS",
    "IS",
    "Completions",
    "Context",
    "Field",
    "Query",
    "among",
    "both",
    "changes_at",
    "complete",
    "matches",
    "parse",
    "parse_typed",
    "quoted",
    "without_states",
]


def among(ids: frozenset[int], wanted: Query) -> Query:
    """Those of these conversations that a query matches. Its text is the query's."""
    return Query(joined(And, [Among(ids), wanted.tree]), wanted.text)


def both(first: Query, second: Query) -> Query:
    """What matches the one and the other, as one query, so that the store can choose from the terms of both."""
    if _is_empty(first) or _is_empty(second):
        return second if _is_empty(first) else first
    tree = joined(And, [first.tree, second.tree])
    return Query(tree, to_text(tree))


def _is_empty(wanted: Query) -> bool:
    return not wanted.text.strip() and not any(isinstance(leaf, Among) for leaf in leaves(wanted.tree))


def quoted(word: str) -> str:
    """A word as the value of a field: in quotation marks, unless it has letters, digits, - and _ alone."""
    return word if word.isascii() and word.replace("-", "").replace("_", "").isalnum() else quote(word)


def parse_typed(text: str) -> Query:
    """Read a query that a person wrote, as `parse` does; a topic is refused, for nothing sets one up.

    Raises:
        QueryError: with the column of the mistake.
    """
    wanted = parse(text)
    for leaf in leaves(wanted.tree):
        if isinstance(leaf, Named) and leaf.field == "topic":
            hint = "topics cannot be set up yet; use words or label:"
            column = max(0, lower_ascii(text).find("topic:")) + 1
            raise QueryError(f"there is no topic {leaf.value!r}", column=column, hint=hint)
    return wanted


def without_states(wanted: Query) -> Query:
    """The query without what it says of the state: what it asks for in `is:open` and the like."""
    parts = wanted.tree.parts if isinstance(wanted.tree, And) else (wanted.tree,)
    left = [part for part in parts if not _of_states(part)]
    tree = joined(And, left) if left else Everything()
    return Query(tree, to_text(tree))


def _of_states(part: Node) -> bool:
    """Whether a part speaks of states alone."""
    match part:
        case Is(value):
            return value in STATUS_VALUES
        case And(parts) | Or(parts):
            return all(map(_of_states, parts))
        case Not(inside):
            return _of_states(inside)
    return False


def matches(query: Query, subject: Subject, ctx: Context) -> bool:
    """Whether a conversation matches at `ctx.now`; the same answer as the store's."""
    return query.predicate(subject, ctx)


def changes_at(query: Query, subject: Subject, ctx: Context) -> Instant | None:
    """The first instant after `ctx.now` at which time alone changes the answer; None if it never will."""
    return change.changes_at(query.tree, subject, ctx) if query.may_change else None
