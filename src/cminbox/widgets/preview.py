"""The preview below the list: who it is, what they say, why it is there, and what holds for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cminbox.model import Reason
from cminbox.number_format import signed
from cminbox.textwidth import cut, first_lines, fit, width_of


class Preview(NamedTuple):
    """What the preview shows of a conversation; every text is literal.

    Attributes:
        who: how the author is called.
        about: words about the author and the conversation, after the name.
        text: what they say.
        reasons: what made the priority.
        priority: the sum of them, or what a person set.
        set_by: who set the priority by hand, or nothing.
        now: what holds now: labels, SLA, who is on it.
        alarm: the first of `now` is overdue.
    """

    who: str
    about: tuple[str, ...]
    text: str
    reasons: tuple[Reason, ...]
    priority: int
    set_by: str
    now: tuple[str, ...]
    alarm: bool = False


def points(reason: Reason) -> str:
    """A reason as one reads it: `refund words +35`."""
    return f"{reason.why or reason.rule} {signed(reason.points) if reason.points else 0}"


class PreviewPane(Widget):
    """Four lines, more where the reasons are asked for. Shows why a list is empty when there is nothing else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "preview--rule", "preview--who", "preview--about", "preview--text", "preview--why", "preview--now",
        "preview--alarm",
    }  # fmt: skip
    DEFAULT_CSS = """
    PreviewPane {
        height: 4; padding: 0 1;
        & > .preview--rule { color: $faint; }
        & > .preview--who { color: $strong; text-style: bold; }
        & > .preview--about { color: $context; }
        & > .preview--text { color: $foreground; }
        & > .preview--why { color: $context; }
        & > .preview--now { color: $context; }
        & > .preview--alarm { color: $error; }
    }
    """
    shown: reactive[Preview | None] = reactive(None, always_update=False)
    why: reactive[bool] = reactive(False)
    """Whether all reasons are shown, one a line."""

    def watch_why(self, why: bool) -> None:
        """Take the room that the reasons need."""
        self._resize()

    def watch_shown(self, shown: Preview | None) -> None:
        """Take the room that the reasons need."""
        if self.why:
            self._resize()

    def _resize(self) -> None:
        rows = 4
        if self.why and self.shown is not None:
            rows = 4 + min(max(len(self.shown.reasons), 1), 8)
        self.styles.height = rows

    def render_lines_of(self, shown: Preview) -> Sequence[tuple[tuple[str, str], ...]]:
        """The lines as parts of text and style name."""
        room = self.size.width
        about = "  " + " · ".join(shown.about) if shown.about else ""
        who = cut(shown.who, max(8, room // 2))
        title = cut(about, max(0, room - width_of(who) - 6))
        rule = "─" * max(0, room - 3 - width_of(who) - width_of(title) - 1)
        lines: list[tuple[tuple[str, str], ...]] = [
            (("── ", "rule"), (who, "who"), (f"{title} ", "about"), (rule, "rule"))
        ]
        by_hand = f"set by {shown.set_by}" if shown.set_by else ""
        reasons = [points(reason) for reason in shown.reasons]
        texts = first_lines(shown.text, room, 2 if self.why else self.size.height - 3)
        lines += [((text, "text"),) for text in texts]
        if self.why:
            lines.append(((f"why {shown.priority}" + (f": {by_hand}" if by_hand else ""), "text"),))
            for reason in shown.reasons[:8]:
                rule = f"  {reason.rule}" if reason.why and reason.why != reason.rule else ""
                words = reason.why or reason.rule
                lines.append(((f"{reason.points:+5d}  ", "who"), (words, "text"), (rule, "why")))
            if not shown.reasons:
                lines.append((("        no rule gave points", "why"),))
        else:
            why = ", ".join([by_hand, *reasons] if by_hand else reasons) or "no rule gave points"
            lines.append(((f"why {shown.priority}: ", "why"), (why, "why")))
        first, *rest = shown.now or ("",)
        tail = "".join(f" · {part}" for part in rest)
        lines.append(((first, "alarm" if shown.alarm else "now"), (tail, "now")))
        return lines

    def render_line(self, y: int) -> Strip:
        """One of its lines, cut to the width."""
        base, room = self.rich_style, self.size.width
        if self.shown is None:
            return Strip([Segment("─" * room if y == 0 else " " * room, self._style("rule", base))])
        lines = self.render_lines_of(self.shown)
        if y >= len(lines):
            return Strip.blank(room, base)
        segments: list[Segment] = []
        for text, style in lines[y]:
            left = room - sum(segment.cell_length for segment in segments)
            if text and left > 0:
                segments.append(Segment(fit(text, left, pad=False), self._style(style, base)))
        return Strip(segments).adjust_cell_length(room, base)

    def _style(self, name: str, base: Style) -> Style:
        return base + self.get_component_rich_style(f"preview--{name}", partial=True)
