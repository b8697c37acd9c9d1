"""Acknowledging what one was told of a conversation, without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.model import Conversation
from cminbox.store import crises, deliveries


@dataclass(frozen=True)
class Acknowledge(Action):
    """Say that one knows of it, and of its crisis: of what this member was told, and a channel that is nobody's own."""

    name: ClassVar[str] = "ack"
    done: ClassVar[str] = "acknowledged"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        told = _unread(row, ctx)
        return None if told else "nobody told you of it, or you acknowledged it"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        told = _unread(row, ctx)
        deliveries.acknowledge_told(ctx.conn, told, ctx.member.handle, ctx.now)
        return Change(undo_data={"told": told})

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        deliveries.unacknowledge(undo.ctx.conn, undo.undo_data["told"], undo.ctx.member.handle)


def _unread(row: Conversation, ctx: ActionContext) -> list[tuple[int, int]]:
    """What this member was told of a conversation, or of its crisis, and nobody acknowledged."""
    told = deliveries.unread(ctx.conn, ctx.member.handle, row.id)
    if row.crisis_id is not None:
        told += deliveries.unread_matter(ctx.conn, ctx.member.handle, crises.notice_key(row.crisis_id))
    return told
