"""What people do to the state of conversations: who has them, and whether they are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from cminbox.desk.action import Act, Action, Change
from cminbox.errors import ActionError
from cminbox.model import Conversation, Instant
from cminbox.outbox_states import IN_FLIGHT
from cminbox.store import people

_RESOLVED = frozenset({"close", "reopen", "snooze", "spam", "not-spam", "take", "assign", "reply", "approve"})
"""What others do with a conversation that closing, snoozing and the like leave alone then: somebody is at it."""
_HANDED = frozenset({"take", "assign", "unassign", "reply"})


def _whose(row: Conversation) -> str:
    return row.assignee or (f"team:{row.team}" if row.team else "nobody's")


class _Step(Action):
    """What moves a conversation's life on."""

    steps: ClassVar[bool] = True
    yields_to: ClassVar[frozenset[str]] = _RESOLVED
    status: ClassVar[str]
    """The status that it leads to, as it is told beforehand."""

    def gather(self, act: Act, ids: Sequence[int]) -> None:
        """Who holds them."""
        if act.dry_run:
            act.memo["claims"] = people.claims(act.conn, ids, act.now)

    def stands(self, row: Conversation) -> str:
        """Its status."""
        return row.status

    def becomes(self, act: Act) -> str:
        """Its status."""
        return self.status

    def mind(self, row: Conversation, act: Act) -> str | None:
        """Somebody is about to answer it."""
        if row.outbox in IN_FLIGHT:
            return "with a reply on its way"
        claim = act.memo["claims"].get(row.id)
        return f"held by {claim.member}" if claim is not None and claim.member != act.member.handle else None


@dataclass(frozen=True)
class Take(Action):
    """Assign to oneself, and hold it for a while."""

    name: ClassVar[str] = "take"
    done: ClassVar[str] = "taken"
    yields_to: ClassVar[frozenset[str]] = _HANDED

    def gather(self, act: Act, ids: Sequence[int]) -> None:
        """Who holds them."""
        act.memo["claims"] = people.claims(act.conn, ids, act.now)

    def stands(self, row: Conversation) -> str:
        """Whose it is."""
        return _whose(row)

    def becomes(self, act: Act) -> str:
        """Whose it is then."""
        return act.member.handle

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Held by another, or already mine."""
        claim = act.memo["claims"].get(row.id)
        if claim is not None and claim.member != act.member.handle:
            return f"{claim.member} holds it"
        return None

    def change(self, row: Conversation, act: Act) -> Change:
        """The row with me as its assignee, and a claim."""
        act.pen.claim(row.id, act.member.handle, act.now, act.now + act.claim_ms)
        return Change({"assignee": act.member.handle, "assigned_by": act.by})


@dataclass(frozen=True)
class Assign(Action):
    """Assign to a member (`ana`), a team (`team:care`) or the least loaded of a team (`least-loaded:care`)."""

    to: str
    name: ClassVar[str] = "assign"
    done: ClassVar[str] = "assigned"
    yields_to: ClassVar[frozenset[str]] = _HANDED

    def prepare(self, act: Act) -> None:
        """The member or team must exist."""
        kind, _, team = self.to.partition(":")
        if kind in ("team", "least-loaded") and team:
            inside = tuple(m.handle for m in act.members if team in m.teams)
            if not inside:
                teams = sorted({t for m in act.members for t in m.teams})
                raise ActionError(f"no team {team!r}", f"teams: {', '.join(teams) or 'none'}")
            act.memo["loads"] = people.loads(act.conn, inside)
        elif self.to not in {m.handle for m in act.members}:
            raise ActionError(f"no member {self.to!r}", f"members: {', '.join(m.handle for m in act.members)}")

    def stands(self, row: Conversation) -> str:
        """Whose it is."""
        return _whose(row)

    def becomes(self, act: Act) -> str:
        """Whose it is then."""
        return self.to

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Already so."""
        kind, _, team = self.to.partition(":")
        if kind == "team":
            return "already theirs" if (row.team, row.assignee) == (team, "") else None
        return "already theirs" if row.assignee == self.to else None

    def change(self, row: Conversation, act: Act) -> Change:
        """The row with its new assignee; whoever held it lets go."""
        kind, _, team = self.to.partition(":")
        if kind == "team":
            changes = {"assignee": "", "team": team}
        elif kind == "least-loaded":
            loads: dict[str, int] = act.memo["loads"]
            member = min(loads, key=lambda handle: (loads[handle], handle))
            loads[member] += 1
            changes = {"assignee": member, "team": team}
        else:
            changes = {"assignee": self.to}
        act.pen.release(row.id)
        return Change({**changes, "assigned_by": act.by})

    def detail(self) -> dict[str, Any]:
        """To whom."""
        return {"to": self.to}


