"""The crisis banner: one red line across the top of every screen while a crisis runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cminbox.model import Instant
from cminbox.text import one_line
from cminbox.widgets.cells import age, fit


class CrisisBanner(Widget):
    """Severity, name, time to the next update and who leads; nothing at all while nothing burns."""

    DEFAULT_CSS = """
    CrisisBanner {
        height: 1; dock: top; display: none; padding: 0 1;
        background: $error; color: $foreground-on-error; text-style: bold;
        &.-running { display: block; }
    }
    """

    text: reactive[str] = reactive("")

    def watch_text(self, text: str) -> None:
        """Appear with a text, go with none."""
        self.set_class(bool(text), "-running")

    def render_line(self, y: int) -> Strip:
        """The line, literal."""
        return Strip([Segment(fit(self.text, self.size.width), self.rich_style)])


class Burning(Protocol):
    """What the banner shows of a crisis."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> int: ...
    @property
    def lead(self) -> str: ...
    @property
    def next_update_at(self) -> Instant | None: ...
    @property
    def conversation_count(self) -> int: ...


def crisis_line(running: Sequence[Burning], now: Instant) -> str:
    """`SEV 2  Late parcels  1,204 conversations  next update in 18m  lead: ana`: the severest, and how many more."""
    if not running:
        return ""
    worst = min(running, key=lambda crisis: crisis.severity)
    parts = [f"SEV {worst.severity}", one_line(worst.name), _many(worst.conversation_count)]
    if worst.next_update_at is not None:
        late = now - worst.next_update_at
        parts.append(f"update late by {age(late)}" if late > 0 else f"next update in {age(-late)}")
    if worst.lead:
        parts.append(f"lead: {worst.lead}")
    if len(running) > 1:
        parts.append(f"and {len(running) - 1} more")
    return "  ".join(parts)


def _many(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count:,} conversations"
