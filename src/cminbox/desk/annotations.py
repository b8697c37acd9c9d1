"""What people say of conversations: labels, notes, priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from cminbox.desk.action import (
    Action,
    ActionContext,
    Change,
    Reversal,
)
from cminbox.desk.arguments import number_between
from cminbox.desk.telling import tell_mentioned
from cminbox.errors import ActionError
from cminbox.model import (
    CHOSEN_MESSAGE,
    Conversation,
    Instant,
    Reason,
)
from cminbox.store import labels, messages, notes


@dataclass(frozen=True)
class Label(Action):
    """Put labels on and take labels off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    name: ClassVar[str] = "label"
    done: ClassVar[str] = "labelled"
    remembered: ClassVar[tuple[str, ...]] = ("add", "remove")
    yields_to: ClassVar[frozenset[str]] = frozenset({"label"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From words with commas or blanks between: `billing`, `+vip` put one on, `-angry` takes one off."""
        words = [word for arg in args for word in arg.replace(",", " ").split()]
        add = tuple(word.removeprefix("+") for word in words if not word.startswith("-"))
        return cls(add, tuple(word[1:] for word in words if word.startswith("-") and len(word) > 1))

    def prepare(self, ctx: ActionContext) -> None:
        for label in (*self.add, *self.remove):
            if not label.strip() or len(label) > 40 or label != " ".join(label.split()):
                raise ActionError(f"not a label: {label!r}", "a label is one to 40 characters, without line breaks")
        if not self.add and not self.remove:
            raise ActionError("no label named")

    def state_after(self, ctx: ActionContext) -> str:
        return " ".join([f"+{label}" for label in self.add] + [f"−{label}" for label in self.remove])

    def _new(self, row: Conversation) -> tuple[str, ...]:
        return tuple(sorted((set(row.labels) | set(self.add)) - set(self.remove)))

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return "has them" if set(self._new(row)) == set(row.labels) else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        moves = {**dict.fromkeys(self.add, True), **dict.fromkeys(self.remove, False)}
        known = labels.state(ctx.conn, row.id)
        states = {label: (known.get(label), (ctx.by, not on)) for label, on in moves.items()}
        return Change({"labels": self._new(row)}, labels=moves, undo_data={"labels": states})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Give each label its state from before, unless somebody changed that label since."""
        conn, number = undo.ctx.conn, undo.row.id
        known = labels.state(conn, number)
        for label, (before, after) in undo.undo_data["labels"].items():
            if known.get(label) != tuple(after):
                undo.changed_since.append(f"label {label}")
            elif before is None:
                labels.forget(conn, number, label)
            else:
                labels.put(conn, number, label, before[0], removed=bool(before[1]))
        undo.columns["labels"] = tuple(sorted(labels.of(conn, number)))


@dataclass(frozen=True)
class Note(Action):
    """Write a note for the team, about a conversation or about one message of it."""

    text: str
    message_id: int | None = None
    name: ClassVar[str] = "note"
    done: ClassVar[str] = "noted"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From its words; `message:12` before them names the message with that id."""
        number = args[0].removeprefix(CHOSEN_MESSAGE) if args and args[0].startswith(CHOSEN_MESSAGE) else ""
        if number.isascii() and number.isdigit():
            return cls(" ".join(args[1:]), int(number))
        return cls(" ".join(args))

    def prepare(self, ctx: ActionContext) -> None:
        if not self.text.strip():
            raise ActionError("the note is empty")

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        about = None if self.message_id is None else messages.get(ctx.conn, self.message_id)
        if self.message_id is not None and (about is None or about.conversation_id != row.id):
            return "that message is of another conversation"
        return None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        note_id = notes.add(ctx.conn, row.id, ctx.member.handle, self.text.strip(), ctx.now, self.message_id)
        return Change(undo_data={"note_id": note_id})

    def tell(self, ctx: ActionContext) -> None:
        tell_mentioned(ctx, self.text)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        notes.remove(undo.ctx.conn, undo.undo_data["note_id"], undo.ctx.now)


@dataclass(frozen=True)
class SetPriority(Action):
    """Set the priority by hand (0–100), or give it back to the rules with None."""

    value: int | None
    name: ClassVar[str] = "priority"
    done: ClassVar[str] = "given a priority"
    remembered: ClassVar[tuple[str, ...]] = ("value",)
    yields_to: ClassVar[frozenset[str]] = frozenset({"priority"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From a number, or `auto`."""
        return cls(None if args[0].casefold() in ("auto", "rules") else round(number_between(args[0], 0, 100)))

    def prepare(self, ctx: ActionContext) -> None:
        if self.value is not None and not 0 <= self.value <= 100:
            raise ActionError(f"{self.value} is not a priority", "a priority is a number from 0 to 100")

    def state_after(self, ctx: ActionContext) -> str:
        return "what the rules say" if self.value is None else f"priority {self.value}"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return "the rules set it" if self.value is None and not row.priority_by else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        if self.value is None:
            return Change({"priority": row.priority, "priority_by": "", "reasons": row.reasons})
        reason = Reason(self.value, ctx.by, "set by hand")
        return Change({"priority": self.value, "priority_by": ctx.member.handle, "reasons": (reason,)})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        # What the rules made of it in between is nobody's change.
        if not undo.unchanged("priority_by", *(["priority"] if undo.after["priority_by"] else [])):
            undo.changed_since.append("priority")
            return
        reasons = tuple(Reason(*part) for part in undo.before["reasons"])
        undo.columns |= {"priority": undo.before["priority"], "priority_by": undo.before["priority_by"]}
        undo.columns |= {"reasons": reasons}
