"""What the first conversation and the first reply need, loaded while nobody types: each takes the time of some keys."""

from __future__ import annotations

import asyncio
import importlib
from functools import partial

from cminbox import text
from cminbox.screens.key_times import KeyTimes

REST_SECONDS, LONGER_REST_SECONDS = 0.4, 1.5
"""Without a key for so long, something is loaded; the composer, which comes later, in the longer rest."""


async def load_in_rests(keys: KeyTimes) -> None:
    """Load it, a part in each rest.

    Args:
        keys: when the last one was pressed.
    """

    def left(rest: float) -> float:
        return max(0.0, rest - keys.rested)

    for rest, load in (
        (REST_SECONDS, partial(importlib.import_module, "cminbox.screens.conversation.screen")),
        (REST_SECONDS, text.make_ready),
        (LONGER_REST_SECONDS, partial(importlib.import_module, "cminbox.screens.compose.screen")),
    ):
        for seconds in iter(partial(left, rest), 0.0):
            await asyncio.sleep(seconds)
        await asyncio.to_thread(load)
