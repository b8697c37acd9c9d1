"""In what surroundings a query is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from cminbox.model import Instant

if TYPE_CHECKING:
    from cminbox.query.parser import Query

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """The text with A–Z made small and nothing else changed, as SQLite's NOCASE compares."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_NO_TOPICS: Mapping[str, Query] = {}


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
    topics: Mapping[str, Query] = _NO_TOPICS
    zone: tzinfo = UTC

    def topic(self, name: str) -> Query | None:
        """The query of a topic, its name compared without regard to the case of A–Z."""
        return next((query for key, query in self.topics.items() if lower_ascii(key) == name), None)

    def without(self, name: str) -> Context:
        """The surroundings inside a topic: it does not know itself, so that topics cannot go in circles."""
        return self._replace(topics={key: query for key, query in self.topics.items() if lower_ascii(key) != name})
