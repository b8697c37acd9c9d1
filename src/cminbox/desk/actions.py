"""What people do to the state of conversations: who has them, and whether they are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.desk.telling import tell_assigned
from cminbox.errors import ActionError, UsageError
from cminbox.lifecycle import StepName
from cminbox.model import Conversation, Instant, Status
from cminbox.outbox_states import IN_FLIGHT
from cminbox.store import assignments, duty, people
from cminbox.store.changes import ConversationChanges
from cminbox.store.duty import Available
from cminbox.when import near_time, parse_when

_RESOLVED = frozenset(
    {"close", "none-needed", "reopen", "snooze", "spam", "not-spam", "take", "assign", "reply", "approve"}
)
"""What others do with a conversation that closing, snoozing and the like leave alone then: somebody is at it."""
REASONS = ("chatter", "thanks", "not for us", "handled elsewhere", "duplicate")
"""Why a conversation needs no answer."""
BY_TURNS = ("least-loaded", "round-robin")
"""Ways of giving conversations to the members of a team."""
_HANDED_OVER = frozenset({"take", "assign", "unassign", "reply"})


class _StepAction(Action):
    """What makes a step in a conversation's lifecycle, and so changes its status."""

    has_step: ClassVar[bool] = True
    yields_to: ClassVar[frozenset[str]] = _RESOLVED
    status: ClassVar[Status] = "open"
    """The status that it leads to."""
    step: ClassVar[StepName] = "opened"

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        """Look up who holds them; only a preview asks."""
        if ctx.dry_run:
            ctx.memo["claims"] = people.claims(ctx.conn, ids, ctx.now)

    def state_before(self, row: Conversation) -> str:
        return row.status

    def state_after(self, ctx: ActionContext) -> str:
        return self.status

    def warnings(self, row: Conversation, ctx: ActionContext) -> tuple[str, ...]:
        if row.outbox in IN_FLIGHT:
            return ("with a reply on its way",)
        claim = ctx.memo["claims"].get(row.id)
        return (f"held by {claim.member}",) if claim is not None and claim.member != ctx.member.handle else ()

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return f"already {self.status}" if row.status == self.status else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        return Change(step=self.step)


class _AssignAction(Action):
    """What changes whose a conversation is."""

    yields_to: ClassVar[frozenset[str]] = _HANDED_OVER

    def state_before(self, row: Conversation) -> str:
        return row.assignee or (f"team:{row.team}" if row.team else "nobody's")

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        """Give it back to whoever had it; what this member holds of it is let go."""
        if undo.restore("assignee", "assignee", "assigned_by", "team"):
            claim = people.claimed(undo.ctx.conn, undo.row.id, undo.ctx.now)
            if claim is not None and claim.member == undo.ctx.member.handle:
                people.release(undo.ctx.conn, [undo.row.id])


@dataclass(frozen=True)
class Take(_AssignAction):
    """Assign to oneself, and hold it for a while."""

    name: ClassVar[str] = "take"
    done: ClassVar[str] = "taken"

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        ctx.memo["claims"] = people.claims(ctx.conn, ids, ctx.now)

    def state_after(self, ctx: ActionContext) -> str:
        return ctx.member.handle

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        claim = ctx.memo["claims"].get(row.id)
        if claim is not None and claim.member != ctx.member.handle:
            return f"{claim.member} holds it"
        return None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        ctx.batch.claims.append((row.id, ctx.member.handle, ctx.now, ctx.now + ctx.desk.config.claim_ms))
        return Change({"assignee": ctx.member.handle, "assigned_by": ctx.by})


