"""Keys as terminals send them: Alt and a digit above all.

A terminal without the kitty keyboard protocol sends Alt+1 as Esc and `1` (tmux, screen, xterm with Meta as Esc, VTE,
the Linux console). Textual's table of sequences (8.2) reads that as what Option+1 writes on a Mac
with a US keyboard, `¡`, so that it would be typed into the reply. With the protocol the key arrives as `alt+1` already.
A `¡` that was really typed arrives as itself and stays one: Spanish needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.terminal.compat import EscAndKey, name_keys

if TYPE_CHECKING:
    from textual import events

_DIGITS = "0123456789"


def read_alt_digits() -> None:
    """From now on Esc and a digit is the key `alt+<digit>`, known at once and not after a delay."""
    name_keys({f"\x1b{digit}": f"alt+{digit}" for digit in _DIGITS})


def pressed_key(event: events.Key) -> str:
    """A key event in the spelling that the key map keeps."""
    if isinstance(event, EscAndKey):
        behind = pressed_key(event.behind)
        return f"ctrl+alt+{behind[5:]}" if behind.startswith("ctrl+") else f"alt+{behind}"
    if event.key.startswith("alt+"):
        # Without the kitty protocol the character comes with it, and is not meant; Shift is in a capital letter.
        base = event.key.removeprefix("alt+shift+")
        return f"alt+{base.upper()}" if base != event.key and len(base) == 1 else event.key
    if event.key == "space" or event.character == " ":
        return "space"
    if event.is_printable and event.character:
        return event.character
    return event.key
