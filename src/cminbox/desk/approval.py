"""Approval: what a drafter wrote, and every reply in a crisis that demands it, waits for another member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from cminbox.desk.action import Act, Action, Change
from cminbox.errors import ActionError
from cminbox.model import Conversation
from cminbox.store import Connection, conversations, notes, replies
from cminbox.store.replies import Reply
from cminbox.text import clean

MAY_APPROVE = ("lead", "responder")


def awaiting(conn: Connection, conversation_id: int) -> Reply | None:
    """The reply in a conversation that waits for approval, or None."""
    waiting = [r for r in replies.of(conn, conversation_id) if r.status == "awaiting approval"]
    return waiting[-1] if waiting else None


class _Judging(Action):
    """What approving and rejecting have in common."""

    def prepare(self, act: Act) -> None:
        """Whose role allows it."""
        if act.member.role not in MAY_APPROVE:
            raise ActionError(f"a {act.member.role} cannot {self.name}", "a lead or a responder can")

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Nothing waits, or it is one's own."""
        reply = awaiting(act.conn, row.id)
        if reply is None:
            return "no reply awaits approval"
        if reply.member == act.member.handle:
            return "nobody approves their own reply"
        return None

    def waiting(self, row: Conversation, act: Act) -> Reply:
        """The reply; `refuse` has seen that there is one."""
        reply = awaiting(act.conn, row.id)
        if reply is None:
            raise ActionError("no reply awaits approval")
        return reply


@dataclass(frozen=True)
class Approve(_Judging):
    """Let a reply go: it is held for the undo countdown, then sent.

    Attributes:
        text: what it shall say instead; the event keeps the difference. None: as it stands.
    """

    text: str | None = None
    name: ClassVar[str] = "approve"
    done: ClassVar[str] = "approved"

    def change(self, row: Conversation, act: Act) -> Change:
        """The reply on its way."""
        reply = self.waiting(row, act)
        said = reply.text if self.text is None else clean(self.text).strip()
        if not said:
            raise ActionError("the reply is empty", "reject it with a note instead")
        replies.move(
            act.conn,
            reply.id,
            "approved",
            act.now,
            text=said,
            approved_by=act.member.handle,
            held_until=act.now + act.undo_ms,
        )
        return Change(kept={"approved": reply.id, "text": reply.text, "said": said})

    def detail(self) -> dict[str, Any]:
        """Whether the text was changed."""
        return {"edited": self.text is not None}


@dataclass(frozen=True)
class Reject(_Judging):
    """Send a reply back to its writer as a draft, with a note that says why."""

    note: str
    name: ClassVar[str] = "reject"
    done: ClassVar[str] = "sent back"

    def prepare(self, act: Act) -> None:
        """Not without a reason."""
        super().prepare(act)
        if not self.note.strip():
            raise ActionError("say why in a note", "its writer finds it at the conversation")

    def change(self, row: Conversation, act: Act) -> Change:
        """The reply with its writer, and the note."""
        reply = self.waiting(row, act)
        newer = replies.draft(act.conn, row.id, reply.member) is not None
        replies.move(act.conn, reply.id, "superseded" if newer else "rejected", act.now, held_until=None)
        note_id = notes.add(act.conn, row.id, act.member.handle, self.note.strip(), act.now)
        return Change(kept={"rejected": reply.id, "text": reply.text, "note_id": note_id})

    def detail(self) -> dict[str, Any]:
        """Why."""
        return {"note": self.note.strip()}


def take_back(act: Act, row: Conversation, reply_id: int, text: str, left: str, said: str) -> bool:
    """Let a reply await approval again; whether it still stood as the action had left it.

    Args:
        text: what it said before.
        left: the status in which the action left it.
        said: what the action made it say.
    """
    reply = replies.get(act.conn, reply_id)
    if reply is None or reply.status != left or reply.text != said:
        return False
    replies.move(act.conn, reply_id, "decision undone", act.now, text=text, approved_by="", held_until=None)
    conversations.touch(act.conn, row.id)
    return True
