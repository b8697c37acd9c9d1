"""How people are called on screen: handles as their network writes them, and those whose name it keeps back.

Adapters say the same of themselves (`Info.handle_prefix`, `Info.someone`); a list is drawn without loading any.
"""

from __future__ import annotations

from collections.abc import Mapping

from cminbox.text import without_signs

PREFIXES: Mapping[str, str] = {
    "reddit": "u/",
    **dict.fromkeys(("facebook", "linkedin", "wordpress", "feed"), ""),
}
"""What a network writes before a handle, where that is no `@`."""
SOMEONE: Mapping[str, str] = {
    "bluesky": "someone on Bluesky",
    "discourse": "somebody who is gone",
    "facebook": "someone on Facebook",
    "instagram": "someone on Instagram",
    "linkedin": "LinkedIn member",
    "reddit": "somebody whose account is gone",
    "threads": "someone on Threads",
    "tiktok": "someone on TikTok",
    "wordpress": "someone on WordPress",
    "x": "someone on X",
    "youtube": "someone on YouTube",
}
"""How a person is called whose name the network keeps back."""
NOBODY = "somebody"


def written(network: str, handle: str) -> str:
    """A handle as its network writes it: `@ana`, `u/ana`, `Ana`."""
    shown = without_signs(handle)
    prefix = PREFIXES.get(network, "@")
    return shown if not shown or shown.startswith(prefix or "@") or "/" in shown[:2] else f"{prefix}{shown}"


def called(network: str, handle: str, name: str, nobody: str = NOBODY) -> str:
    """How a person is called: by their handle, else their name, else as the network's nameless ones are.

    Args:
        nobody: where the network has no word for those.
    """
    return written(network, handle) or without_signs(name) or SOMEONE.get(network, nobody)
