"""In what surroundings a query is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cminbox.model import Instant
from cminbox.query.tree import Node

if TYPE_CHECKING:
    from cminbox.query.subject import Subject

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """The text with A–Z made small and nothing else changed: names that differ in no more are the same."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


class Topic(Protocol):
    """A query that has a name, as far as evaluating it goes; a `parser.Query` is one."""

    @property
    def tree(self) -> Node:
        """What the query means."""

    @property
    def predicate(self) -> Callable[[Subject, Context], bool]:
        """Says whether a conversation matches, in these surroundings."""


_NO_TOPICS: Mapping[str, Topic] = {}


class Context(NamedTuple):
    """Who asks, and when.

    Attributes:
        member: the handle that `is:mine` and `assignee:me` mean; empty: they match nothing.
        teams: those that `team:mine` means.
        topics: the named queries that `topic:` means.
        zone: the zone of days.
    """

    now: Instant
    member: str = ""
    teams: tuple[str, ...] = ()
    topics: Mapping[str, Topic] = _NO_TOPICS
    zone: tzinfo = UTC

    def topic(self, name: str) -> Topic | None:
        """The query of a topic, its name compared without regard to the case of A–Z."""
        return next((query for key, query in self.topics.items() if lower_ascii(key) == name), None)

    def without(self, name: str) -> Context:
        """The surroundings inside a topic: it does not know itself, so that topics cannot go in circles."""
        return self._replace(topics={key: query for key, query in self.topics.items() if lower_ascii(key) != name})
