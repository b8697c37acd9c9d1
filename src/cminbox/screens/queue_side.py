"""The conversation of the cursor, beside the list where the terminal is wide enough."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from cminbox.screens import conversation_data as data
from cminbox.screens.conversation_pane import WIDE, ConversationPane
from cminbox.screens.host import Host
from cminbox.store.conversations import Conversation

ROOMY = 84
"""From this many columns on, the contact and the reasons have a column of their own beside the thread."""


class QueueSide(Container):
    """Thread, reasons, contact and last events of one conversation; nothing in it takes keys."""

    DEFAULT_CSS = """
    QueueSide { height: 1fr; padding: 0 0 0 1; border-left: solid $border-blurred; }
    QueueSide ConversationPane .pane--side { width: 34; }
    """

    def compose(self) -> ComposeResult:
        """The conversation."""
        yield ConversationPane()

    @property
    def pane(self) -> ConversationPane:
        """What shows it."""
        return self.query_one(ConversationPane)

    def show_row(self, row: Conversation | None, host: Host) -> None:
        """Read a conversation and show it; with None, show nothing."""
        self.pane.display = row is not None
        if row is None:
            return
        view = data.load(
            host.store.read(),
            row.id,
            me=host.member.handle,
            brand=data.brand_name(host.config.brand),
            now=host.clock(),
            session=host.desk.session,
        )
        if view is not None:
            self.pane.fit_to(WIDE if self.size.width >= ROOMY else 0)
            self.pane.show(view, host.member.handle)

    def show_why(self) -> None:
        """Show or hide the reasons, contact and events."""
        self.pane.toggle_side()
