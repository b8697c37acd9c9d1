"""The desk itself: runs actions in one transaction each, writes the event, and undoes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cminbox import model
from cminbox.config import Config
from cminbox.desk.action import RESCORE_NOW, Act, Action, Change, life_columns
from cminbox.desk.crises import CrisisDesk
from cminbox.desk.outbox import Outbox
from cminbox.desk.presence import PresenceDesk
from cminbox.desk.undoing import TakingBack, plain, settle_crises
from cminbox.errors import ActionError
from cminbox.life import Life, Step, take, takes_alone
from cminbox.model import Instant, Member
from cminbox.store import Connection, Store, conversations, crises, events, labels, lives, messages, people
from cminbox.store.connection import next_changed
from cminbox.store.conversations import Conversation
from cminbox.store.events import Event

UNDOABLE = frozenset(
    {"take", "assign", "unassign", "snooze", "close", "reopen", "spam", "not-spam"}
    | {"label", "note", "priority", "correct", "escalate", "vip", "approve", "reject"}
)
"""Actions that can be taken back, by the name that their event carries."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to.

    Attributes:
        event_id: its event; None for a dry run or when nothing changed.
        changed: conversations that it changed (or, in a dry run, would change).
        skipped: those left alone, each with why.
        summary: in words, for the status line.
    """

    event_id: int | None
    changed: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]
    summary: str


class _NothingKept(Exception):
    """Rolls back the transaction of a dry run, and of an action that changed nothing."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


