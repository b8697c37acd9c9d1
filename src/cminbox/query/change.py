"""When time alone changes what a query says of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from cminbox.model import Instant
from cminbox.query.context import Context, lower_ascii
from cminbox.query.meaning import DUE_SOON, field_of
from cminbox.query.memory import compile_leaf, compile_tree
from cminbox.query.tree import And, Everything, Is, Leaf, Named, Node, Not, Or, Range, joined, leaves
from cminbox.query.values import Duration, NamedDay, day_of, midnight

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

_TRUE: Node = Everything()
_FALSE: Node = Not(_TRUE)


def may_change(tree: Node) -> bool:
    """Whether time alone can change the answer for any conversation at all."""
    return any(_is_timed(leaf) or (isinstance(leaf, Named) and leaf.field == "topic") for leaf in leaves(tree))


def changes_at(tree: Node, subject: Subject, ctx: Context) -> Instant | None:
    """The first instant after `ctx.now` at which the answer differs from now's; None if it never will by itself."""
    rest = _settled(tree, subject, ctx)
    instants = {when for leaf in leaves(rest) for when in _instants(leaf, subject, ctx) if when > ctx.now}
    if not instants:
        return None
    says = compile_tree(rest)
    answer = says(subject, ctx)
    return next((when for when in sorted(instants) if says(subject, ctx._replace(now=when)) is not answer), None)


def _is_timed(leaf: Leaf) -> bool:
    """Whether time alone can change what a leaf says."""
    match leaf:
        case Is("overdue" | "due"):
            return True
        case Range(_, low, high):
            return any(bound and isinstance(bound.value, (Duration, NamedDay)) for bound in (low, high))
    return False


def _settled(node: Node, subject: Subject, ctx: Context) -> Node:
    """The tree with all that time cannot change replaced by its answer."""
    match node:
        case Not(part):
            inside = _settled(part, subject, ctx)
            return _TRUE if inside == _FALSE else Not(inside)
        case And(parts) | Or(parts):
            empty, decided = (_TRUE, _FALSE) if isinstance(node, And) else (_FALSE, _TRUE)
            open_parts = [one for part in parts if (one := _settled(part, subject, ctx)) != empty]
            if decided in open_parts:
                return decided
            return joined(node.__class__, open_parts) if open_parts else empty
        case Named("topic", value):
            name = lower_ascii(value)
            tree = ctx.topic(name)
            return _FALSE if tree is None else _settled(tree, subject, ctx.without(name))
        case _ if _is_timed(node):
            return node
        case _:
            return _TRUE if compile_leaf(node)(subject, ctx) else _FALSE


def _instants(leaf: Leaf, subject: Subject, ctx: Context) -> Iterator[Instant]:
    """The instants at which a leaf may change its mind."""
    if isinstance(leaf, Is) and subject.row.due_at is not None:
        yield from (subject.row.due_at - DUE_SOON, subject.row.due_at + 1)
    if not isinstance(leaf, Range):
        return
    field = field_of(leaf.field)
    value: Instant | None = getattr(subject.row, field.column)
    if value is None:
        return
    for bound in (leaf.low, leaf.high):
        if bound is None:
            continue
        if isinstance(bound.value, Duration):
            met = value - bound.value.ms if field.type == "until" else value + bound.value.ms
            yield from (met, met + 1)
        elif isinstance(bound.value, NamedDay):
            # The instant falls today, yesterday and before yesterday, each from a midnight on.
            day = day_of(value, ctx.zone)
            yield from (midnight(day + timedelta(days=ahead), ctx.zone) for ahead in range(3))
