"""When keys were pressed: what can wait keeps out of their way."""

from __future__ import annotations

import time

ANSWER_SECONDS = 0.025
"""So long a key and its answer have the processor for themselves."""


class KeyTimes:
    """When the last key was pressed.

    Attributes:
        key_at: by the monotonic clock, in seconds; 0 before the first.
    """

    def __init__(self) -> None:
        self.key_at = 0.0

    def pressed(self) -> None:
        """A key was pressed now."""
        self.key_at = time.monotonic()

    @property
    def rested(self) -> float:
        """Seconds since the last key."""
        return time.monotonic() - self.key_at

    @property
    def typing(self) -> bool:
        """Whether a key was pressed just now, and is not answered yet."""
        return self.rested < ANSWER_SECONDS
