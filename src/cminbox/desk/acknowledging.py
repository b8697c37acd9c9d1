"""Acknowledging what one was told of a conversation, without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.model import Conversation
from cminbox.store import deliveries


@dataclass(frozen=True)
class Acknowledge(Action):
    """Say that one knows of it: of what this member was told, and of what a channel was told that is nobody's own."""

    name: ClassVar[str] = "ack"
    done: ClassVar[str] = "acknowledged"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        told = deliveries.unread(ctx.conn, ctx.member.handle, row.id)
        return None if told else "nobody told you of it, or you acknowledged it"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        told = deliveries.unread(ctx.conn, ctx.member.handle, row.id)
        deliveries.acknowledge(ctx.conn, ctx.member.handle, [row.id], ctx.now, rooms=True)
        return Change(undo_data={"told": told})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        deliveries.unacknowledge(undo.ctx.conn, undo.undo_data["told"], undo.ctx.member.handle)
