"""Taking an action back, portion by portion: each of its conversations becomes what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from cminbox.desk.action import RESCORE_NOW, Act
from cminbox.desk.bulk.job import Deed, Outcome
from cminbox.desk.bulk.restore import LIFE, TakingBack, settle_crises
from cminbox.model import Conversation
from cminbox.store import Connection, conversations, events, lifecycle_rows
from cminbox.store.events import Event, Item

if TYPE_CHECKING:
    from cminbox.desk.desk import Desk


_LIVED = sorted(LIFE - {"due_at"})
_of, _in = attrgetter(*_LIVED), itemgetter(*_LIVED)


class Undo(Deed):
    """The undo of an event under way. One that was stopped or cut off goes on where it ended, as the same event."""

    def __init__(self, desk: Desk, event: Event) -> None:
        conn = desk.store.read()
        begun = events.get(conn, event.undone_by) if event.undone_by is not None else None
        of = events.count_items(conn, event.id) - (0 if begun is None else events.count_items(conn, begun.id))
        super().__init__(desk, "undo", of)
        self.event = event
        self._begun = begun
        self._after = 0
        self._items: dict[int, Item] = {}
        self._early_ones: set[int] = set()
        self._crises: set[int] = set()
        self._seen: list[Item] = []

    def outcome(self) -> Outcome:
        """What it came to; the words are for whoever undoes several."""
        return Outcome(self.event_id, tuple(self.changed), tuple(self.skipped), self._said(""), self.of - self.reached)

    def _open(self, act: Act) -> int:
        if self._begun is not None:
            return self._begun.id
        return events.add(
            act.conn, act.now, act.by, "undo", detail=self._detail(), session=self.desk.session, undoes=self.event.id
        )

    def _next(self, conn: Connection, size: int) -> tuple[Sequence[int], int]:
        while part := events.items(conn, self.event.id, self._after, size):
            self._after = part[-1].conversation_id
            done = events.touched(conn, self.event_id or 0, [item.conversation_id for item in part])
            done -= self._early_ones
            left = [item for item in part if item.conversation_id not in done]
            if left:
                self._items = {i.conversation_id: i for i in left if i.conversation_id not in self._early_ones}
                return list(self._items), len(left)
        self.of = self.reached
        return [], 0

    def _state(self) -> tuple[Any, ...]:
        return (*super()._state(), self._after, set(self._early_ones))

    def _restore(self, state: tuple[Any, ...]) -> None:
        *rest, self._after, self._early_ones = state
        super()._restore(tuple(rest))

    def _ahead(self, ids: Sequence[int]) -> Sequence[int]:
        return [number for number in dict.fromkeys(ids) if number > self._after]

    def _take_ahead(self, conn: Connection, ids: Sequence[int]) -> Sequence[int]:
        found = [events.item(conn, self.event.id, n) for n in ids if n > self._after and n not in self._early_ones]
        items = {item.conversation_id: item for item in found if item is not None}
        for number in events.touched(conn, self.event_id or 0, items):
            del items[number]
        self._items = items
        self._early_ones.update(items)
        return list(items)

    def _do(self, act: Act, ids: Sequence[int]) -> None:
        rows = conversations.many(act.conn, ids)
        as_left = self._as_left(act, rows)
        for number in ids:
            item, row = self._items[number], rows.get(number)
            if row is None:
                self.skipped.append((number, "it is no longer there"))
                continue
            if self.event.action == "escalate":
                self._seen = [item]  # each knows what the action declared and confirmed
                self._crises |= {c for c in (row.crisis_id, item.before["columns"].get("crisis_id")) if c is not None}
            columns, why = TakingBack(act, self.event.id, row, item, number in as_left).run()
            act.pen.columns(number, {**columns, "rescore_at": RESCORE_NOW, "changed": act.changed})
            act.pen.item(act.event_id, number, None, None)
            if why:
                self.skipped.append((number, why))
            else:
                self.changed.append(number)
        measured = [n for n in as_left if self._items[n].before["kept"].get("measured")]
        lifecycle_rows.undo_last(act.conn, self.event.id, as_left.items(), measured)

    def _as_left(self, act: Act, rows: Mapping[int, Conversation]) -> dict[int, int]:
        """Conversations in which nothing has happened since the action's step: its time, by their ids.

        Without the step each is what it was before, and its timeline need not be replayed.
        """
        found = {}
        for number, row in rows.items():
            item = self._items[number]
            kept, after = item.before.get("kept", {}), item.after.get("columns", {})
            same = (kept.get("messages"), kept.get("inbound")) == (row.messages, row.inbound) and after.keys() >= LIFE
            if same and _in(after) == _of(row):
                found[number] = row.status_at or 0
        for number, (event_id, at) in lifecycle_rows.newest_steps(act.conn, found).items():
            if (event_id, at) != (self.event.id, found[number]):
                del found[number]
        for number, event_id, _, _ in events.later(act.conn, self.event.id, found):
            if event_id != act.event_id:
                found.pop(number, None)
        return found

    def _close(self, act: Act) -> None:
        if self.event.action == "escalate":
            settle_crises(act, self._crises, self._seen)
        if self.reached >= self.of:
            events.settle(act.conn, self.event.id)

    def _count(self) -> int:
        return max(len(self.changed) + (self._begun.count if self._begun is not None else 0), 1)

    def _anything(self) -> bool:
        return True

    def _to_be_continued(self) -> bool:
        return True

    def _detail(self) -> dict[str, Any]:
        return {"of": self.event.action}
