"""In what surroundings a query is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import NamedTuple

from cminbox.model import Instant
from cminbox.query.tree import Node

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """The text with A–Z made small and nothing else changed: names that differ in no more are the same."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_NO_TOPICS: Mapping[str, Node] = {}


class Context(NamedTuple):
    """Who asks, and when.

    Attributes:
        member: the handle that `is:mine` and `assignee:me` mean; empty: they match nothing.
        teams: those that `team:mine` means.
        topics: the trees of the named queries that `topic:` means.
        zone: the zone of days.
    """

    now: Instant
    member: str = ""
    teams: tuple[str, ...] = ()
    topics: Mapping[str, Node] = _NO_TOPICS
    zone: tzinfo = UTC

    def topic(self, name: str) -> Node | None:
        """The tree of a topic, its name compared without regard to the case of A–Z."""
        return next((tree for key, tree in self.topics.items() if lower_ascii(key) == name), None)

    def without(self, name: str) -> Context:
        """The surroundings inside a topic: it does not know itself, so that topics cannot go in circles."""
        return self._replace(topics={key: tree for key, tree in self.topics.items() if lower_ascii(key) != name})
