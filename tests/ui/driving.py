"""Driving the app as a person does: keys in, lines out."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot
from textual.screen import ModalScreen

from cminbox.app import CminboxApp
from cminbox.screens.queue.screen import QueueScreen
from cminbox.widgets.keys_line import KeysLine


def queue_of(app: CminboxApp) -> QueueScreen:
    """The queue, which has to be in front."""
    assert isinstance(app.screen, QueueScreen)
    return app.screen


def said(app: CminboxApp) -> str:
    """What the last line says just now."""
    return app.front.query_one("#keys-line", KeysLine).message


def lines(app: CminboxApp) -> list[str]:
    """The screen as text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each after what the one before asked for is done and shown."""
    for key in keys:
        await pilot.press(key)
        groups = ("read", "commands")
        running = [worker for worker in pilot.app.workers if worker.group in groups and not worker.is_finished]
        asked = 0
        while not all(worker.is_finished for worker in running) and asked < 5:
            await pilot.pause(0.005)
            # What asks something waits for the next key.
            asked = asked + 1 if isinstance(pilot.app.screen, ModalScreen) else 0
        if running:
            await pilot.pause()


async def until(pilot: Pilot[Any], what: Any, seconds: float = 20.0) -> None:
    """Wait until `what()` holds."""
    import time

    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        await pilot.pause(0.02)
