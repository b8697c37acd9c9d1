"""A line of the screen as two strings with one code point for each cell: one of glyphs, one of styles.

Two lines are then compared as numbers. A glyph that is one character stands for itself; a cluster of several gets a
code point of its own, from those for private use, and so does each style.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, split_graphemes
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from cminbox.terminal.cell_styles import DEFAULT, CellStyle, cell_style, transition
from cminbox.terminal.widths import is_reliable

STRIPS = 400
"""Strips whose cells are remembered: some screens full."""
MOST = 4_000
"""Styles, transitions, and clusters of several code points that are remembered."""

CONTINUED, UNKNOWN = "\U0010ffff", "\U0010fffe"
"""The glyph of a cell into which the character before reaches, and of one of which nothing is known."""
_FIRST = 0xF0000
"""The first code point of those that stand for a cluster of several."""
_NOT_ITSELF = re.compile(f"[{chr(_FIRST)}-{CONTINUED}]")
_BLANKS = re.compile("( +)")
_NONE = re.compile("(?!)")
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a terminal would obey or turn a line with: no text may have it, wherever it comes from."""

Cells = tuple[str, str]
"""The glyphs and the styles of some cells."""


class CellEncoder:
    """Gives the cells of strips, and what the terminal has to get for cells.

    Args:
        colours: how many the terminal has.
    """

    def __init__(self, colours: ColorSystem) -> None:
        self._colours = colours
        self._styles: list[CellStyle] = []
        self._code_of_style: dict[CellStyle, str] = {}
        self._unreliable = _NONE
        """Finds the styles of cells about whose width terminals may disagree."""
        self._codes_of_text: dict[int, tuple[Style | None, str, str]] = {}
        """By the identity of a Rich style, which stays with it: to compare them takes longer than all the rest."""
        self._cells_of_strip: dict[int, tuple[Strip, str, str]] = {}
        """Widgets that are shown again give the same strips."""
        self._transitions: dict[str, tuple[str, str]] = {}
        self._cluster_of_code: dict[str, str] = {}
        self._code_of_cluster: dict[str, str] = {}
        self.default = self._code(DEFAULT)
        """The code of the terminal's own colours."""

    @property
    def full(self) -> bool:
        """Whether it has seen so much that another one should begin."""
        return len(self._cluster_of_code) + len(self._styles) > MOST

    def encode(self, strip: Strip, room: int) -> Cells:
        """The cells of a strip, exactly `room` of them."""
        kept = self._cells_of_strip.get(id(strip))
        if kept is not None and kept[0] is strip and len(kept[1]) == room:
            return kept[1:]
        if len(self._cells_of_strip) >= STRIPS:
            del self._cells_of_strip[next(iter(self._cells_of_strip))]
        made = self._made(strip, room)
        self._cells_of_strip[id(strip)] = (strip, *made)
        return made

    def style(self, code: str) -> CellStyle:
        """The style that a code stands for."""
        return self._styles[ord(code)]

    def erased(self, code: str) -> str:
        """The code of a blank with nothing but the same background."""
        return self._code(self.style(code).erased)

    def text(self, glyphs: str) -> str:
        """What is written for glyphs."""
        return glyphs if glyphs.isascii() else _NOT_ITSELF.sub(self._cluster, glyphs)

    def transition(self, current: str, wanted: str) -> tuple[str, str]:
        """What makes the terminal show a cell in the wanted style, and the code of the style that it then writes in."""
        known = self._transitions.get(current + wanted)
        if known is None:
            if len(self._transitions) >= MOST:
                self._transitions.clear()
            sequence, then = transition(self.style(current), self.style(wanted))
            known = self._transitions[current + wanted] = (sequence, self._code(then))
        return known

    def first_unreliable(self, styles: str, start: int, stop: int) -> int | None:
        """The first cell between two places about whose width terminals may disagree."""
        found = self._unreliable.search(styles, start, stop)
        return found.start() if found else None

    def unreliable_before(self, styles: str, place: int) -> int:
        """Where the unreliable cells that end before a place begin; the place itself where there are none."""
        while place and self._unreliable.match(styles, place - 1):
            place -= 1
        return place

    def _cluster(self, code: re.Match[str]) -> str:
        return self._cluster_of_code.get(code[0], " " if code[0] == UNKNOWN else "")

    def _code(self, style: CellStyle) -> str:
        code = self._code_of_style.get(style)
        if code is None:
            code = self._code_of_style[style] = chr(len(self._styles))
            self._styles.append(style)
            if style.unreliable:
                codes = "".join(code for style, code in self._code_of_style.items() if style.unreliable)
                self._unreliable = re.compile(f"[{re.escape(codes)}]")
        return code

    def _made(self, strip: Strip, room: int) -> Cells:
        glyphs: list[str] = []
        styles: list[str] = []
        blank = self.default
        for text, style, control in strip:
            if control:
                continue
            known = self._codes_of_text.get(id(style))
            _, code, blank = known if known is not None and known[0] is style else self._learn(style)
            plain = text.isascii() and text.isprintable()
            if not plain:
                text = _OBEYED.sub(_harmless, text)
            if not plain and not is_reliable(text):
                placed = "".join(self._placed(cluster, size) for cluster, size in _clusters(text))
                glyphs.append(placed)
                styles.append(self._code(self.style(code)._replace(unreliable=True)) * len(placed))
            elif text.isspace():
                glyphs.append(text)
                styles.append(blank * len(text))
            elif plain or cell_len(text) == len(text):
                glyphs.append(text)
                # A single space between words stays with them.
                if "  " not in text:
                    styles.append(code * len(text))
                else:
                    parts = _BLANKS.split(text)
                    styles += [each * len(part) for each, part in zip((code, blank) * len(parts), parts, strict=False)]
            else:
                placed = "".join(char + CONTINUED * (cell_len(char) - 1) for char in text)
                glyphs.append(placed)
                styles += [blank if char == " " else code for char in placed]
        made, styled = "".join(glyphs), "".join(styles)
        if len(made) != room:
            made = made[:room] + " " * (room - len(made))
            styled = styled[:room] + blank * (room - len(styled))
        return made, styled

    def _placed(self, cluster: str, size: int) -> str:
        """The glyphs of a cluster, the first of which stands for it."""
        code = self._code_of_cluster.get(cluster)
        if code is None and len(cluster) == 1 and ord(cluster) < _FIRST:
            code = cluster
        elif code is None:
            code = self._code_of_cluster[cluster] = chr(_FIRST + len(self._code_of_cluster))
            self._cluster_of_code[code] = cluster
        return code + CONTINUED * (size - 1)

    def _learn(self, style: Style | None) -> tuple[Style | None, str, str]:
        """A Rich style with the codes of text and of blanks in it."""
        if len(self._codes_of_text) >= MOST:
            self._codes_of_text.clear()
        found = cell_style(style, self._colours)
        codes = self._codes_of_text[id(style)] = (style, self._code(found), self._code(found.of_blank))
        return codes


def _harmless(found: re.Match[str]) -> str:
    """Blanks for a character that is obeyed, as many as it is counted for."""
    return " " * cell_len(found[0])


def _clusters(text: str) -> Iterable[tuple[str, int]]:
    """A text by what takes cells of its own. What takes none stands with what is before it, and nowhere without."""
    found: list[tuple[str, int]] = []
    for start, stop, size in split_graphemes(text)[0]:
        if size:
            found.append((text[start:stop], size))
        elif found:
            found[-1] = (found[-1][0] + text[start:stop], found[-1][1])
    return found
