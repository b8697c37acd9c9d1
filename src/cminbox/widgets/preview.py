"""The preview below the list: who it is, what they say, why it is there, and what holds for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from textual.reactive import reactive

from cminbox.model import Reason
from cminbox.number_format import signed
from cminbox.textwidth import cut, first_lines, width_of
from cminbox.widgets.styled_lines import ACCENT, ALARM, CARE, FAINT, MUTED, TEXT, Line, LinesWidget, Piece, shortened

MOST_REASONS = 8
_WHO = "bold $strong"
BAND_STYLES = {"urgent": f"bold {CARE}", "high": f"bold {ACCENT}"}
"""Bands that carry a colour, as their figures do in the list."""


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
        band: the word of the priority's band, which stands among `now`.
    """

    who: str
    about: tuple[str, ...]
    text: str
    reasons: tuple[Reason, ...]
    priority: int
    set_by: str
    now: tuple[str, ...]
    alarm: bool = False
    band: str = ""


def points(reason: Reason) -> str:
    """A reason as one reads it: `refund words +35`."""
    return f"{reason.why or reason.rule} {signed(reason.points) if reason.points else 0}"


class PreviewPane(LinesWidget):
    """Four lines, more where the reasons are asked for. Shows why a list is empty when there is nothing else."""

    DEFAULT_CSS = "PreviewPane { height: 4; padding: 0 1; }"
    shown: reactive[Preview | None] = reactive(None, always_update=False)
    why: reactive[bool] = reactive(False)
    """Whether all reasons are shown, one a line."""

    def watch_why(self) -> None:
        """Take the room that the reasons need."""
        reasons = len(self.shown.reasons) if self.shown else 0
        self.styles.height = 4 + min(max(reasons, 1), MOST_REASONS) if self.why and self.shown else 4

    def watch_shown(self) -> None:
        """Take the room that the reasons need."""
        if self.why:
            self.watch_why()

    def lines(self, width: int) -> Sequence[Line]:
        if self.shown is None:
            return [(("─" * width, FAINT),)]
        return [shortened(line, width) for line in self._lines_of(self.shown, width)]

    def _lines_of(self, shown: Preview, width: int) -> Sequence[Line]:
        about = "  " + " · ".join(shown.about) if shown.about else ""
        who = cut(shown.who, max(8, width // 2))
        title = cut(about, max(0, width - width_of(who) - 6))
        rule = "─" * max(0, width - 3 - width_of(who) - width_of(title) - 1)
        lines: list[Line] = [(("── ", FAINT), (who, _WHO), (f"{title} ", MUTED), (rule, FAINT))]
        by_hand = [f"set by {shown.set_by}"] if shown.set_by else []
        texts = first_lines(shown.text, width, 2 if self.why else self.size.height - 3)
        lines += [((text, TEXT),) for text in texts]
        if self.why:
            lines.append(((": ".join([f"why {shown.priority}", *by_hand]), TEXT),))
            for reason in shown.reasons[:MOST_REASONS]:
                rule = f"  {reason.rule}" if reason.why and reason.why != reason.rule else ""
                lines.append(((f"{reason.points:+5d}  ", _WHO), (reason.why or reason.rule, TEXT), (rule, MUTED)))
            if not shown.reasons:
                lines.append((("        no rule gave points", MUTED),))
        else:
            why = ", ".join([*by_hand, *map(points, shown.reasons)]) or "no rule gave points"
            lines.append(((f"why {shown.priority}: {why}", MUTED),))
        lines.append(tuple(self._now_pieces(shown)))
        return lines

    def _now_pieces(self, shown: Preview) -> Iterator[Piece]:
        """What holds now, each in its colour."""
        for place, part in enumerate(shown.now):
            if place:
                yield " · ", MUTED
            alarm = shown.alarm and not place
            yield part, ALARM if alarm else BAND_STYLES.get(part, MUTED) if part == shown.band else MUTED
