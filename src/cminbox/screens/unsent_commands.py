"""What is held, failed or unknown of a conversation: taking it back, trying it again, saying that it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cminbox.errors import ActionError
from cminbox.model import NetworkAction, Reply
from cminbox.outbox_states import accepted_until
from cminbox.screens.pickers.confirm import ConfirmMany
from cminbox.store import network_actions, replies

if TYPE_CHECKING:
    from cminbox.screens.base import BaseScreen

Outgoing = TypeVar("Outgoing", Reply, NetworkAction)


class UnsentCommands:
    """The commands that end a reply or a verb of one conversation, its newest that stands so; replies go first.

    Args:
        screen: asks, says, and runs what the desk does.
        chosen: gives the id of the conversation; None where there is none. May raise `ActionError`.
        changed: shows the conversation of that id as it is now.
    """

    def __init__(self, screen: BaseScreen, chosen: Callable[[], int | None], changed: Callable[[int], object]) -> None:
        self._screen, self._chosen, self._changed = screen, chosen, changed

    async def do_reply_cancel(self) -> None:
        """Take back the member's reply that is still held, or one that is unknown and not there; it is a draft again.
        Else withdraw the member's verb that is held, or one that failed or is unknown.
        """
        number = self._chosen()
        if number is None:
            return
        services = self._screen.services
        me, written, actions = services.member.handle, self._replies(number), self._actions(number)
        reply = next((each for each in written if each.member == me and each.status == "held"), None)
        unsent = _unsent(written)
        if reply is None and unsent is not None and unsent.status == "unknown":
            reply = unsent
        if reply is not None:
            if await self._screen.call(services.desk.outbox.cancel, reply.id) is not None:
                self._changed(number)
                self._screen.say("taken back: it is a draft again, r goes on with it")
            return
        held = next((each for each in actions if each.member == me and each.status == "held"), None)
        if (action := held or _unsent(actions)) is None:
            raise ActionError("no reply of yours is held here", "what was sent cannot be taken back")
        if await self._screen.call(services.desk.verbs.cancel, action.id) is not None:
            self._changed(number)
            self._screen.say(f"{action.verb} withdrawn")

    async def do_reply_retry(self) -> None:
        """Try again the reply or verb that failed, or that the member looked for and did not find."""
        number = self._chosen()
        if number is None:
            return
        services, unsent = self._screen.services, _unsent(self._replies(number))
        if unsent is None:
            if (action := _unsent(self._actions(number))) is None:
                raise ActionError("no failed reply here")
            if await self._screen.call(services.desk.verbs.retry, action.id) is not None:
                self._changed(number)
                self._screen.say(f"{action.verb}: tried again")
            return
        if unsent.status == "unknown" and services.clock() > accepted_until(unsent, services.clock()):
            warning = (
                f"Nobody knows whether it arrived: {unsent.error}. Sent again it may stand there twice; o looks first."
            )
            if not await self._screen.ask(ConfirmMany(warning, "")):
                return
        await self._screen.call(services.desk.outbox.retry, unsent.id)
        self._changed(number)

    async def do_reply_arrived(self) -> None:
        """Say that the reply or verb of which nobody knows whether it arrived stands on the network."""
        number = self._chosen()
        if number is None:
            return
        desk, unsent = self._screen.services.desk, _unsent(self._replies(number))
        if unsent is not None and unsent.status == "unknown":
            await self._screen.call(desk.outbox.arrived, unsent.id)
        else:
            action = _unsent(self._actions(number)) if unsent is None else None
            if action is None or action.status != "unknown":
                raise ActionError("no unknown reply here")
            await self._screen.call(desk.verbs.arrived, action.id)
        self._changed(number)

    def _replies(self, number: int) -> list[Reply]:
        return list(reversed(replies.of(self._screen.services.store.read(), number)))

    def _actions(self, number: int) -> list[NetworkAction]:
        return list(reversed(network_actions.of(self._screen.services.store.read(), number)))


def _unsent(newest_first: list[Outgoing]) -> Outgoing | None:
    """The newest that failed, or of which nobody knows whether it arrived."""
    return next((each for each in newest_first if each.status in ("failed", "unknown")), None)
