"""A conversation's place on its network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cminbox.screens.base import BaseScreen


def open_link(screen: BaseScreen, url: str) -> None:
    """Show where it is, and open it where there is a browser."""
    if not url.startswith(("https://", "http://")):
        screen.say("the network gave no link for it")
        return
    screen.say(url, keep=True)
    if not os.environ.get("SSH_CONNECTION") and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        screen.app.open_url(url)
