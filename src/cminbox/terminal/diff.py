"""What the terminal shows, cell by cell, so that only what differs is written to it.

Textual writes every line of whatever was drawn again, each piece with its whole style. Over a slow line that is what
people wait for: most of those cells stand there already. Here an update is compared with the cells that the terminal
has, whichever screen drew them, and only what differs is written, with the least that changes the style.

Terminals disagree about the width of some characters (vowel signs, joined emoji). Where such a text changes, what
follows it in the line is written again, each piece at its own place, so that a disagreement ends where it began.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from rich.color import ColorSystem
from rich.console import Console
from textual.strip import Strip

from cminbox.terminal.cell_encoding import CONTINUED, UNKNOWN, CellEncoder, Cells
from cminbox.terminal.cell_styles import erases_in_colour
from cminbox.terminal.compat import ChopsUpdate, CompositorUpdate, LayoutUpdate

ERASE_FROM = 12
"""Blanks in a row from which on they are erased instead of written."""
NEAR = 4
"""Cells that stand already and are written all the same, where going over them would cost more."""

_ALIKE = re.compile(r"(.)\1*", re.DOTALL)
_SAME = re.compile(b"\0{4,}")
_NO_SCREEN = (0, 0, ColorSystem.TRUECOLOR)

Span = tuple[int, int]
"""Cells of a line: the first, and the one behind the last."""


class WrittenUpdate(CompositorUpdate):
    """An update of which is known what to write."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:
        """The text as it is."""
        return self.text


