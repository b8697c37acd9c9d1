"""Which rules can match a conversation at all.

A rule that asks for words cannot match where none of them stands, and one for a kind, a network or a sign of the row
cannot match another. Each rule is filed under what it needs, so that judging a message costs about as much as it has
words, however many rules there are. A rule of alternatives is filed piece by piece: of forty phrases only those are
looked for whose rarest word is there. The index only leaves out; whether something matches, the query says.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from cminbox.model import HOUR, Instant
from cminbox.query import FIELDS, Context, Query
from cminbox.query.context import lower_ascii
from cminbox.query.subject import Subject
from cminbox.query.tree import And, Is, Leaf, Named, Node, Or, Range, Words, leaves
from cminbox.query.values import Duration
from cminbox.text import words

_COLUMNS = {field.name: field.column for field in FIELDS}
_TYPES = {field.name: field.type for field in FIELDS}
_STATUSES = frozenset({"open", "pending", "snoozed", "closed", "spam"})
_SIGNS = {"vip": "vip", "crisis": "crisis", "heard": "heard"}
_CONTENT_SIGNS = {"question": "question", "reply": "is_reply"} | {
    word: word for word in ("edited", "held", "hidden", "ad", "deleted")
}
_ALL_SIGNS = _SIGNS | _CONTENT_SIGNS
_EXACT = frozenset({"network", "source", "kind"})

Need = frozenset[str]
"""Keys of which a conversation must have at least one. A key with a space in it is no word."""

_Piece = tuple[int, Query]
"""The place of a query, and the query or one of its alternatives."""


class Moment(NamedTuple):
    """A rule may change its mind once an instant of the row, moved by so much, has passed."""

    column: str
    offset: int


class Index:
    """Built once for a list of queries.

    Args:
        queries: in the order of the rules.
    """

    def __init__(self, queries: Sequence[Query]) -> None:
        self._always: dict[int, tuple[Query, ...]] = {}
        self._by_key: dict[str, list[_Piece]] = {}
        self._moments: set[Moment] = set()
        self.other_times: list[int] = []
        """Queries that time changes in ways that `next_moment` does not know."""
        for number, query in enumerate(queries):
            for key, piece in _pieces(query):
                if key is None:
                    self._always[number] = (query,)
                else:
                    self._by_key.setdefault(key, []).append((number, piece))
            if query.may_change:
                found = list(_moments(query.tree))
                self._moments.update(moment for moment in found if moment is not None)
                if None in found:
                    self.other_times.append(number)
        self._words = frozenset(key for key in self._by_key if " " not in key)

    def candidates(self, subject: Subject) -> dict[int, tuple[Query, ...]]:
        """The queries that may match, each with the pieces of which one has to."""
        found = self._always.copy()
        by_key = self._by_key
        for key in (*(self._words & subject.words), *_signs(subject)):
            for number, piece in by_key.get(key, ()):
                held = found.get(number, ())
                if not held or held[-1] is not piece:
                    found[number] = (*held, piece)
        return found

    def matching(self, subject: Subject, ctx: Context, among: Container[int] | None = None) -> Iterator[int]:
        """The queries that match, in order; with `among`, only those of these places are tried."""
        found = self.candidates(subject)
        for number in sorted(found):
            if among is not None and number not in among:
                continue
            for piece in found[number]:
                if piece.predicate(subject, ctx):
                    yield number
                    break

    def next_moment(self, subject: Subject, now: Instant) -> Instant | None:
        """The first instant after `now` at which time alone may change what a query says."""
        row = subject.row
        instants = (at + offset for column, offset in self._moments if (at := getattr(row, column)) is not None)
        return min((instant for instant in instants if instant > now), default=None)


def _pieces(query: Query) -> Iterator[tuple[str | None, Query]]:
    """A query's pieces, each with the key without which it cannot match (None: it always can)."""
    needed = need(query.tree)
    if needed is None:
        yield None, query
    elif not isinstance(query.tree, Or):
        for key in needed:
            yield key, query
    else:
        by_key: dict[str, list[Node]] = {}
        for part in query.tree.parts:
            for key in need(part) or ():
                by_key.setdefault(key, []).append(part)
        for key, parts in by_key.items():
            tree = parts[0] if len(parts) == 1 else Or(tuple(parts))
            yield key, Query(tree, query.text)


