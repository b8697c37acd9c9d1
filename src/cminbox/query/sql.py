"""A query to a condition in SQL over the alias `c` of the table `conversations`.

Every value of the query is a bound parameter, and its words reach MATCH only between quotation marks and only as
letters and digits. A condition on a missing value is NULL, which a WHERE takes for false; negations are written
`IS NOT TRUE`, so that they are true there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.query import groups
from cminbox.query.bounds import DUE_SOON, field_of, interval
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.groups import FEW, MANY, SOME, Group, handle_is, same
from cminbox.query.memory import cost, needle, phrase
from cminbox.query.subject import Context, lower_ascii
from cminbox.query.tree import And, Everything, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words
from cminbox.text import words

Count = Callable[[str, Sequence[Any]], int]
"""How many rows a SELECT with these values has; the store's way to say whether a term is rare."""

_TEXT = "CASE WHEN m.title = '' THEN m.text ELSE m.title || char(10) || m.text END"
_SOME_MESSAGE = "EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL AND "
_FLAGS = {
    "unassigned": "c.assignee = ''",
    "vip": "c.vip <> 0",
    "question": "c.question <> 0",
    "reply": "c.is_reply <> 0",
    "edited": "c.edited <> 0",
}


@dataclass(frozen=True, slots=True)
class Where:
    """A condition and the values of its question marks, in order.

    Attributes:
        hint: what may be written behind `conversations AS c` to make it fast: nothing, or `NOT INDEXED` where few
            conversations are fetched by their ids and no order is worth walking. It never changes the answer.
    """

    sql: str
    params: list[Any] = field(default_factory=list)
    hint: str = ""


def to_sql(tree: Node, ctx: Context, count: Count | None = None) -> Where:
    """The condition that holds for exactly the conversations that match at `ctx.now`."""
    writer = _Writer(ctx, count)
    hint = writer.choose(tree)
    return Where(writer.condition(tree), writer.params, hint)


