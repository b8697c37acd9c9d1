"""Saying who is on duty, and being told, on any screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cminbox.desk.duty import duty_line, duty_words, parse_duty
from cminbox.textwidth import width_of
from cminbox.widgets.picker import Choice, Picker

if TYPE_CHECKING:
    from cminbox.screens.base import BaseScreen

_MARGIN = 4
"""Cells of the last line that no text has."""


class DutyList(Picker[str]):
    """Who is on duty, and until when: a list to look at.

    Args:
        rows: each member's handle with how they stand, in words.
    """

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__("Who is on duty", (), empty="There is nobody.")
        self._rows = rows

    def choices(self) -> Iterable[Choice[str]]:
        return [Choice(handle, handle, words) for handle, words in self._rows]


async def tell(screen: BaseScreen, words: Sequence[str]) -> None:
    """Say what was typed of somebody's duty; without words, who is on duty: in one line where that has the room.

    Raises:
        UsageError: it says no duty, or a time that is past.
    """
    services = screen.services
    duty, zone, now = services.desk.duty, services.config.zone, services.clock()
    if words:
        told = await screen.call(duty.say, parse_duty(words, now, zone))
        if told is not None:
            screen.say(told, undo=True)
        return
    states = await screen.call(duty.states)
    if states is None:
        return
    line = duty_line(states, now, zone)
    if width_of(line) <= screen.app.size.width - _MARGIN:
        screen.say(line, keep=True)
    else:
        await screen.ask(DutyList([(state.member, duty_words(state, now, zone)) for state in states]))
