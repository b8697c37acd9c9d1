"""Reading the metrics of a span, one reading at a time, beside what the person does."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cminbox.errors import CminboxError
from cminbox.screens.metrics.data import SPANS, Metrics

AGAIN_SECONDS = 3.0
"""What others do makes it read again at most so often."""


class MetricsReader:
    """Reads the metrics of the span and of the cohort that are chosen, and again when these change.

    Args:
        read: reads the metrics of a span on another thread, by when they wrote or by when it ended.
        in_background: runs a coroutine beside what the person does.
        done: told what was read.
        failed: told in one line why it could not be read.
    """

    def __init__(
        self,
        read: Callable[[str, bool], Awaitable[Metrics]],
        in_background: Callable[[Coroutine[Any, Any, None]], None],
        done: Callable[[Metrics], None],
        failed: Callable[[str], None],
    ) -> None:
        self.span = "week"
        self.written = False
        self._read, self._in_background, self._done, self._failed = read, in_background, done, failed
        self._reading = False
        self._read_at = 0.0

    def start(self) -> None:
        """Read now, unless it is being read."""
        if not self._reading:
            self._reading = True
            self._in_background(self._run())

    def start_if_old(self) -> None:
        """Read now, unless it was read a moment ago."""
        if time.monotonic() - self._read_at > AGAIN_SECONDS:
            self.start()

    def next_span(self) -> None:
        """Go on to the next span: a day, a week, a month."""
        spans = list(SPANS)
        self.span = spans[(spans.index(self.span) + 1) % len(spans)]
        self.start()

    def next_cohort(self) -> None:
        """Count what was written in the span, instead of what ended in it, and back."""
        self.written = not self.written
        self.start()

    async def _run(self) -> None:
        asked = self.span, self.written
        try:
            metrics = await self._read(*asked)
        except CminboxError as error:
            self._failed(error.line())
            return
        finally:
            self._reading = False
            self._read_at = time.monotonic()
        self._done(metrics)
        if asked != (self.span, self.written):
            self.start()
