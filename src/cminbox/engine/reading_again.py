"""Reads stored messages again after a word list or the program changed: who waits at once, history behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from cminbox.engine import conversation_refresh
from cminbox.engine.context import answered, in_context, leans
from cminbox.engine.message_columns import corrected, message_changes
from cminbox.engine.scoring import Scoring
from cminbox.engine.transaction import Intake, Transaction
from cminbox.model import Conversation, StoredMessage
from cminbox.rules.analysis import Analysis
from cminbox.store import Connection, Store, analysing, conversations, events, lifecycle_rows, messages
from cminbox.store.analysing import Progress

if TYPE_CHECKING:
    from cminbox.store.changes import MessageChanges

AT_ONCE = 20
"""Conversations of a step at most."""
MOST_READ = 500
"""The newest messages of a conversation that are read again."""
REST = 0.02
"""Seconds between two steps, in which others get at the processor and the store."""


class ReadingAgain:
    """Reads messages again in small steps. How far it is stands in the store, so that a cut loses one step.

    Args:
        scoring: what analyses them.
        intake: makes what a transaction of the engine needs to know.
        rest: waits some seconds.
    """

    def __init__(
        self,
        store: Store,
        scoring: Scoring,
        intake: Callable[[], Intake],
        rest: Callable[[float], object] = asyncio.sleep,
    ) -> None:
        self._store, self._scoring, self._intake = store, scoring, intake
        self._rest = rest

    def want(self, conn: Connection) -> None:
        """Have everything read again that was analysed by something else. A broken word list changes nothing."""
        if not self._scoring.problem:
            analysing.want(conn, self._scoring.analysed_by)

    @property
    def wanted(self) -> bool:
        """Whether anything is left to read."""
        return analysing.progress(self._store.read()) is not None

    async def run(self, *, history: bool = True) -> None:
        """Read to the end.

        Args:
            history: else only who waits.
        """
        while (now := analysing.progress(self._store.read())) is not None:
            if now.stage == "history" and not history:
                return
            await self.step(now)
            waited = self._rest(REST)
            if asyncio.iscoroutine(waited):
                await waited

    async def step(self, now: Progress) -> None:
        """Read the next conversations again, and write what changed in one transaction."""
        conn = self._store.read()
        ids = analysing.following(conn, now, AT_ONCE)
        heard: dict[int, tuple[StoredMessage, Analysis]] = {}
        taken: list[int] = []
        for number in ids:
            taken.append(number)
            # On a thread: a new word list is read with the first message, and beats and sends do not wait for that.
            found = messages.inbound(conn, number, MOST_READ)
            heard |= await self._scoring.beside(partial(self._hear, found))
            if len(heard) >= AT_ONCE:
                break
        await self._store.awrite(lambda conn: self._write(conn, now, taken, heard), durable=False)

    def _hear(self, found: Sequence[StoredMessage]) -> dict[int, tuple[StoredMessage, Analysis]]:
        return {message.id: (message, self._scoring.analyse(message)) for message in found if not message.erased}

    def _write(
        self, conn: Connection, now: Progress, ids: list[int], heard: dict[int, tuple[StoredMessage, Analysis]]
    ) -> None:
        if analysing.progress(conn) != now:
            return  # another list came in between: it begins anew
        tx = self._intake().begin(conn)
        for row in conversations.many(conn, ids).values():
            self._write_one(tx, row, heard)
        analysing.advance(conn, now, ids)

    def _write_one(self, tx: Transaction, row: Conversation, heard: dict[int, tuple[StoredMessage, Analysis]]) -> None:
        changed = replay = False
        waiting = {message.id for message in self._waiting(tx, row)}
        for message in messages.inbound(tx.conn, row.id, MOST_READ):
            before, found = heard.get(message.id, (None, None))
            if before is None or found is None or (before.text, before.title) != (message.text, message.title):
                continue  # it came or was edited meanwhile, and was analysed then
            context = answered(tx.conn, message._replace(signals=found.signals)) if leans(message, found) else None
            if context is not None:
                found = in_context(self._scoring, message, found, context)
            changes: MessageChanges = cast("MessageChanges", corrected(message, message_changes(found, context)))
            if message.id in waiting and not message.needs_by and found.needs != message.needs_answer:
                late = row.due_at is not None and row.due_at < tx.now
                if found.needs or not late:
                    changes["needs_answer"] = found.needs
                    replay = True
            if any(getattr(message, name) != value for name, value in changes.items()):
                messages.update(tx.conn, message.id, changes)
                changed = True
        if row.status in ("open", "snoozed") and not events.under_way(tx.conn, tx.now):
            life = lifecycle_rows.replay(tx.conn, row, tx.sla_of(row)) if replay else lifecycle_rows.lifecycle_of(row)
            conversation_refresh.refresh(tx, row, life)
        elif changed:
            conversation_refresh.tell_again(tx, row)

    @staticmethod
    def _waiting(tx: Transaction, row: Conversation) -> Sequence[StoredMessage]:
        if row.waiting_since is None:
            return ()
        return messages.waiting(messages.inbound(tx.conn, row.id), row.waiting_since, row.waiting)
