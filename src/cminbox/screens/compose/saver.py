"""Keeping what is written as a draft, while it is written and however the composer is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from textual.timer import Timer

SAVE_SECONDS = 0.4
"""How long after the last key the draft is stored."""

After = Callable[[float, Callable[[], None]], Timer]
"""Calls something after so many seconds: Textual's `set_timer`."""
Background = Callable[[Coroutine[Any, Any, None]], None]
"""Runs a coroutine beside what the person does."""


class DraftSaver:
    """Stores a text as a draft a moment after its last change, and when asked to.

    Args:
        after: calls something after so many seconds.
        in_background: runs a coroutine beside what the person does.
        store: stores a text as the draft; an empty one throws it away.
    """

    def __init__(self, after: After, in_background: Background, store: Callable[[str], Awaitable[object]]) -> None:
        self._after, self._in_background, self._store = after, in_background, store
        self._text = self._stored = ""
        self._timer: Timer | None = None

    @property
    def all_stored(self) -> bool:
        """Whether nothing that is written would be lost."""
        return self._text == self._stored

    def assume_stored(self, text: str) -> None:
        """This text is in the store already: it came from there, or was sent."""
        self._text = self._stored = text

    def changed(self, text: str) -> None:
        """The text is another one now; it is stored soon."""
        self._text = text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(SAVE_SECONDS, lambda: self._in_background(self.save()))

    async def save(self, text: str | None = None) -> None:
        """Store the draft as it stands, if it changed; `text` where that is newer than what was told."""
        self._text = self._text if text is None else text
        if not self.all_stored:
            self._stored = self._text
            await self._store(self._text)
