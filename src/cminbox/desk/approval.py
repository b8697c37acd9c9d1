"""Approval: what a drafter wrote, and every reply in a crisis that demands it, waits for another member."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.errors import ActionError
from cminbox.model import Instant, Member
from cminbox.store import Connection, conversations, events, notes, replies
from cminbox.store.replies import Reply
from cminbox.text import clean

if TYPE_CHECKING:
    from cminbox.config import Config
    from cminbox.store import Store


class Approvals:
    """The part of the desk that lets a reply go, or sends it back to its writer."""

    store: Store
    config: Config
    member: Member
    session: str
    clock: Callable[[], Instant]

    def awaiting(self, conversation_id: int) -> Reply | None:
        """The reply in a conversation that waits for approval, or None."""
        waiting = [r for r in replies.of(self.store.read(), conversation_id) if r.status == "awaiting approval"]
        return waiting[-1] if waiting else None

    def approve(self, reply_id: int, text: str | None = None) -> Reply:
        """Let a reply go: it is held for the undo countdown, then sent.

        Args:
            text: what it shall say instead; the difference is written into the log. None: as it stands.

        Raises:
            ActionError: it does not wait, it is one's own, or one's role does not allow it.
        """

        def work(conn: Connection) -> Reply:
            reply, now = self._another_s(conn, reply_id), self.clock()
            said = reply.text if text is None else clean(text).strip()
            if not said:
                raise ActionError("the reply is empty", "reject it with a note instead")
            moved = replies.move(
                conn,
                reply_id,
                "held",
                now,
                text=said,
                approved_by=self.member.handle,
                held_until=now + self.config.undo_ms,
            )
            detail = {"member": reply.member, "text": said[:200]}
            if said != reply.text:
                detail["before"] = reply.text[:2000]
            self._log(conn, "approve", moved, detail)
            return moved

        return self.store.write(work)

    def reject(self, reply_id: int, note: str) -> Reply:
        """Send a reply back to its writer as a draft, with a note that says why.

        Raises:
            ActionError: it does not wait, it is one's own, one's role does not allow it, or there is no note.
        """
        if not note.strip():
            raise ActionError("say why in a note", "its writer finds it at the conversation")

        def work(conn: Connection) -> Reply:
            reply, now = self._another_s(conn, reply_id), self.clock()
            newer = replies.draft(conn, reply.conversation_id, reply.member) is not None
            moved = replies.move(conn, reply_id, "cancelled" if newer else "draft", now, held_until=None)
            notes.add(conn, reply.conversation_id, self.member.handle, note.strip(), now)
            self._log(conn, "reject", moved, {"member": reply.member, "text": reply.text[:200], "note": note.strip()})
            return moved

        return self.store.write(work)

    def _another_s(self, conn: Connection, reply_id: int) -> Reply:
        reply = replies.get(conn, reply_id)
        if reply is None:
            raise ActionError(f"there is no reply {reply_id}")
        if reply.status != "awaiting approval":
            raise ActionError(f"the reply is {reply.status}: only one that awaits approval can be approved or rejected")
        if self.member.role not in ("lead", "responder"):
            raise ActionError(f"a {self.member.role} cannot approve", "a lead or a responder can")
        if reply.member == self.member.handle:
            raise ActionError("nobody approves their own reply", "another lead or responder can")
        return reply

    def _log(self, conn: Connection, action: str, reply: Reply, detail: dict[str, str]) -> None:
        event = events.add(
            conn,
            self.clock(),
            f"member:{self.member.handle}",
            action,
            detail={"reply": reply.id, **detail},
            session=self.session,
        )
        events.add_item(conn, event, reply.conversation_id)
        conversations.touch(conn, reply.conversation_id)
