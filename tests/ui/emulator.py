"""A small terminal: what the bytes of a program leave on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.cells import cell_len, split_graphemes

Cell = tuple[str, frozenset[str], str, str]
"""Text, attributes, colour, background; a cell behind a wide character has no text."""

_NEXT = re.compile(r"\x1b\[([0-9;:?<>=$]*)[ -/]*([@-~])|\x1bP[^\x1b]*\x1b\\|\x1b\]22;[a-z-]*\x07|\x1b[=>78]")
_OFF = {"22": ("1", "2"), "23": ("3",), "24": ("4", "21"), "25": ("5", "6"), "27": ("7",), "28": ("8",), "29": ("9",),
        "54": ("51", "52"), "55": ("53",)}  # fmt: skip


class Emulator:
    """Understands what cminbox writes, and nothing else: anything unknown fails the test.

    Args:
        columns, lines: its size.
        measure: how many cells a cluster takes here; as the program thinks, unless the terminal disagrees.
        erases_in_colour: whether what is erased takes the colour of the background.
    """

    def __init__(
        self, columns: int, lines: int, measure: Callable[[str], int] = cell_len, *, erases_in_colour: bool = True
    ) -> None:
        self.columns, self.lines = columns, lines
        self._measure = measure
        self._erases_in_colour = erases_in_colour
        self._x = self._y = 0
        self._reset()
        self.cells: list[list[Cell]] = [[("?", frozenset(), "", "")] * columns for _ in range(lines)]

    def _reset(self) -> None:
        self._attributes: set[str] = set()
        self._colour, self._ground = "39", "49"

    def feed(self, text: str) -> None:
        """Take what the program wrote."""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = _NEXT.match(text, at)
                assert found, repr(text[at : at + 20])
                if found[2]:
                    self._control(found[1], found[2])
                at = found.end()
                continue
            end = text.find("\x1b", at)
            end = len(text) if end < 0 else end
            for start, stop, size in split_graphemes(text[at:end])[0]:
                if size:
                    self._put(text[at + start : at + stop])
            at = end

    def _put(self, cluster: str) -> None:
        if cluster in ("\r", "\n"):
            return
        size = self._measure(cluster)
        self._cut(self._x, min(self._x + size, self.columns))
        look = (frozenset(self._attributes), self._colour, self._ground)
        for place in range(size):
            # Without line wrap, what is too long ends in the last column.
            x = min(self._x + place, self.columns - 1)
            self.cells[self._y][x] = (cluster if place == 0 else "", *look)
        self._x = min(self._x + size, self.columns - 1)

    def _cut(self, start: int, end: int) -> None:
        """What is left of a wide character into which something is written is blank."""
        line = self.cells[self._y]
        first, last = start, end
        while first and line[first][0] == "":
            first -= 1
        while last < self.columns and line[last][0] == "":
            last += 1
        for x in (*range(first, start), *range(end, last)):
            line[x] = (" ", frozenset(), "39", line[x][3])

    def _erase(self, count: int) -> None:
        self._cut(self._x, min(self._x + count, self.columns))
        ground = self._ground if self._erases_in_colour else "49"
        for x in range(self._x, min(self._x + count, self.columns)):
            self.cells[self._y][x] = (" ", frozenset(), "39", ground)

    def _control(self, given: str, kind: str) -> None:
        numbers = [int(part) if part else 0 for part in given.split(";")] if re.fullmatch(r"[\d;]*", given) else []
        if kind == "H":
            self._y, self._x = numbers[0] - 1, numbers[1] - 1
        elif kind == "G":
            self._x = numbers[0] - 1
        elif kind == "K":
            assert given in ("", "0")
            self._erase(self.columns)
        elif kind == "X":
            self._erase(numbers[0])
        elif kind == "m" and numbers:
            self._style(given.split(";"))
        else:
            assert kind in "hlupqcnmt", (given, kind)

    def _style(self, codes: list[str]) -> None:
        while codes:
            code = codes.pop(0)
            if code in ("", "0"):
                self._reset()
            elif code in ("38", "48"):
                length = 4 if codes[0] == "2" else 2
                value, codes = ";".join((code, *codes[:length])), codes[length:]
                self._colour, self._ground = (value, self._ground) if code == "38" else (self._colour, value)
            elif code in _OFF:
                self._attributes -= set(_OFF[code])
            elif 1 <= int(code) <= 21 or int(code) in (51, 52, 53):
                self._attributes.add(code)
            elif 30 <= int(code) <= 39 or 90 <= int(code) <= 97:
                self._colour = code
            else:
                assert 40 <= int(code) <= 49 or 100 <= int(code) <= 107, code
                self._ground = code

    def shown(self) -> list[list[Cell]]:
        """What a person sees: a blank has no colour, and nothing but its background."""
        seen = {"4", "21", "7", "9", "51", "52", "53"}
        return [
            [
                (text, frozenset(), "", ground) if text == " " and not attributes & seen else (text, attributes, *rest)
                for text, attributes, *rest in line
                for ground in rest[1:]
            ]
            for line in self.cells
        ]

    @property
    def text(self) -> list[str]:
        """The lines as text."""
        return ["".join(cell[0] for cell in line) for line in self.cells]
