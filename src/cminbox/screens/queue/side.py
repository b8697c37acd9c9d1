"""The conversation of the cursor, beside the list where the terminal is wide enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.containers import Container

if TYPE_CHECKING:
    from cminbox.screens.conversation.data import ConversationDetails
    from cminbox.screens.conversation.pane import ConversationPane

ROOMY = 84
"""From this many columns on, the contact and the reasons have a column of their own beside the thread."""
TALL = 28
"""From this many lines on, where there is no room beside the thread, they stand below it."""


class QueueSide(Container):
    """Thread, reasons, contact and last events of one conversation. Empty, and light, until it first shows one.

    Args:
        read: reads a conversation by its id.
    """

    DEFAULT_CSS = "QueueSide { height: 1fr; padding: 0 0 0 1; border-left: solid $border-blurred; }"

    def __init__(self, read: Callable[[int], ConversationDetails | None], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._read = read
        self._pane: ConversationPane | None = None

    async def show_first(self, conversation_id: int | None) -> None:
        """Read a conversation and show it, whether or not one was shown before; with None, show nothing."""
        if self._pane is None:
            from cminbox.screens.conversation.pane import ConversationPane

            self._pane = ConversationPane(narrow=34)
            await self.mount(self._pane)
        self.show(conversation_id)

    def show(self, conversation_id: int | None) -> None:
        """Read a conversation and show it at once, if one was shown before."""
        from cminbox.screens.conversation.pane import WIDE

        if self._pane is None:
            return
        self._pane.display = conversation_id is not None
        details = None if conversation_id is None else self._read(conversation_id)
        if details is not None:
            roomy = self.size.width >= ROOMY
            self._pane.fit_to(WIDE if roomy else 0, stacked=not roomy and self.size.height >= TALL)
            self._pane.show(details)

    def toggle_reasons(self) -> None:
        """Show or hide the reasons, contact and events."""
        if self._pane is not None:
            self._pane.toggle_side()
