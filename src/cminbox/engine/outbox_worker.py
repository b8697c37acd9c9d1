"""Takes what is in the outbox to the networks: each once.

Each try and each look-up ends in an event, and `outbox_states` says what that makes of what goes out. `_write` alone
writes it, in a durable transaction. `sending` is on the disk before the first byte leaves, so whatever breaks after it
makes it *unknown*, and it is looked up before it is sent again. What differs between a reply and a verb stands in their
attempts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from cminbox.config import Config
from cminbox.engine.action_attempt import ActionAttempt
from cminbox.engine.attempt import NO_TARGET, NOTHING_TO_ASK, Attempt, Item, Outcome
from cminbox.engine.own_accounts import OwnAccounts
from cminbox.engine.polling import StepHook
from cminbox.engine.reply_attempt import ReplyAttempt
from cminbox.engine.transaction import Intake
from cminbox.errors import CminboxError, Refused, Retryable
from cminbox.model import SECOND, Instant, OutgoingKind
from cminbox.outbox_states import Event, Timing, accepted_until, failed_to_send, step
from cminbox.sources.contract import Account, Adapter
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, conversations, events, outgoing
from cminbox.store.changes import OutgoingChanges
from cminbox.store.outgoing import Due
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
KINDS: Mapping[OutgoingKind, type[Attempt[Any]]] = {"reply": ReplyAttempt, "action": ActionAttempt}
AT_ONE_GO = 3
"""The moves that nothing delays: held, queued, sending."""
ENGINE_ENDED = Outcome(Event("engine ended", "sending was cut; the network is asked before anything is sent again"))
BROKEN = "the adapter failed; see the log"


class OutboxWorker:
    """Serves the outbox for an engine, which gives it one thing of each source to send, and one to look up, at a time.

    Args:
        accounts: as whom it sends.
        intake: what storing a message needs, now.
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
        """What an engine left in `sending` when it was killed: nobody knows whether it was sent."""

        def work(conn: Connection) -> None:
            for due in outgoing.due(conn, self.clock()):
                if due.status == "sending":
                    self._write(conn, KINDS[due.kind].get(conn, due.id), ENGINE_ENDED)

        await self.store.awrite(work)

    async def send_due(self, due: Due | Item, client: Client) -> None:
        """Take something as far as it goes now: from held to queued to sent. Never raises what a network can cause."""
        for _ in range(AT_ONE_GO):
            item = self._due(due)
            if item is None:
                return
            match item.status:
                case "held":
                    self.step("send: queue")
                    await self._apply(item, Outcome(Event("countdown over")))
                case "queued":
                    await self._send(item, client)
                case "sending":
                    # Left so by a try that could not be written down (a full disk): none is under way.
                    await self._apply(item, ENGINE_ENDED)
                case _:
                    return

    async def look_up_due(self, due: Due | Item, client: Client) -> None:
        """Ask the network what became of what is unknown, if it is time to. Never raises what a network can cause."""
        await self._follow_clock()
        item = self._due(due)
        if item is None or item.status != "unknown":
            return
        attempt = KINDS[item.kind].load(self.store.read(), item.id)
        if attempt is None:
            there = Outcome(Event("accepted"), {"sent_at": item.sending_at or item.created_at})
            await self._apply(item, there if item.arrived_by else NOTHING_TO_ASK)
            return
        outcome = attempt.known()
        if outcome is None:
            outcome = await self._look(attempt, client)
            if outcome.event.name != "accepted":
                outcome = outcome._replace(columns={**outcome.columns, "look_ups": item.look_ups + 1})
        await self._apply(attempt.item, outcome, attempt)

    def _due(self, due: Due | Item) -> Item | None:
        """A row as it stands, if anything is to be done with it now."""
        conn, kind = self.store.read(), KINDS[due.kind]
        item: Item | None = kind.get(conn, due.id)
        if item is None or (item.due_at is not None and item.due_at > self.clock()):
            return None
        return None if item.status in ("held", "queued") and kind.waits(conn, item) else item

    async def _send(self, item: Item, client: Client) -> None:
        self.step("send: begin")
        attempt = await self.store.awrite(lambda conn: self._begin(conn, item))
        if attempt is None:
            return
        self.step("send: marked")
        try:
            outcome = await self._ask(attempt, client, lambda adapter, account: attempt.send(client, adapter, account))
        except CminboxError as error:
            self.step("send: failed")
            await self._apply(attempt.item, Outcome(failed_to_send(attempt.item, error, self.timing)))
            return
        self.step("send: answered")
        await self._apply(attempt.item, outcome, attempt)
        self.step("send: stored")

    def _begin(self, conn: Connection, item: Item) -> Attempt[Any] | None:
        """Mark something as being sent, unless it moved on meanwhile, or something else is to happen instead."""
        attempt = KINDS[item.kind].load(conn, item.id)
        outcome = NO_TARGET if attempt is None else attempt.instead(conn)
        if outcome is not None:
            self._write(conn, item, outcome, attempt)
            return None
        now = self.clock()
        columns: OutgoingChanges = {
            "tries": item.tries + 1,
            "sending_at": now,
            "first_try_at": item.first_try_at or now,
            "try_ended_at": None,
        }
        begun = self._write(conn, item, Outcome(Event("begun"), columns))
        return None if attempt is None or begun is None else replace(attempt, item=begun)

    async def _look(self, attempt: Attempt[Any], client: Client) -> Outcome:
        """What a look-up on the network comes to."""
        self.step("look up: begin")
        asked_at = self.clock()
        try:
            async with asyncio.timeout(self.timing.look_within / SECOND):
                outcome = await self._found(attempt, client, asked_at)
        except TimeoutError:
            return attempt.not_asked(Retryable("no answer to the look-up in time"), self.timing)
        except CminboxError as error:
            return attempt.not_asked(error, self.timing)
        self.step("look up: answered")
        return outcome

    async def _found(self, attempt: Attempt[Any], client: Client, asked_at: Instant) -> Outcome:
        """What the network shows of an attempt.

        Raises:
            Refused: it can never be asked.
            CminboxError: nothing can be said now.
        """

        async def look(adapter: Adapter, account: Account) -> Outcome:
            return await attempt.look_up(client, adapter, account, asked_at, self.timing)

        attempt.check(self.accounts.of(self.config, attempt.source, attempt.item.source_id)[0])
        try:
            return await self._ask(attempt, client, look)
        except Refused as refusal:
            raise Retryable(refusal.message, hint=refusal.hint) from None

    async def _ask(
        self, attempt: Attempt[Any], client: Client, asked: Callable[[Adapter, Account], Awaitable[Outcome]]
    ) -> Outcome:
        """What a network answers to an attempt.

        Raises:
            CminboxError: by what to do next.
        """
        try:
            return await self.accounts.ask(self.config, attempt.source, attempt.item.source_id, client, asked)
        except CminboxError as error:
            if attempt.source is not None:  # the client that met the error knows the host alone
                error.hint = error.hint.replace("login NAME", f"login {attempt.source.name}")
            raise
        except Exception:
            LOG.exception("%s", attempt.named(attempt.item))
            raise Retryable(BROKEN, maybe_done=True) from None

    async def _apply(self, item: Item, outcome: Outcome, attempt: Attempt[Any] | None = None) -> None:
        await self.store.awrite(lambda conn: self._write(conn, item, outcome, attempt))

    def _write(
        self,
        conn: Connection,
        item: Item | None,
        outcome: Outcome,
        attempt: Attempt[Any] | None = None,
    ) -> Item | None:
        """Write what an event makes of something; all that the engine ever writes of it.

        Args:
            attempt: keeps what it makes of the conversation, in the same transaction, once it stands on the network.

        Returns:
            It as it is now, or None when it moved on otherwise meanwhile: a person took it back, say.
        """
        kind = None if item is None else KINDS[item.kind]
        fresh: Item | None = None if item is None or kind is None else kind.get(conn, item.id)
        if item is None or kind is None or fresh is None or _stage(fresh) != _stage(item):
            return None
        now, event, columns = self.clock(), outcome.event, outcome.columns.copy()
        if fresh.status == "sending" and event.error:
            columns.setdefault("cause", fresh.cause or event.error)
        tried = fresh
        if event.name in ("no sure answer", "engine ended"):
            columns |= {"try_ended_at": now, "look_ups": 0, "seen": "", "seen_id": ""}
            tried = fresh._replace(try_ended_at=now)
        move = step(tried, event, now, self.timing)
        if move is None:
            raise ValueError(
                f"{kind.named(fresh)} is {fresh.status}: nothing of the kind “{event.name}” can happen to it"
            )
        if move.status == "sent" and attempt is not None:
            # A server's clock may be off: an answer is later than what it answers, and not later than now.
            columns["sent_at"] = max(min(columns.get("sent_at") or now, now), attempt.target.created_at)
        outgoing.write(conn, fresh.id, fresh.conversation_id, move, now, columns)
        moved = cast(Item, kind.get(conn, fresh.id))
        if move.logged:
            logged = kind.logged(moved, move.logged)
            number = events.add(conn, now, logged.actor, logged.action, detail=logged.detail)
            events.add_item(conn, number, moved.conversation_id)
        _say(kind.named(moved), fresh, moved, accepted_until(moved, now, self.timing), now)
        conversations.touch(conn, moved.conversation_id)
        if moved.status == "sent" and attempt is not None:
            attempt.keep(self.intake().begin(conn), moved, held=outcome.held)
        return moved


def _stage(item: Item) -> tuple[str, Instant | None, str]:
    """What changes when a person or another task moves something on, even where its status comes round again."""
    return item.status, item.sending_at, item.arrived_by


def _say(name: str, before: Item, after: Item, until: Instant, now: Instant) -> None:
    """Write into the program's log where something is unknown, and what became of it."""
    if after.status == "unknown":
        if before.status != "unknown":
            LOG.warning("%s is unknown: %s", name, one_line(after.error))
        elif before.updated_at <= until < now:
            LOG.warning("%s is unknown for longer than it can be accepted: %s", name, one_line(after.error))
    elif before.status == "unknown":
        LOG.info("%s was unknown and is %s", name, after.status)
