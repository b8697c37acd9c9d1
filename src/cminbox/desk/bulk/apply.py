"""Doing something to conversations: what an action says of each row is worked out and written, portion by portion."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cminbox.desk.action import RESCORE_NOW, Act, Action, Change, life_columns
from cminbox.desk.bulk.job import Deed, Outcome
from cminbox.desk.bulk.restore import plain
from cminbox.lifecycle import Step
from cminbox.model import Conversation
from cminbox.store import Connection, action_writes, conversations, crises, events, labels, lifecycle_rows, people

if TYPE_CHECKING:
    from cminbox.desk.desk import Desk

_NOT_THERE = "there is no such conversation"
_LAST = 1 << 62


class Doing(Deed):
    """An action under way.

    What others do to a conversation that it has not come to yet counts: the action meets it as it stands then, and
    where the two do not go together theirs stays (`Action.yields_to`). So does what somebody says in it meanwhile,
    for actions that resolve: nobody resolves what they could not have seen.
    """

    def __init__(self, desk: Desk, action: Action, ids: Sequence[int], group: str = "") -> None:
        wanted = list(dict.fromkeys(ids))
        super().__init__(desk, action.name, len(wanted))
        self.action = action
        self.group = group
        # Neighbours in the store are written together; the order of a few is kept.
        self._wanted = sorted(wanted) if self.in_portions else wanted
        self._at = 0
        self._early_ones: set[int] = set()
        self._since: tuple[int, int, int] | None = None
        self._crises: set[int] = set()

    def outcome(self) -> Outcome:
        """What it came to."""
        words = self._said(summary(self.action.done, self.changed, self.skipped))
        event_id = self.event_id if self.changed else None
        return Outcome(event_id, tuple(self.changed), tuple(self.skipped), words, self.of - self.reached)

    def _open(self, act: Act) -> int:
        self.action.prepare(act)
        event_id = events.add(
            act.conn, act.now, act.by, self.action.name, detail=self._detail(), count=0, session=self.desk.session
        )
        if self._since is None and self.in_portions:
            self._since = event_id - 1, act.changed, action_writes.newest_message(act.conn)
        return event_id

    def _go_on(self, act: Act) -> None:
        self.action.go_on(act)

    def _next(self, conn: Connection, size: int) -> tuple[Sequence[int], int]:
        part = self._wanted[self._at : self._at + size]
        self._at += len(part)
        return [number for number in part if number not in self._early_ones], len(part)

    def _state(self) -> tuple[Any, ...]:
        return (*super()._state(), self._at, set(self._early_ones))

    def _restore(self, state: tuple[Any, ...]) -> None:
        *rest, self._at, self._early_ones = state
        super()._restore(tuple(rest))

    def _ahead(self, ids: Sequence[int]) -> Sequence[int]:
        return [number for number in dict.fromkeys(ids) if self._place(number) >= self._at]

    def _take_ahead(self, conn: Connection, ids: Sequence[int]) -> Sequence[int]:
        taken = [number for number in ids if self._place(number) >= self._at and number not in self._early_ones]
        self._early_ones.update(taken)
        return taken

    def _place(self, number: int) -> int:
        """Where a conversation stands in a deed in portions; -1 if it is not among them."""
        place = bisect_left(self._wanted, number)
        return place if place < len(self._wanted) and self._wanted[place] == number else -1

    def _do(self, act: Act, ids: Sequence[int]) -> None:
        rows = conversations.many(act.conn, ids)
        if self.action.steps:
            act.newest = action_writes.newest_messages(act.conn, ids)
        self.action.gather(act, ids)
        theirs = self._meanwhile(act, rows)
        for number in ids:
            row = rows.get(number)
            why = _NOT_THERE if row is None else theirs.get(number) or self.action.refuse(row, act)
            if row is None or why is not None:
                self.skipped.append((number, why or ""))
                continue
            after = self._apply(act, row, self.action.change(row, act))
            if self.action.name == "escalate":
                self._crises |= {c for c in (row.crisis_id, after.get("crisis_id")) if c is not None}
            self.changed.append(number)
        people.seen(act.conn, act.member.handle, act.now)

    def _meanwhile(self, act: Act, rows: Mapping[int, Conversation]) -> dict[int, str]:
        """Of conversations that others came to since this was begun: why they are left alone."""
        if self._since is None:
            return {}
        event, changed, message = self._since
        moved = [number for number, row in rows.items() if row.changed > changed]
        found: dict[int, str] = {}
        if self.action.steps:
            found = {n: "something was said there meanwhile" for n in moved if act.newest.get(n, 0) > message}
        if moved and self.action.yields_to:
            for number, event_id, actor, done in events.later(act.conn, event, moved):
                kind, _, who = actor.partition(":")
                if kind == "member" and event_id != act.event_id and done in self.action.yields_to:
                    found[number] = f"{who} was there first: {done}"
        return found

    def _apply(self, act: Act, row: Conversation, change: Change) -> Mapping[str, Any]:
        columns, kept, pen = dict(change.columns), dict(change.kept), act.pen
        if change.step is not None:
            step = Step(act.now, change.step, act.newest.get(row.id, 0), act.member.handle, change.until)
            pen.step(row.id, step, act.event_id)
            life = lifecycle_rows.lifecycle_of(row)
            if life.can_append(step):
                found = life.add_step(step)
                pen.measures(row, found)
                # As long as these stay so, taking the step back needs no look at the timeline.
                kept |= {"messages": row.messages, "inbound": row.inbound, "measured": bool(found)}
            else:
                # What brings back needs the whole timeline, to know what was left unanswered.
                life = lifecycle_rows.replay(act.conn, row, [step._replace(id=_LAST)])
            columns |= life_columns(row, life)
        for label, on in change.labels.items():
            labels.put(act.conn, row.id, label, act.by, removed=not on)
        before = {name: getattr(row, name) for name in columns}
        pen.item(act.event_id, row.id, {"columns": plain(before), "kept": plain(kept)}, {"columns": plain(columns)})
        pen.columns(row.id, {**columns, "rescore_at": RESCORE_NOW, "changed": act.changed})
        return columns

    def _close(self, act: Act) -> None:
        for crisis_id in self._crises:
            crises.recount(act.conn, crisis_id)

    def _detail(self) -> dict[str, Any]:
        return {**self.action.detail(), "group": self.group} if self.group else self.action.detail()


def summary(done: str, changed: Sequence[int], skipped: Sequence[tuple[int, str]]) -> str:
    """«12 closed, 1 left alone (already closed)»."""
    text = f"{len(changed):,} {done}" if changed or not skipped else "nothing changed"
    if not skipped:
        return text
    reasons = list(dict.fromkeys(why for _, why in skipped))
    more = f" and {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
    return f"{text}, {len(skipped):,} left alone ({reasons[0]}{more})"
