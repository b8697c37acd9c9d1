"""What a query is asked about, and in what surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from cminbox.model import Instant
from cminbox.text import fold

if TYPE_CHECKING:
    from cminbox.query.parser import Query

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """The text with A–Z made small and nothing else changed, as SQLite's NOCASE compares."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def text_of(title: str, text: str) -> str:
    """A message's text as queries see it: its title, if it has one, on a line of its own before it."""
    return f"{title}\n{text}" if title else text


@dataclass(frozen=True)
class Subject:
    """One conversation, with the names and meanings of the row's columns.

    Attributes:
        labels: those that it carries, without the ones taken off.
        crisis: the crisis's name, empty if none.
        texts: of each message that is not deleted, made by `text_of`.
    """

    source: str = ""
    network: str = ""
    kind: str = "mention"
    status: str = "open"
    handle: str = ""
    name: str = ""
    role: str = ""
    vip: bool = False
    followers: int | None = None
    lang: str = ""
    sentiment: float | None = None
    priority: int = 0
    labels: tuple[str, ...] = ()
    assignee: str = ""
    team: str = ""
    crisis: str = ""
    waiting_since: Instant | None = None
    created_at: Instant = 0
    newest_at: Instant = 0
    inbound_at: Instant | None = None
    outbound_at: Instant | None = None
    due_at: Instant | None = None
    snoozed_until: Instant | None = None
    question: bool = False
    edited: bool = False
    is_reply: bool = False
    texts: tuple[str, ...] = ()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Each text folded, with a space before and after, so that a phrase is found at word borders."""
        return tuple(f" {fold(text)} " for text in self.texts)

    @cached_property
    def folded_name(self) -> str:
        """The author's name folded, with a space before and after."""
        return f" {fold(self.name)} "

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every text."""
        return frozenset(word for text in self.folded for word in text.split())


@dataclass(frozen=True)
class Context:
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
    topics: Mapping[str, Query] = field(default_factory=dict)
    zone: tzinfo = UTC

    def topic(self, name: str) -> Query | None:
        """The query of a topic, its name compared without regard to the case of A–Z."""
        return next((query for key, query in self.topics.items() if lower_ascii(key) == name), None)

    def without(self, name: str) -> Context:
        """The surroundings inside a topic: it does not know itself, so that topics cannot go in circles."""
        return replace(self, topics={key: query for key, query in self.topics.items() if lower_ascii(key) != name})
