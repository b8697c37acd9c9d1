"""What a screen says of itself: who is here, who looks at what, who is replying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.desk.context import Seat
from cminbox.errors import ActionError
from cminbox.model import SECOND
from cminbox.store import people, sources

if TYPE_CHECKING:
    from cminbox.store.people import Doing

PRESENT = 45 * SECOND
"""How long a screen counts as open without saying so again."""


class PresenceDesk(Seat):
    """The part of the desk that tells the others what this member is at."""

    def viewing(self, conversation_id: int | None) -> None:
        """Say what this screen shows (None: no conversation); to be repeated at least every 30 seconds."""
        self._here(conversation_id or 0, "viewing" if conversation_id else "here")

    def replying(self, conversation_id: int) -> None:
        """Say that this member writes an answer; to be repeated as `viewing` is."""
        self._here(conversation_id, "replying")

    def _here(self, conversation_id: int, doing: Doing) -> None:
        now = self.clock()
        self.store.write(
            lambda conn: people.here(conn, self.session, self.member.handle, conversation_id, doing, now + PRESENT),
            durable=False,
        )

    def leave(self) -> None:
        """Say that this screen is closed."""
        self.store.write(lambda conn: people.leave(conn, self.session), durable=False)

    def poll_now(self, source: str | None = None) -> None:
        """Ask the engine to poll a source (or all of them) at once, paused ones too.

        Raises:
            ActionError: there is no such source.
        """
        now = self.clock()
        if not self.store.write(lambda conn: sources.want(conn, source, now)):
            raise ActionError(f"no source {source!r} is polled" if source else "no source is polled")
