"""Replies that await approval: told, as they appear, to a member who may let them go."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.members import MAY_MANAGE
from cminbox.model import Member
from cminbox.store import Store, conversations, replies
from cminbox.store.replies import Awaiting


class ApprovalWatch:
    """Says once of each reply that it awaits approval, to whoever may approve it and did not write it.

    Args:
        member: who works here.
        say: says one line where nothing else is said just now; whether it did.
    """

    def __init__(self, store: Store, member: Member, say: Callable[[str], bool]) -> None:
        self._store, self._member, self._say = store, member, say
        self._known: set[int] | None = None
        self._untold: list[Awaiting] = []

    def look(self) -> None:
        """Look which have come since the last look. Those that are there at the first look are counted in the tab."""
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
        if self._untold and self._say(self._words()):
            self._untold = []

    def _words(self) -> str:
        if len(self._untold) > 1:
            return f"{len(self._untold)} more replies await approval: view Approval"
        reply = self._untold[0]
        row = conversations.get(self._store.read(), reply.conversation_id)
        who = "" if row is None else f" to @{row.handle}" if row.handle else f" to {row.name or 'somebody'}"
        return f"{reply.member}'s reply{who} awaits approval: view Approval"
