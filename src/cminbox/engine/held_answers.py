"""Answers of ours that a network took and holds for its review: it is asked what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from cminbox.engine.attempt import Logged
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.let_through import let_through
from cminbox.engine.reply_attempt import ReplyAttempt
from cminbox.engine.transaction import Intake
from cminbox.errors import AuthError, CminboxError, RateLimited
from cminbox.model import DAY, Reply, StoredMessage
from cminbox.outbox_states import DEFAULT_TIMING, Event, step
from cminbox.sources import registry
from cminbox.sources.contract import Account, Adapter, Sent, TurnedDown
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, conversations, events, messages, outgoing, replies
from cminbox.store.changes import OutgoingChanges
from cminbox.store.sources import SourceRow

EVERY = 5 * 60
"""Seconds between two looks at what a source's network holds."""
MOST = 5
"""Answers that one look asks for; all of them in turn."""
AFTER_ALL = 30 * DAY
"""For how long it is asked whether what was turned down is let through after all: no site keeps its spam longer."""
_NEVER_SENT: OutgoingChanges = {**outgoing.NEW_TRIES, "sent_at": None, "remote_id": "", "url": ""}


class HeldAnswers:
    """Asks for them after a poll.

    Args:
        intake: what storing a message needs, now.
        ticks: seconds that only grow.
    """

    def __init__(self, store: Store, intake: Callable[[], Intake], ticks: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._intake = intake
        self._ticks = ticks
        self._looked: dict[int, float] = {}
        self._reached: dict[int, int | None] = {}

    async def look(self, row: SourceRow, adapter: Adapter, client: Client, account: Account) -> None:
        """Ask what became of some of them, where it was not asked a moment ago.

        Raises:
            AuthError, RateLimited: the network lets nobody ask now.
        """
        reviewer = registry.reviewer(adapter)
        if reviewer is None or self._ticks() - self._looked.get(row.id, -EVERY) < EVERY:
            return
        self._looked[row.id] = self._ticks()
        conn = self._store.read()
        found = replies.held(conn, row.id, MOST, self._reached.get(row.id))
        self._reached[row.id] = None if len(found) < MOST else found[-1][0]
        since = self._intake().now - AFTER_ALL
        found += replies.turned_down(conn, row.id, MOST - len(found), since)
        for number, own in found:
            attempt = ReplyAttempt.load(conn, number)
            if attempt is None:
                continue
            try:
                stands = await reviewer.reviewed(client, account, attempt.outgoing(), own)
            except (AuthError, RateLimited):
                raise
            except CminboxError:
                continue  # nothing can be said now
            if isinstance(stands, TurnedDown) or not stands.held:
                await self._store.awrite(partial(self._decided, number=number, own=own, stands=stands))

    def _decided(self, conn: Connection, number: int, own: str, stands: Sent | TurnedDown) -> None:
        """Write that a reply was let through, or turned down, unless that is known meanwhile."""
        reply = replies.get(conn, number)
        message = None if reply is None else messages.by_remote(conn, reply.source_id, own)
        if reply is None or message is None or not message.held:
            return
        if not isinstance(stands, TurnedDown):
            self._let_through(conn, reply, message, stands)
        elif message.deleted_at is None:
            self._turned_down(conn, reply, message, stands)

    def _turned_down(self, conn: Connection, reply: Reply, message: StoredMessage, stands: TurnedDown) -> None:
        tx = self._intake().begin(conn)
        said = " ".join(filter(None, ("the network's review turned it down", stands.how)))
        move = step(reply, Event("turned down", f"{said}: nobody saw it"), tx.now, DEFAULT_TIMING)
        row = conversations.get(conn, reply.conversation_id)
        if move is None or row is None:
            return
        outgoing.write(conn, reply.id, reply.conversation_id, move, tx.now, _NEVER_SENT)
        logged: Logged = ReplyAttempt.logged(reply._replace(error=move.error), move.logged)
        number = events.add(conn, tx.now, logged.actor, logged.action, detail=logged.detail)
        events.add_item(conn, number, reply.conversation_id)
        messages.update(conn, message.id, {"deleted_at": tx.now})
        add_messages(tx, row, [], replay=True)

    def _let_through(self, conn: Connection, reply: Reply, message: StoredMessage, stands: Sent) -> None:
        tx = self._intake().begin(conn)
        row = conversations.get(conn, reply.conversation_id)
        if row is None:
            return
        read_back = messages.by_remote(conn, reply.source_id, stands.id)
        if read_back is None or read_back.id == message.id:
            messages.name(conn, message, stands.id)
            messages.update(conn, message.id, {"held": False, "deleted_at": None})
        else:
            # It was read back in other words than it was sent in, and was nobody's.
            messages.update(conn, message.id, {"deleted_at": tx.now})
            messages.update(conn, read_back.id, {"member": reply.member, "reply_id": reply.id})
        let_through(tx, reply.id, stands.id, stands.url, stands.created_at)
        add_messages(tx, row, [], replay=True)
