"""A verb with all that carrying it out on the network or looking it up needs, read from the store."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from cminbox.engine.attempt import Attempt, Logged, Outcome
from cminbox.engine.conversation_refresh import add_messages
from cminbox.engine.transaction import Transaction
from cminbox.errors import AuthError, CminboxError, ConfigError, RateLimited, Refused
from cminbox.model import OF_AUTHORS, Instant, NetworkAction, StoredMessage
from cminbox.outbox_states import Event, Timing, not_found
from cminbox.sources import registry
from cminbox.sources.contract import Account, Act, Actor, Adapter, VerbInfo
from cminbox.sources.http import Client
from cminbox.store import Connection, conversations, messages, network_actions, sources
from cminbox.store.changes import MessageChanges

LOG = logging.getLogger(__name__)
TARGET_GONE = Outcome(Event("target gone", "not done: the message was deleted on the network"))
TOLD_UNKNOWN = "nobody knows whether its author was told"
LOGGED = {"sent": "action done", "reply failed": "action failed", "reply unknown": "action unknown"}
"""What the log calls what happened to an action, by the word that it has for a reply."""


@dataclass(frozen=True, slots=True)
class ActionAttempt(Attempt[NetworkAction]):
    """An action that is about to be carried out, or looked up; its target is the message that it is done to, or to
    whose author. After a lost answer only a verb that is the same done twice as once is tried again without a sure
    answer."""

    @staticmethod
    def get(conn: Connection, number: int) -> NetworkAction | None:
        return network_actions.get(conn, number)

    @classmethod
    def load(cls, conn: Connection, number: int) -> ActionAttempt | None:
        action = network_actions.get(conn, number)
        target = None if action is None else messages.get(conn, action.message_id)
        row = None if target is None else conversations.get(conn, target.conversation_id)
        if action is None or target is None or row is None or target.source_id != action.source_id:
            return None
        return cls(action, target, row.remote_id, sources.get(conn, action.source_id))

    @staticmethod
    def waits(conn: Connection, item: NetworkAction) -> bool:
        return network_actions.comes_after(conn, item)

    @staticmethod
    def named(item: NetworkAction) -> str:
        return f"action {item.id} ({item.verb})"

    @staticmethod
    def logged(item: NetworkAction, what: str) -> Logged:
        detail = {"outgoing": item.id, "verb": item.verb, "undo": item.undo, "error": item.error}
        return Logged("engine", LOGGED.get(what, what), detail)

    def instead(self, conn: Connection) -> Outcome | None:
        if network_actions.stands(conn, self.target, self.item.verb) is not self.item.undo:
            return Outcome(Event("stands already"))
        return TARGET_GONE if self._gone else None

    async def send(self, client: Client, adapter: Adapter, account: Account) -> Outcome:
        """Have the network do it; what it refuses and what stands there all the same was done by somebody else."""
        try:
            undone = await self._actor(adapter).act(client, account, self._act())
        except Refused:
            if not await self._stands(client, adapter, account):
                raise
            return self._done()
        return Outcome(Event("accepted"), {"error": undone} if undone else {})

    def known(self) -> Outcome | None:
        deleted = self._gone and self.item.verb == "delete"
        return self._done() if self.item.arrived_by or deleted else None

    def check(self, adapter: Adapter) -> None:
        self._actor(adapter)

    async def look_up(
        self, client: Client, adapter: Adapter, account: Account, asked_at: Instant, timing: Timing
    ) -> Outcome:
        if await self._actor(adapter).acted(client, account, self._act()):
            return self._done()
        if not self._gone and self._may_repeat(timing):
            return Outcome(Event("harmless to repeat", self.item.cause))
        event = not_found(self.item, asked_at, timing, deleted=self._gone)
        return TARGET_GONE if event.name == "target gone" else Outcome(event)

    def not_asked(self, error: CminboxError, timing: Timing) -> Outcome:
        if self._gone:
            return TARGET_GONE
        if not isinstance(error, RateLimited | AuthError | ConfigError | Refused) and self._may_repeat(timing):
            return Outcome(Event("harmless to repeat", error.line()))
        return Attempt.not_asked(self, error, timing)

    def keep(self, tx: Transaction, item: NetworkAction, *, held: bool) -> None:
        target = messages.get(tx.conn, item.message_id)
        row = None if target is None else conversations.get(tx.conn, target.conversation_id)
        changes = None if target is None else message_changes(item, target, tx.now)
        if target is not None and row is not None and changes:
            messages.update(tx.conn, target.id, changes)
            add_messages(tx, row, [], replay=True)

    @property
    def _gone(self) -> bool:
        """Whether what it is done to is not on the network any more; people stay, whatever becomes of their words, and
        a deletion is taken back of what is deleted."""
        restored = self.item.verb == "delete" and self.item.undo
        return self.target.deleted_at is not None and self.item.verb not in OF_AUTHORS and not restored

    def _act(self) -> Act:
        """The action as the adapter is given it."""
        action = self.item
        message = self.target.as_message(self.conversation)
        return Act(action.key, action.verb, message, action.undo, action.reason, action.text)

    async def _stands(self, client: Client, adapter: Adapter, account: Account) -> bool:
        """Whether what the network refused stands there as it was wanted."""
        try:
            return await self._actor(adapter).acted(client, account, self._act())
        except CminboxError:
            return False
        except Exception:  # a mistake of ours makes a clear «no» no doubt
            LOG.exception("%s", self.named(self.item))
            return False

    def _done(self) -> Outcome:
        """It stands there, without the network's answer to it: that answer alone says whether its author was told."""
        info = self._info
        told = info is not None and info.tells and bool(self.item.text)
        return Outcome(Event("accepted"), {"error": TOLD_UNKNOWN} if told else {})

    def _may_repeat(self, timing: Timing) -> bool:
        """Whether it may be tried again without knowing what became of the last try."""
        info = None if self.item.tries >= timing.most_tries else self._info
        return info is not None and info.repeatable

    @property
    def _info(self) -> VerbInfo | None:
        """How its network has the verb."""
        return (
            None if self.source is None else registry.info(self.source.network).capabilities.verbs.get(self.item.verb)
        )

    def _actor(self, adapter: Adapter) -> Actor:
        """The adapter as one that has verbs.

        Raises:
            Refused: it has none.
        """
        actor = registry.actor(adapter)
        if actor is None:
            raise Refused(f"{adapter.INFO.title} has no {self.item.verb} from here")
        return actor


def message_changes(action: NetworkAction, target: StoredMessage, now: Instant) -> MessageChanges:
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
