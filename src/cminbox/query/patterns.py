"""Regular expressions that cannot hang anything.

A pattern is refused when it is too long or repeats too much, may look at one text for `TEXT_SECONDS`, and may lose
`LOST_SECONDS` to texts that ran out of time within `WINDOW_SECONDS`; past that it matches nothing until the window is
over. A text that ran out of time counts as no match.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

TEXT_SECONDS = 0.05
LOST_SECONDS = 1.0
WINDOW_SECONDS = 60.0
MAX_LENGTH = 1_000
MAX_REPEATS = 10_000
"""The most that all counts of a pattern may come to, multiplied: `regex` unrolls counted repeats, and three nested
ones of a thousand each take all memory while the pattern is only being read."""

_COUNT = re.compile(r"\{(\d*)(?:,(\d*))?\}", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


class BadPattern(Exception):
    """A pattern that is no regular expression, or one that would cost too much.

    Args:
        position: 0-based index in the pattern.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class Pattern:
    """A compiled pattern with its limits. Case is ignored; `^` and `$` also match at line ends.

    Args:
        source: the regular expression, as the module `regex` knows them.
        clock: seconds that only grow.

    Raises:
        BadPattern: see there.
    """

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._compiled = _compile(source)
        self._clock = clock
        self._lost = 0.0
        self._window_end = 0.0

    @property
    def given_up(self) -> bool:
        """Whether it has lost so much time that it matches nothing for now."""
        return self._lost >= LOST_SECONDS and self._clock() < self._window_end

    def found_in(self, text: str) -> bool:
        """Whether it fits somewhere in the text; False when time ran out."""
        return self.place_in(text) is not None

    def place_in(self, text: str) -> tuple[int, int] | None:
        """Where it fits first in the text: begin and end; None where it does nowhere, or time ran out."""
        if self.given_up:
            return None
        try:
            found = self._compiled.search(text, timeout=TEXT_SECONDS)
            return None if found is None else found.span()
        except TimeoutError:
            now = self._clock()
            if now >= self._window_end:
                self._lost, self._window_end = 0.0, now + WINDOW_SECONDS
            self._lost += TEXT_SECONDS
            return None


def _compile(source: str) -> regex.Pattern[str]:
    import regex

    if len(source) > MAX_LENGTH:
        raise BadPattern(f"the regular expression is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    repeats = 1
    for found in _COUNT.finditer(source):
        counts = [int(count) for count in found.groups() if count and len(count) < 9]
        repeats *= max(1, *counts) if counts else 1
        if repeats > MAX_REPEATS or len(found.group()) > 20:
            raise BadPattern("the regular expression repeats too much", found.start())
    try:
        return regex.compile(source, regex.IGNORECASE | regex.MULTILINE)
    except regex.error as error:
        message, _, position = str(error).partition(" at position ")
        digits = _DIGITS.match(position)
        raise BadPattern(f"bad regular expression: {message}", int(digits.group()) if digits else 0) from None
    except RecursionError:
        raise BadPattern("the regular expression is nested too deeply") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise BadPattern(f"bad regular expression: {error}") from None


@lru_cache(maxsize=256)
def compiled(source: str) -> Pattern:
    """The pattern, shared by all who ask for the same, so that its limits hold for all of them together."""
    return Pattern(source)
