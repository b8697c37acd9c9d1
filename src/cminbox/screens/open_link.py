"""What of a conversation stands at an address: its place on its network, attachments, what they comment on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cminbox import links
from cminbox.screens.pickers.link import LinkQuestion

if TYPE_CHECKING:
    from cminbox.screens.base import BaseScreen

LONGEST = 2_000
"""Characters of an address: more than any that is stored has."""


def open_one_of(screen: BaseScreen, addresses: Sequence[tuple[str, str]], source: str) -> None:
    """Open an address as `open_link` does; of several the person chooses one.

    Args:
        addresses: each in words, with the address.
    """
    if len(addresses) > 1:
        screen.in_worker(_chosen(screen, addresses, source))
    else:
        open_link(screen, addresses[0][1] if addresses else "", source)


async def _chosen(screen: BaseScreen, addresses: Sequence[tuple[str, str]], source: str) -> None:
    from cminbox.screens.pickers.address import AddressPicker

    if address := await screen.ask(AddressPicker(addresses)):
        open_link(screen, address, source)


def open_link(screen: BaseScreen, url: str, source: str) -> None:
    """Show where it is, and open it where there is a browser.

    An address that is not on the source's own host is a stranger's: it is shown whole, and asked about first.

    Args:
        screen: where it is shown and asked.
        url: as the network gave it; it may be empty.
        source: the name of the source that it came through.
    """
    if not url.startswith(("https://", "http://")):
        screen.say("the network gave no link for it")
        return
    shown = links.address(url, LONGEST)
    if os.environ.get("SSH_CONNECTION") or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        screen.say(shown, keep=True)
    elif _own_host(screen, source) == links.host_of(url):
        screen.say(shown, keep=True)
        screen.app.open_url(url)
    else:
        screen.in_worker(_asked(screen, url, shown))


def _own_host(screen: BaseScreen, source: str) -> str:
    """The host of a source that is configured; one that was only imported has none, and no address is on it."""
    known = screen.services.config.sources
    return next((links.host_of(one.base_url) for one in known if one.name == source and one.base_url), "none")


async def _asked(screen: BaseScreen, url: str, shown: str) -> None:
    if await screen.ask(LinkQuestion(shown)):
        screen.say(shown, keep=True)
        screen.app.open_url(url)
