"""A query as an SQL predicate over the alias `c` of the table `conversations`.

Every value of the query is a bound parameter, and its words reach MATCH only between quotation marks and only as
letters and digits. A condition on a missing value is NULL, which a WHERE takes for false; negations are written
`IS NOT TRUE`, so that they are true there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cminbox.query.context import Context, lower_ascii
from cminbox.query.meaning import cost, field_of, needle
from cminbox.query.tree import And, Everything, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words, joined
from cminbox.store.search import index_terms
from cminbox.store.search.index_terms import IndexTerm

_TEXT = "CASE WHEN m.title = '' THEN m.text ELSE m.title || char(10) || m.text END"
_SOME_MESSAGE = "EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL AND "
_FLAGS = {
    "unassigned": "c.assignee = ''",
    "question": "c.question <> 0",
    "reply": "c.is_reply <> 0",
    "answered": "(c.first_reply_at IS NOT NULL AND c.needs_since IS NULL AND c.end IN ('', 'answered')"
    " AND c.status <> 'spam')",
}


def with_topics(node: Node, ctx: Context) -> Node:
    """The tree with the query of each topic in the topic's place; a topic that is not there matches nothing."""
    match node:
        case And(parts) | Or(parts):
            return joined(node.__class__, [with_topics(part, ctx) for part in parts])
        case Not(part):
            return Not(with_topics(part, ctx))
        case Named("topic", value):
            name = lower_ascii(value)
            tree = ctx.topic(name)
            return Not(Everything()) if tree is None else with_topics(tree, ctx.without(name))
    return node


class Writer:
    """Writes predicates; the values of their question marks are gathered in `params`, in order.

    Args:
        listed: whether a term that a row alone does not answer is written as the list of its conversations, rather
            than as a look into other tables for each conversation.
    """

    def __init__(self, ctx: Context, listed: Callable[[IndexTerm], bool]) -> None:
        self.params: list[Any] = []
        self._ctx = ctx
        self._listed = listed

    def all_of(self, parts: Sequence[Node]) -> str:
        """All of these parts hold; those that are quick to ask come first."""
        return " AND ".join(self._inside_and(part) for part in sorted(parts, key=cost))

    def _inside_and(self, node: Node) -> str:
        condition = self._condition(node)
        return f"({condition})" if isinstance(node, Or) else condition

    def _condition(self, node: Node) -> str:
        match node:
            case And(parts):
                return self.all_of(parts)
            case Or(parts):
                return self._any_of(parts)
            case Not(part):
                return f"({self._condition(part)}) IS NOT TRUE"
            case _:
                term = index_terms.of(node, self._ctx)
                return self._leaf(node) if term is None else self._term(term)

    def _any_of(self, parts: tuple[Node, ...]) -> str:
        """Any of the parts holds; all that the index of words can answer is asked of it at once."""
        indexed = index_terms.indexed(parts)
        others = sorted((part for part in parts if part not in indexed), key=cost)
        conditions = [self._condition(part) for part in others]
        if indexed:
            conditions.append(self._term(index_terms.of_words(indexed)))
        return " OR ".join(conditions)

    def _term(self, term: IndexTerm) -> str:
        if term.lookup and self._listed(term):
            return self._with(f"+c.id IN ({term.ids})", *term.ids_params)
        return self._with(term.test, *term.test_params)

    def _leaf(self, leaf: Leaf) -> str:
        """What no index lists."""
        match leaf:
            case Words(text):
                return self._with(f"{_SOME_MESSAGE}instr({_TEXT}, ?) > 0)", needle(text))
            case Pattern(pattern):
                return self._with(f"{_SOME_MESSAGE}cminbox_found(?, {_TEXT}))", pattern)
            case Is("mine" | "watched"):
                return "0"
            case Is(value):
                return _FLAGS[value]
            case Named(field, value, prefix):
                condition, params = index_terms.same(f"c.{field_of(field).column}", value, prefix)
                return self._with(condition, *params)
            case Range():
                raise AssertionError("every comparison is an index term")
        return "1"

    def _with(self, condition: str, *values: Any) -> str:
        self.params.extend(values)
        return condition
