"""The conversations behind something: a figure, a crisis, a source. The queue on one query, above that screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.config import ViewConfig
from cminbox.screens.queue.screen import QueueScreen
from cminbox.screens.queue.state import QueueState

if TYPE_CHECKING:
    from cminbox.config import Config


class ConversationListScreen(QueueScreen):
    """The queue with a single view; going back leaves to the screen that it was opened from.

    Args:
        config: the user's configuration.
        name: what the view is called.
        query: which conversations.
        sort: in which order.
    """

    KEEPS = False

    def __init__(self, name: str, query: str, sort: str = "priority") -> None:
        super().__init__()
        view = ViewConfig(name=name, query=query, sort=sort)
        config: Config = self.app.config._replace(views=(view,))
        self.state = QueueState(config, self.app.member)

    def do_app_back(self) -> None:
        """Drop marks, search and filter first; then leave."""
        if self.queue.ranging or self.queue.marks or self.state.search or self.state.filter:
            super().do_app_back()
        else:
            self.dismiss()


def quoted(word: str) -> str:
    """A word as a value in a query: in quotes where it has more than letters and digits."""
    plain = word.replace('"', " ").strip()
    return plain if plain.isascii() and plain.replace("-", "").replace("_", "").isalnum() else f'"{plain}"'
