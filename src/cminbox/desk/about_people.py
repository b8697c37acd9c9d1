"""What people say of who is behind a conversation: VIP, role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from cminbox.desk.action import (
    Action,
    ActionContext,
    Change,
    Reversal,
)
from cminbox.desk.arguments import is_on
from cminbox.errors import UsageError
from cminbox.model import (
    CONTACT_ROLES,
    Conversation,
    Instant,
)
from cminbox.store import contacts
from cminbox.store.contacts import ContactChanges, PersonKey
from cminbox.suggest import suggest


@dataclass(frozen=True)
class Vip(Action):
    """Mark the person behind the conversation as a VIP, or no longer."""

    on: bool = True
    name: ClassVar[str] = "vip"
    done: ClassVar[str] = "marked as VIP"
    yields_to: ClassVar[frozenset[str]] = frozenset({"vip"})

    @property
    def done_words(self) -> str:
        return self.done if self.on else "no VIP any more"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `on` or `off`; nothing means on."""
        return cls(is_on(args))

    def detail(self) -> dict[str, Any]:
        return {"what": "VIP" if self.on else "no VIP any more"}

    def state_after(self, ctx: ActionContext) -> str:
        return "VIP" if self.on else "no VIP"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return _about_nobody(row, ctx, row.vip == self.on)

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """Mark the contact, made where there is none, and the row."""
        _set_contact(ctx, row, {"vip": self.on})
        return Change({"vip": self.on})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        if undo.restore("VIP", "vip"):
            _set_contact(undo.ctx, undo.row, {"vip": bool(undo.before["vip"])})


@dataclass(frozen=True)
class SetRole(Action):
    """Say what the person behind the conversation is to the brand; rules and lists leave that alone then."""

    role: str
    name: ClassVar[str] = "role"
    done: ClassVar[str] = "given a role"
    remembered: ClassVar[tuple[str, ...]] = ("role",)
    yields_to: ClassVar[frozenset[str]] = frozenset({"role"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From a role, or `auto`, which gives it back to lists and rules.

        Raises:
            UsageError: it is no role.
        """
        word = args[0].casefold()
        if word not in (*CONTACT_ROLES, "auto"):
            near = suggest(word, CONTACT_ROLES)
            raise UsageError(f"{args[0]!r} is no role", near or f"one of {', '.join(CONTACT_ROLES)}, or auto")
        return cls("" if word == "auto" else word)

    def state_after(self, ctx: ActionContext) -> str:
        return self.role or "what lists and rules say"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        if row.author_id is None:
            return "nobody is behind it"
        known = contacts.of(ctx.conn, PersonKey(author=row.author_id))
        by_hand = known is not None and known.role_by.startswith("member:")
        so = row.role == self.role and by_hand if self.role else not by_hand
        return _about_nobody(row, ctx, so)

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """Give it to the contact, made where there is none, and the row."""
        before = contacts.of(ctx.conn, PersonKey(author=row.author_id))
        kept = {"role": ["", ""] if before is None else [before.role, before.role_by]}
        now = _set_contact(ctx, row, {"role": self.role, "role_by": ctx.by if self.role else ""})
        return Change({"role": now}, undo_data=kept)

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        if undo.restore("role", "role"):
            role, by = undo.undo_data["role"]
            undo.columns["role"] = _set_contact(undo.ctx, undo.row, {"role": role, "role_by": by})


def _about_nobody(row: Conversation, ctx: ActionContext, so: bool) -> str | None:
    """Why a row is left alone by what is about the person behind it: there is nobody, or it is so already."""
    if row.author_id is None:
        return "nobody is behind it"
    return "already so" if so or row.id in ctx.memo.get("also", ()) else None


def _set_contact(ctx: ActionContext, row: Conversation, changes: ContactChanges) -> str:
    """Set columns of the contact behind a row; every conversation of theirs shows it. The role that it has then."""
    contact = contacts.ensure(ctx.conn, PersonKey(author=row.author_id), ctx.now)
    if contact is None:
        return row.role
    contacts.update(ctx.conn, contact.id, changes)
    contacts.settle(ctx.conn, contact.id)
    theirs = contacts.showing_otherwise(ctx.conn, contact.id)
    contacts.refresh_rows(ctx.conn, contacts.authors_ids(ctx.conn, [contact.id]), ctx.changed)
    ctx.memo.setdefault("also", set()).update(theirs)
    now = contacts.as_stored(ctx.conn, contact.id)
    return row.role if now is None else now.role