@dataclass(frozen=True)
class Unassign(Action):
    """Put back to nobody."""

    name: ClassVar[str] = "unassign"
    done: ClassVar[str] = "put back"
    yields_to: ClassVar[frozenset[str]] = _HANDED

    def stands(self, row: Conversation) -> str:
        """Whose it is."""
        return _whose(row)

    def becomes(self, act: Act) -> str:
        """Whose it is then."""
        return "nobody's"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Nobody has it."""
        return None if row.assignee or row.team else "nobody has it"

    def change(self, row: Conversation, act: Act) -> Change:
        """The row without an assignee; rules leave that alone."""
        act.pen.release(row.id)
        return Change({"assignee": "", "team": "", "assigned_by": act.by})


@dataclass(frozen=True)
class Snooze(_Step):
    """Hide until a time, or until they reply."""

    until: Instant
    name: ClassVar[str] = "snooze"
    done: ClassVar[str] = "snoozed"
    status: ClassVar[str] = "snoozed"

    def prepare(self, act: Act) -> None:
        """The time must lie ahead."""
        if self.until <= act.now:
            raise ActionError("that time is past", "name one that lies ahead")

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Spam does not sleep."""
        return "it is spam" if row.status == "spam" else None

    def change(self, row: Conversation, act: Act) -> Change:
        """A step of its life."""
        return Change(step="snoozed", until=self.until)

    def detail(self) -> dict[str, Any]:
        """Until when."""
        return {"until": self.until}


@dataclass(frozen=True)
class Close(_Step):
    """Resolve."""

    name: ClassVar[str] = "close"
    done: ClassVar[str] = "closed"
    status: ClassVar[str] = "closed"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Already closed."""
        return "already closed" if row.status == "closed" else None

    def change(self, row: Conversation, act: Act) -> Change:
        """A step of its life."""
        act.pen.release(row.id)
        return Change(step="closed")


@dataclass(frozen=True)
class Reopen(_Step):
    """Open again what was closed, snoozed or pending."""

    name: ClassVar[str] = "reopen"
    done: ClassVar[str] = "opened again"
    status: ClassVar[str] = "open"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Already open, or spam (which has its own action)."""
        if row.status == "spam":
            return "it is spam: use not-spam"
        return "already open" if row.status == "open" else None

    def change(self, row: Conversation, act: Act) -> Change:
        """A step of its life."""
        return Change(step="opened")


@dataclass(frozen=True)
class Spam(_Step):
    """Call it spam: nothing opens it again."""

    name: ClassVar[str] = "spam"
    done: ClassVar[str] = "called spam"
    status: ClassVar[str] = "spam"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """Already spam."""
        return "already spam" if row.status == "spam" else None

    def change(self, row: Conversation, act: Act) -> Change:
        """A step of its life."""
        return Change(step="spammed")


@dataclass(frozen=True)
class NotSpam(_Step):
    """Take spam back into the queue."""

    name: ClassVar[str] = "not-spam"
    done: ClassVar[str] = "taken back"
    status: ClassVar[str] = "open"

    def refuse(self, row: Conversation, act: Act) -> str | None:
        """It is not spam."""
        return None if row.status == "spam" else "it is not spam"

    def change(self, row: Conversation, act: Act) -> Change:
        """A step of its life."""
        return Change(step="opened")
