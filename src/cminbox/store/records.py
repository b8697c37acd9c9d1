"""A row of the queue, as every module of the store reads it."""

from __future__ import annotations

import json
from functools import lru_cache
from sqlite3 import Row
from typing import Any, NamedTuple

from cminbox.model import Instant, Kind, Reason, SentimentClass, Status


class Conversation(NamedTuple):
    """One row of the queue: everything that a list shows or a query asks. Columns as in `schema.py`.

    A named tuple, because it is what a row is, and so wide a data class takes milliseconds to make at every start.
    """

    id: int
    source_id: int
    remote_id: str
    source: str
    network: str
    kind: Kind
    status: Status
    author_id: int | None
    handle: str
    name: str
    followers: int | None
    role: str
    vip: bool
    preview: str
    title: str
    lang: str
    sentiment: float | None
    sentiment_class: SentimentClass
    question: bool
    edited: bool
    is_reply: bool
    priority: int
    reasons: tuple[Reason, ...]
    priority_by: str
    labels: tuple[str, ...]
    assignee: str
    assigned_by: str
    team: str
    crisis_id: int | None
    crisis: str
    created_at: Instant
    newest_at: Instant
    inbound_at: Instant | None
    outbound_at: Instant | None
    waiting_since: Instant | None
    cycle_at: Instant | None
    first_reply_at: Instant | None
    closed_at: Instant | None
    snoozed_until: Instant | None
    status_at: Instant | None
    sla: str
    sla_target: int | None
    due_at: Instant | None
    warned_at: Instant | None
    rescore_at: Instant | None
    messages: int
    inbound: int
    waiting: int
    notes: int
    outbox: str
    gone: bool
    changed: int


COLUMNS = Conversation._fields
SELECT = "SELECT " + ", ".join(f"c.{name}" for name in COLUMNS) + " FROM conversations AS c"
BOOLEANS = ("vip", "question", "edited", "is_reply", "gone")


_FLAGS = tuple(COLUMNS.index(name) for name in BOOLEANS)
_REASONS, _LABELS = COLUMNS.index("reasons"), COLUMNS.index("labels")


@lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    """The reasons of a row. Few rules make few different ones, so most rows share theirs."""
    return tuple(Reason(*given) for given in json.loads(text))


@lru_cache(maxsize=4096)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def from_row(row: Row) -> Conversation:
    """A conversation from a row of this module's selection."""
    values: list[Any] = list(row)
    for place in _FLAGS:
        values[place] = bool(values[place])
    values[_REASONS], values[_LABELS] = _reasons(values[_REASONS]), _labels(values[_LABELS])
    return Conversation._make(values)
