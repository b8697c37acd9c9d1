"""Choosing what of a conversation is opened: the message on its network, an attachment, what they comment on."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox import links
from cminbox.text import clean, one_line
from cminbox.widgets.picker import Choice, Picker

LONGEST = 2_000


class AddressPicker(Picker[str]):
    """Asks for an address; gives it.

    Args:
        addresses: each in words, with the address.
    """

    def __init__(self, addresses: Sequence[tuple[str, str]]) -> None:
        choices = [
            Choice(address, one_line(clean(words)), links.host_of(address), preview=links.address(address, LONGEST))
            for words, address in addresses
        ]
        super().__init__("open or show", choices)
