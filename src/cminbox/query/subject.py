"""What a query is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cminbox.model import Instant
from cminbox.text import fold


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
