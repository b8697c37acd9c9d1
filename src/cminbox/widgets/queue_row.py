"""One line of the queue: priority, time to the SLA, network, author, text, language, who is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cminbox.model import HOUR, Instant, SentimentClass, Status, band
from cminbox.widgets.cells import age, fit

NETWORK_GLYPHS: Mapping[str, str] = {
    "mastodon": "ms",
    "bluesky": "bs",
    "reddit": "rd",
    "youtube": "yt",
    "facebook": "fb",
    "instagram": "ig",
    "x": "x",
    "tiktok": "tt",
    "linkedin": "li",
    "discourse": "dc",
    "wordpress": "wp",
    "feed": "fd",
    "jsonl": "jl",
}
STATUS_GLYPHS: Mapping[Status, str] = {"open": "", "pending": "…", "snoozed": "z", "closed": "✓", "spam": "✕"}
SENTIMENT_GLYPHS: Mapping[SentimentClass, str] = {"negative": "↘", "neutral": " ", "positive": "↗", "unknown": " "}
STYLES = (
    *("urgent", "high", "normal", "low", "overdue", "soon", "clock", "context"),
    *("author", "vip", "text", "dim", "accent", "cursor", "mark"),
)
"""Names of the styles that a line is made from; component classes `queue--<name>` of the list. `line` is its own."""


class QueueRow(Protocol):
    """What a line shows of a conversation."""

    @property
    def id(self) -> int: ...
    @property
    def network(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def handle(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def vip(self) -> bool: ...
    @property
    def preview(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def sentiment_class(self) -> SentimentClass: ...
    @property
    def priority(self) -> int: ...
    @property
    def assignee(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def crisis(self) -> str: ...
    @property
    def waiting_since(self) -> Instant | None: ...
    @property
    def newest_at(self) -> Instant: ...
    @property
    def snoozed_until(self) -> Instant | None: ...
    @property
    def due_at(self) -> Instant | None: ...
    @property
    def outbox(self) -> str: ...


class Someone(NamedTuple):
    """Somebody who looks at a conversation or answers it."""

    member: str
    replying: bool


def network_glyph(network: str) -> str:
    """Two letters for a network."""
    return NETWORK_GLYPHS.get(network, network[:2])


def author_of(row: QueueRow) -> str:
    """How a person is called in a list: their handle, else their name."""
    if row.handle:
        return row.handle if "/" in row.handle[:2] else f"@{row.handle}"
    return row.name or "somebody"


def clock_of(row: QueueRow, now: Instant) -> tuple[str, str]:
    """The clock of a line and its style: time to the SLA (minus: overdue), else the time since they wrote."""
    if row.status == "snoozed" and row.snoozed_until is not None:
        return f"z{age(max(0, row.snoozed_until - now))}", "context"
    if row.status != "open":
        return STATUS_GLYPHS[row.status], "context"
    if row.due_at is None:
        return (age(now - row.waiting_since), "context") if row.waiting_since is not None else ("", "context")
    left = row.due_at - now
    if left < 0:
        return f"-{age(-left)}", "overdue"
    return age(left), "soon" if left < HOUR else "clock"


def who_is_on(row: QueueRow, present: Sequence[Someone], me: str) -> tuple[str, str]:
    """Who is on it and the style: replying before viewing, before a reply on its way, before who holds it."""
    others = [someone for someone in present if someone.member != me]
    for someone in others:
        if someone.replying:
            return f"✎ {someone.member}", "accent"
    if row.outbox in ("failed", "unknown"):
        return f"⚠ {row.outbox}", "soon"
    if row.outbox in ("held", "queued", "sending"):
        return f"↑ {row.outbox}", "accent"
    if others:
        return f"◦ {others[0].member}", "context"
    if row.outbox == "draft" and not row.assignee:
        return "draft", "context"
    return row.assignee or (f"team {row.team}" if row.team else ""), "context"


def paint(
    row: QueueRow,
    width: int,
    styles: Mapping[str, Style],
    *,
    now: Instant,
    me: str = "",
    present: Sequence[Someone] = (),
    cursor: bool = False,
    marked: bool = False,
) -> Strip:
    """The line of a conversation, exactly `width` cells wide; every text in it literal.

    Args:
        styles: by the names of `STYLES`, and `line`.
        present: who is on it now.
        me: this member's handle; they do not see themselves.
    """
    base = styles["cursor" if cursor else "line"]
    asleep = row.status in ("pending", "snoozed", "closed", "spam")
    author_room = 14 if width < 100 else 20 if width < 150 else 26
    who_room = 7 if width < 100 else 11
    lang = row.lang if len(row.lang) <= 4 else row.lang[:4]
    clock, clock_style = clock_of(row, now)
    who, who_style = who_is_on(row, present, me)
    text_room = max(0, width - (1 + 3 + 1 + 4 + 2 + 2 + 1 + author_room + 1 + 2 + 1 + 4 + 1 + who_room))
    gutter = "▌" if cursor and not marked else "•" if marked else " "
    star = " ★" if row.vip else ""
    author = fit(author_of(row), author_room - len(star), pad=False) + star
    text_style = "dim" if asleep else "text"
    parts = (
        (gutter, "mark"),
        (fit(str(row.priority), 3, right=True), "low" if asleep else band(row.priority)),
        (" " + fit(clock, 4, right=True), clock_style),
        ("  " + fit(network_glyph(row.network), 2), "context"),
        (" " + fit(author, author_room), "vip" if row.vip else "dim" if asleep else "author"),
        (" " + SENTIMENT_GLYPHS[row.sentiment_class], "soon" if row.sentiment_class == "negative" else "context"),
        (" " + fit(("‼ " if row.crisis else "") + row.preview, text_room - 1) if text_room > 1 else "", text_style),
        ("  " + fit(lang, 4), "context"),
        (" " + fit(who, who_room), who_style),
    )
    segments: list[Segment] = []
    air = ""
    for text, style in parts:
        # Air has no colour of its own: over a slow line, each change of style weighs more than a word.
        if not text or text.isspace():
            air += text
        else:
            segments.append(Segment(air + text, base + styles[style]))
            air = ""
    segments.append(Segment(air, base))
    return Strip(segments).adjust_cell_length(width, base).simplify()
