"""Carries verbs out on the networks: the actions of the outbox, each once.

As in `sending`, each try and each look-up ends in an event, and `outbox_states` says what becomes of the action then.
`sending` is on the disk before the first byte leaves. After a lost answer the network is asked whether it stands there;
only a verb that is the same done twice as once is tried again without a sure answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from cminbox.config import Config
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.own_accounts import OwnAccounts
from cminbox.engine.polling import StepHook
from cminbox.engine.transaction import Intake
from cminbox.errors import AuthError, CminboxError, RateLimited, Refused, Retryable
from cminbox.model import OF_AUTHORS, SECOND, Instant, NetworkAction, StoredMessage
from cminbox.outbox_states import Event, Timing, failed_to_ask, failed_to_send, not_found, step
from cminbox.sources import registry
from cminbox.sources.contract import Account, Act, Actor, Adapter, VerbInfo
from cminbox.sources.http import Client
from cminbox.store import Connection, Store, conversations, events, messages, network_actions, sources
from cminbox.store.changes import MessageChanges
from cminbox.store.sources import SourceRow
from cminbox.text import one_line

LOG = logging.getLogger(__name__)
AT_ONE_GO = 3
"""The moves of an action that nothing delays: held, queued, sending."""
TARGET_GONE = Event("target gone", "not done: the message was deleted on the network")
NO_TARGET = Event("target gone", "not done: the store has no message of that server that it could be done to")
STANDS_ALREADY = Event("stands already")
ENGINE_ENDED = Event("engine ended", "it was cut; the network is asked before anything is tried again")
NOTHING_TO_ASK = Event("cannot be asked", "the store has no message of that server that it was done to")
LOGGED = {"sent": "action done", "reply failed": "action failed", "reply unknown": "action unknown"}
"""What the log calls what happened to an action, by the word that it has for a reply."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that is about to be carried out, or looked up.

    Attributes:
        target: the message that it is done to, or to whose author.
        conversation: the adapter's key of the conversation.
        source: where it goes.
    """

    action: NetworkAction
    target: StoredMessage
    conversation: str
    source: SourceRow | None

    @classmethod
    def load(cls, conn: Connection, action_id: int) -> Attempt | None:
        """As the store has it; None where it has no message that this could be done to."""
        action = network_actions.get(conn, action_id)
        target = None if action is None else messages.get(conn, action.message_id)
        row = None if target is None else conversations.get(conn, target.conversation_id)
        if action is None or target is None or row is None or target.source_id != action.source_id:
            return None
        return cls(action, target, row.remote_id, sources.get(conn, action.source_id))

    @property
    def gone(self) -> bool:
        """Whether what it is done to is not on the network any more; people stay, whatever becomes of their words, and
        a deletion is taken back of what is deleted."""
        action = self.action
        restored = action.verb == "delete" and action.undo
        return self.target.deleted_at is not None and action.verb not in OF_AUTHORS and not restored

    def act(self) -> Act:
        """The action as the adapter is given it."""
        action = self.action
        message = self.target.as_message(self.conversation)
        return Act(action.key, action.verb, message, action.undo, action.reason, action.text)


class ActionSender:
    """Carries actions out for an engine, which gives it one of each source at a time, and looks up one of each at a
    time.

    Args:
        intake: what storing a deletion needs, now.
        step: told the name of each step before it is made; tests end the process there.
        accounts: as whom it acts.
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
        self.intake = intake
        self.clock = clock
        self.step = step
        self.timing = timing
        self.accounts = accounts
        self._follow_clock = follow_clock

    async def recover(self) -> None:
        """Actions that an engine left in `sending` when it was killed: nobody knows whether they were done."""

        def work(conn: Connection) -> None:
            for action in network_actions.outbox(conn):
                if action.status == "sending":
                    self._write(conn, action, ENGINE_ENDED)

        await self.store.awrite(work)

    async def send_due(self, action_id: int, client: Client) -> None:
        """Take an action as far as it goes now: from held to queued to done. Never raises what a network can cause."""
        for _ in range(AT_ONE_GO):
            action = self._due(action_id)
            if action is None:
                return
            match action.status:
                case "held":
                    self.step("act: queue")
                    await self._apply(action, Event("countdown over"))
                case "queued":
                    await self._carry_out(action, client)
                case "sending":
                    # Left so by a try that could not be written down (a full disk): none is under way.
                    await self._apply(action, ENGINE_ENDED)
                case _:
                    return

    def _due(self, action_id: int) -> NetworkAction | None:
        """An action as it stands, if anything is to be done with it now."""
        conn = self.store.read()
        action = network_actions.get(conn, action_id)
        if action is None or (action.status in ("held", "queued") and network_actions.comes_after(conn, action)):
            return None
        if action.due_at is not None and action.due_at > self.clock():
            return None
        return action

    async def _carry_out(self, action: NetworkAction, client: Client) -> None:
        self.step("act: begin")
        begun = await self.store.awrite(lambda conn: self._begin(conn, action))
        if begun is None:
            return
        self.step("act: marked")
        try:
            note = await self._ask_for(begun, client)
        except CminboxError as error:
            note = ""
            self.step("act: failed")
            if not isinstance(error, Refused) or not await self._stands(begun, client):
                _name(error, begun)
                await self._apply(begun.action, failed_to_send(begun.action, error, self.timing))
                return
        self.step("act: answered")
        await self._done(begun, note)
        self.step("act: stored")

    def _begin(self, conn: Connection, action: NetworkAction) -> Attempt | None:
        """Mark an action as being sent, unless it was withdrawn, its message is gone, or it stands there already."""
        attempt = Attempt.load(conn, action.id)
        if attempt is None:
            self._write(conn, action, NO_TARGET)
            return None
        if network_actions.stands(conn, attempt.target, action.verb) is not attempt.action.undo:
            self._write(conn, action, STANDS_ALREADY, sent_at=self.clock())
            return None
        if attempt.gone:
            self._write(conn, action, TARGET_GONE)
            return None
        now, action = self.clock(), attempt.action
        begun = self._write(
            conn,
            action,
            Event("begun"),
            tries=action.tries + 1,
            sending_at=now,
            first_try_at=action.first_try_at or now,
            try_ended_at=None,
        )
        return None if begun is None else replace(attempt, action=begun)

    async def _ask_for(self, attempt: Attempt, client: Client) -> str:
        """Ask the network for an action that is marked as being sent.

        Returns:
            What of it was not done though the verb was; empty for nothing.

        Raises:
            CminboxError: by what to do next.
        """

        async def act(adapter: Adapter, account: Account) -> str:
            return await _actor(adapter, attempt.action).act(client, account, attempt.act()) or ""

        try:
            return await self.accounts.ask(self.config, attempt.source, attempt.action.source_id, client, act)
        except CminboxError:
            raise
        except Exception as error:
            LOG.exception("action %s", attempt.action.id)
            raise Retryable(f"the adapter failed ({type(error).__name__})", maybe_done=True) from None

    async def _stands(self, attempt: Attempt, client: Client) -> bool:
        """Whether what the network refused stands there as it was wanted: somebody else was first."""
        try:
            return await self._ask(attempt, client)
        except (CminboxError, TimeoutError):
            return False

    async def look_up_due(self, action_id: int, client: Client) -> None:
        """Ask the network whether an unknown action was carried out, if it is time to. Never raises what a network can
        cause."""
        await self._follow_clock()
        action = self._due(action_id)
        if action is None or action.status != "unknown":
            return
        attempt = Attempt.load(self.store.read(), action.id)
        if attempt is None:
            await self._apply(action, NOTHING_TO_ASK)
            return
        if action.arrived_by or (attempt.gone and action.verb == "delete" and not action.undo):
            await self._done(attempt)
            return
        self.step("look up act: begin")
        asked_at = self.clock()
        try:
            stands = await self._ask(attempt, client)
        except TimeoutError:
            event = self._not_asked(attempt, Retryable("no answer to the look-up in time"))
        except CminboxError as error:
            _name(error, attempt)
            event = self._not_asked(attempt, error)
        else:
            self.step("look up act: answered")
            if stands:
                await self._done(attempt)
                return
            event = self._not_there(attempt, asked_at)
        await self._apply(action, event, look_ups=action.look_ups + 1)

    def _not_there(self, attempt: Attempt, asked_at: Instant) -> Event:
        """It does not stand there, as the network says."""
        if not attempt.gone and self._may_repeat(attempt):
            return Event("harmless to repeat", attempt.action.cause)
        event = not_found(attempt.action, asked_at, self.timing, deleted=attempt.gone)
        return TARGET_GONE if event.name == "target gone" else event

    def _not_asked(self, attempt: Attempt, error: CminboxError) -> Event:
        """Nothing can be said now."""
        if attempt.gone:
            return TARGET_GONE
        if not isinstance(error, RateLimited | AuthError) and self._may_repeat(attempt):
            return Event("harmless to repeat", error.line())
        return failed_to_ask(error)

    def _may_repeat(self, attempt: Attempt) -> bool:
        """Whether it may be tried again without knowing what became of the last try."""
        info = self._verb_info(attempt)
        return info is not None and info.repeatable and attempt.action.tries < self.timing.most_tries

    def _verb_info(self, attempt: Attempt) -> VerbInfo | None:
        try:
            adapter, _ = self.accounts.of(self.config, attempt.source, attempt.action.source_id)
        except CminboxError:
            return None
        return adapter.INFO.capabilities.verbs.get(attempt.action.verb)

    async def _ask(self, attempt: Attempt, client: Client) -> bool:
        """Whether it stands on the network as the action would have it.

        Raises:
            CminboxError: nothing can be said now.
            TimeoutError: it took too long.
        """
        source, number = attempt.source, attempt.action.source_id
        _actor(self.accounts.of(self.config, source, number)[0], attempt.action)

        async def look(adapter: Adapter, account: Account) -> bool:
            return await _actor(adapter, attempt.action).acted(client, account, attempt.act())

        async with asyncio.timeout(self.timing.look_within / SECOND):
            try:
                return await self.accounts.ask(self.config, source, number, client, look)
            except Refused as refusal:
                raise Retryable(refusal.message, hint=refusal.hint) from None
            except (CminboxError, TimeoutError):
                raise
            except Exception:
                LOG.exception("looking up action %s", attempt.action.id)
                raise Retryable("the look-up failed; see the log") from None

    async def _apply(self, action: NetworkAction, event: Event, **columns: Any) -> None:
        await self.store.awrite(lambda conn: self._write(conn, action, event, **columns))

    async def _done(self, attempt: Attempt, note: str = "") -> None:
        """It stands on the network: store that, and what it makes of the message, in one transaction."""
        await self.store.awrite(lambda conn: self._keep(conn, attempt, note))

    def _keep(self, conn: Connection, attempt: Attempt, note: str) -> None:
        told = {"error": note} if note else {}
        moved = self._write(conn, attempt.action, Event("accepted"), **told, sent_at=self.clock())
        target = None if moved is None else messages.get(conn, moved.message_id)
        row = None if target is None else conversations.get(conn, target.conversation_id)
        changes = None if moved is None or target is None else _changes(moved, target, self.clock())
        if target is not None and row is not None and changes:
            messages.update(conn, target.id, changes)
            add_messages(self.intake().begin(conn), row, [], replay=True)

    def _write(self, conn: Connection, action: NetworkAction, event: Event, **columns: Any) -> NetworkAction | None:
        """Write what an event makes of an action; all that the engine ever writes of one.

        Returns:
            The action as it is now, or None when it moved on otherwise meanwhile: a person withdrew it, say.
        """
        fresh = network_actions.get(conn, action.id)
        if fresh is None or _stage(fresh) != _stage(action):
            return None
        now = self.clock()
        if fresh.status == "sending" and event.error:
            columns.setdefault("cause", fresh.cause or event.error)
        tried = fresh
        if event.name in ("no sure answer", "engine ended"):
            columns |= {"try_ended_at": now, "look_ups": 0}
            tried = fresh._replace(try_ended_at=now)
        move = step(tried, event, now, self.timing)
        if move is None:
            raise ValueError(f"action {action.id} is {fresh.status}: no “{event.name}” can happen to it")
        moved = network_actions.write(conn, fresh, move, now, **columns)
        if move.logged:
            detail = {"outgoing": moved.id, "verb": moved.verb, "undo": moved.undo, "error": moved.error}
            logged = events.add(conn, now, "engine", LOGGED.get(move.logged, move.logged), detail=detail)
            events.add_item(conn, logged, moved.conversation_id)
        if moved.status == "unknown" and fresh.status != "unknown":
            LOG.warning("action %s (%s) is unknown: %s", moved.id, moved.verb, one_line(moved.error))
        elif fresh.status == "unknown" and moved.status != "unknown":
            LOG.info("action %s (%s) was unknown and is %s", moved.id, moved.verb, moved.status)
        conversations.touch(conn, moved.conversation_id)
        return moved


