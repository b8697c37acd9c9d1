"""What every part of the desk is built with: the store, the configuration, and who works here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cminbox.config import Config
from cminbox.experts import ExpertFile
from cminbox.lifecycle import BusinessHours
from cminbox.members import check_role
from cminbox.model import Instant, Member
from cminbox.replies.reasons import ReasonFile
from cminbox.store import Connection, Store, events, people

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeskContext:
    """One member at one screen (or one call of the command line).

    Attributes:
        session: tells this screen's actions from others', for undo and presence.
        clock: epoch milliseconds.
        account: the account of the process; events keep it beside the member, for it may speak for somebody else.
        hours: the business hours of the team, for SLAs that count in them.
        reasons: why something is taken from people on a network.
        experts: colleagues who can be asked.
    """

    store: Store
    config: Config
    member: Member
    session: str
    clock: Callable[[], Instant]
    account: str = ""
    hours: BusinessHours | None = None
    reasons: ReasonFile | None = None
    experts: ExpertFile | None = None

    @property
    def actor(self) -> str:
        """Who acts, as events write it."""
        return f"member:{self.member.handle}"

    def check_may_act(self) -> None:
        """Refuse whoever may only look on.

        Raises:
            ActionError: this member is an observer.
        """
        check_role(self.member)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one durable transaction, if this member may act.

        Raises:
            ActionError: this member is an observer; and what `work` raises.
        """
        self.check_may_act()

        def seen(conn: Connection) -> T:
            people.touch_member(conn, self.member.handle, self.clock())
            return work(conn)

        return self.store.write(seen)

    def add_event(
        self,
        conn: Connection,
        action: str,
        detail: Mapping[str, Any],
        *,
        count: int = 1,
        undoes: int | None = None,
        at: Instant | None = None,
    ) -> int:
        """Write an event of this member and session; its id.

        Args:
            at: when; what it does carries the same instant. None: now.
        """
        return events.add(
            conn,
            self.clock() if at is None else at,
            self.actor,
            action,
            detail=detail,
            count=count,
            session=self.session,
            account=self.account,
            undoes=undoes,
        )
