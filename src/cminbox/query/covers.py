"""Whole parts of a query as lists of conversations, and how long listing them takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cminbox.query import groups
from cminbox.query.context import Context, lower_ascii
from cminbox.query.groups import Group, Param
from cminbox.query.tree import And, Named, Node, Not, Or

Count = Callable[[str, Sequence[Any]], int]
"""How many rows a SELECT with these values has; the store's way to say whether a term is rare."""


class Cover(NamedTuple):
    """Conversations among which are all that match a part of a query.

    Attributes:
        sql: a SELECT of their ids.
        params: the values of its question marks.
        size: about how many there are.
        ms: milliseconds that listing them takes.
        exact: whether they all match.
        dear: whether asking one conversation reads more than its row.
    """

    sql: str
    params: tuple[Param, ...]
    size: int
    ms: float
    exact: bool
    dear: bool


class Covers:
    """Finds them.

    Args:
        count: says how many rows a SELECT has.
        most: rows are counted up to this many, and of what is more there is no cover.
        guess: take phrases to be middling, because counting one takes as long as listing it.
        status: what matches has this status besides; empty where it may have any.
    """

    def __init__(self, count: Count, most: int, *, guess: bool = False, status: str = "") -> None:
        self._count = count
        self._most = most
        self._guess = guess
        self._status = status
        self._sizes: dict[tuple[str, tuple[Param, ...]], int] = {}

    def size(self, group: Group) -> int:
        """How many conversations a group lists, up to one more than the most."""
        if not group.counted:
            return min(groups.GUESSED, self._most)
        if self._guess and group.cost == groups.PHRASE_COST:
            return groups.GUESSED_PHRASE
        key = group.counted, group.listed_params
        if key not in self._sizes:
            # What takes longer to list is counted up to fewer.
            most = max(1, int(self._most * groups.ROW_COST / group.cost))
            found = self._count(f"{group.counted} LIMIT {most + 1}", group.listed_params)
            self._sizes[key] = found if found <= most else self._most + 1
        return self._sizes[key]

    def of(self, node: Node, ctx: Context) -> Cover | None:
        """The cover of a node; None where it has none, or too large a one."""
        match node:
            case Not():
                return None
            case And(parts):
                found = [cover for part in parts if (cover := self.of(part, ctx))]
                return _loose(min(found, key=lambda cover: cover.size)) if found else None
            case Or(parts):
                return self._either(parts, ctx)
            case Named("topic", name):
                query = ctx.topic(lower_ascii(name))
                return None if query is None else self.of(query.tree, ctx.without(lower_ascii(name)))
        group = groups.of(node, ctx)
        if group is not None and self._status:
            group = groups.in_status(group, node, self._status)
        return None if group is None else self._of_group(group)

    def _of_group(self, group: Group) -> Cover | None:
        size = self.size(group)
        if size > self._most:
            return None
        return Cover(group.listed, group.listed_params, size, size * group.cost / 1000, exact=True, dear=group.dear)

    def _either(self, parts: tuple[Node, ...], ctx: Context) -> Cover | None:
        words = groups.indexed(parts)
        found = [self._of_group(groups.of_words(words))] if words else []
        for part in parts:
            if found and found[-1] is None:
                return None
            if part not in words:
                found.append(self.of(part, ctx))
        covers = [cover for cover in found if cover is not None]
        if len(covers) < len(found) or sum(cover.size for cover in covers) > self._most:
            return None
        return Cover(
            " UNION ALL ".join(f"SELECT * FROM ({cover.sql})" for cover in covers),
            tuple(value for cover in covers for value in cover.params),
            sum(cover.size for cover in covers),
            sum(cover.ms for cover in covers),
            exact=all(cover.exact for cover in covers),
            dear=any(cover.dear for cover in covers),
        )


def _loose(cover: Cover) -> Cover:
    return Cover(cover.sql, cover.params, cover.size, cover.ms, exact=False, dear=cover.dear)
