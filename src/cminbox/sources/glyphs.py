"""Two letters for each network, where its name does not fit; without loading any adapter."""

from __future__ import annotations

from collections.abc import Mapping

GLYPHS: Mapping[str, str] = {
    "mastodon": "ms",
    "bluesky": "bs",
    "reddit": "rd",
    "youtube": "yt",
    "facebook": "fb",
    "instagram": "ig",
    "threads": "th",
    "x": "xx",
    "tiktok": "tt",
    "linkedin": "li",
    "discourse": "dc",
    "wordpress": "wp",
    "feed": "fd",
    "jsonl": "jl",
}
"""By network: those of our adapters, and those that an import may bring."""


def glyph_of(network: str) -> str:
    """The letters of a network: its own, or the first two of its name."""
    return GLYPHS.get(network, network[:2])
