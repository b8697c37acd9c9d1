"""A query to a condition in SQL over the alias `c` of the table `conversations`.

Every value of the query is a bound parameter, and its words reach MATCH only between quotation marks and only as
letters and digits. A condition on a missing value is NULL, which a WHERE takes for false; negations are written
`IS NOT TRUE`, so that they are true there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cminbox.query.bounds import Interval, field_of, interval
from cminbox.query.context import Context, lower_ascii
from cminbox.query.fields import STATUS_VALUES
from cminbox.query.memory import cost, needle
from cminbox.query.tree import And, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words
from cminbox.store.search import index_terms
from cminbox.store.search.candidates import Count, Cover, Covers, Known, common
from cminbox.store.search.index_terms import Group

FEW = 3_000
"""Up to this many conversations are fetched by their ids and sorted before anything else is tried."""
MORE, SOME = 6_000, 15_000
"""Up to so many where a short walk along an order found too little; up to the second where their rows have to be read
anyway: in the order of ids they lie side by side."""
LISTED_MS, ALL_LISTED_MS = 40.0, 45.0
"""So long may it take to list one part of a query, and all of them, before an order is walked."""
SURE_MS = 25.0
"""What is gathered within this time is gathered, even where a walk has met a match: nobody knows where the next is."""
WALKED, WALKED_DEAR = 2_000, 100
"""So many conversations are looked at in the hope that the page is full by then; fewer where each is dear to ask."""
NESTED = 5_000
"""Up to this many are listed inside a negation or a choice."""
_ASKED = {"words": 12.0, "other": 1.5}
"""Microseconds that asking one conversation takes where its row is not enough."""
_READ, _GATHERED = 3.0, 1.5
"""Microseconds that reading a conversation's row takes, and where rows are read in the order of their ids."""
_LEFT = 4
"""One list beside another is taken to leave this part of it."""

_TEXT = "CASE WHEN m.title = '' THEN m.text ELSE m.title || char(10) || m.text END"
_SOME_MESSAGE = "EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL AND "
_FLAGS = {
    "unassigned": "c.assignee = ''",
    "question": "c.question <> 0",
    "reply": "c.is_reply <> 0",
}


_ANYWHERE: Mapping[str, Interval] = {}


class Condition(NamedTuple):
    """A condition and the values of its question marks, in order, and how a page of it is best read.

    The plus before an id keeps it from being fetched by its number where the order of an index is wanted.

    Attributes:
        gathered: few match, and the condition names their ids: they are fetched and sorted. Otherwise the order is
            walked, from an index.
        status: the status that the condition asks for, which begins the indexes that know it; or none.
        listed: the condition lists conversations, which every statement with it does anew.
        walked: how many conversations to look at with this condition before `instead` is asked for; 0: all.
        instead: makes the condition for a page that was not full by then.
        within: between which values of a column all that match lie: an order by it begins there.
    """

    sql: str
    params: Sequence[Any] = ()
    gathered: bool = False
    status: str = ""
    listed: bool = False
    walked: int = 0
    instead: Instead | None = None
    within: Mapping[str, Interval] = _ANYWHERE


def to_sql(tree: Node, ctx: Context, count: Count | None = None) -> Condition:
    """The condition that holds for exactly the conversations that match at `ctx.now`."""
    if count is None:
        return _Writer(ctx, None).where(tree)
    known: Known = {}
    covers = Covers(count, NESTED, status=_status_of(tree), known=known)
    writer, found = _Writer(ctx, covers), _covers_of(tree, ctx, covers)
    rarest = min(found.values(), key=lambda cover: cover.size, default=None)
    if rarest is not None and rarest.size <= FEW:
        return writer.where(tree, _worth(found, rarest), gathered=True)
    made = writer.where(tree)
    if not _covers_of(tree, ctx, Covers(lambda _sql, _params: 0, 0)):
        return made
    within = {field_of(part.field).column: interval(part, ctx) for part in _parts(tree) if isinstance(part, Range)}
    dear = any(cost(part) > 1 for part in _parts(tree))
    return made._replace(walked=WALKED_DEAR if dear else WALKED, instead=Instead(tree, ctx, known), within=within)


def to_test(tree: Node, ctx: Context) -> Condition:
    """The same condition for asking a few conversations that are known: nothing is listed."""
    return _Writer(ctx, Covers(lambda _sql, _params: NESTED + 1, NESTED)).where(tree)


class Instead:
    """The condition for walking an order in which matches are rare: whatever can be listed soon enough is."""

    def __init__(self, tree: Node, ctx: Context, known: Known) -> None:
        self._tree, self._ctx, self._known = tree, ctx, known
        self._made: dict[bool, Condition] = {}

    def __call__(self, count: Count, *, seen: bool = False) -> Condition:
        """The condition; each is made once.

        Args:
            seen: a short walk met a match, so that a long one meets enough of them.
        """
        if seen not in self._made:
            most = int(LISTED_MS * 1000 / index_terms.ROW_COST)
            covers = Covers(count, most, guess=True, status=_status_of(self._tree), known=self._known)
            found = {
                part: cover
                for part, cover in _covers_of(self._tree, self._ctx, covers).items()
                if cover.ms <= LISTED_MS
            }
            listed = _chosen(found)
            if seen and any(cover.dear for cover in found.values()) and _gathering(listed) > SURE_MS:
                dear = {part: cover for part, cover in found.items() if cover.dear}
                where = _Writer(self._ctx, covers).where(self._tree, _chosen(dear))
            else:
                read = any(not _is_status(part) and part not in listed for part in _parts(self._tree))
                fewest = min((cover.size for cover in listed.values()), default=SOME + 1)
                read = read or not all(cover.exact for cover in listed.values())
                gathered = fewest <= (SOME if read else MORE)
                where = _Writer(self._ctx, covers).where(self._tree, listed, gathered=gathered)
            self._made[seen] = where
        return self._made[seen]


