"""Asking what is next with somebody, and when: in one line, as a promise is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import NamedTuple

from cminbox.desk.promising import what_and_when
from cminbox.duration import format_rough
from cminbox.errors import UsageError
from cminbox.model import Instant
from cminbox.when import HOST, full_time, parse_when
from cminbox.widgets.picker import Choice, Picker

NOTHING = "none"
"""Typed where nothing is next any more."""
_MOST_WORDS = 4
"""A time that stands first has so many words at most."""


class Next(NamedTuple):
    """What is to be done next, and when; an empty text where only the time is said."""

    text: str
    at: Instant


def read_next(typed: str, now: Instant, zone: tzinfo = HOST) -> Next:
    """What is next as people type it: `refund by thu 18:00`, or the time first: `thu 18:00 refund`.

    Raises:
        UsageError: no time stands in it, or one that is past.
    """
    words = typed.split()
    text, when = what_and_when(words)
    if when:
        return Next(text, parse_when(when, now, zone))
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        try:
            return Next(" ".join(words[count:]), parse_when(" ".join(words[:count]), now, zone))
        except UsageError:
            continue
    raise UsageError("when is it next?", "such as refund by thu 18:00, or none")


class NextPicker(Picker[str]):
    """What is next with somebody and when, understood as it is typed; gives what was typed, or `none`.

    Args:
        name: with whom.
        clock: now in epoch milliseconds.
        zone: where days and clock times are.
    """

    def __init__(self, name: str, clock: Callable[[], Instant], *, zone: tzinfo = HOST) -> None:
        super().__init__(
            f"What is next with {name}, and when?",
            (),
            typed=self._read,
            hint="Enter: they come back to the queue then   Esc leave",
            placeholder="refund by Thursday 18:00",
        )
        self._clock, self._zone = clock, zone

    def choices(self) -> Iterable[Choice[str]]:
        """What needs no words."""
        yield Choice(NOTHING, "nothing is next", words=NOTHING)

    def _read(self, typed: str) -> Choice[str] | None:
        now = self._clock()
        try:
            found = read_next(typed, now, self._zone)
        except UsageError as error:
            self.notice(error.line())
            return None
        if not found.text:
            self.notice("what is to be done then?")
            return None
        when = f"{full_time(found.at, self._zone)}, in {format_rough(found.at - now)}"
        return Choice(typed, found.text, f"by {when}")
