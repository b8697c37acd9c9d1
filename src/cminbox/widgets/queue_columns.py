"""The columns of the queue: what each shows, how much room it takes, and the line that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cminbox.duration import format_narrow
from cminbox.model import Conversation, Instant, band
from cminbox.number_format import short_number
from cminbox.textwidth import fit, width_of
from cminbox.widgets.hit_text import Needles, around_hit
from cminbox.widgets.queue_row import (
    DIRECTION_GLYPHS,
    PICTURE,
    PROMISE,
    SENTIMENT_GLYPHS,
    STATUS_GLYPHS,
    Someone,
    author_of,
    clock_of,
    marks_of,
    promise_clock,
    promise_is_first,
    who_is_on,
)

USUAL: tuple[str, ...] = ("priority", "due", "network", "author", "sentiment", "text", "language", "people")
"""The columns of a view that names none."""
TEXT_FIRST = 40
"""Cells that the text has before other columns take more than they need."""
LEAST_TEXT = 12


class CellContext(NamedTuple):
    """What a cell is drawn from beside its row.

    Attributes:
        now: the present.
        me: this member's handle; they do not see themselves.
        present: who is on the conversation now.
        glyph_of: letters for a network whose name does not fit.
        asleep: whether nobody waits for us there.
        said: what stands in place of the row's own text; None: that text.
    """

    now: Instant
    me: str
    present: Sequence[Someone]
    glyph_of: Callable[[str], str]
    asleep: bool
    said: str | None = None


class Column(NamedTuple):
    """A column.

    Attributes:
        draw: the text of a cell for so many cells of room, and the name of its style.
        head: the word above it.
        least, most: cells that it needs, and cells that it has a use for.
        right: whether its text stands at the right.
        gap: cells of air before it.
    """

    draw: Callable[[Conversation, CellContext, int], tuple[str, str]]
    head: str
    least: int
    most: int
    right: bool = False
    gap: int = 1


def _quiet(text: str) -> tuple[str, str]:
    return text, "context"


def _since(at: Instant | None, context: CellContext) -> tuple[str, str]:
    return _quiet("" if at is None else format_narrow(max(0, context.now - at)))


def _priority(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    named = band(row.priority)
    words = f"{named} {row.priority:>3}" if room >= 10 else str(row.priority)
    return words, "low" if context.asleep else named


def _network(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    return _quiet(row.network if width_of(row.network) <= room else context.glyph_of(row.network))


def _author(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    star = " ★" if row.vip else ""
    words = fit(author_of(row), room - len(star), pad=False) + star
    return words, "vip" if row.vip else "dim" if context.asleep else "author"


def _sentiment(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    # Doubled: it goes on that way, message by message.
    glyph = DIRECTION_GLYPHS.get(row.content.mood_direction) or SENTIMENT_GLYPHS[row.sentiment_class]
    words = f"{glyph} {row.sentiment_class}" if room >= 10 else glyph
    return words, "soon" if row.sentiment_class == "negative" else "context"


def _front(row: Conversation) -> str:
    """What stands before the text of a line, where it is seen however long the text is: `‼ ‹held› ▣2`."""
    carried = row.content.attachments
    sign = f"{PICTURE}{len(carried) if len(carried) > 1 else ''}" if carried else ""
    promised = PROMISE if row.promise_at is not None and not promise_is_first(row) else ""
    return " ".join(filter(None, ("‼" if row.crisis else "", promised, marks_of(row), sign)))


def _around_hit(row: Conversation, text: str, room: int, needles: Needles) -> tuple[str, str, str] | None:
    """The text of a line around what is searched for, as `around_hit` cuts it; what stands before it stays whole."""
    front = f"{_front(row)} " if _front(row) else ""
    left = room - width_of(front)
    if left < LEAST_TEXT:
        return around_hit(text, room, needles)
    pieces = around_hit(text.removeprefix(front), left, needles)
    return pieces and (front + pieces[0], *pieces[1:])


def _promise(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    if row.promise_at is None:
        return _quiet("")
    clock, style = promise_clock(row.promise_at, context.now)
    return f"{clock.removeprefix(f'{PROMISE} '):>4} {row.promise}", style


def _text(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    said = (row.preview if context.said is None else context.said).lstrip("‼‹▣◆")
    carried = row.content.attachments
    parts = (_front(row), said, ", ".join(carried) if not said else "")
    shown = " ".join(filter(None, parts)) + (f" {PICTURE} {', '.join(carried)}" if carried and said else "")
    return shown, "dim" if context.asleep else "text"


def _language(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    # What is shown is what a query takes. Half of a part of a code means nothing.
    code = row.lang
    while len(code) > room and "-" in code:
        code = code.rpartition("-")[0]
    return _quiet(code)


def _state(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    glyph = STATUS_GLYPHS[row.status] or "○"
    return (f"{glyph} {row.status}" if room >= 9 else glyph), "context" if context.asleep else "text"


def _assignee(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    held = row.assignee or (f"team {row.team}" if row.team else "")
    return held, "accent" if held and row.assignee == context.me else "context"


def _followers(row: Conversation, context: CellContext, room: int) -> tuple[str, str]:
    return _quiet("" if row.followers is None else short_number(row.followers, whole=True))


COLUMNS: Mapping[str, Column] = {
    "priority": Column(_priority, "pr", 3, 10, right=True),
    "due": Column(lambda row, context, room: clock_of(row, context.now), "due", 8, 8, right=True),
    "promise": Column(_promise, "promise", 20, 32),
    "waiting": Column(lambda row, context, room: _since(row.waiting_since, context), "wait", 4, 4, right=True),
    "created": Column(lambda row, context, room: _since(row.created_at, context), "made", 4, 4, right=True),
    "newest": Column(lambda row, context, room: _since(row.newest_at, context), "new", 4, 4, right=True),
    "state": Column(_state, "state", 1, 9),
    "network": Column(_network, "on", 2, 9, gap=2),
    "source": Column(lambda row, context, room: _quiet(row.source), "source", 6, 16, gap=2),
    "kind": Column(lambda row, context, room: _quiet(row.kind), "kind", 7, 7, gap=2),
    "author": Column(_author, "who", 12, 24),
    "followers": Column(_followers, "foll.", 5, 5, right=True),
    "sentiment": Column(_sentiment, "mood", 1, 10),
    "text": Column(_text, "says", LEAST_TEXT, 10_000),
    "language": Column(_language, "lang", 7, 7),
    "labels": Column(lambda row, context, room: _quiet(" ".join(row.labels)), "labels", 10, 24, gap=2),
    "crisis": Column(
        lambda row, context, room: (f"‼ {row.crisis}" if row.crisis else "", "overdue"), "crisis", 8, 20, gap=2
    ),
    "messages": Column(lambda row, context, room: _quiet(str(row.messages)), "msgs", 4, 4, right=True),
    "assignee": Column(_assignee, "whose", 7, 12),
    "people": Column(lambda row, context, room: who_is_on(row, context.present, context.me), "with", 7, 12),
}
"""Every column, by the word that a view names it by."""


class PlacedColumn(NamedTuple):
    """A column with its room in a line."""

    column: Column
    room: int
    gap: int


@lru_cache(maxsize=64)
def layout(names: tuple[str, ...], room: int) -> tuple[PlacedColumn, ...]:
    """How much room each column has in a line of so many cells, after its first cell.

    Where there is not enough for all, the last ones give way; the text stays.
    """
    if not names or names == USUAL:
        return _usual(room)
    names = _fitting(names, room)
    gaps = [0 if place == 0 else COLUMNS[name].gap for place, name in enumerate(names)]
    rooms = {name: COLUMNS[name].least for name in names}
    left = max(0, room - 1 - sum(gaps) - sum(rooms.values()))
    wishes = [("text", TEXT_FIRST), *((name, COLUMNS[name].most) for name in names if name != "text"), ("text", room)]
    for name, most in wishes:
        if name in rooms:
            more = min(left, max(0, most - rooms[name]))
            # A word that does not fit in whole is its glyph, and needs no more than that.
            if name in ("priority", "state", "sentiment") and rooms[name] + more < most:
                continue
            rooms[name] += more
            left -= more
    return tuple(PlacedColumn(COLUMNS[name], rooms[name], gap) for name, gap in zip(names, gaps, strict=True))


def _fitting(names: tuple[str, ...], room: int) -> tuple[str, ...]:
    while len(names) > 1 and 1 + sum(COLUMNS[name].least + COLUMNS[name].gap for name in names) > room:
        last = next(place for place in reversed(range(len(names))) if names[place] != "text")
        names = names[:last] + names[last + 1 :]
    return names


def _usual(room: int) -> tuple[PlacedColumn, ...]:
    author = 12 if room < 80 else 13 if room < 100 else 20 if room < 150 else 26
    who = 7 if room < 100 else 11
    lang = 7 if room >= 70 else 4
    rooms = {"priority": 3, "due": 8, "network": 2, "author": author, "sentiment": 1, "language": lang, "people": who}
    gaps = [0, *(COLUMNS[name].gap for name in USUAL[1:])]
    rooms["text"] = max(0, room - 1 - sum(gaps) - sum(rooms.values()))
    return tuple(PlacedColumn(COLUMNS[name], rooms[name], gap) for name, gap in zip(USUAL, gaps, strict=True))


def heads(names: tuple[str, ...], room: int) -> str:
    """The words above the columns of a line of so many cells; a column that is too narrow for its word has none."""
    words = " "
    for column, cells, gap in layout(names, room):
        word = column.head if width_of(column.head) <= cells else ""
        words += " " * gap + fit(word, cells, right=column.right)
    return words[:room]


def paint(
    row: Conversation,
    room: int,
    styles: Mapping[str, Style],
    *,
    now: Instant,
    glyph_of: Callable[[str], str],
    me: str = "",
    present: Sequence[Someone] = (),
    cursor: bool = False,
    marked: bool = False,
    columns: tuple[str, ...] = (),
    needles: Needles = (),
    said: str | None = None,
) -> Strip:
    """The line of a conversation, exactly `room` cells wide; every text in it literal.

    Args:
        glyph_of: letters for a network whose name does not fit.
        styles: by the names of `queue_row.STYLES`, and `line`.
        present: who is on it now.
        me: this member's handle; they do not see themselves.
        columns: which it has, in order; the usual ones where there are none.
        needles: what is searched for; the place where it stands is brought into sight, and marked.
        said: what stands in place of the row's own text.
    """
    base = styles["cursor" if cursor else "line"]
    asleep = row.status in ("pending", "snoozed", "closed", "spam")
    context = CellContext(now, me, present, glyph_of, asleep, said)
    segments: list[Segment] = []
    air = " "
    if cursor or marked:
        segments.append(Segment("•" if marked else "▌", base + styles["mark"]))
        air = ""
    for column, cells, gap in layout(columns, room):
        text, style = column.draw(row, context, cells)
        if needles and column is COLUMNS["text"] and (pieces := _around_hit(row, text, cells, needles)):
            before, hit, after = pieces
            segments.append(Segment(air + " " * gap + before, base + styles[style]))
            segments.append(Segment(hit, base + styles["hit"]))
            segments.append(Segment(after, base + styles[style]))
            air = " " * (cells - width_of(before) - width_of(hit) - width_of(after))
            continue
        part = " " * gap + fit(text, cells, right=column.right)
        # Air has no colour of its own: over a slow line, each change of style weighs more than a word.
        if part.isspace() or not part:
            air += part
        else:
            segments.append(Segment(air + part, base + styles[style]))
            air = ""
    segments.append(Segment(air, base))
    return Strip(segments).adjust_cell_length(room, base).simplify()
