"""Sends the replies of the outbox: each once.

Each try and each look-up on the network ends in an event, and `outbox_states` says what becomes of the reply then.
`Sender._write` alone writes that, in a durable transaction. `sending` is on the disk before the first byte leaves, so
whatever breaks after it makes the reply *unknown*, and it is looked up before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from cminbox.config import Config
from cminbox.engine.attempt import MOST_SHOWN, Attempt
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.own_accounts import OwnAccounts
from cminbox.engine.polling import StepHook
from cminbox.engine.transaction import Intake, Transaction
from cminbox.errors import CminboxError, ConfigError, Refused, Retryable
from cminbox.model import SECOND, Author, Instant, Reply, StoredMessage
from cminbox.outbox_states import Event, Timing, accepted_until, failed_to_ask, failed_to_send, not_found, step
from cminbox.sources import registry
from cminbox.sources.contract import Account, Adapter, Sent, Unsure
from cminbox.sources.contract import Sender as SendingAdapter
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, conversations, events, messages, replies, sources
from cminbox.store.changes import MessageChanges
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
AT_ONE_GO = 3
"""The moves of a reply that nothing delays: held, queued, sending."""
TARGET_GONE = Event("target gone", "not sent: the message that it answers was deleted")
NO_TARGET = Event("target gone", "not sent: the store has no message of that server that it could answer")
ENGINE_ENDED = Event("engine ended", "sending was cut; the network is asked before anything is sent again")
NOTHING_TO_ASK = Event(
    "cannot be asked", "the store has no message of that server that it answers: nothing can be asked"
)


class Sender:
    """Sends replies for an engine, which gives it one of each source at a time, and looks up one of each at a time.

    Args:
        accounts: as whom it sends.
        intake: what storing a message of ours needs, now.
        step: told the name of each step before it is made; tests end the process there.
        follow_clock: makes the outbox's waits those of the time that really passed.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        accounts: OwnAccounts,
        intake: Callable[[], Intake],
        clock: Callable[[], Instant],
        step: StepHook,
        timing: Timing,
        follow_clock: Callable[[], Awaitable[None]],
    ) -> None:
        self.store = store
        self.config = config
        self.accounts = accounts
        self.intake = intake
        self.clock = clock
        self.step = step
        self.timing = timing
        self._follow_clock = follow_clock

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
            reply = self._due(reply_id)
            if reply is None:
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
                case _:
                    return

    def _due(self, reply_id: int) -> Reply | None:
        """A reply as it stands, if anything is to be done with it now."""
        reply = replies.get(self.store.read(), reply_id)
        if reply is None or (reply.due_at is not None and reply.due_at > self.clock()):
            return None
        return reply

    async def _send(self, reply: Reply, client: Client) -> None:
        self.step("send: begin")
        begun = await self.store.awrite(lambda conn: self._begin(conn, reply))
        if begun is None:
            return
        self.step("send: marked")
        try:
            sent = await self._post(begun, client)
        except CminboxError as error:
            self.step("send: failed")
            _name(error, begun)
            await self._apply(begun.reply, failed_to_send(begun.reply, error, self.timing))
            return
        self.step("send: answered")
        await self._accepted(begun, sent)
        self.step("send: stored")

    def _begin(self, conn: Connection, reply: Reply) -> Attempt | None:
        """Mark a reply as being sent, unless it was taken back, stands there already, or somebody answered since it was
        written."""
        attempt = Attempt.load(conn, reply.id)
        if attempt is None or not attempt.target.answerable:
            self._write(conn, reply, NO_TARGET)
            return None
        if attempt.target.deleted_at is not None:
            self._write(conn, reply, TARGET_GONE)
            return None
        found = self._read_back(attempt)
        if found is not None:
            self._keep(conn, attempt, found)
            return None
        stopped = attempt.answered_since()
        if stopped is not None:
            self._write(conn, reply, stopped)
            return None
        now, reply = self.clock(), attempt.reply
        begun = self._write(
            conn,
            reply,
            Event("begun"),
            tries=reply.tries + 1,
            sending_at=now,
            first_try_at=reply.first_try_at or now,
            try_ended_at=None,
        )
        return None if begun is None else replace(attempt, reply=begun)

    async def _post(self, attempt: Attempt, client: Client) -> Sent:
        """Send a reply that is marked as being sent.

        Raises:
            CminboxError: by what to do next.
        """

        async def send(adapter: Adapter, account: Account) -> Sent:
            return await _sender(adapter).send(client, account, attempt.outgoing())

        try:
            return await self.accounts.ask(self.config, attempt.source, attempt.reply.source_id, client, send)
        except CminboxError:
            raise
        except Exception as error:
            LOG.exception("sending reply %s", attempt.reply.id)
            raise Retryable(f"the adapter failed ({type(error).__name__})", maybe_done=True) from None

    async def look_up_due(self, reply_id: int, client: Client) -> None:
        """Ask the network whether an unknown reply is there, if it is time to. Never raises what a network can cause.

        Only a sure «no», of a time when it can no longer be accepted, lets it be sent again.
        """
        await self._follow_clock()
        reply = self._due(reply_id)
        if reply is None or reply.status != "unknown":
            return
        attempt = Attempt.load(self.store.read(), reply.id)
        if reply.arrived_by:
            await self._accept_as_said(reply, attempt)
            return
        if attempt is None or not attempt.target.answerable:
            await self._apply(reply, NOTHING_TO_ASK)
            return
        self.step("look up: begin")
        asked_at = self.clock()
        try:
            async with asyncio.timeout(self.timing.look_within / SECOND):
                found = await self._ask(attempt, client)
        except TimeoutError:
            error: CminboxError = Retryable("no answer to the look-up in time")
        except CminboxError as trouble:
            error = trouble
        else:
            self.step("look up: answered")
            await self._answered(attempt, found, asked_at)
            return
        seen = self._read_back(attempt)
        if seen is not None:
            await self._accepted(attempt, seen)
        else:
            _name(error, attempt)
            await self._apply(attempt.reply, failed_to_ask(error), look_ups=reply.look_ups + 1)

    async def _ask(self, attempt: Attempt, client: Client) -> Sent | Unsure | None:
        """What the network shows of a reply.

        Raises:
            CminboxError: nothing can be said now.
        """
        source, number = attempt.source, attempt.reply.source_id
        adapter, _ = self.accounts.of(self.config, source, number)
        if not _sender(adapter).INFO.capabilities.find_sent:
            raise Refused(f"{adapter.INFO.title} cannot be asked for what was sent", "look there")

        async def look(adapter: Adapter, account: Account) -> Sent | Unsure | None:
            return await _sender(adapter).find_sent(client, account, attempt.outgoing())

        try:
            return await self.accounts.ask(self.config, source, number, client, look)
        except Refused as refusal:
            raise Retryable(refusal.message, hint=refusal.hint) from None
        except CminboxError:
            raise
        except Exception:
            LOG.exception("looking up reply %s", attempt.reply.id)
            raise Retryable("the look-up failed; see the log") from None

    async def _answered(self, attempt: Attempt, found: Sent | Unsure | None, asked_at: Instant) -> None:
        """A look-up was answered."""
        reply = attempt.reply
        if isinstance(found, Sent):
            await self._accepted(attempt, found)
            return
        seen, seen_id = "", ""
        if found is None:
            event = not_found(reply, asked_at, self.timing, deleted=attempt.target.deleted_at is not None)
        else:
            seen, seen_id = found.text[:MOST_SHOWN], found.id
            event = Event("something there", f"not there in these words; our account wrote there: {seen}")
        await self._apply(reply, event, look_ups=reply.look_ups + 1, seen=seen, seen_id=seen_id)

    def _read_back(self, attempt: Attempt) -> Sent | None:
        """The reply among what polls read back since it was first tried, or None."""
        source = next((s for s in self.config.sources if attempt.source and s.name == attempt.source.name), None)
        if source is None or not attempt.read_back:
            return None
        try:
            recognizer, outgoing = registry.recognizer(registry.load(source.network)), attempt.outgoing()
        except ConfigError:
            return None  # a network that is not known any more: sending says so
        if recognizer is None:
            return None
        for message in attempt.read_back:
            if recognizer.is_sent(outgoing, message.as_message(attempt.conversation)):
                return Sent(message.remote_id, message.url, message.created_at, attempt.conversation)
        return None

    async def _apply(self, reply: Reply, event: Event, **columns: Any) -> None:
        await self.store.awrite(lambda conn: self._write(conn, reply, event, **columns))

    def _write(self, conn: Connection, reply: Reply, event: Event, **columns: Any) -> Reply | None:
        """Write what an event makes of a reply; all that the engine ever writes of one.

        Returns:
            The reply as it is now, or None when it moved on otherwise meanwhile: a person took it back, say.
        """
        fresh = replies.get(conn, reply.id)
        if fresh is None or _stage(fresh) != _stage(reply):
            return None
        now = self.clock()
        if fresh.status == "sending" and event.error:
            columns.setdefault("cause", fresh.cause or event.error)
        tried = fresh
        if event.name in ("no sure answer", "engine ended"):
            columns |= {"try_ended_at": now, "look_ups": 0, "seen": "", "seen_id": ""}
            tried = fresh._replace(try_ended_at=now)
        move = step(tried, event, now, self.timing)
        if move is None:
            raise ValueError(f"reply {reply.id} is {fresh.status}: nothing of the kind “{event.name}” can happen to it")
        moved = replies.write(conn, fresh, move, now, **columns)
        if move.logged:
            _log(conn, moved, move.logged, now)
        _say(fresh, moved, accepted_until(moved, now, self.timing), now)
        conversations.touch(conn, moved.conversation_id)
        return moved

    async def _accepted(self, attempt: Attempt, sent: Sent) -> None:
        """The reply stands on the network: store its answer, the message and what that ends, in one transaction."""
        await self.store.awrite(lambda conn: self._keep(conn, attempt, sent))

    async def _accept_as_said(self, reply: Reply, attempt: Attempt | None) -> None:
        """A reply stands there, as a member said: what was seen there, else something of which nobody knows the id."""
        when = reply.sending_at or reply.created_at
        if attempt is None:
            await self._apply(reply, Event("accepted"), sent_at=when)
            return
        sent = Sent(reply.seen_id or messages.SAID + reply.key, "", when, attempt.conversation)
        for message in attempt.read_back:
            if message.remote_id == sent.id or (not reply.seen_id and message.parent == attempt.target.remote_id):
                sent = Sent(message.remote_id, message.url, message.created_at, attempt.conversation)
        await self._accepted(attempt, sent)

    def _keep(self, conn: Connection, attempt: Attempt, sent: Sent) -> None:
        # A server's clock may be off: an answer is later than what it answers, and not later than now.
        now, target = self.clock(), attempt.target
        sent = replace(sent, created_at=max(min(sent.created_at, now), target.created_at))
        columns = {"sent_at": sent.created_at, "remote_id": sent.id, "url": sent.url}
        moved = self._write(conn, attempt.reply, Event("accepted"), **columns)
        if moved is not None:
            _keep_message(self.intake().begin(conn), moved, target)


