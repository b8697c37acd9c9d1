"""Taking an action back, portion by portion: what it changed becomes what it was, save what somebody changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, ClassVar

from cminbox.desk import telling
from cminbox.desk.action import RESCORE_NOW, Action, ActionContext, Reversal, life_columns, sla_of
from cminbox.desk.bulk.job import BulkWork
from cminbox.lifecycle import Lifecycle
from cminbox.model import Conversation
from cminbox.store import conversations, crises, events, lifecycle_rows
from cminbox.store.events import Event, Item
from cminbox.store.lifecycle_rows import COLUMNS

_NAMES = frozenset(COLUMNS)
_of_row, _of_columns = attrgetter(*COLUMNS), itemgetter(*COLUMNS)


class Revert(BulkWork):
    """The undo of an event. One that was stopped or cut off goes on where it ended, as the same event.

    Args:
        event: what is taken back.
        action: what it did.
        begun: the undo that was begun before, if one was.
    """

    resumable: ClassVar[bool] = True

    def __init__(self, event: Event, action: type[Action], begun: Event | None) -> None:
        super().__init__("undo", f"undone ({undone_name(event)})", 0 if begun is None else begun.count)
        self._event = event
        self._action = action
        self._begun = begun
        self._crises: set[int] = set()
        self._told = ""
        self._undo_data: Mapping[str, Any] = {}
        """Of the conversation that came last; what an action did besides to crises stands in that of each."""

    def begin(self, ctx: ActionContext) -> int:
        """Begin the undo's event, or go on with the one that was begun."""
        if self._begun is not None:
            return self._begun.id
        return ctx.desk.add_event(ctx.conn, "undo", self.detail(), undoes=self._event.id)

    def process(self, ctx: ActionContext, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Take it back in each that another program has not come to with the same undo."""
        items = {item.conversation_id: item for item in events.items(ctx.conn, self._event.id, ids)}
        for number in events.item_ids(ctx.conn, ctx.event_id, ids):
            items.pop(number, None)
        rows = conversations.many(ctx.conn, items)
        as_left = self._as_left(ctx, items, rows)
        for number, item in items.items():
            row = rows.get(number)
            if row is None:
                yield number, "it is no longer there"
                continue
            undo = Reversal(ctx, row, item.before, item.after, item.undo_data)
            self._revert_step(undo, as_left=number in as_left)
            self._action.revert(undo)
            _stand_where_it_stood(undo)
            if "crisis_id" in undo.before:
                self._undo_data = undo.undo_data
                self._crises |= {c for c in (row.crisis_id, undo.before["crisis_id"]) if c is not None}
            ctx.batch.set_columns(number, {**undo.columns, "rescore_at": RESCORE_NOW, "changed": ctx.changed})
            ctx.batch.items.append((ctx.event_id, number, "{}", "{}"))  # nobody will ask what it changed
            yield number, undo.why()
        ended = [n for n in as_left if items[n].undo_data.get("measured")]
        waited = [n for n in as_left if items[n].undo_data.get("waited")]
        lifecycle_rows.undo_last(ctx.conn, self._event.id, as_left.items(), ended, waited)

    def _as_left(
        self, ctx: ActionContext, items: Mapping[int, Item], rows: Mapping[int, Conversation]
    ) -> dict[int, int]:
        """Conversations in which nothing has happened since the action's step: its time, by their ids.

        Without the step each is what it was before, and its timeline need not be replayed.
        """
        found: dict[int, int] = {}
        if not self._action.has_step:
            return found
        for number, row in rows.items():
            item = items[number]
            same = (item.undo_data.get("messages"), item.undo_data.get("inbound")) == (row.messages, row.inbound)
            if same and item.after.keys() >= _NAMES and _of_columns(item.after) == _of_row(row):
                found[number] = row.status_at or 0
        for number, (event_id, at) in lifecycle_rows.newest_steps(ctx.conn, found).items():
            if (event_id, at) != (self._event.id, found[number]):
                del found[number]
        for number, event_id, _, _ in events.later(ctx.conn, self._event.id, found):
            if event_id != ctx.event_id:
                found.pop(number, None)
        return found

    def _revert_step(self, undo: Reversal, *, as_left: bool) -> None:
        """Take back the step that the action made in the conversation's life.

        Args:
            as_left: nothing has happened since; the step itself is marked as undone at the end of the portion.
        """
        if as_left:
            undo.columns |= life_columns(undo.row, Lifecycle(*_of_columns(undo.before)), undo.ctx.desk)
        elif self._action.has_step and lifecycle_rows.undo_steps(undo.ctx.conn, self._event.id, undo.row.id):
            life = lifecycle_rows.replay(undo.ctx.conn, undo.row, sla_of(undo.row, undo.ctx.desk))
            undo.columns |= life_columns(undo.row, life, undo.ctx.desk)
            if not undo.unchanged("status") and life.status != undo.before["status"]:
                undo.changed_since.append("status")

    def remark(self, changed: Sequence[int]) -> str:
        """Where somebody was told of it already."""
        return self._told if changed else ""

    def close(self, ctx: ActionContext, *, complete: bool) -> None:
        """Bring the crises up to date that conversations left or came back to, and end the event that is undone."""
        for crisis_id in self._crises:
            crises.recount(ctx.conn, crisis_id)
        handle = ctx.member.handle
        if declared := self._undo_data.get("declared"):
            crises.take_back(ctx.conn, declared, None, ctx.now, handle)
        for crisis_id, was in self._undo_data.get("confirmed", {}).items():
            crises.take_back(ctx.conn, int(crisis_id), was, ctx.now, handle)
        self._told = telling.take_back(ctx, self._event.id)
        if complete:
            events.settle(ctx.conn, self._event.id)

    def detail(self) -> dict[str, Any]:
        return {"of": self._event.action}


def _stand_where_it_stood(undo: Reversal) -> None:
    """Give it the priority of before until the engine judges it again: what is done or put off counts for less."""
    before = undo.undo_data.get("priority")
    if before is not None and not undo.row.priority_by and "priority" not in undo.before:
        undo.columns["priority"] = before


def undone_name(event: Event) -> str:
    """What an undo of an event takes back: its action, or the group that it is of."""
    return str(event.detail.get("group", event.action)).partition("#")[0]
