"""The banner: one red line across the top of every screen while a crisis runs, or once the store is gone."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cminbox.textwidth import cut, fit, width_of


class BannerText(NamedTuple):
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
    """Severity, name, how much is said, time to the next update, who leads; nothing at all while no crisis runs."""

    DEFAULT_CSS = """
    CrisisBanner {
        height: 1; dock: top; display: none; padding: 0 1;
        background: $error; color: $foreground-on-error; text-style: bold;
        &.-running { display: block; }
    }
    """

    crisis: reactive[BannerText | None] = reactive(None)

    def watch_crisis(self, crisis: BannerText | None) -> None:
        """Appear with a crisis, go with the last one."""
        self.set_class(crisis is not None, "-running")

    @property
    def text(self) -> str:
        """The line as it stands."""
        return self.crisis.fitted(self.size.width) if self.crisis else ""

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(fit(self.text, self.size.width), self.rich_style)])