def _chosen(found: dict[Node, Cover]) -> dict[Node, Cover]:
    """The covers to list: the rarest, and each other that takes less time than it saves."""
    rarest = min(found.values(), key=lambda cover: cover.size, default=None)
    if rarest is None:
        return {}
    left, remaining = ALL_LISTED_MS - rarest.ms, float(rarest.size)
    listed = {part: cover for part, cover in found.items() if cover is rarest}
    read = _GATHERED if rarest.size <= SOME else _READ
    for part, cover in sorted(found.items(), key=lambda item: item[1].beside):
        spared = remaining * (_asking(part) if cover.dear else read) / 1000
        if cover is not rarest and cover.beside <= min(left, spared):
            listed[part] = cover
            left, remaining = left - cover.beside, remaining / _LEFT
    return listed


def _gathering(listed: Mapping[Node, Cover]) -> float:
    """Milliseconds until all that lists have in common is read."""
    rarest = min(listed.values(), key=lambda cover: cover.size)
    rows: float = rarest.size / _LEFT ** (len(listed) - 1)
    return rarest.ms + sum(cover.beside for cover in listed.values() if cover is not rarest) + rows * _GATHERED / 1000


def _asking(part: Node) -> float:
    return _ASKED["words" if isinstance(part, Words | Or) else "other"]


def _covers_of(tree: Node, ctx: Context, covers: Covers) -> dict[Node, Cover]:
    """What can be listed of a conjunction. A status begins an index of its own, and is not."""
    return {part: cover for part in _parts(tree) if not _is_status(part) and (cover := covers.of(part, ctx))}


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


def _status_of(tree: Node) -> str:
    """The status that everything has that matches; empty where it may have any."""
    return next((part.value for part in _parts(tree) if isinstance(part, Is) and part.value in STATUS_VALUES), "")


def _is_status(part: Node) -> bool:
    return isinstance(part, Is) and part.value in STATUS_VALUES


def _worth(found: dict[Node, Cover], rarest: Cover) -> dict[Node, Cover]:
    """The covers that are listed with the rarest one: where that is quicker than asking so many conversations."""

    def worth(part: Node, cover: Cover) -> bool:
        return cover.dear and cover.beside * 1000 < rarest.size * _asking(part)

    return {part: cover for part, cover in found.items() if cover is rarest or worth(part, cover)}


class _Writer:
    """Writes one condition; `params` grows in the order of its question marks."""

    def __init__(self, ctx: Context, covers: Covers | None) -> None:
        self.params: list[Any] = []
        self._ctx = ctx
        self._covers = covers

    def where(
        self,
        tree: Node,
        listed: Mapping[Node, Cover] | None = None,
        *,
        gathered: bool = False,
    ) -> Condition:
        """The condition of a tree, of which some parts of its conjunction are listed."""
        listed, parts, conditions = listed or {}, _parts(tree), list[str]()
        if listed:
            sql, params = common(list(listed.values()))
            conditions = [f"{'' if gathered else '+'}c.id IN ({sql})"]
            self.params.extend(params)
        rest = [part for part in parts if part not in listed or not listed[part].exact]
        conditions += [self._inside_and(part) for part in sorted(rest, key=cost)]
        return Condition(" AND ".join(conditions), self.params, gathered, _status_of(tree), bool(listed))

    def _group(self, group: Group) -> str:
        """A term: listed where it is rare, or where nobody counts and asking each conversation is dear."""
        if group.dear and (self._covers is None or self._covers.size(group, NESTED) <= NESTED):
            self.params.extend(group.listed_params)
            return f"+c.id IN ({group.listed})"
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
            case Named("topic", name):
                return self._topic(lower_ascii(name))
            case _:
                group = index_terms.of(node, self._ctx)
                return self._leaf(node) if group is None else self._group(group)

    def _inside_and(self, node: Node) -> str:
        condition = self.condition(node)
        return f"({condition})" if isinstance(node, Or) else condition

    def _or(self, parts: tuple[Node, ...]) -> str:
        """Any of the parts; all that the index of words can answer is asked of it at once."""
        indexed = index_terms.indexed(parts)
        others = sorted((part for part in parts if part not in indexed), key=cost)
        conditions = [self.condition(part) for part in others]
        if indexed:
            conditions.append(self._group(index_terms.of_words(indexed)))
        return " OR ".join(conditions)

    def _leaf(self, leaf: Leaf) -> str:
        """What no index lists."""
        match leaf:
            case Words(text):
                return self._with(f"{_SOME_MESSAGE}instr({_TEXT}, ?) > 0)", needle(text))
            case Pattern(pattern):
                return self._with(f"{_SOME_MESSAGE}cminbox_found(?, {_TEXT}))", pattern)
            case Is("mine"):
                return "0"
            case Is(value):
                return _FLAGS[value]
            case Named():
                condition, params = index_terms.same(f"c.{leaf.field}", leaf.value, leaf.prefix)
                return self._with(condition, *params)
            case Range():
                raise AssertionError("every comparison is a group")
        return "1"

    def _with(self, condition: str, *values: Any) -> str:
        self.params.extend(values)
        return condition

    def _topic(self, name: str) -> str:
        query = self._ctx.topic(name)
        if query is None:
            return "0"
        outer, self._ctx = self._ctx, self._ctx.without(name)
        condition = self.condition(query.tree)
        self._ctx = outer
        return f"({condition})"
