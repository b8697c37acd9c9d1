"""Replies that await approval: told, as they appear, to a member who may let them go; to their writer, if rejected."""

from __future__ import annotations

from collections.abc import Callable

from cminbox import handles
from cminbox.members import MAY_MANAGE
from cminbox.model import Member
from cminbox.store import Connection, Store, conversations, events, replies
from cminbox.store.replies import Awaiting
from cminbox.text import one_line
from cminbox.textwidth import cut

NOTE_CELLS = 60
"""So much of the note that comes with a rejected reply is told; all of it stands at the conversation."""


class ApprovalWatch:
    """Says once of each reply that it awaits approval, to whoever may approve it and did not write it.

    Of this member's own it says when they are rejected.

    Args:
        member: who works here.
        say: says one line where nothing else is said just now; whether it did.
    """

    def __init__(self, store: Store, member: Member, say: Callable[[str], bool]) -> None:
        self._store, self._member, self._say = store, member, say
        self._rejections = RejectionWatch(store, member, say)
        self._known: set[int] | None = None
        self._untold: list[Awaiting] = []

    def look(self) -> None:
        """Look which have come since the last look. Those that are there at the first look are counted in the tab."""
        self._rejections.look()
        if self._member.role not in MAY_MANAGE:
            return
        there = [reply for reply in replies.awaiting(self._store.read()) if reply.member != self._member.handle]
        ids = {reply.id for reply in there}
        untold = {reply.id for reply in self._untold}
        self._untold = [
            reply for reply in there if reply.id in untold or (self._known is not None and reply.id not in self._known)
        ]
        self._known = ids

    def tell(self) -> None:
        """Say what was not told yet, as soon as there is room for it."""
        self._rejections.tell()
        if self._untold and self._say(self._words()):
            self._untold = []

    def _words(self) -> str:
        if len(self._untold) > 1:
            return f"{len(self._untold)} more replies await approval: view Approval"
        reply = self._untold[0]
        who = _to_whom(self._store.read(), reply.conversation_id)
        return f"{reply.member}'s reply{who} awaits approval: view Approval"


class RejectionWatch:
    """Says of each reply of this member's that somebody rejected it, with the note that says why.

    Once while the screen is open, and again at the next start, until they have looked at it.

    Args:
        member: who works here.
        say: says one line where nothing else is said just now; whether it did.
    """

    def __init__(self, store: Store, member: Member, say: Callable[[str], bool]) -> None:
        self._store, self._member, self._say = store, member, say
        self._there: dict[int, Awaiting] = {}
        self._told: set[int] = set()

    def look(self) -> None:
        """Look which there are. One that was looked at, and is rejected once more, is told once more."""
        self._there = {reply.id: reply for reply in replies.rejected(self._store.read(), self._member.handle)}
        self._told &= self._there.keys()

    def tell(self) -> None:
        """Say what was not told yet, one after the other, as soon as there is room for it."""
        untold = next((reply for number, reply in self._there.items() if number not in self._told), None)
        if untold is not None and self._say(self._words(untold)):
            self._told.add(untold.id)

    def _words(self, reply: Awaiting) -> str:
        conn = self._store.read()
        to = _to_whom(conn, reply.conversation_id)
        acted = [event for event in events.of(conn, reply.conversation_id) if event.action == "reject"]
        left = [event for event in acted if event.undone_by is None]
        if not left:
            return f"your reply{to} was rejected: view Rejected"
        who, note = left[-1].actor.removeprefix("member:"), one_line(str(left[-1].detail.get("note", "")))
        return f"your reply{to} was rejected by {who}: {cut(note, NOTE_CELLS)}; view Rejected"


def _to_whom(conn: Connection, conversation_id: int) -> str:
    row = conversations.get(conn, conversation_id)
    return "" if row is None else f" to {handles.called(row.network, row.handle, row.name)}"
