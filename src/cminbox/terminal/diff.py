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

from rich.cells import cell_len, split_graphemes
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from cminbox.terminal.cell_styles import PLAIN, Look, erases_in_colour, look_of, step
from cminbox.terminal.reliable_widths import sure

ERASE_FROM = 12
"""Blanks in a row from which on they are erased instead of written."""
NEAR = 4
"""Cells that stand already and are written all the same, where going over them would cost more."""
KEPT = 400
"""Strips whose cells are remembered: some screens full."""
KNOWN = 4_000
"""Styles, steps from style to style, and characters of several code points that are remembered."""

_MORE, _UNKNOWN, _FIRST = "\U0010ffff", "\U0010fffe", 0xF0000
"""What stands for a cell into which the character before reaches, for one of which nothing is known, and the first code
point of those that stand for a text of several: a screen's line is a string with one code point for each cell."""
_STANDS_FOR = re.compile(f"[{chr(_FIRST)}-{_MORE}]")
_ALIKE = re.compile(r"(.)\1*", re.DOTALL)
_BLANKS = re.compile("( +)")
_SAME = re.compile(b"\0{4,}")
_NONE = re.compile("(?!)")


_NOTHING = (0, 0, ColorSystem.TRUECOLOR)


class Written(CompositorUpdate):
    """An update that is ready to be written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:
        """The bytes as they are."""
        return self.text


class Drawn:
    """The cells of the terminal as they were last written. A line is two strings: what stands there and how it looks.

    Args:
        environ: says of the terminal whether what it erases takes the background's colour.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._erases = erases_in_colour(environ)
        self._begin(_NOTHING)

    def _begin(self, known_for: tuple[int, int, ColorSystem]) -> None:
        columns, lines, _ = self._known_for = known_for
        self._looks: list[Look] = []
        self._code_of: dict[Look, str] = {}
        self._doubtful = _NONE
        """Finds the look of cells about whose width terminals may disagree."""
        self._learnt: dict[int, tuple[Style | None, str, str]] = {}
        """By the identity of a style, which stays with it: to compare styles takes longer than all the rest."""
        self._kept: dict[int, tuple[Strip, str, str]] = {}
        """Strips with their cells: widgets that are shown again give the same ones."""
        self._steps: dict[str, tuple[str, str]] = {}
        self._stands_for: dict[str, str] = {}
        self._code_for: dict[str, str] = {}
        self._plain = self._code(PLAIN)
        self._lines: list[tuple[str, str]] = [(_UNKNOWN * columns, self._plain * columns)] * lines

    def forget(self) -> None:
        """Something else may have written to the terminal: nothing is known of it any more."""
        self._known_for = _NOTHING

    def expect(self, strips: Iterable[Strip]) -> None:
        """Remember the cells of what may be drawn soon."""
        for strip in strips:
            self._cells(strip, min(strip.cell_length, self._known_for[0]))

    def changes(self, update: LayoutUpdate | ChopsUpdate, columns: int, lines: int, colours: ColorSystem) -> str:
        """What has to be written so that the terminal shows an update; empty where it does already."""
        if self._known_for != (columns, lines, colours) or len(self._stands_for) + len(self._looks) > KNOWN:
            self._begin((columns, lines, colours))
        said: list[str] = []
        look = self._plain
        for y, pieces in _lines_of(update):
            if 0 <= y < lines:
                look = self._line(y, pieces, look, said)
        if said and look != self._plain:
            said.append("\x1b[0m")
        return "".join(said)

    def _line(self, y: int, pieces: Iterable[tuple[int, Strip]], look: str, said: list[str]) -> str:
        columns = self._known_for[0]
        changed: list[tuple[int, int]] = []
        unsure = columns
        for x, texts, looks in self._drawn(pieces):
            old_texts, old_looks = self._lines[y]
            end = x + len(texts)
            if old_texts[x] == _MORE or (end < columns and old_texts[end] == _MORE):
                x, texts, looks = self._halves(y, x, texts, looks)
                end = x + len(texts)
            there, there_looks = old_texts[x:end], old_looks[x:end]
            if texts == there and looks == there_looks:
                continue
            here = _differing(there, texts, there_looks, looks)
            if self._doubtful.search(looks) or self._doubtful.search(there_looks):
                unsure = min(unsure, x + self._first_doubtful(here, looks, there_looks))
            changed += [(x + start, x + stop) for start, stop in here]
            self._lines[y] = (old_texts[:x] + texts + old_texts[end:], old_looks[:x] + looks + old_looks[end:])
        if not changed:
            return look
        changed.sort()
        texts, looks = self._lines[y]
        if unsure < columns:
            while unsure and self._doubtful.match(looks, unsure - 1):
                unsure -= 1
            changed = [(start, min(stop, unsure)) for start, stop in changed if start < unsure] + [(unsure, columns)]
        first, at = True, -1
        for start, end in self._spans(changed, texts, looks):
            while start and texts[start] == _MORE:
                start -= 1
            if at != start:
                said.append(f"\x1b[{y + 1};{start + 1}H" if first else f"\x1b[{start + 1}G")
            first = False
            look, at = self._span(y, start, end, look, said)
        return look

    def _drawn(self, pieces: Iterable[tuple[int, Strip]]) -> Iterator[tuple[int, str, str]]:
        """Where pieces of a line begin, and their cells; those that touch each other as one."""
        columns = self._known_for[0]
        begun = end = 0
        texts = looks = ""
        for x, strip in pieces:
            if not 0 <= x < columns:
                continue
            if x != end:
                if texts:
                    yield begun, texts, looks
                texts, looks, begun = "", "", x
            more, more_looks = self._cells(strip, min(strip.cell_length, columns - x))
            texts, looks, end = texts + more, looks + more_looks, x + len(more)
        if texts:
            yield begun, texts, looks

    def _halves(self, y: int, x: int, texts: str, looks: str) -> tuple[int, str, str]:
        """A piece with the cells beside it that it leaves half a character in: a terminal shows blanks there."""
        old_texts, old_looks = self._lines[y]
        first, end = x, x + len(texts)
        while first and old_texts[first] == _MORE:
            first -= 1
        last = end
        while last < len(old_texts) and old_texts[last] == _MORE:
            last += 1

        def blanks(start: int, stop: int) -> str:
            return "".join(map(self._blank, old_looks[start:stop]))

        texts = " " * (x - first) + texts + " " * (last - end)
        return first, texts, blanks(first, x) + looks + blanks(end, last)

    def _first_doubtful(self, changed: Iterable[tuple[int, int]], *looks: str) -> int:
        places = (
            found.start()
            for start, stop in changed
            for one in looks
            if (found := self._doubtful.search(one, start, stop))
        )
        return min(places, default=self._known_for[0])

    def _spans(self, changed: Sequence[tuple[int, int]], texts: str, looks: str) -> Iterator[tuple[int, int]]:
        """Places that changed, joined to spans over what is cheaper to write again than to go over."""
        start, stop = changed[0]
        end = changed[-1][1]
        if _mostly(sum(last - first for first, last in changed), end - start) and _UNKNOWN not in texts:
            yield start, end
            return
        for first, last in changed[1:]:
            if first > stop:
                between, before = looks[stop:first], looks[stop - 1]
                blank = self._blank(before)
                if first - stop > NEAR or between.strip(before + blank) or _UNKNOWN in texts[stop:first]:
                    yield start, stop
                    start = first
            stop = max(stop, last)
        yield start, stop

    def _span(self, y: int, start: int, end: int, look: str, said: list[str]) -> tuple[str, int]:
        """Write the cells of a span, with the terminal's cursor on its first; where the cursor is then, or -1."""
        texts, looks = self._lines[y]
        at = start
        for alike in _ALIKE.finditer(looks, start, end):
            place, stop = alike.span()
            code = looks[place]
            wanted = self._looks[ord(code)]
            if code != look:
                known = self._steps.get(look + code)
                change, look = known if known is not None else self._learn_step(look, code)
                said.append(change)
            if at != place:
                said.append(f"\x1b[{place + 1}G")
            blanks = 0 if wanted.colour else stop - place
            at = stop
            if self._erases and blanks > NEAR and stop == self._known_for[0]:
                said.append("\x1b[K")
                at = -1
            elif self._erases and blanks >= ERASE_FROM:
                said.append(f"\x1b[{blanks}X")
                at = place
            elif blanks:
                said.append(" " * blanks)
            else:
                if wanted.unsure:
                    # Where the terminal draws it narrower, nothing of what stood there is left.
                    said.append(f"\x1b[{stop - place}X" if self._erases else "")
                    at = -1
                text = texts[place:stop]
                said.append(text if text.isascii() else _STANDS_FOR.sub(self._said_for, text))
        return look, at

    def _said_for(self, code: re.Match[str]) -> str:
        return self._stands_for.get(code[0], " " if code[0] == _UNKNOWN else "")

    def _code(self, look: Look) -> str:
        """The character that stands for a look."""
        found = self._code_of.get(look)
        if found is None:
            found = self._code_of[look] = chr(len(self._looks))
            self._looks.append(look)
            if look.unsure:
                doubtful = "".join(code for look, code in self._code_of.items() if look.unsure)
                self._doubtful = re.compile(f"[{re.escape(doubtful)}]")
        return found

    def _blank(self, look: str) -> str:
        """A blank on the same ground."""
        return self._code(self._looks[ord(look)].bare)

    def _learn_step(self, look: str, wanted: str) -> tuple[str, str]:
        """What changes the terminal's style to one that shows a cell as wanted, and the style that it then has."""
        if len(self._steps) >= KNOWN:
            self._steps.clear()
        code, then = step(self._looks[ord(look)], self._looks[ord(wanted)])
        known = self._steps[look + wanted] = (code, self._code(then))
        return known

    def _cells(self, strip: Strip, room: int) -> tuple[str, str]:
        """The cells of a strip, exactly `room` of them."""
        kept = self._kept.get(id(strip))
        if kept is not None and kept[0] is strip and len(kept[1]) == room:
            return kept[1:]
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        made = self._made(strip, room)
        self._kept[id(strip)] = (strip, *made)
        return made

    def _made(self, strip: Strip, room: int) -> tuple[str, str]:
        texts: list[str] = []
        looks: list[str] = []
        blank = self._plain
        for text, style, control in strip:
            if control:
                continue
            known = self._learnt.get(id(style))
            _, look, blank = known if known is not None and known[0] is style else self._learn(style)
            plain = text.isascii() and text.isprintable()
            if not plain and not sure(text):
                placed = "".join(self._placed(cluster, size) for cluster, size in _clusters(text))
                unsure = self._code(self._looks[ord(look)]._replace(unsure=True))
                texts.append(placed)
                looks.append(unsure * len(placed))
            elif text.isspace():
                texts.append(text)
                looks.append(blank * len(text))
            elif plain or cell_len(text) == len(text):
                texts.append(text)
                # A single space between words stays with them.
                if "  " not in text:
                    looks.append(look * len(text))
                else:
                    parts = _BLANKS.split(text)
                    looks += [code * len(part) for code, part in zip((look, blank) * len(parts), parts, strict=False)]
            else:
                placed = "".join(char + _MORE * (cell_len(char) - 1) for char in text)
                texts.append(placed)
                looks += [blank if char == " " else look for char in placed]
        made, styled = "".join(texts), "".join(looks)
        if len(made) != room:
            made = made[:room] + " " * (room - len(made))
            styled = styled[:room] + blank * (room - len(styled))
        return made, styled

    def _placed(self, cluster: str, size: int) -> str:
        """The cells of a cluster, the first of which stands for it."""
        code = self._code_for.get(cluster)
        if code is None and len(cluster) == 1 and ord(cluster) < _FIRST:
            code = cluster
        elif code is None:
            code = self._code_for[cluster] = chr(_FIRST + len(self._code_for))
            self._stands_for[code] = cluster
        return code + _MORE * (size - 1)

    def _learn(self, style: Style | None) -> tuple[Style | None, str, str]:
        """A style with its looks: of text, and of a blank."""
        if len(self._learnt) >= KNOWN:
            self._learnt.clear()
        look = look_of(style, self._known_for[2])
        found = self._learnt[id(style)] = (style, self._code(look), self._code(look.blank))
        return found


def _lines_of(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, Sequence[tuple[int, Strip]]]]:
    """The lines of an update, each with its strips and where they begin."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, list(_placed(strips, update.region.x))
        return
    found: dict[int, dict[int, Strip]] = {}
    for y, left, right in update.spans:
        line = found.setdefault(y, {})
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                line[x] = strip
    for y, pieces in found.items():
        yield y, list(pieces.items())


def _placed(strips: Iterable[Strip], x: int) -> Iterator[tuple[int, Strip]]:
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _differing(before: str, texts: str, before_looks: str, looks: str) -> list[tuple[int, int]]:
    """Where cells are not what they were before, from and to; as one where most of them are."""
    bits = _number(before) ^ _number(texts) | _number(before_looks) ^ _number(looks)
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


def _clusters(text: str) -> list[tuple[str, int]]:
    """A text by what takes cells of its own. What takes none stands with what is before it, and nowhere without."""
    found: list[tuple[str, int]] = []
    for start, stop, size in split_graphemes(text)[0]:
        if size:
            found.append((text[start:stop], size))
        elif found:
            found[-1] = (found[-1][0] + text[start:stop], found[-1][1])
    return found
