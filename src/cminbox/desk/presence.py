"""What a screen says of itself: who is here, who looks at what, who is replying."""

from __future__ import annotations

from cminbox.desk.context import DeskContext
from cminbox.model import SECOND
from cminbox.store import Connection, assignments, deliveries, handovers, people
from cminbox.store.people import Activity

PRESENT = 45 * SECOND
"""How long a screen counts as open without saying so again."""


class PresenceDesk:
    """Tells the other members what this one is at."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._left = False
        self._at: tuple[int, Activity] = 0, "here"

    def viewing(self, conversation_id: int | None) -> None:
        """Say what this screen shows (None: no conversation); to be repeated at least every 30 seconds.

        What this member was told of it is acknowledged by that.
        """
        self._say(conversation_id or 0, "viewing" if conversation_id else "here")

    def reads(self, key: str) -> None:
        """Say that this member reads a crisis or a handover: what they were told of it is acknowledged by that.

        Args:
            key: how the keys of all notices about it begin.
        """
        member = self._desk.member.handle
        if deliveries.unread_matter(self._desk.store.read(), member, key, rooms=False):
            now = self._desk.clock()
            self._desk.store.write(lambda conn: deliveries.acknowledge_matter(conn, member, key, now), durable=False)

    def opened(self, conversation_id: int) -> None:
        """Say that this member opened a conversation: if it was assigned to them, they took it up."""
        if self._desk.member.role == "observer":
            self.viewing(conversation_id)
            return
        member, now = self._desk.member.handle, self._desk.clock()

        def work(conn: Connection) -> None:
            people.touch_member(conn, member, now)
            assignments.take_up(conn, conversation_id, member, now)

        self._desk.store.write(work, durable=False)
        self.viewing(conversation_id)

    def replying(self, conversation_id: int) -> None:
        """Say that this member writes an answer; to be repeated as `viewing` is."""
        self._say(conversation_id, "replying")

    def stopped_replying(self, conversation_id: int) -> None:
        """Say that the composer of a conversation was left, unless this screen is at something else already."""
        if self._at == (conversation_id, "replying"):
            self.viewing(conversation_id)

    def leave(self) -> None:
        """Say that this screen is closed; what it says afterwards counts no more."""
        self._left = True
        session = self._desk.session
        self._desk.store.write(lambda conn: people.clear_presence(conn, session), durable=False)

    def _say(self, conversation_id: int, doing: Activity) -> None:
        if self._left:
            return
        self._at = conversation_id, doing
        session, member = self._desk.session, self._desk.member.handle
        now = self._desk.clock()

        def work(conn: Connection) -> None:
            people.set_presence(conn, session, member, conversation_id, doing, now + PRESENT)
            handovers.visit(conn, member, session, now)
            if doing == "viewing":
                deliveries.acknowledge(conn, member, [conversation_id], now)

        self._desk.store.write(work, durable=False)
