"""Sends the outbox: each reply once.

Each try and each look-up on the network ends in an event, and `outbox_states` says what becomes of the reply then.
`Sender._write` alone writes that, in a durable transaction. `sending` is on the disk before the first byte leaves, so
whatever breaks after it makes the reply *unknown*, and it is looked up before it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cminbox.config import Config
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.polling import StepHook, account_of
from cminbox.engine.transaction import Intake, Transaction
from cminbox.errors import CminboxError, Refused, Retryable, SourceError
from cminbox.model import Author, Instant, Reply, StoredMessage
from cminbox.outbox_states import Event, Timing, failed_to_ask, failed_to_send, not_found, step
from cminbox.rules import language
from cminbox.sources import registry
from cminbox.sources.base import Account, Outgoing, Sent
from cminbox.sources.base import Sender as SendingAdapter
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, conversations, events, messages, replies, sources
from cminbox.store.changes import MessageChanges
from cminbox.store.sources import SourceRow
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
AT_ONE_GO = 3
"""The moves of a reply that nothing delays: held, queued, sending."""
TARGET_GONE = Event("target gone", "not sent: the message that it answers was deleted")
ENGINE_ENDED = Event("engine ended", "sending was cut; the network is asked before anything is sent again")
NOT_ASKED = Event("cannot be asked", "it may have been sent; this network cannot be asked. Look there before you retry")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A reply with all that sending it or looking for it needs.

    Attributes:
        target: the message that it answers.
        conversation: the adapter's key of the conversation.
        ours: the messages of our side in the conversation, oldest first.
        source: where it goes.
    """

    reply: Reply
    target: StoredMessage
    conversation: str
    ours: tuple[StoredMessage, ...]
    source: SourceRow | None

    @classmethod
    def load(cls, conn: Connection, reply_id: int) -> _Attempt | None:
        """As the store has it; None where the message that it answers is gone."""
        reply = replies.get(conn, reply_id)
        if reply is None:
            return None
        target = None if reply.message_id is None else messages.get(conn, reply.message_id)
        row = conversations.get(conn, reply.conversation_id)
        if target is None or row is None or target.deleted_at is not None:
            return None
        ours = tuple(m for m in messages.thread(conn, row.id) if not m.inbound and m.reply_id != reply.id)
        return cls(reply, target, row.remote_id, ours, sources.get(conn, reply.source_id))

    def answered_since(self) -> Event | None:
        """The event that our side answered after the reply was written, or None."""
        newer = [m for m in self.ours if m.id > self.reply.seen_message_id]
        if not newer:
            return None
        who = newer[-1].member or newer[-1].author.handle or "somebody"
        wrote = one_line(newer[-1].text)[:200]
        return Event("answered since", f"not sent: {who} answered since it was written: {wrote}")

    def outgoing(self) -> Outgoing:
        """The reply as the adapter is given it."""
        reply = self.reply
        # What a poll read back since this reply was written may be this very reply: only the others are accounted for.
        known = [m.remote_id for m in self.ours if m.reply_id is not None or m.fetched_at < reply.created_at]
        return Outgoing(
            key=reply.key,
            text=reply.text,
            conversation=self.conversation,
            parent=self.target.as_message(self.conversation),
            lang=reply.lang or language.detect(reply.text, None)[0],
            sent_before=reply.created_at,
            known=frozenset(known),
        )


