"""Reading a conversation: moving in its thread, why it is here, where it is on its network."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.screens.conversation.pane import ConversationPane
from cminbox.screens.conversation.shown import ShownConversation
from cminbox.screens.key_reader import KeyReader


class ReadingCommands:
    """The commands that move in the thread, and those that show more of the conversation.

    Args:
        pane: what shows the conversation.
        shown: which conversation that is.
        keys: have the number typed before the key.
        open_link: shows a link, and opens it where there is a browser.
    """

    def __init__(
        self,
        pane: ConversationPane,
        shown: ShownConversation,
        keys: KeyReader,
        open_link: Callable[[str], None],
    ) -> None:
        self._pane, self._shown, self._keys, self._open_link = pane, shown, keys, open_link

    def do_move_down(self) -> None:
        """Scroll the thread a line down, or as many as were typed before the key."""
        self._pane.move(self._keys.count)

    def do_move_up(self) -> None:
        """Scroll the thread a line up, or as many as were typed before the key."""
        self._pane.move(-self._keys.count)

    def do_move_half_down(self) -> None:
        """Scroll half a page down."""
        self._pane.move(max(1, self._pane.page // 2))

    def do_move_half_up(self) -> None:
        """Scroll half a page up."""
        self._pane.move(-max(1, self._pane.page // 2))

    def do_move_page_down(self) -> None:
        """Scroll a page down, less one line."""
        self._pane.move(max(1, self._pane.page - 1))

    def do_move_page_up(self) -> None:
        """Scroll a page up, less one line."""
        self._pane.move(-max(1, self._pane.page - 1))

    def do_move_top(self) -> None:
        """Go to the oldest message."""
        self._pane.home()

    def do_move_bottom(self) -> None:
        """Go to the newest message."""
        self._pane.end()

    def do_view_refresh(self) -> None:
        """Read the conversation again."""
        self._shown.refresh()

    def do_look_why(self) -> None:
        """Show or hide why, contact and last events beside the thread."""
        self._pane.toggle_side()

    def do_conversation_open_url(self) -> None:
        """Show where it is on the network, and open it where there is a browser."""
        self._open_link(self._shown.details.url if self._shown.details else "")
