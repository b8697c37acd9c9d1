"""Attaching conversations to a crisis: one that runs, one that a rule proposed, or a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from cminbox.desk.action import Action, ActionContext, Change, Reversal
from cminbox.errors import ActionError, UsageError
from cminbox.model import Conversation, Instant
from cminbox.store import crises
from cminbox.store.crises import Crisis, CrisisChanges


class _Target(NamedTuple):
    """The crisis that conversations are attached to; id 0 where a preview would declare it.

    `undo_data` says whether the action declared or confirmed it, and how it was before.
    """

    id: int
    name: str
    undo_data: Mapping[str, Any]


@dataclass(frozen=True)
class Escalate(Action):
    """Attach to a crisis: a running or proposed one by its id, else a new one by its name."""

    crisis_id: int | None = None
    crisis_name: str = ""
    severity: int = 3
    reason: str = ""
    name: ClassVar[str] = "escalate"
    done: ClassVar[str] = "escalated"
    yields_to: ClassVar[frozenset[str]] = frozenset({"escalate"})

    @classmethod
    def parse(cls, args: Sequence[str], now: Instant) -> Self:
        """From `#3` or a name, then perhaps a severity, then perhaps a reason."""
        name, severity, reason = args[0], 3, args[1:]
        if len(args) > 1 and args[1].isascii() and args[1].isdigit():
            severity, reason = int(args[1]), args[2:]
            if not 1 <= severity <= 4:
                raise UsageError("severity is 1 (highest) to 4")
        if name.startswith("#") and name[1:].isascii() and name[1:].isdigit():
            return cls(crisis_id=int(name[1:]), reason=" ".join(reason))
        return cls(crisis_name=name, severity=severity, reason=" ".join(reason))

    def prepare(self, ctx: ActionContext) -> None:
        """Find the crisis, confirm it where it is only proposed, or declare it."""
        crisis = None
        name = " ".join(self.crisis_name.split())
        if self.crisis_id is not None:
            crisis = crises.get(ctx.conn, self.crisis_id)
            if crisis is None or crisis.status not in ("running", "proposed"):
                raise ActionError(f"there is no running crisis {self.crisis_id}")
        elif name:
            crisis = crises.by_name(ctx.conn, name)
        else:
            raise ActionError("a crisis needs a name")
        check_severity(self.severity)
        if ctx.dry_run:
            ctx.memo["crisis"] = _Target(crisis.id, crisis.name, {}) if crisis else _Target(0, name, {})
            return
        ctx.memo["crisis"] = self._join(ctx, crisis) if crisis else self._declare(ctx, name)

    def recheck(self, ctx: ActionContext) -> None:
        target: _Target = ctx.memo["crisis"]
        crisis = crises.get(ctx.conn, target.id)
        if crisis is None or crisis.status != "running":
            raise ActionError(f"{target.name} has ended meanwhile")
        ctx.memo["crisis"] = target._replace(name=crisis.name)

    def state_before(self, row: Conversation) -> str:
        return f"in {row.crisis}" if row.crisis else "in no crisis"

    def state_after(self, ctx: ActionContext) -> str:
        return f"in {ctx.memo['crisis'].name}"

    def _join(self, ctx: ActionContext, crisis: Crisis) -> _Target:
        if crisis.status == "running":
            return _Target(crisis.id, crisis.name, {})
        handle = ctx.member.handle
        changes: CrisisChanges = {"status": "running", "declared_by": handle, "declared_at": ctx.now, "lead": handle}
        before = {name: getattr(crisis, name) for name in changes}
        crises.update(ctx.conn, crisis.id, changes)
        crises.attach_again(ctx.conn, crisis)
        crises.add_entry(ctx.conn, crisis.id, ctx.now, handle, "confirmed", self.reason)
        return _Target(crisis.id, crisis.name, {"confirmed": {str(crisis.id): before}})

    def _declare(self, ctx: ActionContext, name: str) -> _Target:
        crisis_id = crises.begin(
            ctx.conn,
            {
                "name": name,
                "severity": self.severity,
                "status": "running",
                "reason": self.reason,
                "lead": ctx.member.handle,
                "declared_by": ctx.member.handle,
                "declared_at": ctx.now,
            },
            self.reason,
        )
        return _Target(crisis_id, name, {"declared": crisis_id})

    def refuse(self, row: Conversation, ctx: ActionContext) -> str | None:
        return "already in it" if row.crisis_id == ctx.memo["crisis"].id else None

    def change(self, row: Conversation, ctx: ActionContext) -> Change:
        target: _Target = ctx.memo["crisis"]
        return Change(crises.joined(row, target.id, target.name), undo_data=target.undo_data)

    def detail(self) -> dict[str, Any]:
        return {"name": self.crisis_name, "severity": self.severity, "reason": self.reason}

    @classmethod
    def revert(cls, undo: Reversal) -> None:
        if undo.restore("crisis", "crisis_id"):
            before = undo.before["crisis_id"]
            crisis = None if before is None else crises.get(undo.ctx.conn, before)
            undo.columns |= crises.columns_of(crisis)
            undo.columns["crises"] = tuple(undo.before.get("crises", (f"#{crisis.id}", crisis.name) if crisis else ()))


def check_severity(severity: int) -> None:
    """Refuse what is no severity of a crisis.

    Raises:
        ActionError: it is not one of 1 (highest) to 4.
    """
    if not 1 <= severity <= 4:
        raise ActionError(f"{severity} is not a severity", "1 is the highest, 4 the lowest")
