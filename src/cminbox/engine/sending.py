"""Sends the outbox: each reply once.

A reply is *queued* when its countdown is over, *sending* (written durably) before the first byte leaves, *sent* when
the network's answer is stored. Whatever breaks in between makes it *unknown*; an unknown reply is looked up on the
network, and queued again only when it surely is not there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cminbox.config import Config
from cminbox.engine.conversation_refresh import Batch, refresh
from cminbox.engine.polling import Step, account_of
from cminbox.engine.takein import Intake
from cminbox.errors import AuthError, CminboxError, RateLimited, Refused, Retryable
from cminbox.lifecycle import MessageFact, in_order
from cminbox.model import MINUTE, SECOND, Author, Instant
from cminbox.rules import language
from cminbox.sources import registry
from cminbox.sources.base import Outgoing, Sent
from cminbox.store import Connection, Store, conversations, events, lifecycle_rows, messages, replies, sources
from cminbox.store.changes import MessageChanges
from cminbox.store.messages import StoredMessage
from cminbox.store.replies import Reply
from cminbox.text import one_line

if TYPE_CHECKING:
    from cminbox.sources.http import Client

LOG = logging.getLogger(__name__)
LOOK_AFTER = 3 * SECOND
"""How long after a lost answer the network is first asked: what it accepted shows only after a moment."""
SURE_AFTER = 20 * SECOND
"""A reply that the network does not show this long after the try was not accepted (where no key guards it)."""
MOST_TRIES = 8


@dataclass(frozen=True, slots=True)
class _Job:
    """All that one try needs."""

    reply: Reply
    outgoing: Outgoing
    target: StoredMessage


class Sender:
    """Sends replies for an engine; one at a time for each source."""

    def __init__(
        self,
        store: Store,
        config: Config,
        intake: Callable[[], Intake],
        clock: Callable[[], Instant],
        step: Step,
    ) -> None:
        self.store = store
        self.config = config
        self.intake = intake
        self.clock = clock
        self.step = step

    async def recover(self) -> None:
        """Replies that an engine left in `sending` when it was killed: nobody knows whether they were sent."""

        def work(conn: Connection) -> None:
            for reply in replies.outbox(conn):
                if reply.status == "sending":
                    self._cut(conn, reply)

        await self.store.awrite(work)

    def _cut(self, conn: Connection, reply: Reply) -> None:
        """Nobody knows any more whether a reply was sent."""
        now = self.clock()
        replies.move(
            conn,
            reply.id,
            "unknown",
            now,
            next_try_at=(reply.sending_at or now) + LOOK_AFTER,
            error="sending was cut; the network is asked before anything is sent again",
        )

    async def advance(self, reply: Reply, client: Client) -> None:
        """Take a due reply one step further. Never raises what a network can cause.

        One that is still *sending* was left so by a try that could not be written down (a full disk); the caller runs
        one try a source, so none is under way.
        """
        if reply.status == "held":
            self.step("send: queue")
            await self._move(reply, "queued")
        elif reply.status == "queued":
            await self._send(reply, client)
        elif reply.status == "sending":
            await self.store.awrite(lambda conn: self._cut(conn, reply))
        elif reply.status == "unknown":
            await self._look_up(reply, client)

    async def _send(self, reply: Reply, client: Client) -> None:
        job = await self._prepare(reply)
        if job is None:
            return
        self.step("send: begin")
        tried = await self.store.awrite(lambda conn: self._begin(conn, reply))
        if tried is None:
            return
        self.step("send: marked")
        try:
            adapter, account = self._adapter(reply)
            sent = await adapter.send(client, account, job.outgoing)
        except CminboxError as error:
            self.step("send: failed")
            await self._failed(tried, error)
            return
        except Exception as error:
            LOG.exception("sending reply %s", reply.id)
            await self._failed(tried, Retryable(f"the adapter failed ({type(error).__name__})", maybe_done=True))
            return
        self.step("send: answered")
        await self._sent(tried, sent, job.target)
        self.step("send: stored")

    def _begin(self, conn: Connection, reply: Reply) -> Reply | None:
        """Mark a reply as being sent, unless it was taken back or somebody answered since it was written."""
        now = self.clock()
        fresh = replies.get(conn, reply.id)
        if fresh is None or fresh.status != "queued":
            return None
        thread = messages.thread(conn, reply.conversation_id, limit=50)
        others = [m for m in thread if not m.inbound and m.id > fresh.seen_message_id and m.reply_id != fresh.id]
        if others:
            who = others[-1].member or others[-1].handle or "somebody"
            said = one_line(others[-1].text)[:200]
            error = f"not sent: {who} answered since it was written: {said}"
            replies.move(conn, reply.id, "failed", now, error=error)
            self._tell(conn, fresh, "reply stopped", {"error": error})
            return None
        return replies.move(conn, reply.id, "sending", now, tries=fresh.tries + 1, sending_at=now, error="")

    async def _prepare(self, reply: Reply) -> _Job | None:
        conn = self.store.read()
        target = messages.get(conn, reply.message_id) if reply.message_id is not None else None
        row = conversations.get(conn, reply.conversation_id)
        if target is None or row is None or target.deleted_at is not None:
            await self._move(reply, "failed", error="not sent: the message that it answers was deleted")
            return None
        # What a poll read back since this reply was written may be this very reply: only the others are accounted for.
        known = frozenset(
            m.remote_id
            for m in messages.thread(conn, reply.conversation_id)
            if not m.inbound and m.reply_id != reply.id and (m.reply_id is not None or m.fetched_at < reply.created_at)
        )
        outgoing = Outgoing(
            key=reply.key,
            text=reply.text,
            conversation=row.remote_id,
            parent=target.as_message(row.remote_id),
            lang=reply.lang or language.detect(reply.text, None)[0],
            sent_before=reply.created_at,
            known=known,
        )
        return _Job(reply, outgoing, target)

    def _adapter(self, reply: Reply) -> tuple[Any, Any]:
        row = sources.get(self.store.read(), reply.source_id)
        source = next((s for s in self.config.sources if row is not None and s.name == row.name), None)
        if row is None or source is None:
            name = row.name if row else reply.source_id
            raise Refused(f"source {name} is not configured here", "add it to config.toml; it was only imported")
        adapter = registry.load(source.network)
        sender = registry.sender(adapter)
        if sender is None:
            raise Refused(f"{adapter.INFO.title} takes no replies from here")
        return sender, account_of(self.config, source, row, adapter)

    async def _failed(self, reply: Reply, error: CminboxError) -> None:
        """Decide what becomes of a reply whose sending failed."""
        now = self.clock()
        line = error.line()
        if isinstance(error, Retryable) and error.maybe_done:
            await self._move(reply, "unknown", next_try_at=now + LOOK_AFTER, error=line)
        elif isinstance(error, RateLimited):
            await self._move(reply, "queued", next_try_at=error.until, error=line)
        elif isinstance(error, Retryable | AuthError) and reply.tries < MOST_TRIES:
            wait = MINUTE if isinstance(error, AuthError) else min(2 * SECOND * 2**reply.tries, 5 * MINUTE)
            await self._move(reply, "queued", next_try_at=now + wait, error=line)
        else:
            await self._move(reply, "failed", error=line)

    async def _look_up(self, reply: Reply, client: Client) -> None:
        """Ask the network whether an unknown reply is there; only a sure «no» lets it be sent again."""
        job = await self._prepare(reply)
        if job is None:
            return
        self.step("look up: begin")
        now = self.clock()
        try:
            adapter, account = self._adapter(reply)
            guard = adapter.INFO.capabilities.duplicate_guard
            if not adapter.INFO.capabilities.find_sent:
                await self._move(
                    reply,
                    "failed",
                    error="it may have been sent; this network cannot be asked. Look there before you retry",
                )
                return
            sent = await adapter.find_sent(client, account, job.outgoing)
        except CminboxError as error:
            until = error.until if isinstance(error, RateLimited) else now + 10 * SECOND
            await self._move(reply, "unknown", next_try_at=until, error=error.line())
            return
        except Exception:
            LOG.exception("looking up reply %s", reply.id)
            await self._move(reply, "unknown", next_try_at=now + 30 * SECOND, error="the look-up failed; see the log")
            return
        self.step("look up: answered")
        if sent is not None:
            await self._sent(reply, sent, job.target)
            return
        sure_at = (reply.sending_at or now) + (LOOK_AFTER if guard == "key" else SURE_AFTER)
        if now < sure_at:
            await self._move(reply, "unknown", next_try_at=min(sure_at, now + 5 * SECOND))
        elif reply.tries >= MOST_TRIES:
            await self._move(reply, "failed", error="the network took it none of the times")
        else:
            await self._move(reply, "queued", next_try_at=now, error="")

    async def _move(self, reply: Reply, status: Any, **changes: Any) -> None:
        def work(conn: Connection) -> None:
            fresh = replies.get(conn, reply.id)
            if fresh is None or fresh.status != reply.status:
                return  # a person took it back, or another step came first
            moved = replies.move(conn, reply.id, status, self.clock(), **changes)
            if status == "failed":
                self._tell(conn, moved, "reply failed", {"error": moved.error})
            conversations.touch(conn, reply.conversation_id)

        await self.store.awrite(work)

    def _tell(self, conn: Connection, reply: Reply, action: str, detail: dict[str, str]) -> None:
        event = events.add(conn, self.clock(), "engine", action, detail={"reply": reply.id, **detail})
        events.add_item(conn, event, reply.conversation_id)

    async def _sent(self, reply: Reply, sent: Sent, target: StoredMessage) -> None:
        """Store the network's answer, the message and what it ends, in one durable transaction."""
        intake = self.intake()
        await self.store.awrite(lambda conn: keep_sent(conn, reply, sent, target, intake))