def need(node: Node) -> Need | None:
    """The keys of which a conversation must have at least one to match; None when there is no such set."""
    match node:
        case And(parts):
            needs = [found for part in parts if (found := need(part)) is not None]
            return min(needs, key=_breadth, default=None)
        case Or(parts):
            either = [need(part) for part in parts]
            return None if None in either else frozenset().union(*filter(None, either))
        case Words(text, prefix):
            tokens = words(text)
            whole = tokens[:-1] if prefix else tokens
            return frozenset({max(whole, key=len)}) if whole else None
        case Is(value) if value in _STATUSES:
            return frozenset({f"status {value}"})
        case Is(value) if value in _ALL_SIGNS:
            return frozenset({f"has {_ALL_SIGNS[value]}"})
        case Is("overdue" | "due"):
            return frozenset({"has waiting_since"})
        case Is("needs-answer"):
            return frozenset({"has needs_since"})
        case Is("promised"):
            return frozenset({"has promise_at"})
        case Named("signal", value, False):
            return frozenset({f"signal {value}"})
        case Named(field, value, False) if field in _EXACT and value:
            return frozenset({f"{field} {lower_ascii(value)}"})
        case Range("sentiment", _, high) if high is not None and isinstance(high.value, int | float) and high.value < 0:
            return frozenset({"sounds negative"})
        case Range("sentiment", low, _) if low is not None and isinstance(low.value, int | float) and low.value > 0:
            return frozenset({"sounds positive"})
        case Range("waiting", _, _):
            return frozenset({"has waiting_since"})
        case Range("promise", _, _):
            return frozenset({"has promise_at"})
        case Range("back", _, _):
            return frozenset({"has back_at"})
        case Range("followers", _, _):
            return frozenset({"has followers"})
        case Range("stars", _, _):
            return frozenset({"has stars"})
    return None


def _breadth(needed: Need) -> int:
    """How many conversations meet a need, roughly: words are rarer than signs."""
    return sum(10 if " " in key else 1 for key in needed)


def _signs(subject: Subject) -> Iterator[str]:
    """The keys that a conversation has besides its words."""
    row = subject.row
    yield f"status {row.status}"
    yield f"network {lower_ascii(row.network)}"
    yield f"source {lower_ascii(row.source)}"
    yield f"kind {lower_ascii(row.kind)}"
    for sign in _SIGNS.values():
        if getattr(row, sign):
            yield f"has {sign}"
    content = row.content
    if True in content:
        for sign in _CONTENT_SIGNS.values():
            if getattr(content, sign):
                yield f"has {sign}"
    for signal in content.signals:
        yield f"signal {signal}"
    if content.stars is not None:
        yield "has stars"
    for column in ("followers", "waiting_since", "needs_since", "promise_at", "back_at"):
        if getattr(row, column) is not None:
            yield f"has {column}"
    if row.sentiment:
        yield "sounds negative" if row.sentiment < 0 else "sounds positive"


def _moments(tree: Node) -> Iterator[Moment | None]:
    """When each leaf that time changes may change; None for one whose moments are not a column and an offset."""
    for leaf in leaves(tree):
        if isinstance(leaf, Is) and leaf.value == "overdue":
            yield Moment("due_at", 1)
        elif isinstance(leaf, Is) and leaf.value == "due":
            yield Moment("due_at", -HOUR)
        elif isinstance(leaf, Named) and leaf.field == "topic":
            yield None
        elif isinstance(leaf, Range):
            yield from _range_moments(leaf)


def _range_moments(leaf: Leaf) -> Iterator[Moment | None]:
    if not isinstance(leaf, Range) or _TYPES[leaf.field] == "number":
        return
    for bound in (leaf.low, leaf.high):
        if bound is None:
            continue
        if isinstance(bound.value, Duration):
            back = -bound.value.ms if _TYPES[leaf.field] == "until" else bound.value.ms
            # A millisecond later every bound, open or closed, has been crossed.
            yield Moment(_COLUMNS[leaf.field], back + 1)
        else:
            yield None
