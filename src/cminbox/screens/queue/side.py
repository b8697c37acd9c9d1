"""The conversation of the cursor, beside the list where the terminal is wide enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from cminbox.model import Conversation
from cminbox.screens.services import Host

if TYPE_CHECKING:
    from cminbox.screens.conversation.pane import ConversationPane

ROOMY = 84
"""From this many columns on, the contact and the reasons have a column of their own beside the thread."""
TALL = 28
"""From this many lines on, where there is no room beside the thread, they stand below it."""


class QueueSide(Container):
    """Thread, reasons, contact and last events of one conversation. Empty, and light, until it first shows one."""

    DEFAULT_CSS = "QueueSide { height: 1fr; padding: 0 0 0 1; border-left: solid $border-blurred; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pane: ConversationPane | None = None

    async def show_row(self, row: Conversation | None, host: Host) -> None:
        """Read a conversation and show it; with None, show nothing."""
        if self._pane is None:
            from cminbox.screens.conversation.pane import ConversationPane

            self._pane = ConversationPane(narrow=34)
            await self.mount(self._pane)
        self.show_now(row, host)

    def show_now(self, row: Conversation | None, host: Host) -> None:
        """Show a conversation at once, if one has been shown before."""
        from cminbox.screens.conversation.pane import WIDE

        if self._pane is None:
            return
        self._pane.display = row is not None
        if row is None:
            return
        details = host.details_of(row.id)
        if details is not None:
            roomy = self.size.width >= ROOMY
            self._pane.fit_to(WIDE if roomy else 0, stacked=not roomy and self.size.height >= TALL)
            self._pane.show(details)

    def show_why(self) -> None:
        """Show or hide the reasons, contact and events."""
        if self._pane is not None:
            self._pane.toggle_side()
