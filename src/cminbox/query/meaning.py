"""What terms ask for: the values of a comparison at a given time, the words to look for, the order to ask in.

The evaluation in memory and the one in the store share it, so that they cannot disagree.
"""

from __future__ import annotations

from typing import NamedTuple

from cminbox.model import HOUR
from cminbox.query.context import Context
from cminbox.query.fields import Field, find
from cminbox.query.tree import And, Bound, Named, Node, Not, Or, Pattern, Range, Words
from cminbox.query.values import Days, Duration, NamedDay, Number
from cminbox.text import words

DUE_SOON = HOUR
"""How far ahead `is:due` looks."""


class Interval(NamedTuple):
    """The values for which a comparison holds; None: no end on that side."""

    low: Number | None = None
    low_open: bool = False
    high: Number | None = None
    high_open: bool = False

    def holds(self, value: Number | None) -> bool:
        """Whether a value lies in it; a missing one never does."""
        if value is None:
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


def field_of(name: str) -> Field:
    """The field of a node, which the parser has checked."""
    field = find(name)
    if field is None:
        raise ValueError(f"there is no field {name!r}")
    return field


def interval(node: Range, ctx: Context) -> Interval:
    """Between which values the field must be at `ctx.now` for the comparison to hold."""
    field = field_of(node.field)
    low, low_open = _end(node.low, field, ctx, upper=False)
    high, high_open = _end(node.high, field, ctx, upper=True)
    turned = field.type == "elapsed" or (
        field.type == "moment" and any(bound and isinstance(bound.value, Duration) for bound in (node.low, node.high))
    )
    # The longer ago, the smaller the instant.
    return Interval(high, high_open, low, low_open) if turned else Interval(low, low_open, high, high_open)


def _end(bound: Bound | None, field: Field, ctx: Context, *, upper: bool) -> tuple[Number | None, bool]:
    if bound is None:
        return None, False
    value = bound.value
    if isinstance(value, Duration):
        return (ctx.now + value.ms if field.type == "until" else ctx.now - value.ms), bound.open
    if isinstance(value, (Days, NamedDay)):
        start, end = value.span(ctx.now, ctx.zone)
        # A day is all its instants: after it means from its end, up to it means before its end.
        return (
            (start, True) if upper and bound.open else (end, True) if upper else (end if bound.open else start, False)
        )
    return value, bound.open


def needle(text: str) -> str:
    """What is looked for as it stands where a text has no words: an emoji, a sign.

    A trailing variation selector only says how the emoji is drawn, so it is left out.
    """
    return text.strip().rstrip("\ufe0e\ufe0f") or text.strip()


def phrase(text: str, prefix: bool) -> str:
    """A text's words as they are looked for among folded words that have a space on either side."""
    folded = " ".join(words(text))
    return f" {folded}" if prefix else f" {folded} "


def cost(node: Node) -> int:
    """How expensive a node is to ask, roughly, from 0 to 5; the cheap parts of a conjunction are asked first."""
    match node:
        case And(parts) | Or(parts):
            return max(cost(part) for part in parts)
        case Not(part):
            return cost(part)
        case Pattern():
            return 5
        case Words(text):
            return 2 if words(text) else 4
        case Named(field):
            return {"from": 3, "topic": 4, "label": 1}.get(field, 0)
    return 0