def _changes(action: NetworkAction, target: StoredMessage, now: Instant) -> MessageChanges:
    """What an action that the network carried out makes of its message."""
    match action.verb:
        case "delete":
            gone = target.deleted_at is not None
            return {} if gone is not action.undo else {"deleted_at": None if action.undo else now}
        case "hide":
            # Some networks hide by holding for review: one thing at a time is said of it.
            hidden, held = not action.undo, False
            return {} if (target.hidden, target.held) == (hidden, held) else {"hidden": hidden, "held": held}
        case "release":
            return {} if target.held is action.undo else {"held": action.undo}
        case "report-spam":
            return {}
    done = target.done - {action.verb} if action.undo else target.done | {action.verb}
    return {} if done == target.done else {"done": done}


def _actor(adapter: Adapter, action: NetworkAction) -> Actor:
    """The adapter as one that has verbs.

    Raises:
        Refused: it has none.
    """
    actor = registry.actor(adapter)
    if actor is None:
        raise Refused(f"{adapter.INFO.title} has no {action.verb} from here")
    return actor


def _stage(action: NetworkAction) -> tuple[str, Instant | None, str]:
    """What changes when a person or another task moves an action on, even where its status comes round again."""
    return action.status, action.sending_at, action.arrived_by


def _name(error: CminboxError, attempt: Attempt) -> None:
    """Put the source's name into a hint: the client that met the error knows the host alone."""
    if attempt.source is not None:
        error.hint = error.hint.replace("login NAME", f"login {attempt.source.name}")
