"""Duty on the desk: a member says that they, or for a lead another, are on duty or absent, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from cminbox.config import Config
from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError, UsageError
from cminbox.model import Instant, Member
from cminbox.store import Connection, duty, people
from cminbox.store.duty import DUTY_EVENT
from cminbox.store.events import Event
from cminbox.suggest import suggest
from cminbox.when import HOST, is_time, near_time, parse_when

_USAGE = "write duty on 18:00, duty off, duty off until tomorrow 9:00 ill, or duty auto"
_IS = {True: "on duty", False: "off duty", None: "as the shift has it"}
_MOST_WORDS = 3
"""So many words a time has at most: `in 2 h`."""


def states_of(conn: Connection, config: Config, handles: Sequence[str], now: Instant) -> list[duty.DutyState]:
    """Whether each of these members is on duty and until when; those on duty first."""
    return sorted(duty.states(conn, config, handles, now).values(), key=lambda state: not state.on_duty)


class SaidOfDuty(NamedTuple):
    """What somebody says of a member's duty.

    Attributes:
        member: a handle; empty: of themselves.
        on: on duty, or absent; None: as the calendar of shifts has it.
        until: when it ends; None: when somebody says otherwise.
    """

    member: str
    on: bool | None
    until: Instant | None = None
    reason: str = ""


def parse_duty(words: Sequence[str], now: Instant, zone: tzinfo = HOST) -> SaidOfDuty:
    """From `on 18:00`, `off`, `off until tomorrow 9:00 ill`, `@ana off`, `auto`.

    Raises:
        UsageError: it says something else, or a time that is past.
    """
    left = " ".join(words).split()
    member = left.pop(0).removeprefix("@") if left and left[0].startswith("@") else ""
    word = left.pop(0).casefold() if left else ""
    if word not in ("on", "off", "auto"):
        raise UsageError(f"duty: {word!r} is neither on, off nor auto" if word else "duty: on, off or auto?", _USAGE)
    if word == "auto":
        if left:
            raise UsageError("duty auto takes no time", "from then on the calendar of shifts holds")
        return SaidOfDuty(member, None)
    named = bool(left) and left[0].casefold() == "until"
    left = left[1:] if named else left
    for count in range(min(_MOST_WORDS, len(left)), 0, -1):
        if is_time(time := " ".join(left[:count])):
            return SaidOfDuty(member, word == "on", parse_when(time, now, zone), " ".join(left[count:]))
    if named or (left and left[0][:1].isdigit()):
        parse_when(" ".join(left[:_MOST_WORDS]), now, zone)  # which says what is wrong with it
        raise UsageError("duty: until when?", _USAGE)
    return SaidOfDuty(member, word == "on", None, " ".join(left))


def duty_words(state: duty.DutyState, now: Instant, zone: tzinfo = HOST) -> str:
    """Whether somebody is on duty and until when, with what was said of it: `off duty until Mon 09:00 (ill)`."""
    return f"{'on' if state.on_duty else 'off'} duty{_until(state, now, zone)}"


def duty_line(states: Sequence[duty.DutyState], now: Instant, zone: tzinfo = HOST) -> str:
    """Who is on duty and who is not, in one line: `on duty: ana until 18:00; off: jo until Mon 09:00 (ill)`."""
    on, off = (
        ", ".join(f"{state.member}{_until(state, now, zone)}" for state in states if state.on_duty == which)
        for which in (True, False)
    )
    return f"on duty: {on or 'nobody'}" + (f"; off: {off}" if off else "")


def _until(state: duty.DutyState, now: Instant, zone: tzinfo) -> str:
    until = f" until {near_time(state.until, now, zone)}" if state.until is not None else ""
    return until + (f" ({state.reason})" if state.reason else "")


class DutyDesk:
    """Says who is on duty. Each call is one event and one undo."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def say(self, said: SaidOfDuty) -> str:
        """Say it; what holds from now on, in words.

        Raises:
            ActionError: there is no such member; another member's duty is for a lead to say.
        """
        self._desk.check_may_act()
        desk, reason = self._desk, " ".join(said.reason.split())

        def work(conn: Connection) -> str:
            member, now = self._member(conn, said.member), desk.clock()
            if said.until is not None and said.until <= now:
                raise ActionError("that time is past", "name one that lies ahead")
            before = duty.said(conn, now).get(member.handle)
            if said.on is None and before is None:
                raise ActionError(f"nothing was said of {member.handle}: the calendar of shifts holds")
            word = None
            if said.on is None:
                duty.end_words(conn, member.handle, now)
            else:
                word = duty.say(conn, member.handle, said.on, now, said.until, desk.actor, reason)
            state = duty.states(conn, desk.config, [member.handle], now)[member.handle]
            detail = {"of": member.handle, "is": _IS[said.on], "until": said.until, "reason": reason}
            desk.add_event(conn, DUTY_EVENT, {**detail, "words": [word, before and before.id]}, count=0, at=now)
            return f"{self._whose(member.handle)} {duty_words(state, now, desk.config.zone)}"

        return desk.write(work)

    def states(self) -> list[duty.DutyState]:
        """Whether each member is on duty and until when; those on duty first. It only reads."""
        desk = self._desk
        handles = [member.handle for member in desk.config.members] or [desk.member.handle]
        return states_of(desk.store.read(), desk.config, handles, desk.clock())

    def undo(self, event: Event) -> str:
        """Take back what was said of somebody's duty; what was said before it holds again, where it still would.

        Raises:
            ActionError: somebody said something else since.
        """
        desk, handle = self._desk, str(event.detail.get("of", ""))

        def work(conn: Connection) -> str:
            now = desk.clock()
            if duty.said_since(conn, handle, event.id):
                raise ActionError(f"something else was said of {handle}'s duty since")
            _, earlier = event.detail.get("words", (None, None))
            before = duty.get(conn, int(earlier)) if earlier is not None else None
            duty.end_words(conn, handle, now)
            if before is not None and (before.until is None or before.until > now):
                duty.say(conn, handle, before.on_duty, now, before.until, before.by, before.reason)
            desk.add_event(conn, "undo", {"of": DUTY_EVENT}, count=0, undoes=event.id, at=now)
            state = duty.states(conn, desk.config, [handle], now)[handle]
            return f"undone (duty): {self._whose(handle)} {duty_words(state, now, desk.config.zone)}"

        return desk.write(work)

    def _whose(self, handle: str) -> str:
        return "you are" if handle == self._desk.member.handle else f"{handle} is"

    def _member(self, conn: Connection, handle: str) -> Member:
        own = self._desk.member
        if not handle or handle == own.handle:
            return own
        known = people.team(conn, self._desk.config.team)
        if handle not in known:
            raise ActionError(f"no member {handle!r}", suggest(handle, sorted(known)) or "members: none")
        if own.role != "lead":
            raise ActionError(f"{own.handle} is no lead", "a lead says of others whether they are on duty")
        return known[handle]