class Desk(Outbox, CrisisDesk, PresenceDesk):
    """The desk of one member at one screen (or one call of the command line).

    Args:
        store: where everything is.
        config: for the team, the undo countdown and the length of a claim.
        member: who acts.
        session: tells this screen's actions from others', for undo and presence.
        clock: epoch milliseconds; tests pass their own.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        member: Member,
        session: str | None = None,
        clock: Callable[[], Instant] = model.now,
    ) -> None:
        self.store = store
        self.config = config
        self.member = member
        self.session = session or uuid.uuid4().hex
        self.clock = clock

    def do(
        self,
        action: Action,
        ids: Sequence[int],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
        group: str = "",
    ) -> Outcome:
        """Do something to conversations: one transaction, one event, one undo.

        Args:
            action: what.
            ids: to which; those that do not exist are skipped.
            dry_run: say what would change, and change nothing.
            progress: told how many are done, every few hundred.
            group: what this session did one after the other under one name is undone together: `thanks#3`.

        Raises:
            ActionError: it makes no sense, or this member may not.
            StoreError: it could not be written; nothing was changed.
        """
        self.check_may_act()

        def work(conn: Connection) -> Outcome:
            outcome = self._run(conn, action, ids, dry_run, progress, group)
            if outcome.event_id is None:
                raise _NothingKept(outcome)
            return outcome

        try:
            return self.store.write(work)
        except _NothingKept as told:
            return told.outcome

    def _act(self, conn: Connection, dry_run: bool = False) -> Act:
        config = self.config
        members = self._members(conn)
        return Act(conn, self.member, self.clock(), members, config.claim_ms, config.undo_ms, dry_run=dry_run)

    def _members(self, conn: Connection) -> tuple[Member, ...]:
        known = {m.handle: m for m in people.members(conn)}
        known |= {m.handle: Member(m.handle, m.name, m.role, m.teams) for m in self.config.members}
        return (*known.values(), self.member) if self.member.handle not in known else tuple(known.values())

    def _run(
        self,
        conn: Connection,
        action: Action,
        ids: Sequence[int],
        dry_run: bool,
        progress: Callable[[int], None] | None,
        group: str,
    ) -> Outcome:
        act = self._act(conn, dry_run)
        act.changed = next_changed(conn)
        action.prepare(act)
        detail = {**action.detail(), "group": group} if group else action.detail()
        act.event_id = events.add(conn, act.now, act.by, action.name, detail=detail, count=0, session=self.session)
        changed: list[int] = []
        skipped: list[tuple[int, str]] = []
        touched_crises: set[int] = set()
        wanted = list(dict.fromkeys(ids))
        for part in conversations.chunks(wanted):
            rows = conversations.many(conn, part)
            for number in part:
                row = rows.get(number)
                why = "there is no such conversation" if row is None else action.refuse(row, act)
                if row is None or why is not None:
                    skipped.append((number, why or ""))
                    continue
                after = self._apply(conn, act, row, action.change(row, act))
                touched_crises |= {c for c in (row.crisis_id, after.get("crisis_id", row.crisis_id)) if c is not None}
                changed.append(number)
            if progress is not None:
                progress(len(changed) + len(skipped))
        if action.name == "escalate":
            for crisis_id in touched_crises:
                crises.recount(conn, crisis_id)
        people.seen(conn, self.member.handle, act.now)
        events.finish(conn, act.event_id, len(changed))
        event_id = act.event_id if changed and not dry_run else None
        return Outcome(event_id, tuple(changed), tuple(skipped), _summary(action.done, changed, skipped))

    def _apply(self, conn: Connection, act: Act, row: Conversation, change: Change) -> Mapping[str, Any]:
        columns = dict(change.columns)
        if change.step is not None:
            step = Step(act.now, change.step, messages.newest_id(conn, row.id), act.member.handle, change.until)
            lives.add_step(conn, row.id, step, act.event_id)
            columns |= life_columns(row, _stepped(conn, row, step))
        for label, on in change.labels.items():
            labels.put(conn, row.id, label, act.by, removed=not on)
        before = {name: getattr(row, name) for name in columns}
        events.add_item(
            conn,
            act.event_id,
            row.id,
            {"columns": plain(before), "kept": dict(change.kept)},
            {"columns": plain(columns)},
        )
        conversations.update(conn, row.id, {**columns, "rescore_at": RESCORE_NOW, "changed": act.changed})
        return columns

    def undoable(self) -> str | None:
        """What `undo` would take back, in words; None if there is nothing."""
        event = events.last_undoable(self.store.read(), self.session, UNDOABLE)
        if event is None:
            return None
        return f"{_named(event)} of {event.count} conversation{'s' if event.count != 1 else ''}"

    def undo(self) -> Outcome:
        """Take back this session's last action, or group of actions, in order. What others changed since stays theirs.

        Raises:
            ActionError: there is nothing to undo.
        """
        self.check_may_act()
        return self.store.write(self._undo)

    def _undo(self, conn: Connection) -> Outcome:
        event = events.last_undoable(conn, self.session, UNDOABLE)
        if event is None:
            raise ActionError("nothing to undo", "only this session's actions can be undone; a sent reply cannot")
        name, group = _named(event), event.detail.get("group")
        found = [self._undo_one(conn, event)]
        while group and (event := events.last_undoable(conn, self.session, UNDOABLE)) is not None:
            if event.detail.get("group") != group:
                break
            found.append(self._undo_one(conn, event))
        left = {number: why for outcome in found for number, why in outcome.skipped}
        changed = tuple(dict.fromkeys(n for outcome in found for n in outcome.changed if n not in left))
        skipped = tuple(left.items())
        return Outcome(found[0].event_id, changed, skipped, _summary(f"undone ({name})", changed, skipped))

    def _undo_one(self, conn: Connection, event: Event) -> Outcome:
        act = self._act(conn)
        act.changed = next_changed(conn)
        undo_id = events.add(
            conn, act.now, act.by, "undo", detail={"of": event.action}, session=self.session, undoes=event.id
        )
        changed: list[int] = []
        skipped: list[tuple[int, str]] = []
        touched_crises: set[int] = set()
        items = events.items(conn, event.id)
        for part in (items[i : i + 500] for i in range(0, len(items), 500)):
            rows = conversations.many(conn, [item.conversation_id for item in part])
            for item in part:
                row = rows.get(item.conversation_id)
                if row is None:
                    skipped.append((item.conversation_id, "it is no longer there"))
                    continue
                touched_crises |= {c for c in (row.crisis_id, item.before["columns"].get("crisis_id")) if c is not None}
                columns, why = TakingBack(act, event.id, row, item).run()
                conversations.update(conn, row.id, {**columns, "rescore_at": RESCORE_NOW, "changed": act.changed})
                events.add_item(conn, undo_id, row.id)
                if why:
                    skipped.append((row.id, why))
                else:
                    changed.append(row.id)
        if event.action == "escalate":
            settle_crises(act, touched_crises, items)
        events.finish(conn, undo_id, max(len(changed), 1))
        return Outcome(undo_id, tuple(changed), tuple(skipped), "")


def _named(event: Event) -> str:
    """What an undo of an event takes back: its action, or the group that it is of."""
    return str(event.detail.get("group", event.action)).partition("#")[0]


def _stepped(conn: Connection, row: Conversation, step: Step) -> Life:
    """The life after a step; what brings back needs the whole timeline, to know what was left unanswered."""
    if not takes_alone(lives.of(row), step):
        return lives.replayed(conn, row)
    life, found = take(lives.of(row), step)
    lives.add_measures(conn, row, row, found)
    return life


def _summary(done: str, changed: Sequence[int], skipped: Sequence[tuple[int, str]]) -> str:
    """«12 closed, 1 left alone (already closed)»."""
    text = f"{len(changed):,} {done}" if changed or not skipped else "nothing changed"
    if not skipped:
        return text
    reasons = list(dict.fromkeys(why for _, why in skipped))
    more = f" and {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
    return f"{text}, {len(skipped):,} left alone ({reasons[0]}{more})"
