"""The person who wrote a conversation: who they are, and their other conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.screen import ModalScreen, Screen

from cminbox.model import Conversation
from cminbox.screens.place_to_type import NoPlaceToType
from cminbox.screens.services import Services
from cminbox.store import conversations
from cminbox.widgets.queue_row import author_of

MOST = 100
"""So many are offered, the newest ones."""


class OtherTalks:
    """The commands that go from a conversation to who wrote it, and to another one of the same person.

    Args:
        row: gives the conversation that it is about; None where there is none.
        ask: shows a picker and gives what was chosen; None where the person left it.
        say: shows one line.
        show: shows a screen above this one.
    """

    def __init__(
        self,
        services: Services,
        row: Callable[[], Conversation | None],
        ask: Callable[[ModalScreen[int | None]], Awaitable[int | None]],
        say: Callable[[str], None],
        show: Callable[[Screen[None]], object],
    ) -> None:
        self._services, self._row, self._ask, self._say, self._show = services, row, ask, say, show

    def do_conversation_contact(self) -> None:
        """Show who they are, with all that they wrote."""
        from cminbox.screens.contact.screen import ContactScreen

        row = self._row()
        if row is None:
            return
        if row.author_id is None:
            self._say("nobody is behind this conversation")
            return
        self._show(ContactScreen.of_author(self._services, row.author_id))

    async def do_conversation_others(self) -> None:
        """Choose one of their other conversations, and open it over this one."""
        from cminbox.screens.pickers.talk import TalkPicker

        row = self._row()
        if row is None:
            raise NoPlaceToType("nobody is here: the list is empty")
        store = self._services.store
        found = [] if row.author_id is None else conversations.of_author(store.read(), row.author_id, row.id, MOST)
        if not found:
            raise NoPlaceToType(f"nothing else of {author_of(row)} is here")
        chosen = await self._ask(TalkPicker(f"Also from {author_of(row)}", found, self._services.clock()))
        if chosen is not None:
            self._services.navigator.open_conversation(chosen)
