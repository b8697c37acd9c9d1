"""One entry of a conversation as lines: a message, a note or a reply on its way.

Every text is shown literally: lines are `Content` made from plain strings, never from markup. Widths are counted in
cells by grapheme cluster, so that Devanagari, CJK and emoji sequences are never cut in half.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len
from textual.content import Content

from cminbox.duration import format_rough
from cminbox.model import Instant
from cminbox.text import clean, graphemes, one_line
from cminbox.widgets.cells import cut
from cminbox.widgets.lines import Line, apart, safe, size

EntryKind = Literal["in", "out", "note", "reply"]

MUTED = "$context"
ACCENT = "$accent"
ALARM = "$error"
CARE = "$warning"

_CHUNKS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One thing in a thread: what is shown of it.

    Attributes:
        kind: in, out (both messages), note, or reply (one that is not sent yet).
        who: whose words they are, as shown.
        text: the words, literal.
        at: when; shown relative to now.
        tags: quiet words after the name ("dm", "hi", "negative −0.78").
        flags: words that matter ("edited 3m ago", "deleted on the network", "sending in 8 s").
        title: of an article or a review.
        before: the text before its last edit, where it is known.
    """

    kind: EntryKind
    who: str
    text: str
    at: Instant
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    title: str = ""
    before: str = ""


def full_time(when: Instant) -> str:
    """An instant in the reader's own zone, with it: `Fri 2026-05-01 14:03 CEST`."""
    return datetime.fromtimestamp(when / 1000).astimezone().strftime("%a %Y-%m-%d %H:%M %Z")


def width_of(text: str) -> int:
    """Cells that a text may take: as Textual counts, plus one for each spacing vowel sign.

    Terminals disagree about spacing marks (Unicode Mc): some give them a cell of their own, some none. Counting
    the larger keeps a line inside its column in both.
    """
    if text.isascii():
        return len(text)
    return cell_len(text) + sum(1 for char in text if unicodedata.category(char) == "Mc")


@lru_cache(maxsize=256)
def wrap(text: str, width: int) -> tuple[str, ...]:
    """The lines of a text at a width in cells: broken between words, and inside one only between its graphemes."""
    width = max(width, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if width_of(paragraph) <= width:
            lines.append(paragraph.rstrip())
            continue
        line, used = "", 0
        for chunk in _CHUNKS.findall(paragraph):
            word = chunk.rstrip()
            size = width_of(word)
            if used + size <= width:
                line, used = line + chunk, used + width_of(chunk)
                continue
            if size <= width:
                lines.append(line.rstrip())
                line, used = chunk, width_of(chunk)
                continue
            for grapheme in graphemes(chunk):
                size = width_of(grapheme)
                if used + size > width and line:
                    lines.append(line.rstrip())
                    line, used = "", 0
                line, used = line + grapheme, used + size
        lines.append(line.rstrip())
    return tuple(lines)


def fit(text: str, width: int) -> str:
    """A text in one line, cut with `…` between graphemes where it is longer than `width` cells."""
    return cut(one_line(text[: width * 16 + 64]), width)


def literal(text: str, style: str = "") -> Content:
    """A text from outside as content: cleaned again at the last door, and never read as markup."""
    safe = clean(text)
    return Content.styled(safe, style) if style else Content(safe)


def spread(left: Content, right: Content, width: int) -> Content:
    """One line: `left` at its start and `right` at its end."""
    gap = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * max(gap, 1), right)


def entry_lines(entry: ThreadEntry, width: int, now: Instant, *, limit: int | None = None) -> list[Line]:
    """The lines of an entry, without a blank one around it.

    Args:
        entry: what to show.
        width: cells of a line.
        now: what times are relative to.
        limit: at most this many lines of text; more are counted in words instead.
    """
    if entry.kind == "note":
        return _note_lines(entry, width, now)
    bar = ("▎", ACCENT if entry.kind == "out" else CARE) if entry.kind != "in" else (" ", "")
    start: Line = ((" ", ""), bar)
    # Cleaned once more at the last door, as a whole; what is cut out of a clean text is clean.
    titles = wrap(one_line(clean(entry.title)), width - 3) if entry.title else []
    words = wrap(clean(entry.text), width - 3)
    style = f"{MUTED} strike" if any("deleted" in flag for flag in entry.flags) else ""
    hidden = len(words) - limit if limit is not None and len(words) > limit + 2 else 0
    body = [*((line, "bold") for line in titles), *((line, style) for line in (words[:-hidden] if hidden else words))]
    if hidden:
        body.append((f"… {hidden} more lines; o opens it on the network", MUTED))
    if entry.before:
        body.append((fit(f"before: {clean(entry.before)}", width - 3), MUTED))
    if entry.kind == "in":
        start = ((" " * 3, ""),)
    head = _header(entry, width - 2, now)
    return [((" ", ""), bar, *head), *((*start, piece) for piece in body)]


def _header(entry: ThreadEntry, width: int, now: Instant) -> Line:
    time: Line = ((format_rough(now - entry.at), MUTED),)
    flags = "  ".join(entry.flags)
    room = width - size(time) - 2
    style = {"in": "bold", "out": f"bold {ACCENT}", "reply": f"bold {CARE}"}[entry.kind]
    left: Line = (safe(fit(entry.who, max(room // 2, 8)), style),)
    if entry.kind == "in":
        left = ((" ", ""), *left)
    if flags:
        left = (*left, ("  ", ""), safe(fit(flags, max(room - size(left) - 2, 0)), CARE))
    tags = fit(" · ".join(entry.tags), max(room - size(left) - 2, 0)) if entry.tags else ""
    if len(tags) > 1:
        left = (*left, ("  ", ""), safe(tags, MUTED))
    return apart(left, time, width)


def _note_lines(entry: ThreadEntry, width: int, now: Instant) -> list[Line]:
    """A note is the team's own voice: never mistaken for a message."""
    time = (format_rough(now - entry.at), MUTED)
    head = f"note  {one_line(clean(entry.who))}: "
    words = wrap(head + clean(entry.text), width - 5 - cell_len(time[0]))
    first: Line = ((" ", ""), ("◦ ", CARE), (words[0], "italic"))
    return [apart(first, (time,), width), *((("   ", ""), (line, "italic")) for line in words[1:])]


def reading_order(entries: Iterable[ThreadEntry]) -> list[ThreadEntry]:
    """Entries in the order in which they are read: oldest first, and of one instant messages before notes."""
    rank = {"in": 0, "out": 0, "note": 1, "reply": 2}
    return sorted(entries, key=lambda entry: (entry.kind == "reply", entry.at, rank[entry.kind]))
