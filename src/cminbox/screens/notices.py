"""What screens said, for a macro that has to know how its steps went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Recorded:
    """What was said while it was recorded.

    Attributes:
        texts: what was done, in words.
        problem: the last error, or nothing.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.problem = ""


class Notices:
    """Passes what any screen says to whoever records it."""

    def __init__(self) -> None:
        self._recorded: Recorded | None = None

    def add(self, text: str, *, error: bool) -> None:
        """A screen said something."""
        if self._recorded is None:
            return
        if error:
            self._recorded.problem = text
        else:
            self._recorded.texts.append(text)

    @contextmanager
    def record(self) -> Iterator[Recorded]:
        """Record what is said within."""
        self._recorded = recorded = Recorded()
        try:
            yield recorded
        finally:
            self._recorded = None