class _Writer:
    """Writes one condition; `params` grows in the order of its question marks."""

    def __init__(self, ctx: Context, count: Count | None) -> None:
        self.params: list[Any] = []
        self._ctx = ctx
        self._count = count
        self._counts: dict[Group, int] = {}
        self._fetched: set[Group] = set()
        self._few = FEW

    def choose(self, tree: Node) -> str:
        """Decide what the statement starts from, and give the hint for it."""
        if self._count is None:
            return ""
        parts = tree.parts if isinstance(tree, And) else (tree,)
        found = [group for group in map(groups.of, parts) if group is not None]
        if not found:
            return ""
        if any(groups.of(part) is None and not _common(part) for part in parts):
            self._few = SOME
        rarest = min(found, key=self._size)
        if self._size(rarest) <= self._few:
            return "NOT INDEXED"
        some = [group for group in found if self._size(group) < MANY]
        if len(found) == 1 or not some:
            return ""
        # What several common words have in common may be rare: those that can be listed are listed after all.
        self._fetched.update(some)
        return "NOT INDEXED" if len(some) > 1 else ""

    def _size(self, group: Group) -> int:
        """How many conversations a group lists, up to `MANY`; 0 where nobody can count them."""
        if self._count is None:
            return 0
        if group not in self._counts:
            statement = f"{group.counted} LIMIT {MANY}"
            self._counts[group] = self._count(statement, group.listed_params)
        return self._counts[group]

    def _group(self, group: Group) -> str:
        if group in self._fetched or self._size(group) <= self._few:
            self.params.extend(group.listed_params)
            return f"c.id IN ({group.listed})"
        self.params.extend(group.seen_params)
        return group.seen

    def condition(self, node: Node) -> str:
        """The condition of a node."""
        match node:
            case And(parts):
                return " AND ".join(self._inside_and(part) for part in sorted(parts, key=cost))
            case Or(parts):
                return self._or(parts)
            case Not(part):
                return f"({self.condition(part)}) IS NOT TRUE"
            case _:
                group = groups.of(node)
                return self._leaf(node) if group is None else self._group(group)

    def _inside_and(self, node: Node) -> str:
        condition = self.condition(node)
        return f"({condition})" if isinstance(node, Or) else condition

    def _or(self, parts: tuple[Node, ...]) -> str:
        """Any of the parts; all that the index of words can answer is asked of it at once."""
        indexed = groups.indexed(parts)
        others = sorted((part for part in parts if part not in indexed), key=cost)
        conditions = [self.condition(part) for part in others]
        if indexed:
            conditions.append(self._group(groups.of_words(indexed)))
        return " OR ".join(conditions)

    def _leaf(self, leaf: Leaf) -> str:
        match leaf:
            case Words(text):
                self.params.append(needle(text))
                return f"{_SOME_MESSAGE}instr({_TEXT}, ?) > 0)"
            case Pattern(pattern):
                self.params.append(pattern)
                return f"{_SOME_MESSAGE}cminbox_found(?, {_TEXT}))"
            case Is(value):
                return self._is(value)
            case Named():
                return self._named(leaf)
            case Range():
                return self._range(leaf)
            case Everything():
                return "1"

    def _is(self, value: str) -> str:
        if value in STATUS_VALUES:
            return self._with("c.status = ?", value)
        if value == "mine":
            return self._mine()
        if value == "overdue":
            return self._with("c.due_at < ? AND c.waiting_since IS NOT NULL", self._ctx.now)
        if value == "due":
            return self._with("c.due_at <= ? AND c.waiting_since IS NOT NULL", self._ctx.now + DUE_SOON)
        return _FLAGS[value]

    def _with(self, condition: str, *values: Any) -> str:
        self.params.extend(values)
        return condition

    def _mine(self) -> str:
        return self._with("c.assignee = ?", self._ctx.member) if self._ctx.member else "0"

    def _range(self, leaf: Range) -> str:
        column = f"c.{field_of(leaf.field).column}"
        wanted = interval(leaf, self._ctx)
        conditions = []
        if wanted.low is not None:
            conditions.append(self._with(f"{column} {'>' if wanted.low_open else '>='} ?", wanted.low))
        if wanted.high is not None:
            conditions.append(self._with(f"{column} {'<' if wanted.high_open else '<='} ?", wanted.high))
        return " AND ".join(conditions)

    def _named(self, leaf: Named) -> str:
        wanted = lower_ascii(leaf.value)
        match leaf.field, wanted, leaf.prefix:
            case "topic", _, _:
                return self._topic(wanted)
            case "from", _, _:
                return self._from(wanted, leaf.prefix)
            case "sentiment", _, _:
                return "c.sentiment IS NULL"
            case "assignee", "me", False:
                return self._mine()
            case "team", "mine", False:
                teams = [team for team in self._ctx.teams if team]
                return self._with(f"c.team IN ({', '.join('?' * len(teams))})", *teams)
            case "lang", "unknown", False:
                return "c.lang = ''"
        condition, params = same(f"c.{field_of(leaf.field).column}", wanted, leaf.prefix)
        return self._with(condition, *params)

    def _topic(self, name: str) -> str:
        query = self._ctx.topic(name)
        if query is None:
            return "0"
        outer, self._ctx = self._ctx, self._ctx.without(name)
        condition = self.condition(query.tree)
        self._ctx = outer
        return f"({condition})"

    def _from(self, wanted: str, prefix: bool) -> str:
        if prefix:
            condition, params = same("c.handle", wanted.lstrip("@"), prefix)
        else:
            condition, params = handle_is("c.handle", wanted)
        conditions = [self._with(condition, *params)]
        if not wanted.startswith("@") and words(wanted):
            conditions.append(self._with("cminbox_named(c.name, ?)", phrase(wanted, prefix)))
        return f"({' OR '.join(conditions)})"


def _common(part: Node) -> bool:
    """Whether a condition is taken to leave enough rows: what views are made from, and whatever is only left out."""
    return isinstance(part, Everything | Not) or (isinstance(part, Is) and part.value in (*STATUS_VALUES, "unassigned"))