def keep_sent(conn: Connection, reply: Reply, sent: Sent, target: StoredMessage, intake: Intake) -> None:
    """A reply stands on the network: store it as a message of ours and move the conversation's life on."""
    # Networks cut times to whole seconds: an answer is never earlier than what it answers.
    sent = replace(sent, created_at=max(sent.created_at, target.created_at))
    batch = intake.begin(conn)
    now = batch.now
    replies.move(conn, reply.id, "sent", now, sent_at=sent.created_at, remote_id=sent.id, url=sent.url, error="")
    row = conversations.get(conn, reply.conversation_id)
    if row is None:
        return
    ours: MessageChanges = {"member": reply.member, "reply_id": reply.id, "written_at": reply.created_at}
    stored = messages.by_remote(conn, reply.source_id, sent.id)
    if stored is not None:
        # A poll read it back before this answer was stored.
        messages.update(conn, stored.id, ours)
        refresh(batch, row, lifecycle_rows.replay(conn, row), messages.counts(conn, row.id))
    else:
        _insert(batch, reply, sent, target, ours)
    event = events.add(
        conn, now, f"member:{reply.member}", "sent", detail={"reply": reply.id, "text": reply.text[:200]}
    )
    events.add_item(conn, event, reply.conversation_id)


def _insert(batch: Batch, reply: Reply, sent: Sent, target: StoredMessage, ours: MessageChanges) -> None:
    conn, row = batch.conn, conversations.get(batch.conn, reply.conversation_id)
    source = sources.get(conn, reply.source_id)
    if row is None or source is None:
        return
    us = Author(source.account_id or source.name, source.account_handle or source.name)
    message_id = messages.insert(
        conn,
        {
            "source_id": reply.source_id,
            "remote_id": sent.id,
            "conversation_id": reply.conversation_id,
            "author_id": sources.author_id(conn, reply.source_id, us),
            "parent": target.remote_id,
            "kind": "dm" if target.kind == "dm" else "reply",
            "direction": "out",
            "text": reply.text,
            "lang": reply.lang,
            "created_at": sent.created_at,
            "fetched_at": batch.now,
            "visibility": target.visibility,
            "url": sent.url,
            **ours,
        },
    )
    fact = MessageFact(message_id, sent.created_at, False, reply.member, reply.created_at)
    if in_order(row.newest_at, fact, deletions=messages.any_deleted(conn, row.id)):
        life = lifecycle_rows.lifecycle_of(row)
        found = life.add_message(fact)
        after = refresh(batch, row, life, messages.counts(conn, row.id))
        lifecycle_rows.add_measures(conn, row, after, found)
    else:
        refresh(batch, row, lifecycle_rows.replay(conn, row), messages.counts(conn, row.id))
