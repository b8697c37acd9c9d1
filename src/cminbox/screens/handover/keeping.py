"""Keeps the words of a handover in the store as they are typed: a program that is killed loses none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cminbox.store.handovers import Words

KeepWords = Callable[[Words], Awaitable[object]]


class WordsKept:
    """Stores the newest words, one write at a time.

    Args:
        stored: what the store has.
        keep: stores words.
        in_background: runs a coroutine beside what the person does.
    """

    def __init__(
        self, stored: Words, keep: KeepWords, in_background: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self.newest = stored
        self._stored, self._keep, self._in_background = stored, keep, in_background
        self._writing = False

    def changed(self, words: Words) -> None:
        """Something else stands there now."""
        self.newest = words
        if not self._writing and words != self._stored:
            self._writing = True
            self._in_background(self._write())

    async def _write(self) -> None:
        try:
            while self.newest != self._stored:
                wanted = self.newest
                await self._keep(wanted)
                self._stored = wanted
        finally:
            self._writing = False
