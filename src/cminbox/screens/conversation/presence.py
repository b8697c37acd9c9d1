"""Telling others that somebody looks at a conversation."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

THERE_SECONDS = 0.3
"""How long a conversation is in front before others are told that we look at it."""


class ViewingPresence:
    """Tells others that this member looks at a conversation, once it has been in front for a moment.

    Who only passes by is not there, and a key that follows at once is not kept waiting.

    Args:
        after: calls something after so many seconds.
        tell: tells others of the conversation in front now.
    """

    def __init__(self, after: Callable[[float, Callable[[], None]], Timer], tell: Callable[[], None]) -> None:
        self._after, self._tell = after, tell
        self._timer: Timer | None = None

    def tell_soon(self) -> None:
        """Another conversation is in front."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(THERE_SECONDS, self._tell)
