"""How wide a terminal draws what libraries and terminals disagree about.

Rich counts a vowel sign that follows its consonant (Unicode category Mc: Devanagari ा, Gurmukhi ਾ, Gujarati ા) and a
skin tone as no cell. Terminals that go by code points draw them as one and two cells (tmux 3.3, xterm, VTE, screen,
mosh: what C's `wcwidth` says). A line that is measured the one way and drawn the other runs over what stands beside
it, so the measure follows the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from cminbox.terminal.compat import cell_table, measure_by

_BY_CLUSTER = ("xterm-kitty", "xterm-ghostty", "foot", "wezterm", "contour")
_CLUSTER_PROGRAMS = frozenset({"kitty", "ghostty", "WezTerm", "iTerm.app", "Apple_Terminal"})
_TONES = (0x1F3FB, 0x1F3FF)
_LAST = 0x1FFFF
"""No sign and no tone stands behind the first supplementary plane, and four thousand characters without a width do."""


def draws_code_points(environ: Mapping[str, str]) -> bool:
    """Whether the terminal gives vowel signs and skin tones cells of their own.

    `CMINBOX_WIDTHS` (`codepoints` or `clusters`) decides; else what the environment says of the terminal.
    """
    chosen = environ.get("CMINBOX_WIDTHS", "").casefold()
    if chosen in ("codepoints", "clusters"):
        return chosen == "codepoints"
    if environ.get("TMUX") or environ.get("STY"):
        return True
    if environ.get("TERM_PROGRAM") in _CLUSTER_PROGRAMS or environ.get("WT_SESSION"):
        return False
    return not environ.get("TERM", "").startswith(_BY_CLUSTER)


def measure_as_terminal(environ: Mapping[str, str]) -> bool:
    """Let every measure of the screen follow the terminal; to be called once, before anything is drawn.

    Returns:
        Whether it now differs from Rich's own.
    """
    if not draws_code_points(environ):
        return False
    own = cell_table()
    widths: list[tuple[int, int, int]] = []
    for start, end, size in own.widths:
        widths.extend(_split(start, end) if size == 0 and start <= _LAST else ((start, end, size),))
    # tmux and screen draw ❤️ (a narrow sign and a variation selector) as narrow as the sign alone.
    joined = frozenset[str]() if environ.get("TMUX") or environ.get("STY") else own.narrow_to_wide
    measure_by(own._replace(widths=widths, narrow_to_wide=joined))
    return True


def _split(start: int, end: int) -> list[tuple[int, int, int]]:
    """The characters of a range as ranges of one width each: first, last, cells."""
    found: list[tuple[int, int, int]] = []
    for point in range(start, end + 1):
        size = 2 if _TONES[0] <= point <= _TONES[1] else int(unicodedata.category(chr(point)) == "Mc")
        if found and found[-1][2] == size:
            found[-1] = (found[-1][0], point, size)
        else:
            found.append((point, point, size))
    return found