def _sender(adapter: Adapter) -> SendingAdapter:
    """The adapter as one that answers.

    Raises:
        Refused: it takes no replies.
    """
    sender = registry.sender(adapter)
    if sender is None:
        raise Refused(f"{adapter.INFO.title} takes no replies from here")
    return sender


def _stage(reply: Reply) -> tuple[str, Instant | None, str]:
    """What changes when a person or another task moves a reply on, even where its status comes round again."""
    return reply.status, reply.sending_at, reply.arrived_by


def _name(error: CminboxError, attempt: Attempt) -> None:
    """Put the source's name into a hint: the client that met the error knows the host alone."""
    if attempt.source is not None:
        error.hint = error.hint.replace("login NAME", f"login {attempt.source.name}")


def _say(before: Reply, after: Reply, until: Instant, now: Instant) -> None:
    """Write into the program's log where a reply is unknown, and what became of it."""
    if after.status == "unknown":
        if before.status != "unknown":
            LOG.warning("reply %s is unknown: %s", after.id, one_line(after.error))
        elif before.updated_at <= until < now:
            LOG.warning("reply %s is unknown for longer than it can be accepted: %s", after.id, one_line(after.error))
    elif before.status == "unknown":
        LOG.info("reply %s was unknown and is %s", after.id, after.status)


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
        ours: MessageChanges = {
            "member": reply.member,
            "reply_id": reply.id,
            "written_at": reply.created_at,
            "holding": reply.holding,
        }
        if stored.conversation_id == reply.conversation_id:
            ours["seen_message_id"] = reply.seen_message_id
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
        seen_message_id=reply.seen_message_id,
        holding=reply.holding,
    )
    writer.messages.append(message)
    writer.flush()
    add_messages(tx, row, [message])
