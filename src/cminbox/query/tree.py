"""The tree of a query, and its text.

Nodes are plain frozen values; `to_text` writes a tree as a query that parses to the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cminbox.query.values import Value, distinct, write_value

KEYWORDS = frozenset({"and", "or", "not"})


@distinct
class Everything(NamedTuple):
    """The empty query: it matches all."""


@distinct
class And(NamedTuple):
    """A conversation that all parts match."""

    parts: tuple[Node, ...]


@distinct
class Or(NamedTuple):
    """A conversation that at least one part matches."""

    parts: tuple[Node, ...]


@distinct
class Not(NamedTuple):
    """A conversation that the part does not match."""

    part: Node


@distinct
class Words(NamedTuple):
    """Some message has these words side by side; with `prefix`, the last is only a word's beginning."""

    text: str
    prefix: bool = False


@distinct
class Pattern(NamedTuple):
    """Some message has a place that the regular expression fits."""

    pattern: str


@distinct
class Is(NamedTuple):
    """A state, as in `is:value`; the values are those of `fields.IS`."""

    value: str


@distinct
class Named(NamedTuple):
    """`field:value` for a field that holds names; with `prefix`, the value is only the beginning."""

    field: str
    value: str
    prefix: bool = False


@distinct
class Bound(NamedTuple):
    """One end of a range; `open` ends do not belong to it."""

    value: Value
    open: bool = False


@distinct
class Range(NamedTuple):
    """`field:>value`, `field:a..b` and their like: at least one end is given.

    Both ends closed and equal means `field:value`.
    """

    field: str
    low: Bound | None
    high: Bound | None


@distinct
class Among(NamedTuple):
    """One of these conversations. No text means it: it is made where the conversations are known already."""

    ids: frozenset[int]


Leaf = Everything | Words | Pattern | Is | Named | Range | Among
Node = Leaf | And | Or | Not


def joined(kind: Callable[[tuple[Node, ...]], And | Or], parts: Sequence[Node]) -> Node:
    """Parts side by side; those of the same kind inside are taken in, so that grouping makes no difference."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, (And, Or)) and part.__class__ is kind else (part,))
    return kind(tuple(flat))


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf below a node, from left to right."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def to_text(node: Node) -> str:
    """The query that parses to this tree."""
    match node:
        case Everything():
            return ""
        case And(parts):
            return " ".join(filter(None, (_inside(part, And) for part in parts)))
        case Or(parts):
            return " OR ".join(_inside(part, Or) for part in parts)
        case Not(part):
            return "-" + _inside(part, Not)
        case _:
            return _leaf(node)


def _inside(part: Node, outer: type[And] | type[Or] | type[Not]) -> str:
    """A part's text, in parentheses where it would otherwise fall apart."""
    loose = isinstance(part, (And, Or)) and not (outer is Or and isinstance(part, And))
    return f"({to_text(part)})" if loose else to_text(part)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Words(text, prefix):
            written = text if _bare_word(text) else quote(text)
            return written + "*" if prefix else written
        case Pattern(pattern):
            return f"/{_escape_slashes(pattern)}/"
        case Is(value):
            return f"is:{value}"
        case Named(field, value, prefix):
            written = value if bare_value(value) or (prefix and not value) else quote(value)
            return f"{field}:{written}*" if prefix else f"{field}:{written}"
        case Range(field, low, high):
            return f"{field}:{_ends(low, high)}"
        case _:
            return ""


def _ends(low: Bound | None, high: Bound | None) -> str:
    if low is not None and high is not None:
        first, last = write_value(low.value), write_value(high.value)
        return first if low == high else f"{first}..{last}"
    if low is not None:
        return (">" if low.open else ">=") + write_value(low.value)
    if high is not None:
        return ("<" if high.open else "<=") + write_value(high.value)
    return ""


def quote(text: str) -> str:
    """A text between quotation marks, as the parser reads it back."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def bare_value(text: str) -> bool:
    """Whether a field's value can stand without quotation marks."""
    return bool(text) and not text.endswith("*") and not any(c.isspace() or c in '()"' for c in text)


def _bare_word(text: str) -> bool:
    if not bare_value(text) or text[0] in "-/" or text.casefold() in KEYWORDS:
        return False
    return ":" not in text and not any(c in "<>=" for c in text)


def _escape_slashes(pattern: str) -> str:
    written, escaped = [], False
    for char in pattern:
        written.append("\\/" if char == "/" and not escaped else char)
        escaped = char == "\\" and not escaped
    return "".join(written)