@dataclass(frozen=True)
class TakeFree(Take):
    """Take the first of these that is open and that nobody has, holds or answers."""

    def prefetch(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        super().prefetch(ctx, ids)
        ctx.memo["here"] = people.present(ctx.conn, ids, ctx.now, ctx.desk.session)

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        if ctx.memo.get("found", row.id) != row.id:
            return "one is enough"
        if row.status != "open" or row.gone:
            return "it is not open"
        if row.assignee:
            return "somebody has it"
        writing = any(
            at.doing == "replying" and at.member != ctx.member.handle for at in ctx.memo["here"].get(row.id, ())
        )
        why = "somebody is replying" if writing else super().refuse(row, ctx)
        if why is None:
            ctx.memo["found"] = row.id
        return why


@dataclass(frozen=True)
class Assign(_AssignAction):
    """Assign to a member (`ana`), a team (`team:care`), the least loaded of a team (`least-loaded:care`), or whoever's
    turn it is in it (`round-robin:care`). The last two count only who is on duty; where nobody is, the team has it."""

    to: str
    name: ClassVar[str] = "assign"
    done: ClassVar[str] = "assigned"
    remembered: ClassVar[tuple[str, ...]] = ("to",)

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `ana`, `@ana`, `team:care`, `least-loaded:care` or `round-robin:care`."""
        return cls(args[0].removeprefix("@"))

    def prepare(self, ctx: ActionContext) -> None:
        members = ctx.team()
        kind, _, team = self.to.partition(":")
        if kind in ("team", *BY_TURNS) and team:
            inside = tuple(m.handle for m in members if team in m.teams)
            if not inside:
                teams = sorted({t for m in members for t in m.teams})
                raise ActionError(f"no team {team!r}", f"teams: {', '.join(teams) or 'none'}")
            if kind != "team":
                inside = Available(ctx.desk.config, ctx.now).among(ctx.conn, inside)
                ctx.memo["loads"] = people.open_counts(ctx.conn, inside)
                ctx.memo["remark"] = "" if inside else f" to the team: nobody of {team} is on duty"
        elif self.to not in {m.handle for m in members}:
            raise ActionError(f"no member {self.to!r}", f"members: {', '.join(m.handle for m in members)}")
        elif not (state := duty.states(ctx.conn, ctx.desk.config, [self.to], ctx.now)[self.to]).on_duty:
            until = f" until {near_time(state.until, ctx.now, ctx.desk.config.zone)}" if state.until is not None else ""
            ctx.memo["remark"] = f"; {self.to} is off duty{until}"

    def state_after(self, ctx: ActionContext) -> str:
        return self.to

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        kind, _, team = self.to.partition(":")
        if kind == "team":
            return "already theirs" if (row.team, row.assignee) == (team, "") else None
        return "already theirs" if row.assignee == self.to else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        kind, _, team = self.to.partition(":")
        if kind == "team":
            changes: ConversationChanges = {"assignee": "", "team": team}
        elif kind in BY_TURNS:
            loads: dict[str, int] = ctx.memo["loads"]
            member = ""
            if loads and kind == "round-robin":
                member = assignments.next_turn(ctx.conn, team, tuple(loads))
            elif loads:
                member = assignments.least_loaded(loads, tuple(loads))
            changes = {"assignee": member, "team": team}
        else:
            changes = {"assignee": self.to}
        ctx.batch.released.append(row.id)
        return Change({**changes, "assigned_by": ctx.by})

    def tell(self, ctx: ActionContext) -> None:
        tell_assigned(ctx)


@dataclass(frozen=True)
class Unassign(_AssignAction):
    """Put back to nobody."""

    name: ClassVar[str] = "unassign"
    done: ClassVar[str] = "put back"

    def state_after(self, ctx: ActionContext) -> str:
        return "nobody's"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if row.assignee or row.team else "nobody has it"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        """Take the assignee away; rules leave that alone."""
        ctx.batch.released.append(row.id)
        return Change({"assignee": "", "team": "", "assigned_by": ctx.by})


@dataclass(frozen=True)
class Snooze(_StepAction):
    """Hide until a time, or until they reply."""

    until: Instant
    name: ClassVar[str] = "snooze"
    done: ClassVar[str] = "snoozed"
    remembered: ClassVar[tuple[str, ...]] = ("until",)
    status: ClassVar[Status] = "snoozed"
    step: ClassVar[StepName] = "snoozed"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From a time as people type it: `2h`, `tomorrow 9:00`."""
        return cls(parse_when(" ".join(args), now))

    def prepare(self, ctx: ActionContext) -> None:
        if self.until <= ctx.now:
            raise ActionError("that time is past", "name one that lies ahead")

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Leave spam alone; what sleeps may sleep until another time."""
        return "it is spam" if row.status == "spam" else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        return Change(step=self.step, until=self.until)


@dataclass(frozen=True)
class Close(_StepAction):
    """Resolve; whoever held it lets go."""

    name: ClassVar[str] = "close"
    done: ClassVar[str] = "closed"
    status: ClassVar[Status] = "closed"
    step: ClassVar[StepName] = "closed"

    def warnings(self, row: Conversation, ctx: ActionContext) -> tuple[str, ...]:
        """Say who would go without the answer that they need, too."""
        known = super().warnings(row, ctx)
        return ("unanswered", *known) if row.needs_since is not None and row.outbox not in IN_FLIGHT else known

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        ctx.batch.released.append(row.id)
        return super().change(row, ctx)


@dataclass(frozen=True)
class NoneNeeded(_StepAction):
    """Close what needs no answer, and say why."""

    reason: str
    name: ClassVar[str] = "none-needed"
    done: ClassVar[str] = "closed: none needed"
    remembered: ClassVar[tuple[str, ...]] = ("reason",)
    status: ClassVar[Status] = "closed"
    step: ClassVar[StepName] = "closed"

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From one of `REASONS`, or its beginning: `handled elsewhere`, `handled`."""
        typed = " ".join(" ".join(args).replace("-", " ").casefold().split())
        found = [reason for reason in REASONS if reason == typed] or [r for r in REASONS if r.startswith(typed)]
        if len(found) != 1:
            raise UsageError(f"{typed!r} is no reason", f"reasons: {', '.join(REASONS)}")
        return cls(found[0])

    def prepare(self, ctx: ActionContext) -> None:
        if self.reason not in REASONS:
            raise ActionError(f"{self.reason!r} is no reason", f"reasons: {', '.join(REASONS)}")

    def state_after(self, ctx: ActionContext) -> str:
        return f"closed: none needed ({self.reason})"

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        ctx.batch.released.append(row.id)
        return Change(step=self.step, reason=self.reason)


@dataclass(frozen=True)
class Reopen(_StepAction):
    """Open again what was closed, snoozed or pending."""

    name: ClassVar[str] = "reopen"
    done: ClassVar[str] = "opened again"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        """Leave alone what is open, and spam, which has an action of its own."""
        return "it is spam: use not-spam" if row.status == "spam" else super().refuse(row, ctx)


@dataclass(frozen=True)
class Spam(_StepAction):
    """Call it spam: nothing opens it again."""

    name: ClassVar[str] = "spam"
    done: ClassVar[str] = "called spam"
    status: ClassVar[Status] = "spam"
    step: ClassVar[StepName] = "spammed"


@dataclass(frozen=True)
class NotSpam(_StepAction):
    """Take spam back into the queue."""

    name: ClassVar[str] = "not-spam"
    done: ClassVar[str] = "taken back"

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return None if row.status == "spam" else "it is not spam"
