"""Crises on the desk: declare, update, end. Attaching conversations is the action `Escalate`."""

from __future__ import annotations

from typing import Any

from cminbox import query
from cminbox.desk.annotations import attach_soon
from cminbox.desk.context import Seat
from cminbox.errors import ActionError
from cminbox.model import Instant
from cminbox.store import Connection, crises, events
from cminbox.store.crises import Crisis
from cminbox.store.events import Event


class CrisisDesk(Seat):
    """The part of the desk that leads a crisis."""

    def declare(
        self, name: str, *, severity: int = 3, reason: str, attach: str = "", next_update_at: Instant | None = None
    ) -> Crisis:
        """Declare a crisis by hand.

        Args:
            severity: 1 (highest) to 4.
            reason: why; a person confirms with a reason.
            attach: a query; conversations that match join by themselves from now on.

        Raises:
            ActionError: no name, no reason, no such severity, or one of that name runs.
            QueryError: the query has a mistake.
        """
        self.check_may_act()
        name = " ".join(name.split())
        if not name or not reason.strip():
            raise ActionError("a crisis needs a name and a reason")
        if not 1 <= severity <= 4:
            raise ActionError(f"{severity} is not a severity", "1 is the highest, 4 the lowest")
        wanted = query.parse(attach) if attach.strip() else None

        def work(conn: Connection) -> Crisis:
            if crises.by_name(conn, name) is not None:
                raise ActionError(f"a crisis named {name!r} is there already")
            crisis_id = crises.insert(
                conn,
                {
                    "name": name,
                    "severity": severity,
                    "status": "running",
                    "reason": reason.strip(),
                    "query": attach.strip(),
                    "lead": self.member.handle,
                    "declared_by": self.member.handle,
                    "declared_at": self.clock(),
                    "next_update_at": next_update_at,
                },
            )
            if wanted is not None:
                attach_soon(conn, wanted, self.clock(), self.member)
            return self._told(conn, crisis_id, "declared", reason.strip(), {"status": "running"}, {})

        return self.store.write(work)

    def confirm(self, crisis_id: int, reason: str) -> Crisis:
        """Make a proposed crisis a running one.

        Raises:
            ActionError: it is not proposed, or no reason was given.
        """
        if not reason.strip():
            raise ActionError("a crisis is confirmed with a reason")
        changes = {"status": "running", "lead": self.member.handle, "declared_by": self.member.handle}
        return self._move(crisis_id, ("proposed",), changes, "confirmed", reason)

    def dismiss(self, crisis_id: int, reason: str = "") -> Crisis:
        """Say that a proposed crisis is none."""
        changes = {"status": "dismissed", "ended_at": self.clock()}
        return self._move(crisis_id, ("proposed",), changes, "dismissed", reason)

    def end_crisis(self, crisis_id: int, reason: str) -> Crisis:
        """End a running crisis.

        Raises:
            ActionError: it does not run, or no reason was given.
        """
        if not reason.strip():
            raise ActionError("a crisis ends with a reason")
        changes = {"status": "ended", "ended_at": self.clock(), "next_update_at": None}
        return self._move(crisis_id, ("running",), changes, "ended", reason)

    def update_crisis(
        self, crisis_id: int, text: str = "", *, next_update_at: Instant | None = None, severity: int | None = None,
        lead: str | None = None, approval: bool | None = None,
    ) -> Crisis:  # fmt: skip
        """Tell the timeline something, and set what changed with it.

        Raises:
            ActionError: it does not run, or the severity is none.
        """
        changes: dict[str, Any] = {}
        if next_update_at is not None:
            changes["next_update_at"] = next_update_at
        if severity is not None:
            if not 1 <= severity <= 4:
                raise ActionError(f"{severity} is not a severity", "1 is the highest, 4 the lowest")
            changes["severity"] = severity
        if lead is not None:
            changes["lead"] = lead
        if approval is not None:
            changes["approval"] = int(approval)
        if not text.strip() and not changes:
            raise ActionError("nothing to tell")
        words = text.strip() or ", ".join(f"{name.replace('_', ' ')} set" for name in changes)
        return self._move(crisis_id, ("running",), changes, "update", words)

    def _move(self, crisis_id: int, states: tuple[str, ...], changes: dict[str, Any], what: str, text: str) -> Crisis:
        self.check_may_act()

        def work(conn: Connection) -> Crisis:
            crisis = crises.get(conn, crisis_id)
            if crisis is None:
                raise ActionError(f"there is no crisis {crisis_id}")
            if crisis.status not in states:
                raise ActionError(f"{crisis.name} is {crisis.status}, not {' or '.join(states)}")
            if changes:
                crises.update(conn, crisis_id, changes)
            if what == "ended":
                crises.let_go(conn, crisis_id)
            was = {name: getattr(crisis, name) for name in changes}
            return self._told(conn, crisis_id, what, text.strip(), changes, was)

        return self.store.write(work)

    def undo_crisis(self, event: Event) -> str:
        """Take back what an event did to a crisis; what that was. The timeline keeps both.

        Raises:
            ActionError: it was changed since, or has become more than what was declared.
        """

        def work(conn: Connection) -> str:
            crisis, now = crises.get(conn, int(event.detail["crisis"])), self.clock()
            what = str(event.detail["what"])
            made, was = event.detail.get("made", {}), event.detail.get("was", {})
            if crisis is None or any(getattr(crisis, name) != value for name, value in made.items()):
                raise ActionError(
                    f"{crisis.name if crisis else 'the crisis'} was changed meanwhile", "see its timeline"
                )
            if what == "declared":
                crises.dismiss_if_empty(conn, crisis.id, now, self.member.handle)
                left = crises.get(conn, crisis.id)
                if left is not None and left.status == "running":
                    raise ActionError(f"{crisis.name} goes on: there is something in it", "end it instead")
            else:
                crises.update(conn, crisis.id, was)
                if what == "ended":
                    crises.take_again(conn, crisis)
                crises.tell(conn, crisis.id, now, self.member.handle, "undone", f"{what} was taken back")
            events.add(
                conn, now, self.actor, "undo", detail={"of": event.action}, session=self.session, undoes=event.id
            )
            return f"crisis {crisis.name}: {what} undone"

        return self.store.write(work)

    def _told(
        self, conn: Connection, crisis_id: int, what: str, text: str, made: dict[str, Any], was: dict[str, Any]
    ) -> Crisis:
        now = self.clock()
        crises.tell(conn, crisis_id, now, self.member.handle, what, text)
        detail = {"crisis": crisis_id, "what": what, "text": text, "made": made, "was": was}
        events.add(conn, now, self.actor, f"crisis {what}", detail=detail, count=0, session=self.session)
        found = crises.get(conn, crisis_id)
        if found is None:
            raise ActionError(f"there is no crisis {crisis_id}")
        return found
