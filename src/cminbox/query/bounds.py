"""What a comparison asks of a column at a given time; both evaluations use it."""

from __future__ import annotations

from typing import NamedTuple

from cminbox.model import HOUR
from cminbox.query.context import Context
from cminbox.query.fields import Field, find
from cminbox.query.tree import Bound, Range
from cminbox.query.values import Days, Duration, NamedDay, Number

DUE_SOON = HOUR
"""How far ahead `is:due` looks."""


class Interval(NamedTuple):
    """The values of a column for which a comparison holds; None: no end on that side."""

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
    """What the column must be, now, for the comparison to hold."""
    field = field_of(node.field)
    low, low_open = _end(node.low, field, ctx, upper=False)
    high, high_open = _end(node.high, field, ctx, upper=True)
    turned = field.type == "elapsed" or (
        field.type == "moment" and any(bound and isinstance(bound.value, Duration) for bound in (node.low, node.high))
    )
    # The longer ago, the smaller the instant.
    return Interval(high, high_open, low, low_open) if turned else Interval(low, low_open, high, high_open)


def plain_interval(node: Range) -> Interval | None:
    """The numbers or lengths of time as they were written, in milliseconds; None for days."""
    ends: list[tuple[Number | None, bool]] = []
    for bound in (node.low, node.high):
        if bound is None:
            ends.append((None, False))
        elif isinstance(bound.value, Duration):
            ends.append((bound.value.ms, bound.open))
        elif isinstance(bound.value, (Days, NamedDay)):
            return None
        else:
            ends.append((bound.value, bound.open))
    (low, low_open), (high, high_open) = ends
    return Interval(low, low_open, high, high_open)


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


def timed(node: Range) -> bool:
    """Whether time alone can change what the comparison says."""
    return any(bound and isinstance(bound.value, (Duration, NamedDay)) for bound in (node.low, node.high))