class Sender:
    """Sends replies for an engine, which gives it one of each source at a time.

    Args:
        intake: what storing a message of ours needs, now.
        step: told the name of each step before it is made; tests end the process there.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        intake: Callable[[], Intake],
        clock: Callable[[], Instant],
        step: StepHook,
        timing: Timing,
    ) -> None:
        self.store = store
        self.config = config
        self.intake = intake
        self.clock = clock
        self.step = step
        self.timing = timing

    async def recover(self) -> None:
        """Replies that an engine left in `sending` when it was killed: nobody knows whether they were sent."""

        def work(conn: Connection) -> None:
            for reply in replies.outbox(conn):
                if reply.status == "sending":
                    self._write(conn, reply, ENGINE_ENDED)

        await self.store.awrite(work)

    async def send_due(self, reply_id: int, client: Client) -> None:
        """Take a reply as far as it goes now: from held to queued to sent. Never raises what a network can cause."""
        for _ in range(AT_ONE_GO):
            reply = replies.get(self.store.read(), reply_id)
            if reply is None or (reply.due_at is not None and reply.due_at > self.clock()):
                return
            match reply.status:
                case "held":
                    self.step("send: queue")
                    await self._apply(reply, Event("countdown over"))
                case "queued":
                    await self._send(reply, client)
                case "sending":
                    # Left so by a try that could not be written down (a full disk): none is under way.
                    await self._apply(reply, ENGINE_ENDED)
                case "unknown":
                    await self._look_up(reply, client)
                case _:
                    return

    async def _send(self, reply: Reply, client: Client) -> None:
        self.step("send: begin")
        attempt = await self.store.awrite(lambda conn: self._begin(conn, reply))
        if attempt is None:
            return
        self.step("send: marked")
        try:
            adapter, account = self._adapter(attempt)
            sent = await adapter.send(client, account, attempt.outgoing())
        except CminboxError as error:
            self.step("send: failed")
            await self._apply(attempt.reply, failed_to_send(attempt.reply, error, self.timing))
            return
        except Exception as error:
            LOG.exception("sending reply %s", reply.id)
            broken = Retryable(f"the adapter failed ({type(error).__name__})", maybe_done=True)
            await self._apply(attempt.reply, failed_to_send(attempt.reply, broken, self.timing))
            return
        self.step("send: answered")
        await self._accepted(attempt, sent)
        self.step("send: stored")

    def _begin(self, conn: Connection, reply: Reply) -> _Attempt | None:
        """Mark a reply as being sent, unless it was taken back, or somebody answered since it was written."""
        attempt = _Attempt.load(conn, reply.id)
        if attempt is None:
            self._write(conn, reply, TARGET_GONE)
            return None
        stopped = attempt.answered_since()
        if stopped is not None:
            self._write(conn, reply, stopped)
            return None
        begun = self._write(conn, reply, Event("begun"), tries=attempt.reply.tries + 1, sending_at=self.clock())
        return None if begun is None else replace(attempt, reply=begun)

    async def _look_up(self, reply: Reply, client: Client) -> None:
        """Ask the network whether an unknown reply is there; only a sure «no» lets it be sent again."""
        attempt = _Attempt.load(self.store.read(), reply.id)
        if attempt is None:
            await self._apply(reply, TARGET_GONE)
            return
        self.step("look up: begin")
        asked_at = self.clock()
        try:
            adapter, account = self._adapter(attempt)
            can = adapter.INFO.capabilities
            if not can.find_sent:
                await self._apply(reply, NOT_ASKED)
                return
            sent = await adapter.find_sent(client, account, attempt.outgoing())
        except CminboxError as error:
            await self._apply(reply, failed_to_ask(error))
            return
        except Exception:
            LOG.exception("looking up reply %s", reply.id)
            await self._apply(reply, failed_to_ask(SourceError("the look-up failed; see the log")))
            return
        self.step("look up: answered")
        if sent is not None:
            await self._accepted(attempt, sent)
        else:
            guarded = can.duplicate_guard == "key"
            await self._apply(reply, not_found(reply, asked_at, self.timing, guarded=guarded))

    def _adapter(self, attempt: _Attempt) -> tuple[SendingAdapter, Account]:
        """Who sends there, and as whom.

        Raises:
            Refused: the source is not configured, or takes no replies.
            AuthError: there is no secret for it.
        """
        row = attempt.source
        source = next((s for s in self.config.sources if row is not None and s.name == row.name), None)
        if row is None or source is None:
            name = row.name if row else attempt.reply.source_id
            raise Refused(f"source {name} is not configured here", "add it to config.toml; it was only imported")
        adapter = registry.load(source.network)
        sender = registry.sender(adapter)
        if sender is None:
            raise Refused(f"{adapter.INFO.title} takes no replies from here")
        return sender, account_of(self.config, source, row, adapter)

    async def _apply(self, reply: Reply, event: Event) -> None:
        await self.store.awrite(lambda conn: self._write(conn, reply, event))

    def _write(self, conn: Connection, reply: Reply, event: Event, **columns: Any) -> Reply | None:
        """Write what an event makes of a reply; all that the engine ever writes of one.

        Returns:
            The reply as it is now, or None when it moved on otherwise meanwhile: a person took it back.
        """
        fresh = replies.get(conn, reply.id)
        if fresh is None or fresh.status != reply.status:
            return None
        now = self.clock()
        move = step(fresh, event, now, self.timing)
        if move is None:
            raise ValueError(f"reply {reply.id} is {fresh.status}: nothing of the kind “{event.name}” can happen to it")
        moved = replies.write(conn, fresh, move, now, **columns)
        if move.logged:
            _log(conn, moved, move.logged, now)
        conversations.touch(conn, moved.conversation_id)
        return moved

    async def _accepted(self, attempt: _Attempt, sent: Sent) -> None:
        """The reply stands on the network: store its answer, the message and what that ends, in one transaction."""
        # Networks cut times to whole seconds: an answer is never earlier than what it answers.
        sent = replace(sent, created_at=max(sent.created_at, attempt.target.created_at))
        columns = {"sent_at": sent.created_at, "remote_id": sent.id, "url": sent.url}
        intake = self.intake()

        def work(conn: Connection) -> None:
            moved = self._write(conn, attempt.reply, Event("accepted"), **columns)
            if moved is not None:
                _keep_message(intake.begin(conn), moved, attempt.target)

        await self.store.awrite(work)


def _log(conn: Connection, reply: Reply, action: str, now: Instant) -> None:
    """Write what happened to a reply into the log; sending is its writer's doing, the rest the engine's."""
    actor, detail = "engine", {"reply": reply.id, "error": reply.error}
    if action == "sent":
        actor, detail = f"member:{reply.member}", {"reply": reply.id, "text": reply.text[:200]}
    events.add_item(conn, events.add(conn, now, actor, action, detail=detail), reply.conversation_id)


def _keep_message(tx: Transaction, reply: Reply, target: StoredMessage) -> None:
    """Store a sent reply as a message of ours and bring its conversation up to date."""
    conn, writer = tx.conn, tx.writer
    row = conversations.get(conn, reply.conversation_id)
    if row is None or reply.sent_at is None:
        return
    stored = messages.by_remote(conn, reply.source_id, reply.remote_id)
    if stored is not None:
        # A poll read it back before the network's answer was stored.
        ours: MessageChanges = {"member": reply.member, "reply_id": reply.id, "written_at": reply.created_at}
        messages.update(conn, stored.id, ours)
        add_messages(tx, row, [], replay=True)
        return
    source = sources.get(conn, reply.source_id)
    if source is None:
        return
    us = Author(source.account_id or source.name, source.account_handle or source.name)
    message = StoredMessage(
        id=writer.new_id("messages"),
        source_id=reply.source_id,
        remote_id=reply.remote_id,
        conversation_id=reply.conversation_id,
        author=writer.add_authors(reply.source_id, [us])[us.id],
        kind="dm" if target.kind == "dm" else "reply",
        direction="out",
        text=reply.text,
        created_at=reply.sent_at,
        fetched_at=tx.now,
        parent=target.remote_id,
        lang=reply.lang,
        visibility=target.visibility,
        url=reply.url,
        member=reply.member,
        reply_id=reply.id,
        written_at=reply.created_at,
    )
    writer.messages.append(message)
    writer.flush()
    add_messages(tx, row, [message])
