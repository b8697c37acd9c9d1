"""Approval: what a drafter wrote, and every reply in a crisis that demands it, waits for another member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.desk.reply_length import check_length
from cminbox.errors import ActionError
from cminbox.members import MAY_MANAGE
from cminbox.model import Conversation, Instant, Reply
from cminbox.outbox_states import MAY_HAVE_ARRIVED
from cminbox.store import Connection, conversations, messages, notes, replies
from cminbox.text import clean


def awaiting(conn: Connection, conversation_id: int) -> Reply | None:
    """The reply in a conversation that waits for approval, or None."""
    waiting = [r for r in replies.of(conn, conversation_id) if r.status == "awaiting approval"]
    return waiting[-1] if waiting else None


class _ApprovalAction(Action):
    """What approving and rejecting have in common."""

    def prepare(self, ctx: ActionContext) -> None:
        if ctx.member.role not in MAY_MANAGE:
            raise ActionError(f"a {ctx.member.role} cannot {self.name}", "a lead or a responder can")

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        reply = awaiting(ctx.conn, row.id)
        if reply is None:
            return "no reply awaits approval"
        if reply.member == ctx.member.handle:
            return "nobody approves their own reply"
        return None


def _await_again(undo: Reversal, reply_id: int, status: str, text: str) -> None:
    """Let a reply await approval again, if it still has the status and the text that the action gave it."""
    conn = undo.ctx.conn
    reply = replies.get(conn, reply_id)
    if reply is not None and (reply.status, reply.text) == (status, text):
        before = undo.undo_data["text"]
        replies.move(conn, reply_id, "decision undone", undo.ctx.now, text=before, approved_by="", held_until=None)
        conversations.touch(conn, undo.row.id)
    elif reply is not None and reply.status in MAY_HAVE_ARRIVED:
        undo.too_late = "the reply is on the network: it can no longer be taken back"
    else:
        undo.changed_since.append("the reply")


@dataclass(frozen=True)
class Approve(_ApprovalAction):
    """Let a reply go: it is held for the undo countdown, then sent.

    Attributes:
        text: what it shall say instead; the event keeps the difference. None: as it stands.
    """

    text: str | None = None
    name: ClassVar[str] = "approve"
    done: ClassVar[str] = "approved"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        reply = cast("Reply", awaiting(ctx.conn, row.id))  # `refuse` has seen that there is one
        text = reply.text if self.text is None else clean(self.text).strip()
        if not text:
            raise ActionError("the reply is empty", "reject it with a note instead")
        if (answers := messages.answerable(ctx.conn, row.id)) is not None:
            check_length(ctx.conn, row, answers, text, private=reply.private)
        until = ctx.now + ctx.desk.config.undo_ms
        replies.move(
            ctx.conn, reply.id, "approved", ctx.now, text=text, approved_by=ctx.member.handle, held_until=until
        )
        return Change(undo_data={"approved": reply.id, "text": reply.text, "said": text})

    def detail(self) -> dict[str, Any]:
        return {"edited": self.text is not None}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Let it await approval again, as long as it is held."""
        data = undo.undo_data
        _await_again(undo, data["approved"], "held", data.get("said", data["text"]))


@dataclass(frozen=True)
class Reject(_ApprovalAction):
    """Send a reply back to its writer as a draft, with a note that says why."""

    note: str
    name: ClassVar[str] = "reject"
    done: ClassVar[str] = "given back"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        return cls(" ".join(args))

    def prepare(self, ctx: ActionContext) -> None:
        super().prepare(ctx)
        if not self.note.strip():
            raise ActionError("say why in a note", "its writer finds it at the conversation")

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        reply = cast("Reply", awaiting(ctx.conn, row.id))  # `refuse` has seen that there is one
        newer = replies.draft(ctx.conn, row.id, reply.member)
        replies.move(ctx.conn, reply.id, "superseded" if newer else "rejected", ctx.now, held_until=None)
        replies.mark_rejected(ctx.conn, newer.id if newer else reply.id, True)
        note_id = notes.add(ctx.conn, row.id, ctx.member.handle, self.note.strip(), ctx.now)
        return Change(undo_data={"rejected": reply.id, "text": reply.text, "note_id": note_id})

    def detail(self) -> dict[str, Any]:
        return {"note": self.note.strip()}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Remove the note, and let the reply await approval again, as long as it is a draft."""
        notes.remove(undo.ctx.conn, undo.undo_data["note_id"], undo.ctx.now)
        _await_again(undo, undo.undo_data["rejected"], "draft", undo.undo_data["text"])
