"""Doing something to conversations: what an action says of each row is worked out and written, portion by portion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from cminbox.desk.action import RESCORE_NOW, Action, ActionContext, Change, life_columns, sla_of
from cminbox.desk.bulk.job import BulkWork
from cminbox.lifecycle import Findings, Step
from cminbox.model import Conversation
from cminbox.outbox_states import IN_FLIGHT
from cminbox.store import action_writes, conversations, crises, events, labels, lifecycle_rows, people
from cminbox.store.changes import ConversationChanges
from cminbox.store.events import Item

_LAST = 1 << 62
"""The id of a step that is not written yet: it comes after all others."""


class Apply(BulkWork):
    """An action on many conversations.

    What others do to a conversation that it has not come to yet counts: the action meets it as it stands then, and
    where the two do not go together theirs stays (`Action.yields_to`). So does what somebody writes in it meanwhile,
    for actions that resolve: nobody resolves what they could not have seen.
    """

    def __init__(self, action: Action, group: str = "") -> None:
        super().__init__(action.name, action.done_words)
        self._action = action
        self._group = group
        self._began: tuple[int, int, int] | None = None
        """The newest event, change number and message when this was begun."""
        self._crises: set[int] = set()
        self._unanswered: set[int] = set()
        self._told = ""

    def begin(self, ctx: ActionContext) -> int:
        """Check what does not depend on a conversation, and begin the event."""
        self._action.prepare(ctx)
        event_id = ctx.desk.add_event(ctx.conn, self._action.name, self.detail(), count=0, at=ctx.now)
        if self._began is None:
            self._began = event_id - 1, ctx.changed, action_writes.newest_message(ctx.conn)
        return event_id

    def recheck(self, ctx: ActionContext) -> None:
        self._action.recheck(ctx)

    def process(self, ctx: ActionContext, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Do it to each that is there, that nobody else came to and that the action does not refuse."""
        rows = conversations.many(ctx.conn, ids)
        if self._action.has_step:
            ctx.newest = action_writes.newest_messages(ctx.conn, ids)
        self._action.prefetch(ctx, ids)
        others = self._others_came_first(ctx, rows)
        for number in ids:
            row = rows.get(number)
            if row is None:
                yield number, "there is no such conversation"
                continue
            why = others.get(number) or self._action.refuse(row, ctx)
            if why is None:
                self._change(ctx, row, self._action.change(row, ctx))
            yield number, why or ""
        people.touch_member(ctx.conn, ctx.member.handle, ctx.now)
        self._told = str(ctx.memo.get("remark", ""))

    def _others_came_first(self, ctx: ActionContext, rows: Mapping[int, Conversation]) -> dict[int, str]:
        """Of conversations that others came to since this was begun: why they are left alone."""
        if self._began is None:
            return {}
        event, changed, message = self._began
        moved = [number for number, row in rows.items() if row.changed > changed]
        found: dict[int, str] = {}
        if self._action.has_step:
            found = {n: "something was said there meanwhile" for n in moved if ctx.newest.get(n, 0) > message}
        if moved and self._action.yields_to:
            for number, event_id, actor, done in events.later(ctx.conn, event, moved):
                kind, _, who = actor.partition(":")
                if kind == "member" and event_id != ctx.event_id and done in self._action.yields_to:
                    found[number] = f"{who} was there first: {done}"
        return found

    def _change(self, ctx: ActionContext, row: Conversation, change: Change) -> None:
        """Write what changes of a row, and what it was before into the event's item."""
        columns, undo_data, batch = change.columns.copy(), {**change.undo_data, "priority": row.priority}, ctx.batch
        if change.step is not None:
            seen = ctx.newest.get(row.id, 0)
            step = Step(ctx.now, change.step, seen, ctx.member.handle, change.until, reason=change.reason)
            batch.steps.append((row.id, step, ctx.event_id))
            life, found, sla = lifecycle_rows.lifecycle_of(row), Findings(), sla_of(row, ctx.desk)
            if life.can_append(step):
                life.add_step(step, found)
                batch.measures += lifecycle_rows.measure_rows(row, found.measures, sla.target)
                batch.ended_waits += lifecycle_rows.ended_rows(row, found.waits)
                batch.ends += lifecycle_rows.end_rows(row, found.ends)
                # As long as these stay so, taking the step back needs no look at the timeline.
                undo_data |= {"messages": row.messages, "inbound": row.inbound}
                undo_data |= {"measured": bool(found.ends), "waited": bool(found.waits)}
            else:
                # What brings back needs the whole timeline, to know what was left unanswered.
                life = lifecycle_rows.replay(ctx.conn, row, sla, [step._replace(id=_LAST)])
            if life.end == "unanswered" and row.outbox not in IN_FLIGHT:
                self._unanswered.add(row.id)
            columns |= life_columns(row, life, ctx.desk)
        for label, on in change.labels.items():
            labels.put(ctx.conn, row.id, label, ctx.by, removed=not on)
        if "crisis_id" in columns:
            self._crises |= {number for number in (row.crisis_id, columns["crisis_id"]) if number is not None}
        before = cast("ConversationChanges", {name: getattr(row, name) for name in columns})
        batch.items.append(events.item_row(ctx.event_id, Item(row.id, before, columns, undo_data)))
        batch.set_columns(row.id, {**columns, "rescore_at": RESCORE_NOW, "changed": ctx.changed})

    def remark(self, changed: Sequence[int]) -> str:
        """What the action says of it, or how many were closed unanswered; one whose reply is on its way was not."""
        if changed and self._told:
            return self._told
        many = len(self._unanswered.intersection(changed))
        if not many:
            return ""
        return ", unanswered" if len(changed) == 1 else f", {many:,} of them unanswered"

    def close(self, ctx: ActionContext, *, complete: bool) -> None:
        for crisis_id in self._crises:
            crises.recount(ctx.conn, crisis_id)
        self._action.tell(ctx)

    def detail(self) -> dict[str, Any]:
        return {**self._action.detail(), "group": self._group} if self._group else self._action.detail()
