"""How a cell of the terminal looks, and what has to be written to get from one look to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import SGR_STYLES

_SEEN_ON_BLANKS = frozenset({"4", "21", "7", "9", "51", "52", "53"})
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "21": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
        "51": "54", "52": "54", "53": "55"}  # fmt: skip


class Look(NamedTuple):
    """How a cell looks.

    Attributes:
        attributes: codes of bold and the like.
        colour: code of the text's colour; nothing for a blank, where it cannot be seen.
        ground: code of the background.
        unsure: terminals may disagree about the width of what stands in it.
    """

    attributes: frozenset[str]
    colour: str
    ground: str
    unsure: bool = False

    @property
    def blank(self) -> Look:
        """A blank on the same ground, where nothing of the text's style is seen on blanks."""
        return self if self.attributes & _SEEN_ON_BLANKS else self.bare

    @property
    def bare(self) -> Look:
        """A blank on the same ground."""
        return Look(frozenset(), "", self.ground)


PLAIN = Look(frozenset(), "39", "49")


def look_of(style: Style | None, colours: ColorSystem) -> Look:
    """How a text of a style looks on a terminal with so many colours."""
    if style is None:
        return PLAIN
    on = style._attributes & style._set_attributes
    attributes = frozenset(code for place, code in enumerate(SGR_STYLES) if on & (1 << place))
    colour = ";".join(style.color.downgrade(colours).get_ansi_codes()) if style.color else PLAIN.colour
    ground = PLAIN.ground
    if style.bgcolor:
        ground = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False))
    return Look(attributes, colour, ground)


def step(look: Look, wanted: Look) -> tuple[str, Look]:
    """What changes the terminal from one look to one that shows a cell as wanted, and the look that it then has."""
    if not wanted.colour:
        wanted = Look(look.attributes - _SEEN_ON_BLANKS, look.colour, wanted.ground)
    off = {_OFF[code] for code in look.attributes - wanted.attributes}
    on = {code for code in wanted.attributes if code not in look.attributes or _OFF[code] in off}
    codes = [*sorted(off), *sorted(on)]
    if wanted.colour != look.colour:
        codes.append(wanted.colour)
    if wanted.ground != look.ground:
        codes.append(wanted.ground)
    return (f"\x1b[{';'.join(codes)}m" if codes else ""), wanted._replace(unsure=False)


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether what the terminal erases takes the colour of the background (GNU Screen's does not)."""
    if environ.get("TMUX"):
        return True
    known = ("xterm", "tmux", "alacritty", "foot", "rxvt", "linux", "kitty", "wezterm", "konsole", "vte", "st-")
    return not environ.get("STY") and environ.get("TERM", "").startswith(known)
