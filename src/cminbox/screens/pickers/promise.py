"""Asking for a promise, for which of several, and for how long without an answer something comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from cminbox.desk.following import read_back
from cminbox.desk.promising import read_promise, typed_promise
from cminbox.duration import format_duration, format_rough
from cminbox.errors import UsageError
from cminbox.model import CHOSEN_PROMISE, Instant
from cminbox.store.promises import Promise
from cminbox.when import HOST, full_time
from cminbox.widgets.picker import Choice, Picker

BACK_CHOICES = ("1d", "2d", "3d", "1w")
"""How long an answer is mostly waited for."""


class PromisePicker(Picker[str]):
    """What was promised and by when, understood as it is typed: `refund booked by Thursday 18:00`, `… @jo`.

    Args:
        clock: now in epoch milliseconds.
        zone: where days and clock times are.
    """

    def __init__(self, clock: Callable[[], Instant], *, zone: tzinfo = HOST) -> None:
        super().__init__(
            "What is promised, and by when?",
            (),
            typed=self._read,
            hint="Enter promise   @jo at the end: jo's to keep   Esc leave",
            empty="Type what, and by when.",
            placeholder="refund booked by Thursday 18:00",
        )
        self._clock, self._zone = clock, zone

    def _read(self, typed: str) -> Choice[str] | None:
        now = self._clock()
        try:
            promise = read_promise(typed, now, self._zone)
        except UsageError as error:
            self.notice(error.line())
            return None
        when = f"{full_time(promise.due_at, self._zone)}, in {format_rough(promise.due_at - now)}"
        return Choice(typed_promise(promise), promise.text, f"by {when}{f', {promise.owner}' if promise.owner else ''}")


class WhichPromise(Picker[str]):
    """One of several open promises; gives `promise:ID`.

    Args:
        title: what is done to it.
    """

    def __init__(self, title: str, known: Sequence[Promise], now: Instant, zone: tzinfo = HOST) -> None:
        choices = [
            Choice(
                f"{CHOSEN_PROMISE}{promise.id}",
                promise.text,
                f"{'in ' if promise.due_at > now else 'late '}{format_rough(promise.due_at - now)}, {promise.owner}",
                preview=f"by {full_time(promise.due_at, zone)}",
            )
            for promise in known
        ]
        super().__init__(title, choices)


class BackPicker(Picker[str]):
    """How long without an answer something comes back: `2d`, or `off`. Any length can be typed."""

    def __init__(self) -> None:
        choices = [Choice(length, f"no reply in {length}", words=length) for length in BACK_CHOICES]
        super().__init__(
            "Bring it back to the queue when there is",
            [*choices, Choice("off", "off: it does not come back")],
            typed=self._read,
            hint="Enter choose   ↑ ↓ move   Esc leave",
            placeholder="or type: 12h, 10d",
        )

    def _read(self, typed: str) -> Choice[str] | None:
        try:
            length = read_back(typed)
        except UsageError:
            return None
        return None if length is None else Choice(typed, f"no reply in {format_duration(length)}", words=typed)
