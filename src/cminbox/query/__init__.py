"""The query language: one reading, two evaluations that agree.

A query speaks of one conversation. `parse` reads it; `matches` gives the answer for a conversation in memory
(a `subject.Subject`), `changes_at` when time alone will change that answer. The condition for the store is made by
`store.search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.model import Instant
from cminbox.query import change
from cminbox.query.completion import Completions, complete
from cminbox.query.context import Context
from cminbox.query.fields import FIELDS, IS, Field
from cminbox.query.parser import Query, parse
from cminbox.query.tree import And, joined, to_text

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

__all__ = [
    "FIELDS",
    "IS",
    "Completions",
    "Context",
    "Field",
    "Query",
    "both",
    "changes_at",
    "complete",
    "matches",
    "parse",
    "quoted",
]


def both(first: Query, second: Query) -> Query:
    """What matches the one and the other, as one query, so that the store can choose from the terms of both."""
    if not first.text.strip() or not second.text.strip():
        return first if first.text.strip() else second
    tree = joined(And, [first.tree, second.tree])
    return Query(tree, to_text(tree))


def quoted(word: str) -> str:
    """A word as the value of a field: in quotation marks where it has more than letters and digits."""
    plain = word.replace('"', " ").strip()
    return plain if plain.isascii() and plain.replace("-", "").replace("_", "").isalnum() else f'"{plain}"'


def matches(query: Query, subject: Subject, ctx: Context) -> bool:
    """Whether a conversation matches at `ctx.now`; the same answer as the store's."""
    return query.predicate(subject, ctx)


def changes_at(query: Query, subject: Subject, ctx: Context) -> Instant | None:
    """The first instant after `ctx.now` at which time alone changes the answer; None if it never will."""
    return change.changes_at(query.tree, subject, ctx) if query.may_change else None
