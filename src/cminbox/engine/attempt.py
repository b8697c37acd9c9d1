"""What the outbox's worker asks of one kind of what goes out; `reply_attempt` and `action_attempt` are the kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Self, TypeVar

from cminbox.engine.transaction import Transaction
from cminbox.errors import CminboxError
from cminbox.model import Instant, NetworkAction, Reply, StoredMessage
from cminbox.outbox_states import Event, Timing, failed_to_ask
from cminbox.sources.contract import Account, Adapter
from cminbox.sources.http import Client
from cminbox.store import Connection
from cminbox.store.changes import OutgoingChanges
from cminbox.store.sources import SourceRow

Item = Reply | NetworkAction
"""A row of the outbox."""
T = TypeVar("T", Reply, NetworkAction)


NO_CHANGES: OutgoingChanges = {}


class Outcome(NamedTuple):
    """What happened to something that goes out, and the columns that tell more of it.

    Attributes:
        held: it stands on the network, which shows it to nobody yet.
    """

    event: Event
    columns: OutgoingChanges = NO_CHANGES
    held: bool = False


NO_TARGET = Outcome(Event("target gone", "not sent: the store has no message of that server that it could be for"))
NOTHING_TO_ASK = Outcome(
    Event("cannot be asked", "the store has no message of that server that it is for: nothing can be asked")
)


class Logged(NamedTuple):
    """An entry of the events' log."""

    actor: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt(ABC, Generic[T]):
    """Something that is about to go out, or to be looked up, with all that this needs, read from the store.

    Attributes:
        item: the row of the outbox.
        target: the message that it answers, or to which it is done.
        conversation: the adapter's key of the conversation.
        source: where it goes.
    """

    item: T
    target: StoredMessage
    conversation: str
    source: SourceRow | None

    @staticmethod
    @abstractmethod
    def get(conn: Connection, number: int) -> T | None:
        """The row with this number."""

    @classmethod
    @abstractmethod
    def load(cls, conn: Connection, number: int) -> Self | None:
        """As the store has it; None where it has no message that this could be for."""

    @staticmethod
    def waits(conn: Connection, item: T) -> bool:
        """Whether it must not begin yet, because of something else in the outbox."""
        return False

    @staticmethod
    @abstractmethod
    def named(item: T) -> str:
        """It, in words of the program's log."""

    @staticmethod
    @abstractmethod
    def logged(item: T, what: str) -> Logged:
        """What the events' log says of what happened to it, by the word that the outbox's table has for that."""

    @abstractmethod
    def instead(self, conn: Connection) -> Outcome | None:
        """What happens instead of sending it, as far as the store knows; None: it is sent."""

    @abstractmethod
    async def send(self, client: Client, adapter: Adapter, account: Account) -> Outcome:
        """Have the network do it, once.

        Raises:
            CminboxError: by what to do next.
        """

    @abstractmethod
    def known(self) -> Outcome | None:
        """What became of it, where nobody has to ask the network."""

    @abstractmethod
    def check(self, adapter: Adapter) -> None:
        """See that the network can be asked.

        Raises:
            Refused: it cannot.
        """

    @abstractmethod
    async def look_up(
        self, client: Client, adapter: Adapter, account: Account, asked_at: Instant, timing: Timing
    ) -> Outcome:
        """What the network shows of it, asked at this time.

        Raises:
            CminboxError: nothing can be said now.
        """

    def not_asked(self, error: CminboxError, timing: Timing) -> Outcome:
        """What a look-up comes to that failed."""
        return Outcome(failed_to_ask(error))

    @abstractmethod
    def keep(self, tx: Transaction, item: T, *, held: bool) -> None:
        """It stands on the network, as its row says now: store what that makes of its message and conversation."""