class ScreenDiff:
    """The cells of the terminal as they were last written, and what is written to have others there.

    Args:
        environ: says of the terminal whether what it erases takes the background's colour.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._erases = erases_in_colour(environ)
        self._begin(_NO_SCREEN)

    def _begin(self, screen: tuple[int, int, ColorSystem]) -> None:
        columns, lines, colours = self._screen = screen
        self._columns = columns
        self._encoder = CellEncoder(colours)
        self._lines: list[Cells] = [(UNKNOWN * columns, self._encoder.default * columns)] * lines

    def forget(self) -> None:
        """Something else may have written to the terminal: nothing is known of it any more."""
        self._screen = _NO_SCREEN

    def prepare(self, strips: Iterable[Strip]) -> None:
        """Work out the cells of what may be drawn soon."""
        for strip in strips:
            self._encoder.encode(strip, min(strip.cell_length, self._columns))

    def changes(self, update: LayoutUpdate | ChopsUpdate, columns: int, lines: int, colours: ColorSystem) -> str:
        """What has to be written so that the terminal shows an update; empty where it does already."""
        if self._screen != (columns, lines, colours) or self._encoder.full:
            self._begin((columns, lines, colours))
        written: list[str] = []
        style = default = self._encoder.default
        for y, pieces in _lines_of(update):
            if 0 <= y < lines:
                style = self._write_line(y, pieces, style, written)
        if written and style != default:
            written.append("\x1b[0m")
        return "".join(written)

    def _write_line(self, y: int, pieces: Iterable[tuple[int, Strip]], style: str, written: list[str]) -> str:
        """Write what differs in a line; takes and gives the style in which the terminal writes."""
        encoder, columns = self._encoder, self._columns
        changed: list[Span] = []
        unreliable = columns
        for x, glyphs, styles in self._cells_of(pieces):
            line_glyphs, line_styles = self._lines[y]
            end = x + len(glyphs)
            if line_glyphs[x] == CONTINUED or (end < columns and line_glyphs[end] == CONTINUED):
                x, glyphs, styles = self._with_halves(y, x, glyphs, styles)
                end = x + len(glyphs)
            old_glyphs, old_styles = line_glyphs[x:end], line_styles[x:end]
            if glyphs == old_glyphs and styles == old_styles:
                continue
            here = _differing(old_glyphs, glyphs, old_styles, styles)
            for each, (start, stop) in product((styles, old_styles), here):
                if (found := encoder.first_unreliable(each, start, stop)) is not None:
                    unreliable = min(unreliable, x + found)
            changed += [(x + start, x + stop) for start, stop in here]
            self._lines[y] = (
                line_glyphs[:x] + glyphs + line_glyphs[end:],
                line_styles[:x] + styles + line_styles[end:],
            )
        if not changed:
            return style
        changed.sort()
        glyphs, styles = self._lines[y]
        if unreliable < columns:
            unreliable = encoder.unreliable_before(styles, unreliable)
            changed = [(start, min(stop, unreliable)) for start, stop in changed if start < unreliable]
            changed.append((unreliable, columns))
        first, at = True, -1
        for start, end in self._joined(changed, glyphs, styles):
            while start and glyphs[start] == CONTINUED:
                start -= 1
            if at != start:
                written.append(f"\x1b[{y + 1};{start + 1}H" if first else f"\x1b[{start + 1}G")
            first = False
            style, at = self._write_span(y, start, end, style, written)
        return style

    def _cells_of(self, pieces: Iterable[tuple[int, Strip]]) -> Iterator[tuple[int, str, str]]:
        """Where pieces of a line begin, and their cells; those that touch each other as one."""
        columns = self._columns
        begun = end = 0
        glyphs = styles = ""
        for x, strip in pieces:
            if not 0 <= x < columns:
                continue
            if x != end:
                if glyphs:
                    yield begun, glyphs, styles
                glyphs, styles, begun = "", "", x
            more, more_styles = self._encoder.encode(strip, min(strip.cell_length, columns - x))
            glyphs, styles, end = glyphs + more, styles + more_styles, x + len(more)
        if glyphs:
            yield begun, glyphs, styles

    def _with_halves(self, y: int, x: int, glyphs: str, styles: str) -> tuple[int, str, str]:
        """A piece with the cells beside it that it leaves half a character in: a terminal shows blanks there."""
        line_glyphs, line_styles = self._lines[y]
        first, end = x, x + len(glyphs)
        while first and line_glyphs[first] == CONTINUED:
            first -= 1
        last = end
        while last < len(line_glyphs) and line_glyphs[last] == CONTINUED:
            last += 1

        def blanks(start: int, stop: int) -> str:
            return "".join(map(self._encoder.erased, line_styles[start:stop]))

        glyphs = " " * (x - first) + glyphs + " " * (last - end)
        return first, glyphs, blanks(first, x) + styles + blanks(end, last)

    def _joined(self, changed: Sequence[Span], glyphs: str, styles: str) -> Iterator[Span]:
        """Places that changed, joined over what is cheaper to write again than to go over."""
        start, stop = changed[0]
        end = changed[-1][1]
        if _mostly(sum(last - first for first, last in changed), end - start) and UNKNOWN not in glyphs:
            yield start, end
            return
        for first, last in changed[1:]:
            if first > stop:
                between, before = styles[stop:first], styles[stop - 1]
                blank = self._encoder.erased(before)
                if first - stop > NEAR or between.strip(before + blank) or UNKNOWN in glyphs[stop:first]:
                    yield start, stop
                    start = first
            stop = max(stop, last)
        yield start, stop

    def _write_span(self, y: int, start: int, end: int, style: str, written: list[str]) -> tuple[str, int]:
        """Write the cells of a span, with the terminal's cursor on its first.

        Args:
            style: in which the terminal writes.

        Returns:
            The style in which it writes then, and where its cursor is; -1 where that is not known.
        """
        encoder = self._encoder
        glyphs, styles = self._lines[y]
        at = start
        for alike in _ALIKE.finditer(styles, start, end):
            place, stop = alike.span()
            code = styles[place]
            wanted = encoder.style(code)
            if code != style:
                sequence, style = encoder.transition(style, code)
                written.append(sequence)
            if at != place:
                written.append(f"\x1b[{place + 1}G")
            blanks = 0 if wanted.foreground else stop - place
            at = stop
            if self._erases and blanks > NEAR and stop == self._columns:
                written.append("\x1b[K")
                at = -1
            elif self._erases and blanks >= ERASE_FROM:
                written.append(f"\x1b[{blanks}X")
                at = place
            elif blanks:
                written.append(" " * blanks)
            else:
                if wanted.unreliable:
                    # Where the terminal draws it narrower, nothing of what stood there is left.
                    written.append(f"\x1b[{stop - place}X" if self._erases else "")
                    at = -1
                written.append(encoder.text(glyphs[place:stop]))
        return style, at


def _lines_of(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, Sequence[tuple[int, Strip]]]]:
    """The lines of an update, each with its strips and where they begin."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, list(_one_after_the_other(strips, update.region.x))
        return
    found: dict[int, dict[int, Strip]] = {}
    for y, left, right in update.spans:
        line = found.setdefault(y, {})
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                line[x] = strip
    for y, pieces in found.items():
        yield y, list(pieces.items())


def _one_after_the_other(strips: Iterable[Strip], x: int) -> Iterator[tuple[int, Strip]]:
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _differing(old_glyphs: str, glyphs: str, old_styles: str, styles: str) -> list[Span]:
    """Where cells are not what they were before; as one span where most of them are not."""
    bits = _number(old_glyphs) ^ _number(glyphs) | _number(old_styles) ^ _number(styles)
    first, last = ((bits & -bits).bit_length() - 1) // 32, (bits.bit_length() + 31) // 32
    raw = bits.to_bytes(4 * last, "little")
    same = memoryview(raw).cast("I").tolist().count(0) - first
    if _mostly(last - first - same, last - first):
        return [(first, last)]
    found, start = [], first
    for gap in _SAME.finditer(raw, 4 * first):
        stop, then = -(-gap.start() // 4), gap.end() // 4
        if then > stop:
            found.append((start, stop))
            start = then
    return [*found, (start, last)]


def _mostly(changed: int, among: int) -> bool:
    """Whether so many cells changed that all from the first to the last of them are written."""
    return 4 * changed > 3 * among


def _number(line: str) -> int:
    return int.from_bytes(line.encode("utf-32-le", "surrogatepass"), "little")
