"""Crises on the desk: declare, confirm, update, end. Attaching conversations is the action `Escalate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cminbox import query
from cminbox.desk.context import DeskContext
from cminbox.desk.escalation import check_severity
from cminbox.errors import ActionError
from cminbox.model import Instant
from cminbox.store import Connection, crises, deliveries, search, timers
from cminbox.store.crises import Crisis, CrisisChanges, CrisisStatus
from cminbox.store.events import Event

CRISIS_EVENTS = frozenset(
    f"crisis {what}" for what in ("declared", "confirmed", "dismissed", "ended", "update", "acknowledged")
)
"""The events that this part writes; each can be undone."""


class CrisisDesk:
    """Leads a crisis. Each call is one event, one entry of the crisis's timeline and one undo."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

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
        self._desk.check_may_act()
        name, member = " ".join(name.split()), self._desk.member
        if not name or not reason.strip():
            raise ActionError("a crisis needs a name and a reason")
        check_severity(severity)
        wanted = query.parse_typed(attach) if attach.strip() else None

        def work(conn: Connection) -> Crisis:
            if crises.by_name(conn, name) is not None:
                raise ActionError(f"a crisis named {name!r} is there already")
            now = self._desk.clock()
            crisis_id = crises.begin(
                conn,
                {
                    "name": name,
                    "severity": severity,
                    "status": "running",
                    "reason": reason.strip(),
                    "query": attach.strip(),
                    "lead": member.handle,
                    "declared_by": member.handle,
                    "declared_at": now,
                    "next_update_at": next_update_at,
                },
                reason.strip(),
            )
            if wanted is not None:
                # What matches already joins as what comes later does: once the engine looks at it.
                matching = search.to_sql(
                    wanted, query.Context(now, member.handle, member.teams, zone=self._desk.config.zone)
                )
                timers.rescore_matching(conn, matching)
            return self._log(conn, crisis_id, "declared", reason.strip(), {"status": "running"}, {})

        return self._desk.write(work)

    def confirm(self, crisis_id: int, reason: str) -> Crisis:
        """Make a proposed crisis a running one.

        Raises:
            ActionError: it is not proposed, or no reason was given.
        """
        if not reason.strip():
            raise ActionError("a crisis is confirmed with a reason")
        handle = self._desk.member.handle
        changes: CrisisChanges = {"status": "running", "lead": handle, "declared_by": handle}
        return self._change(crisis_id, "proposed", changes, "confirmed", reason)

    def dismiss(self, crisis_id: int, reason: str = "") -> Crisis:
        """Say that a proposed crisis is none."""
        changes: CrisisChanges = {"status": "dismissed", "ended_at": self._desk.clock()}
        return self._change(crisis_id, "proposed", changes, "dismissed", reason)

    def end(self, crisis_id: int, reason: str) -> Crisis:
        """End a running crisis.

        Raises:
            ActionError: it does not run, or no reason was given.
        """
        if not reason.strip():
            raise ActionError("a crisis ends with a reason")
        changes: CrisisChanges = {"status": "ended", "ended_at": self._desk.clock(), "next_update_at": None}
        return self._change(crisis_id, "running", changes, "ended", reason)

    def update(
        self, crisis_id: int, text: str = "", *, next_update_at: Instant | None = None, severity: int | None = None,
        lead: str | None = None, approval: bool | None = None,
    ) -> Crisis:  # fmt: skip
        """Write into the timeline, and set what changed with it.

        Raises:
            ActionError: it does not run, or the severity is none.
        """
        if severity is not None:
            check_severity(severity)
        given = {"next_update_at": next_update_at, "severity": severity, "lead": lead, "approval": approval}
        changes = cast("CrisisChanges", {name: value for name, value in given.items() if value is not None})
        if not text.strip() and not changes:
            raise ActionError("nothing to tell")
        words = text.strip() or ", ".join(f"{name.replace('_', ' ')} set" for name in changes)
        return self._change(crisis_id, "running", changes, "update", words)

    def acknowledge(self, crisis_id: int) -> int:
        """Say that one knows of it: of what this member was told, and of what a channel was told that is nobody's own.

        Returns:
            How many notices that are.

        Raises:
            ActionError: there is no such crisis, or nothing of it to acknowledge.
        """

        def work(conn: Connection) -> int:
            crisis, me = crises.get(conn, crisis_id), self._desk.member.handle
            if crisis is None:
                raise ActionError(f"there is no crisis {crisis_id}")
            told = deliveries.unread_matter(conn, me, crises.notice_key(crisis_id))
            if not told:
                raise ActionError(f"{crisis.name}: nobody told you of it, or you acknowledged it")
            deliveries.acknowledge_told(conn, told, me, self._desk.clock())
            detail = {"crisis": crisis_id, "what": "acknowledged", "told": told}
            self._desk.add_event(conn, "crisis acknowledged", detail, count=0)
            return len({notice for notice, _ in told})

        return self._desk.write(work)

    def undo(self, event: Event) -> str:
        """Take back what an event did to a crisis; what that was. The timeline keeps both.

        Raises:
            ActionError: it was changed since, or has become more than what was declared.
        """
        handle = self._desk.member.handle

        def work(conn: Connection) -> str:
            crisis, now = crises.get(conn, int(event.detail["crisis"])), self._desk.clock()
            what = str(event.detail["what"])
            made, was = event.detail.get("made", {}), event.detail.get("was", {})
            if crisis is None or any(getattr(crisis, name) != value for name, value in made.items()):
                raise ActionError(
                    f"{crisis.name if crisis else 'the crisis'} was changed meanwhile", "see its timeline"
                )
            if what == "acknowledged":
                deliveries.unacknowledge(conn, event.detail["told"], handle)
                self._desk.add_event(conn, "undo", {"of": event.action}, count=0, undoes=event.id)
                return f"crisis {crisis.name}: acknowledged no more"
            if what == "declared":
                crises.take_back(conn, crisis.id, None, now, handle)
                left = crises.get(conn, crisis.id)
                if left is not None and left.status == "running":
                    raise ActionError(f"{crisis.name} goes on: there is something in it", "end it instead")
            else:
                crises.update(conn, crisis.id, was)
                if what == "ended":
                    crises.attach_again(conn, crisis)
                elif what == "confirmed":
                    # What joined it meanwhile is in a crisis that is only proposed now.
                    crises.detach_all(conn, crisis.id)
                crises.add_entry(conn, crisis.id, now, handle, "undone", f"{what} was taken back")
            self._desk.add_event(conn, "undo", {"of": event.action}, undoes=event.id)
            return f"crisis {crisis.name}: {what} undone"

        return self._desk.write(work)

    def _change(self, crisis_id: int, status: CrisisStatus, changes: CrisisChanges, what: str, text: str) -> Crisis:
        """Set columns of a crisis of this status, and record `what` was done to it."""

        def work(conn: Connection) -> Crisis:
            crisis = crises.get(conn, crisis_id)
            if crisis is None:
                raise ActionError(f"there is no crisis {crisis_id}")
            if crisis.status != status:
                raise ActionError(f"{crisis.name} is {crisis.status}, not {status}")
            if changes:
                crises.update(conn, crisis_id, changes)
            if what == "ended":
                crises.detach_all(conn, crisis_id)
            elif what == "confirmed":
                crises.attach_again(conn, crisis)
            was = {name: getattr(crisis, name) for name in changes}
            return self._record(conn, crisis_id, what, text.strip(), changes, was)

        return self._desk.write(work)

    def _record(
        self, conn: Connection, crisis_id: int, what: str, text: str, made: CrisisChanges, was: Mapping[str, object]
    ) -> Crisis:
        """Write it into the timeline and the log; the crisis as it is now."""
        crises.add_entry(conn, crisis_id, self._desk.clock(), self._desk.member.handle, what, text)
        return self._log(conn, crisis_id, what, text, made, was)

    def _log(
        self, conn: Connection, crisis_id: int, what: str, text: str, made: CrisisChanges, was: Mapping[str, object]
    ) -> Crisis:
        """Write it into the log, for undo; the crisis as it is now."""
        detail = {"crisis": crisis_id, "what": what, "text": text, "made": made, "was": was}
        self._desk.add_event(conn, f"crisis {what}", detail, count=0)
        found = crises.get(conn, crisis_id)
        if found is None:
            raise ActionError(f"there is no crisis {crisis_id}")
        return found
