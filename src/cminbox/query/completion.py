"""Completion while a query is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cminbox.errors import QueryError
from cminbox.query.fields import FIELDS, IS, Field, find
from cminbox.query.lexer import field_name, read_token
from cminbox.query.tree import bare_value, quote

_SPECIAL = {"assignee": ("me",), "promised": ("me",), "team": ("mine",), "lang": ("unknown",)}
_COMPARISONS = {
    "number": ("<", ">", "<=", ">=", "="),
    "elapsed": ("<1h", ">1h", ">1d", ">1w"),
    "until": ("<0m", "<30m", "<1h", "<1d"),
    "moment": ("today", "yesterday", "<1d", "<1w", ">1w"),
}


class Completions(NamedTuple):
    """What may stand from `start` up to the cursor instead of what stands there now.

    Attributes:
        start: 0-based index in the text.
        options: in the order in which to offer them; empty if there is nothing to offer.
    """

    start: int
    options: tuple[str, ...] = ()


def complete(text: str, cursor: int, values: Callable[[str], Iterable[str]]) -> Completions:
    """What can be typed at the cursor: names of fields, or a field's values.

    Never raises, whatever the text.

    Args:
        text: the query so far, right or wrong.
        cursor: index in it, 0 to its length; what stands behind it is left alone.
        values: given a field's name, the values that the store has for it.
    """
    cursor = max(0, min(cursor, len(text)))
    text = text[:cursor]
    at = 0
    while at < cursor:
        if text[at].isspace() or text[at] in "()-":
            at += 1
            continue
        try:
            _, end = read_token(text, at)
        except QueryError:
            break  # it is not closed yet
        if end == cursor:
            break
        at = end
    term = text[at:]
    if term.startswith(('"', "/")):
        return Completions(cursor)
    name = field_name(term)
    if not name:
        return Completions(at, _fields(term))
    field = find(name)
    start = at + len(name) + 1
    return Completions(start, _values(field, text[start:], values)) if field else Completions(cursor)


def _fields(typed: str) -> tuple[str, ...]:
    typed = typed.lower()
    names = [f"{field.name}:" for field in FIELDS if field.name.startswith(typed)]
    states = [f"is:{state}" for state in IS if typed and state.startswith(typed)]
    return tuple(names + states)


def _values(field: Field, typed: str, values: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    wanted = typed.removeprefix('"').lower()
    if field.type == "person":
        wanted = wanted.removeprefix("@")
    fixed = (*field.values, *_SPECIAL.get(field.name, ()), *_COMPARISONS.get(field.type, ()))
    offered = dict(zip(fixed, fixed, strict=True))
    if not field.values and field.type not in _COMPARISONS:
        stored = {value: value if bare_value(value) else quote(value) for value in values(field.name)}
        offered = {**offered, **stored}
    return tuple(
        written for value, written in offered.items() if value.removeprefix("@").lower().startswith(wanted) and value
    )
