"""One entry of a conversation as lines: a message, a note or a reply on its way.

Widths are counted in cells by grapheme cluster, so that Devanagari, CJK and emoji sequences are never cut in half.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len

from cminbox.duration import format_rough
from cminbox.model import Instant
from cminbox.text import clean, one_line
from cminbox.textwidth import cut_line, wrap
from cminbox.widgets.queue_row import PICTURE
from cminbox.widgets.styled_lines import ACCENT, CARE, MUTED, Line, safe, size, spread

EntryKind = Literal["in", "out", "note", "reply"]


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
        details: what more is to be said of it, in lines of its own below its words.
        attachments: what is attached to it, in words; each has a line of its own below its text.
        key: what it is known by when the thread is read again; empty: by kind, name and time.
    """

    kind: EntryKind
    who: str
    text: str
    at: Instant
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    title: str = ""
    before: str = ""
    details: str = ""
    key: str = ""
    attachments: tuple[str, ...] = ()

    def same_as(self, other: ThreadEntry) -> bool:
        """Whether this is the same thing, read again: its words may have changed."""
        if self.key or other.key:
            return self.key == other.key
        return (self.kind, self.who, self.at) == (other.kind, other.who, other.at)


def entry_lines(entry: ThreadEntry, width: int, now: Instant, *, limit: int | None = None) -> list[Line]:
    """The lines of an entry without a blank one around it; of its text at most `limit`, and how many more there are."""
    return list(_lines_of(entry, width, format_rough(now - entry.at), limit))


@lru_cache(maxsize=8192)
def _lines_of(entry: ThreadEntry, width: int, age: str, limit: int | None) -> tuple[Line, ...]:
    """Them, made once for each age in words: a long thread is read again and again while it changes little."""
    if entry.kind == "note":
        return tuple(_note_lines(entry, width, age))
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
    for carried in entry.attachments:
        body += [(line, MUTED) for line in wrap(f"{PICTURE} {one_line(clean(carried))}", width - 3)]
    if entry.before:
        body.append((cut_line(f"before: {clean(entry.before)}", width - 3), MUTED))
    body += [(line, CARE) for line in (wrap(one_line(clean(entry.details)), width - 3) if entry.details else ())]
    if entry.kind == "in":
        start = ((" " * 3, ""),)
    head = _header(entry, width - 2, age)
    return (((" ", ""), bar, *head), *((*start, piece) for piece in body))


def _header(entry: ThreadEntry, width: int, age: str) -> Line:
    time: Line = ((age, MUTED),)
    flags = "  ".join(entry.flags)
    room = width - size(time) - 2
    style = {"in": "bold", "out": f"bold {ACCENT}", "reply": f"bold {CARE}"}[entry.kind]
    left: Line = (safe(cut_line(entry.who, max(room // 2, 8)), style),)
    if entry.kind == "in":
        left = ((" ", ""), *left)
    if flags:
        left = (*left, ("  ", ""), safe(cut_line(flags, max(room - size(left) - 2, 0)), CARE))
    tags = cut_line(" · ".join(entry.tags), max(room - size(left) - 2, 0)) if entry.tags else ""
    if len(tags) > 1:
        left = (*left, ("  ", ""), safe(tags, MUTED))
    return spread(left, time, width)


def _note_lines(entry: ThreadEntry, width: int, age: str) -> list[Line]:
    """A note is the team's own voice: never mistaken for a message."""
    time = (age, MUTED)
    head = f"note  {one_line(clean(entry.who))}: "
    words = wrap(head + clean(entry.text), width - 5 - cell_len(time[0]))
    first: Line = ((" ", ""), ("◦ ", CARE), (words[0], "italic"))
    return [spread(first, (time,), width), *((("   ", ""), (line, "italic")) for line in words[1:])]


def reading_order(entries: Iterable[ThreadEntry]) -> list[ThreadEntry]:
    """Entries in the order in which they are read: oldest first, and of one instant messages before notes."""
    rank = {"in": 0, "out": 0, "note": 1, "reply": 2}
    return sorted(entries, key=lambda entry: (entry.kind == "reply", entry.at, rank[entry.kind]))
