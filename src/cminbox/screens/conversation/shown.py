"""Which conversation is shown, read anew whenever it may have changed."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.screens.conversation.data import ConversationDetails
from cminbox.screens.conversation.pane import ConversationPane


class ShownConversation:
    """The conversation that a pane shows.

    Args:
        pane: where it is shown.
        read: reads a conversation by its id; gives None where the store has none.
        gone: called when the store has it no more; the pane stays as it is.
        moved: called when another conversation is shown.
    """

    def __init__(
        self,
        pane: ConversationPane,
        read: Callable[[int], ConversationDetails | None],
        gone: Callable[[], None] = lambda: None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = 0
        self._pane, self._read, self._gone, self._moved = pane, read, gone, moved

    @property
    def details(self) -> ConversationDetails | None:
        """What was read last; None before, and where there was nothing to read."""
        return self._pane.details

    def open(self, columns: int) -> None:
        """Read it and show it as one that is opened, on a screen so wide: from its newest message on."""
        details = self._read(self.id)
        self._pane.open(details, columns)
        if details is None:
            self._gone()

    def show(self, conversation_id: int) -> None:
        """Read another one, or the same, and show it."""
        moved, self.id = conversation_id != self.id, conversation_id
        self.refresh()
        if moved:
            self._moved()

    def refresh(self) -> None:
        """Read it again; the reader's place in it stays."""
        details = self._read(self.id)
        if details is None:
            self._gone()
        else:
            self._pane.show(details)
