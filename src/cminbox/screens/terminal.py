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
from itertools import compress, groupby
from operator import is_not, ne, or_
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import SGR_STYLES, Strip

ERASE_FROM = 12
"""Blanks in a row from which on they are erased instead of written."""
NEAR = 4
"""Cells that stand already and are written all the same, where going over them would cost more."""
KNOWN = 4_000
"""Styles and steps from style to style that are remembered."""

_SURE = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037e\u0384-\u03ff\u0400-\u0482\u048a-\u052f"
    "\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2199\u2500-\u259f\u25a0-\u25bc\u25c0-\u25ce"
    "\u2605\u2606\u270e\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*"
)
"""Characters that all terminals draw in as many cells as we count."""
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


PLAIN = Look(frozenset(), "39", "49")
_NOTHING = (0, 0, ColorSystem.TRUECOLOR)


class Written(CompositorUpdate):
    """An update that is ready to be written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:
        """The bytes as they are."""
        return self.text


class Drawn:
    """The cells of the terminal as they were last written.

    Args:
        environ: says of the terminal whether what it erases takes the background's colour.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._erases = erases_in_colour(environ)
        self._known_for = _NOTHING
        self._texts: list[list[str | None]] = []
        self._looks: list[list[Look]] = []
        self._learnt: dict[int, tuple[Style | None, Look, Look, Look]] = {}
        """By the identity of a style, which stays with it: to compare styles takes longer than all the rest."""
        self._one: dict[Look, Look] = {PLAIN: PLAIN}
        """One object for each look, for the same reason."""
        self._unsure: set[Look] = set()
        self._steps: dict[tuple[int, int], tuple[str, Look]] = {}

    def forget(self) -> None:
        """Something else may have written to the terminal: nothing is known of it any more."""
        self._known_for = _NOTHING

    def changes(self, update: LayoutUpdate | ChopsUpdate, columns: int, lines: int, colours: ColorSystem) -> str:
        """What has to be written so that the terminal shows an update; empty where it does already."""
        if self._known_for != (columns, lines, colours):
            self._known_for = (columns, lines, colours)
            self._texts = [[None] * columns for _ in range(lines)]
            self._looks = [[PLAIN] * columns for _ in range(lines)]
            self._learnt.clear()
        said: list[str] = []
        look = PLAIN
        for y, pieces in _lines_of(update):
            if 0 <= y < lines:
                look = self._line(y, pieces, look, said)
        if said and look != PLAIN:
            said.append("\x1b[0m")
        return "".join(said)

    def _line(self, y: int, pieces: Iterable[tuple[int, Strip]], look: Look, said: list[str]) -> Look:
        texts, looks, columns = self._texts[y], self._looks[y], self._known_for[0]
        changed: list[int] = []
        unsure = columns
        for x, strip in pieces:
            if not 0 <= x < columns:
                continue
            new_texts, new_looks = self._cells(strip, min(strip.cell_length, columns - x))
            end = x + len(new_texts)
            old_texts, old_looks = texts[x:end], looks[x:end]
            if new_texts == old_texts and new_looks == old_looks:
                continue
            differs = map(or_, map(ne, old_texts, new_texts), map(is_not, old_looks, new_looks))
            here = list(compress(range(x, end), differs))
            texts[x:end], looks[x:end] = new_texts, new_looks
            if old_texts[0] == "" or (end < columns and texts[end] == ""):
                before, behind = self._halves(y, x, end, cut=old_texts[0] == "")
                if any(looks[place].unsure for place in (*before, *behind)):
                    unsure = min(unsure, before.start)
                self._blank(y, (*before, *behind))
                changed += before
            else:
                behind = range(0)
            if not (self._unsure.isdisjoint(old_looks) and self._unsure.isdisjoint(new_looks)):
                doubtful = (place for place in here if old_looks[place - x].unsure or looks[place].unsure)
                unsure = min(unsure, next(doubtful, columns))
            changed += here
            changed += behind
        if unsure < columns:
            while unsure and looks[unsure - 1].unsure:
                unsure -= 1
            changed = [*(place for place in changed if place < unsure), *range(unsure, columns)]
        at = -1
        for start, end in _spans(changed, looks) if changed else ():
            while start and texts[start] == "":
                start -= 1
            if at != start:
                said.append(f"\x1b[{y + 1};{start + 1}H" if start <= changed[0] else f"\x1b[{start + 1}G")
            look, at = self._span(y, start, end, look, said)
        return look

    def _halves(self, y: int, x: int, end: int, *, cut: bool) -> tuple[range, range]:
        """The places before and behind a piece at which characters of several cells stand that it was written into.

        Args:
            cut: whether the piece begins within one.
        """
        texts, first, last = self._texts[y], x, end
        while cut and first and (first == x or texts[first] == ""):
            first -= 1
        while last < len(texts) and texts[last] == "":
            last += 1
        return range(first, x), range(end, last)

    def _blank(self, y: int, places: Iterable[int]) -> None:
        """Half a character is none: a terminal shows a blank there."""
        texts, looks = self._texts[y], self._looks[y]
        for place in places:
            blank = Look(frozenset(), "", looks[place].ground)
            texts[place], looks[place] = " ", self._one.setdefault(blank, blank)

    def _span(self, y: int, start: int, end: int, look: Look, said: list[str]) -> tuple[Look, int]:
        """Write the cells of a span, with the terminal's cursor on its first; where the cursor is then, or -1."""
        texts, looks = self._texts[y], self._looks[y]
        at, place = start, start
        for _, alike in groupby(looks[start:end], id):
            cells = list(alike)
            wanted, stop = cells[0], place + len(cells)
            if wanted is not look:
                code, look = self._step(look, wanted)
                said.append(code)
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
                said.append("".join(filter(None, texts[place:stop])))
            place = stop
        return look, at

    def _step(self, look: Look, wanted: Look) -> tuple[str, Look]:
        """What changes the terminal's style to one that shows a cell as wanted, and the style that it then has."""
        known = self._steps.get((id(look), id(wanted)))
        if known is None:
            if len(self._steps) >= KNOWN:
                self._steps.clear()
            code, then = _step(look, wanted)
            known = self._steps[id(look), id(wanted)] = (code, self._one.setdefault(then, then))
        return known

    def _cells(self, strip: Strip, room: int) -> tuple[list[str | None], list[Look]]:
        """The cells of a strip, exactly `room` of them."""
        texts: list[str | None] = []
        looks: list[Look] = []
        blank = PLAIN
        for text, style, control in strip:
            if control:
                continue
            known = self._learnt.get(id(style))
            _, look, blank, unsure = known if known is not None and known[0] is style else self._learn(style)
            plain = text.isascii() and text.isprintable()
            if not plain and not _SURE.fullmatch(text):
                for cluster, size in _clusters(text):
                    texts += (cluster, *[""] * (size - 1))
                    looks += [unsure] * size
            elif text.isspace():
                texts += text
                looks += [blank] * len(text)
            elif plain or cell_len(text) == len(text):
                texts += text
                # A single space between words stays with them.
                if "  " not in text:
                    looks += [look] * len(text)
                else:
                    looks += [blank if char == " " else look for char in text]
            else:
                for char in text:
                    size = cell_len(char)
                    texts += (char, *[""] * (size - 1))
                    looks += [blank if char == " " else look] * size
        if len(texts) != room:
            texts = [*texts[:room], *" " * (room - len(texts))]
            looks = [*looks[:room], *[blank] * (room - len(looks))]
        return texts, looks

    def _learn(self, style: Style | None) -> tuple[Style | None, Look, Look, Look]:
        """A style with its looks: of text, of a blank, of text whose width is not sure."""
        if len(self._learnt) >= KNOWN:
            self._learnt.clear()
        look = _look(style, self._known_for[2])
        seen = not look.attributes.isdisjoint(_SEEN_ON_BLANKS)
        blank = look if seen else Look(frozenset(), "", look.ground)
        look, blank, unsure = (self._one.setdefault(made, made) for made in (look, blank, look._replace(unsure=True)))
        self._unsure.add(unsure)
        found = self._learnt[id(style)] = (style, look, blank, unsure)
        return found


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether what the terminal erases takes the colour of the background (GNU Screen's does not)."""
    if environ.get("TMUX"):
        return True
    known = ("xterm", "tmux", "alacritty", "foot", "rxvt", "linux", "kitty", "wezterm", "konsole", "vte", "st-")
    return not environ.get("STY") and environ.get("TERM", "").startswith(known)


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


def _spans(changed: Sequence[int], looks: Sequence[Look]) -> Iterator[tuple[int, int]]:
    """Places that changed, joined to spans over what is cheaper to write again than to go over."""
    start, stop = changed[0], changed[0]
    if 4 * len(changed) > 3 * (changed[-1] + 1 - start):
        yield start, changed[-1] + 1
        return
    for place in changed:
        if place > stop:
            between, last = looks[stop:place], looks[stop - 1]
            if place - stop > NEAR or any(
                one is not last and one != (frozenset(), "", last.ground, False) for one in between
            ):
                yield start, stop
                start = place
        stop = place + 1
    yield start, stop


def _clusters(text: str) -> list[tuple[str, int]]:
    """A text by what takes cells of its own; what takes none stands with what is before it."""
    found: list[tuple[str, int]] = []
    held = ""
    for start, stop, size in split_graphemes(text)[0]:
        held += text[start:stop]
        if size:
            found.append((held, size))
            held = ""
    if held and found:
        found[-1] = (found[-1][0] + held, found[-1][1])
    return found


def _look(style: Style | None, colours: ColorSystem) -> Look:
    if style is None:
        return PLAIN
    on = style._attributes & style._set_attributes
    attributes = frozenset(code for place, code in enumerate(SGR_STYLES) if on & (1 << place))
    colour = ";".join(style.color.downgrade(colours).get_ansi_codes()) if style.color else PLAIN.colour
    ground = PLAIN.ground
    if style.bgcolor:
        ground = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False))
    return Look(attributes, colour, ground)


def _step(look: Look, wanted: Look) -> tuple[str, Look]:
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
