"""Choosing a time in the future."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo

from cminbox.duration import format_rough
from cminbox.errors import UsageError
from cminbox.model import HOUR, MINUTE, Instant, to_iso
from cminbox.when import HOST, full_time, parse_when
from cminbox.widgets.picker import Choice, Picker


class SnoozePicker(Picker[str]):
    """Until when to hide it: `2h`, or an ISO time. Any time can be typed: `45m`, `fri 14:00`, `2026-05-01`.

    Args:
        clock: now in epoch milliseconds.
        zone: where days and clock times are.
        never: what is offered last, in words, for no time at all; its value is empty.
    """

    def __init__(
        self,
        clock: Callable[[], Instant],
        title: str = "Snooze until",
        *,
        hint: str = "Enter snooze   it comes back earlier if they write   Esc leave",
        zone: tzinfo = HOST,
        never: str = "",
    ) -> None:
        super().__init__(
            title,
            (),
            typed=self._typed_time,
            hint=hint,
            placeholder="or type: 45m, 17:30, tomorrow 9:00, fri 14:00, 2026-05-01",
        )
        self._clock, self._zone, self._never = clock, zone, never

    def choices(self) -> Iterable[Choice[str]]:
        """The times that people use."""
        now = self._clock()
        for value, title, duration in (
            ("30m", "30 minutes", 30 * MINUTE),
            ("2h", "2 hours", 2 * HOUR),
            ("4h", "4 hours", 4 * HOUR),
        ):
            yield Choice(value, title, full_time(now + duration, self._zone), words=value)
        for title in ("tomorrow 9:00", "next Monday 9:00"):
            until = parse_when(title.removeprefix("next "), now, self._zone)
            yield Choice(to_iso(until), title, full_time(until, self._zone))
        yield Choice("1w", "a week", full_time(now + 7 * 24 * HOUR, self._zone), words="1w 7d")
        if self._never:
            yield Choice("", self._never)

    def _typed_time(self, typed: str) -> Choice[str] | None:
        now = self._clock()
        try:
            until = parse_when(typed, now, self._zone)
        except UsageError:
            return None
        return Choice(
            to_iso(until), f"{typed} (in {format_rough(until - now)})", full_time(until, self._zone), words=typed
        )
