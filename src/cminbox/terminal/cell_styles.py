"""The style of a cell of the terminal, and what has to be written to get from one style to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style

_ATTRIBUTES = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "blink": "5", "blink2": "6", "reverse": "7",
               "conceal": "8", "strike": "9", "underline2": "21", "frame": "51", "encircle": "52",
               "overline": "53"}  # fmt: skip
_SEEN_ON_BLANKS = frozenset({"4", "21", "7", "9", "51", "52", "53"})
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "21": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
        "51": "54", "52": "54", "53": "55"}  # fmt: skip


class CellStyle(NamedTuple):
    """The style of a cell, as codes of the terminal's SGR sequence.

    Attributes:
        attributes: bold and the like.
        foreground: the text's colour; empty for a blank, where it cannot be seen.
        background: the colour behind it.
        unreliable: terminals may disagree about the width of what stands in the cell.
    """

    attributes: frozenset[str]
    foreground: str
    background: str
    unreliable: bool = False

    @property
    def of_blank(self) -> CellStyle:
        """The style of a blank in such a text: only its background, where nothing else is seen on blanks."""
        return self if self.attributes & _SEEN_ON_BLANKS else self.erased

    @property
    def erased(self) -> CellStyle:
        """The style of a blank with nothing but the same background."""
        return CellStyle(frozenset(), "", self.background)


DEFAULT = CellStyle(frozenset(), "39", "49")
"""A cell in the terminal's own colours."""


def cell_style(style: Style | None, colours: ColorSystem) -> CellStyle:
    """The style of a cell with such a text, on a terminal with so many colours."""
    if style is None:
        return DEFAULT
    attributes = frozenset(code for name, code in _ATTRIBUTES.items() if getattr(style, name))
    foreground = ";".join(style.color.downgrade(colours).get_ansi_codes()) if style.color else DEFAULT.foreground
    background = DEFAULT.background
    if style.bgcolor:
        background = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False))
    return CellStyle(attributes, foreground, background)


def transition(current: CellStyle, wanted: CellStyle) -> tuple[str, CellStyle]:
    """What makes the terminal show a cell in the wanted style, and the style that it writes in from then on.

    Args:
        current: the style that the terminal writes in now.
        wanted: where its foreground is empty, whatever is not seen on a blank stays as it is.
    """
    if not wanted.foreground:
        wanted = CellStyle(current.attributes - _SEEN_ON_BLANKS, current.foreground, wanted.background)
    off = {_OFF[code] for code in current.attributes - wanted.attributes}
    on = {code for code in wanted.attributes if code not in current.attributes or _OFF[code] in off}
    codes = [*sorted(off), *sorted(on)]
    if wanted.foreground != current.foreground:
        codes.append(wanted.foreground)
    if wanted.background != current.background:
        codes.append(wanted.background)
    return (f"\x1b[{';'.join(codes)}m" if codes else ""), wanted._replace(unreliable=False)


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether what the terminal erases takes the colour of the background (GNU Screen's does not)."""
    if environ.get("TMUX"):
        return True
    known = ("xterm", "tmux", "alacritty", "foot", "rxvt", "linux", "kitty", "wezterm", "konsole", "vte", "st-")
    return not environ.get("STY") and environ.get("TERM", "").startswith(known)
