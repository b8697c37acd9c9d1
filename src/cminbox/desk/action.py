"""What an action is: it says what changes of one conversation, and how that is taken back; the desk does the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, cast

from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError
from cminbox.lifecycle import Lifecycle, Sla, StepName, due_at
from cminbox.model import Conversation, Instant, Member
from cminbox.store import Connection, lifecycle_rows, people
from cminbox.store.action_writes import WriteBatch
from cminbox.store.changes import ConversationChanges

SO_ALREADY = frozenset(
    {"already theirs", "already closed", "already open", "already spam", "already in it", "already so"}
    | {"has them", "nobody has it", "it is not spam", "the rules set it"}
)
"""Reasons for leaving a conversation alone (`Action.refuse`) that say: it is as you want it."""
RESCORE_NOW = 1
"""A `rescore_at` in the past: the engine judges the row again as soon as it looks."""


def sla_of(row: Conversation, desk: DeskContext) -> Sla:
    """The SLA of a conversation."""
    return Sla(row.sla_target, desk.hours if row.sla_business else None)


def life_columns(row: Conversation, life: Lifecycle, desk: DeskContext) -> ConversationChanges:
    """The columns of a row that its lifecycle sets."""
    return {**lifecycle_rows.columns(life), "due_at": due_at(life, sla_of(row, desk))}


@dataclass
class ActionContext:
    """What an action works with: one transaction, by whom, when.

    Attributes:
        changed: the change number that every row carries which is changed in this transaction.
        dry_run: nothing may be written.
        memo: what the action keeps from one portion to the next; its `remark` ends the summary.
        newest: of each conversation of the portion the message that the store learnt of last, for actions with a step.
    """

    desk: DeskContext
    conn: Connection
    now: Instant
    batch: WriteBatch
    event_id: int = 0
    changed: int = 0
    dry_run: bool = False
    memo: dict[str, Any] = field(default_factory=dict)
    newest: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, desk: DeskContext, conn: Connection, *, dry_run: bool = False) -> Self:
        """The context of one transaction of this desk."""
        return cls(desk, conn, desk.clock(), WriteBatch(conn), dry_run=dry_run)

    @property
    def member(self) -> Member:
        """The member who does the action."""
        return self.desk.member

    @property
    def by(self) -> str:
        """Who acts, as the store writes it."""
        return self.desk.actor

    def team(self) -> tuple[Member, ...]:
        """Everybody whom something can be assigned to."""
        known = people.team(self.conn, self.desk.config.team)
        known.setdefault(self.member.handle, self.member)
        return tuple(known.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What an action changes of one conversation.

    Attributes:
        columns: new values of the row's columns.
        step: a step of its lifecycle, with the time of a snooze in `until`, and why it needs no answer in `reason`.
        labels: labels to put on (True) or take off (False).
        undo_data: what `Action.revert` needs besides the columns before.
    """

    columns: ConversationChanges = field(default_factory=ConversationChanges)
    step: StepName | None = None
    until: Instant | None = None
    reason: str = ""
    labels: Mapping[str, bool] = field(default_factory=dict)
    undo_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Reversal:
    """One conversation on its way back to what it was before an action; what somebody changed since stays theirs.

    Attributes:
        row: the conversation as it stands.
        before, after: the columns that the action changed, before and after it.
        undo_data: what the action kept for this.
        columns: values to set.
        changed_since: what stays as somebody else made it, in words.
        too_late: why nothing can be taken back at all, in words.
    """

    ctx: ActionContext
    row: Conversation
    before: ConversationChanges
    after: ConversationChanges
    undo_data: Mapping[str, Any]
    columns: ConversationChanges = field(default_factory=ConversationChanges)
    changed_since: list[str] = field(default_factory=list)
    too_late: str = ""

    def unchanged(self, *names: str) -> bool:
        """Whether these columns are as the action left them."""
        after: Mapping[str, object] = self.after
        return all(getattr(self.row, name) == after[name] for name in names)

    def restore(self, what: str, *names: str) -> bool:
        """Give columns their values from before, unless somebody changed one of them since; whether it did.

        Args:
            what: how the person who takes it back is told of them.
            names: columns; those that the action did not change are left out.
        """
        before = {name: value for name, value in self.before.items() if name in names}
        if not self.unchanged(*before):
            self.changed_since.append(what)
            return False
        self.columns |= cast("ConversationChanges", before)
        return True

    def why(self) -> str:
        """Why not all of it was taken back; empty where all was."""
        return self.too_late or (f"{', '.join(self.changed_since)} was changed meanwhile" if self.changed_since else "")


class Action:
    """Something that a person does to conversations."""

    name: ClassVar[str] = ""
    """The word that its event carries."""
    done: ClassVar[str] = ""
    """Past tense for the summary: «3 closed»."""
    has_step: ClassVar[bool] = False
    """Whether it makes a step in a conversation's lifecycle."""
    remembered: ClassVar[tuple[str, ...]] = ()
    """Attributes that its event remembers."""
    yields_to: ClassVar[frozenset[str]] = frozenset()
    """What another member does to a conversation, before a long action comes to it, that makes it leave that one."""

    @property
    def done_words(self) -> str:
        """What this one did, as `done` says it for its kind."""
        return self.done

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """The action from what a person typed behind its command.

        Args:
            args: words without blanks around them, none empty, as many as the command takes.
            now: the present, for times that count from it.

        Raises:
            UsageError: one of them can never be right. Where it has no hint, the caller adds the command's usage.
        """
        return cls()

    def prepare(self, ctx: ActionContext) -> None:
        """Check what does not depend on a conversation.

        Raises:
            ActionError: it makes no sense at all.
        """

    def recheck(self, ctx: ActionContext) -> None:
        """Look, before a later portion, whether it still makes sense.

        Raises:
            ActionError: it no longer does; it stands as far as it has come.
        """

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        """Look up at once what `refuse` and `warnings` ask of a portion."""

    def state_before(self, row: Conversation) -> str:
        """How the row stands before, where that says something of what will change: `open`."""
        return ""

    def state_after(self, ctx: ActionContext) -> str:
        """How it stands afterwards: `closed`."""
        return ""

    def warnings(self, row: Conversation, ctx: ActionContext) -> tuple[str, ...]:
        """What a person should know of this row before they do it to many: `with a reply on its way`."""
        return ()

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Why this row is left alone, or None."""
        return None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """What it changes of this row."""
        raise ActionError(f"{self.name} changes nothing")

    def tell(self, ctx: ActionContext) -> None:
        """Have told whom it concerns, once it was done to all."""

    def detail(self) -> dict[str, Any]:
        """What the event remembers of it."""
        return {name: getattr(self, name) for name in self.remembered}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Take back what it changed of a row. A step of its lifecycle is taken back already."""
