"""A query's evaluation in memory.

A tree is compiled once into a function; a conversation's words are folded once for all queries asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from cminbox.model import STATUSES, UNSENT, Content
from cminbox.query import patterns
from cminbox.query.context import Context, lower_ascii
from cminbox.query.fields import Field
from cminbox.query.meaning import DUE_SOON, Interval, cost, field_of, interval, needle, phrase
from cminbox.query.tree import Among, And, Is, Leaf, Named, Node, Not, Or, Pattern, Range, Words
from cminbox.query.values import Days, Duration, NamedDay, Number
from cminbox.text import words

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

Predicate = Callable[["Subject", Context], bool]


def compile_tree(node: Node) -> Predicate:
    """The function that says whether a conversation matches."""
    match node:
        case And(parts):
            return _chain([compile_tree(part) for part in sorted(parts, key=cost)], _both)
        case Or(parts):
            return _or(parts)
        case Not(part):
            inside = compile_tree(part)
            return lambda subject, ctx: not inside(subject, ctx)
        case _:
            return compile_leaf(node)


def _chain(tests: list[Predicate], pair: Callable[[Predicate, Predicate], Predicate]) -> Predicate:
    """The tests, paired in order; halved until two are left, which asks a pair in one call and never nests deeply."""
    if len(tests) == 1:
        return tests[0]
    middle = len(tests) // 2
    return pair(_chain(tests[:middle], pair), _chain(tests[middle:], pair))


def _both(first: Predicate, second: Predicate) -> Predicate:
    return lambda subject, ctx: first(subject, ctx) and second(subject, ctx)


def _either(first: Predicate, second: Predicate) -> Predicate:
    return lambda subject, ctx: first(subject, ctx) or second(subject, ctx)


def _or(parts: Iterable[Node]) -> Predicate:
    """Any of the parts; single words are looked up together."""
    singles: set[str] = set()
    others: list[Node] = []
    for part in parts:
        found = words(part.text) if isinstance(part, Words) and not part.prefix else []
        if len(found) == 1:
            singles.add(found[0])
        else:
            others.append(part)
    tests = [compile_tree(part) for part in sorted(others, key=cost)]
    if singles:
        wanted = frozenset(singles)
        tests.insert(0, lambda subject, ctx: not wanted.isdisjoint(subject.words))
    return _chain(tests, _either)


def compile_leaf(leaf: Leaf) -> Predicate:
    """The function of one leaf."""
    match leaf:
        case Words(text, prefix):
            return _words(text, prefix)
        case Pattern(source):
            pattern = patterns.compiled(source)
            return lambda subject, ctx: any(pattern.found_in(text) for text in subject.texts)
        case Is(value):
            return _IS[value]
        case Named(field, value, prefix):
            return _named(field, value, prefix)
        case Range():
            return _range(leaf)
        case Among(ids):
            return lambda subject, ctx: subject.row.id in ids
        case _:
            return lambda subject, ctx: True


def _words(text: str, prefix: bool) -> Predicate:
    found = words(text)
    if not found:
        wanted = needle(text)
        return lambda subject, ctx: any(wanted in text for text in subject.texts)
    if len(found) == 1 and not prefix:
        word = found[0]
        return lambda subject, ctx: word in subject.words
    looked_for = phrase(text, prefix)
    return lambda subject, ctx: any(looked_for in folded for folded in subject.folded)


def _path(field: Field) -> str:
    """Where a subject has the column of a field."""
    return f"row.content.{field.column}" if field.column in Content._fields else f"row.{field.column}"


def _fixed_interval(node: Range) -> Interval | None:
    """The numbers or lengths of time as they were written, in milliseconds; None for days."""
    ends: list[tuple[Number | None, bool]] = []
    for bound in (node.low, node.high):
        value = None if bound is None else bound.value
        if isinstance(value, (Days, NamedDay)):
            return None
        ends.append((value.ms if isinstance(value, Duration) else value, bound is not None and bound.open))
    (low, low_open), (high, high_open) = ends
    return Interval(low, low_open, high, high_open)


def _range(node: Range) -> Predicate:
    get = attrgetter(_path(field_of(node.field)))
    fixed = _fixed_interval(node)
    if fixed is None:
        return lambda subject, ctx: interval(node, ctx).holds(get(subject))
    if field_of(node.field).type == "number":
        return lambda subject, ctx: fixed.holds(get(subject))
    sign = 1 if field_of(node.field).type == "until" else -1

    def within(subject: Subject, ctx: Context) -> bool:
        value = get(subject)
        return value is not None and fixed.holds(sign * (value - ctx.now))

    return within


def _named(field: str, value: str, prefix: bool) -> Predicate:
    wanted = lower_ascii(value)
    match field, wanted, prefix:
        case "topic", _, _:
            return lambda subject, ctx: _topic(wanted, subject, ctx)
        case "from", _, _:
            return _from(wanted, prefix)
        case "label", _, _:
            return lambda subject, ctx: any(_same(label, wanted, prefix) for label in subject.row.labels)
        case "signal", _, _:
            return lambda subject, ctx: any(_same(one, wanted, prefix) for one in subject.row.content.signals)
        case "sentiment", _, _:
            return lambda subject, ctx: subject.row.sentiment is None
        case "assignee", "me", False:
            return _IS["mine"]
        case "promised", "me", False:
            return lambda subject, ctx: bool(ctx.member) and subject.row.promise_owner == ctx.member
        case "team", "mine", False:
            return lambda subject, ctx: bool(subject.row.team) and subject.row.team in ctx.teams
        case "lang", "unknown", False:
            return lambda subject, ctx: not subject.row.lang
        case "crisis", _, _:
            return _in_crisis(wanted, prefix)
    get = attrgetter(_path(field_of(field)))
    if prefix:
        return lambda subject, ctx: _same(get(subject), wanted, True)
    return lambda subject, ctx: lower_ascii(get(subject)) == wanted


def _in_crisis(wanted: str, prefix: bool) -> Predicate:
    """In the crisis of this name or number, or in it as it ended."""
    return lambda subject, ctx: any(_same(one, wanted, prefix) for one in subject.row.crises)


def _same(name: str, wanted: str, prefix: bool) -> bool:
    """Whether a name is the wanted one or, with `prefix`, begins with it; a missing name is neither."""
    return bool(name) and (lower_ascii(name).startswith(wanted) if prefix else lower_ascii(name) == wanted)


def _from(wanted: str, prefix: bool) -> Predicate:
    by_name = not wanted.startswith("@") and bool(words(wanted))
    handle = wanted.lstrip("@")
    remote = handle + "@"
    in_name = phrase(wanted, prefix)

    def wrote(subject: Subject, ctx: Context) -> bool:
        known = lower_ascii(subject.row.handle)
        if known and (known == handle or known.startswith(handle if prefix else remote)):
            return True
        return by_name and in_name in subject.folded_name

    return wrote


def _topic(wanted: str, subject: Subject, ctx: Context) -> bool:
    tree = ctx.topic(wanted)
    return tree is not None and _compiled(tree)(subject, ctx.without(wanted))


_compiled = lru_cache(maxsize=256)(compile_tree)


def _due_before(ahead: int) -> Predicate:
    """Somebody waits, and the due time lies before the instant so many milliseconds ahead."""

    def due(subject: Subject, ctx: Context) -> bool:
        row = subject.row
        return row.waiting_since is not None and row.due_at is not None and row.due_at < ctx.now + ahead

    return due


def _mine(subject: Subject, ctx: Context) -> bool:
    return bool(ctx.member) and subject.row.assignee == ctx.member


def _answered(subject: Subject, ctx: Context) -> bool:
    row = subject.row
    answered = row.first_reply_at is not None and row.needs_since is None
    return answered and row.end in ("", "answered") and row.status != "spam"


def _status(value: str) -> Predicate:
    return lambda subject, ctx: subject.row.status == value


_IS: dict[str, Predicate] = {
    **{value: _status(value) for value in STATUSES},
    "unassigned": lambda subject, ctx: not subject.row.assignee,
    "mine": _mine,
    "overdue": _due_before(0),
    "due": _due_before(DUE_SOON + 1),
    "vip": lambda subject, ctx: subject.row.vip,
    "crisis": lambda subject, ctx: bool(subject.row.crisis),
    "question": lambda subject, ctx: subject.row.content.question,
    "reply": lambda subject, ctx: subject.row.content.is_reply,
    "edited": lambda subject, ctx: subject.row.content.edited,
    "held": lambda subject, ctx: subject.row.content.held,
    "hidden": lambda subject, ctx: subject.row.content.hidden,
    "deleted": lambda subject, ctx: subject.row.content.deleted,
    "ad": lambda subject, ctx: subject.row.content.ad,
    "heard": lambda subject, ctx: subject.row.heard,
    "awaiting": lambda subject, ctx: subject.row.outbox == "awaiting approval",
    "rejected": lambda subject, ctx: subject.row.outbox == "rejected",
    "colleague": lambda subject, ctx: subject.row.colleague,
    "failed": lambda subject, ctx: subject.row.outbox in UNSENT,
    "needs-answer": lambda subject, ctx: subject.row.needs_since is not None,
    "answered": _answered,
    "promised": lambda subject, ctx: subject.row.promise_at is not None,
    "back": lambda subject, ctx: subject.row.back_at is not None or subject.row.came_back,
    "watched": lambda subject, ctx: bool(ctx.member) and ctx.member in subject.row.watchers,
}
