"""Keys as a terminal's bytes: what Textual's own parser makes of them once ours is in place."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from cminbox.terminal.keys import pressed_key, read_alt_digits


def keys(sent: str) -> list[events.Key]:
    """The keys that arrive at once, without the delay after which an Esc is an Esc."""
    read_alt_digits()
    return [event for event in XTermParser().feed(sent) if isinstance(event, events.Key)]


@pytest.mark.parametrize("digit", "0123456789")
def test_alt_and_a_digit_is_one_key_with_and_without_the_kitty_protocol(digit: str) -> None:
    for sent in (f"\x1b{digit}", f"\x1b[{ord(digit)};3u"):
        (event,) = keys(sent)
        assert pressed_key(event) == f"alt+{digit}"
        assert event.character is None


def test_what_option_writes_on_a_mac_and_a_spaniard_types_stays_text() -> None:
    for sent in ("¡", "\x1b[49;3;161u"):
        (event,) = keys(sent)
        assert (pressed_key(event), event.character) == ("¡", "¡")


def test_alt_and_a_letter_is_no_letter() -> None:
    assert pressed_key(events.Key("alt+q", "q")) == "alt+q"
    assert pressed_key(events.Key("alt+shift+q", "Q")) == "alt+Q"
