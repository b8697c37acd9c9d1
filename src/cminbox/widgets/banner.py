"""The crisis banner: one red line across the top of every screen while a crisis runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cminbox.duration import format_narrow
from cminbox.model import Instant
from cminbox.number_format import count_of
from cminbox.text import one_line
from cminbox.textwidth import cut, fit, width_of


class Burning(NamedTuple):
    """What the banner says: `SEV 2  Late parcels  1,204 messages, +340 an hour  next update in 18m  lead: ana`.

    Attributes:
        head: the severity.
        name: the crisis's name.
        sizes: how much is said, the longest wording first.
        tail: the next update, who leads it, how many more there are.
    """

    head: str
    name: str
    sizes: tuple[str, ...]
    tail: tuple[str, ...]

    def fitted(self, room: int) -> str:
        """As much of it as there is room for: how much is said gives way first, then the end of the name."""
        for size in (*self.sizes, ""):
            line = "  ".join(part for part in (self.head, self.name, size, *self.tail) if part)
            if width_of(line) <= room:
                return line
        name = cut(self.name, max(8, width_of(self.name) - (width_of(line) - room)))
        return cut("  ".join((self.head, name, *self.tail)), room).replace("……", "…")


class CrisisBanner(Widget):
    """Severity, name, how much is said, time to the next update, who leads; nothing at all while nothing burns."""

    DEFAULT_CSS = """
    CrisisBanner {
        height: 1; dock: top; display: none; padding: 0 1;
        background: $error; color: $foreground-on-error; text-style: bold;
        &.-running { display: block; }
    }
    """

    burning: reactive[Burning | None] = reactive(None)

    def watch_burning(self, burning: Burning | None) -> None:
        """Appear with a crisis, go with the last one."""
        self.set_class(burning is not None, "-running")

    @property
    def text(self) -> str:
        """The line as it stands."""
        return self.burning.fitted(self.size.width) if self.burning else ""

    def render_line(self, y: int) -> Strip:
        """The line, literal."""
        return Strip([Segment(fit(self.text, self.size.width), self.rich_style)])


class Crisis(Protocol):
    """What the banner knows of a crisis."""

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


class Volume(Protocol):
    """How much is said in a crisis."""

    @property
    def messages(self) -> int: ...
    @property
    def since(self) -> int: ...


def crisis_line(running: Sequence[Crisis], now: Instant, volume: Volume | None) -> Burning | None:
    """What the banner says of the severest crisis, and how many more run; None where none does.

    Args:
        running: the crises, the severest first.
        now: the present, for the countdown.
        volume: messages of the first one in all and within the last hour; None where they are not counted yet.
    """
    if not running:
        return None
    worst, tail = running[0], []
    if worst.next_update_at is not None:
        late = now - worst.next_update_at
        tail.append(f"update late by {format_narrow(late)}" if late > 0 else f"next update in {format_narrow(-late)}")
    if worst.lead:
        tail.append(f"lead: {worst.lead}")
    if len(running) > 1:
        tail.append(f"and {len(running) - 1} more")
    sizes: tuple[str, ...] = (count_of(worst.conversation_count, "conversation"),)
    if volume is not None:
        messages = count_of(volume.messages, "message")
        sizes = (messages,)
        if volume.since:
            sizes = (f"{messages}, +{volume.since:,} an hour", f"{messages}, +{volume.since:,}/h", messages)
    return Burning(f"SEV {worst.severity}", one_line(worst.name), sizes, tuple(tail))
