"""Looking for garbage in steps that nobody feels: Python's own moments for it come between a key and its answer."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache

YOUNG = 1_500
"""New objects from which on it is worth looking at them. It takes a millisecond at most, so it needs no rest."""
REST_SECONDS = 1.5
"""Since the last key, before garbage is looked for among what outlived that."""
LONG_REST_SECONDS = 5.0
"""Since the last key, before it is looked for among old things too."""
LOOKS, MOST_LOOKS = 8, 400
"""Looks at what is new, before one at what outlived them; the second does not wait for a rest."""
ROUNDS = 20
"""Of those, before one at all."""


class Tidy:
    """Takes the collector over from Python, which has to be switched off. What is there by now stays for good."""

    def __init__(self) -> None:
        gc.freeze()
        self._rounds = 0

    def look(self, rested: float) -> None:
        """Look for garbage if there may be enough of it. To be called some times a second.

        Args:
            rested: seconds since the last key.
        """
        new, looks, _ = gc.get_count()
        if looks > MOST_LOOKS or (looks > LOOKS and rested > REST_SECONDS):
            # Textual remembers how a border looks together with the widget it stands around: up to a thousand widgets
            # of screens that were left long ago, and all that they had drawn.
            StylesCache.get_inner_outer.cache_clear()
            gc.collect(1)
            self._rounds += 1
        elif self._rounds >= ROUNDS and rested > LONG_REST_SECONDS:
            gc.collect()
            self._rounds = 0
        elif new > YOUNG:
            gc.collect(0)
