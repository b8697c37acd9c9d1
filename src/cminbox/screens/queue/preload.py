"""What the first conversation and the first reply need, loaded while nobody types: each takes the time of some keys."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable
from functools import partial

from cminbox import text

REST_SECONDS, LONGER_REST_SECONDS = 0.4, 1.5
"""Without a key for so long, something is loaded; the composer, which comes later, in the longer rest."""


async def load_in_rests(key_at: Callable[[], float]) -> None:
    """Load it, a part in each rest.

    Args:
        key_at: when the last key was pressed, by the monotonic clock.
    """

    def left(rest: float) -> float:
        return max(0.0, key_at() + rest - time.monotonic())

    for rest, load in (
        (REST_SECONDS, partial(importlib.import_module, "cminbox.screens.conversation.screen")),
        (REST_SECONDS, text.make_ready),
        (LONGER_REST_SECONDS, partial(importlib.import_module, "cminbox.screens.compose.screen")),
    ):
        for seconds in iter(partial(left, rest), 0.0):
            await asyncio.sleep(seconds)
        await asyncio.to_thread(load)
