"""What an action is: for one row it says what it changes; the desk does the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cminbox.errors import ActionError
from cminbox.lifecycle import Lifecycle, StepName, due_at
from cminbox.model import Conversation, Instant, Member
from cminbox.store import Connection, lifecycle_rows
from cminbox.store.action_writes import Pen

RESCORE_NOW = 1
"""A `rescore_at` in the past: the engine judges the row again as soon as it looks."""


def life_columns(row: Conversation, life: Lifecycle) -> dict[str, Any]:
    """The columns of a row that a life sets."""
    return {**lifecycle_rows.columns(life), "due_at": due_at(life, row.sla_target)}


@dataclass
class Act:
    """One portion of an action: within which transaction, by whom, when; every row that it touches carries `changed`.

    Attributes:
        dry_run: nothing may be written.
        memo: what the action keeps from one portion to the next.
        newest: of each conversation of the portion the message that the store learnt of last, for actions with a step.
    """

    conn: Connection
    member: Member
    now: Instant
    members: tuple[Member, ...]
    claim_ms: int
    undo_ms: int
    pen: Pen
    event_id: int = 0
    changed: int = 0
    dry_run: bool = False
    memo: dict[str, Any] = field(default_factory=dict)
    newest: Mapping[int, int] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """The actor as the store writes it."""
        return f"member:{self.member.handle}"


@dataclass(frozen=True, slots=True)
class Change:
    """What an action changes of one conversation.

    Attributes:
        columns: new values of the row's columns.
        step: a step of its life, with the time of a snooze in `until`.
        labels: labels to put on (True) or take off (False).
        kept: what undoing needs besides the columns before.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    step: StepName | None = None
    until: Instant | None = None
    labels: Mapping[str, bool] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


class Action:
    """Something that a person does to conversations."""

    name: ClassVar[str]
    done: ClassVar[str]
    """Past tense for the summary: «3 closed»."""
    steps: ClassVar[bool] = False
    """Whether it makes a step in a conversation's life."""
    yields_to: ClassVar[frozenset[str]] = frozenset()
    """What another member does to a conversation, before a long action comes to it, that makes it leave that one."""

    def prepare(self, act: Act) -> None:
        """Check what does not depend on a conversation.

        Raises:
            ActionError: it makes no sense at all.
        """

    def go_on(self, act: Act) -> None:
        """Look, before a later portion, whether it still makes sense.

        Raises:
            ActionError: it no longer does; it stands as far as it has come.
        """

    def gather(self, act: Act, ids: Sequence[int]) -> None:
        """Look up at once what `refuse` asks of a portion."""

    def stands(self, row: Conversation) -> str:
        """How the row stands before, where that says something of what will change: `open`."""
        return ""

    def becomes(self, act: Act) -> str:
        """How it stands afterwards: `closed`."""
        return ""

    def mind(self, row: Conversation, act: Act) -> str | None:
        """What a person should know of this row before they do it to many: `with a reply on its way`."""
        return None

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Why this row is left alone, or None."""
        return None

    def change(self, row: Conversation, act: Act) -> Change:
        """What it changes of this row."""
        raise ActionError(f"{self.name} changes nothing")

    def detail(self) -> dict[str, Any]:
        """What the event remembers of it."""
        return {}
