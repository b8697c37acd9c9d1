"""Choosing a member or a team."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.screens.services import Services
from cminbox.store import duty, people
from cminbox.widgets.picker import Choice, Picker


class MemberPicker(Picker[str]):
    """Whom to assign to: a member's handle, or `team:name`.

    Args:
        services: the store and the configuration, which know members.
        current: who has it now; marked.
        title: what is asked, in words.
        teams: whether a team can be chosen.
    """

    def __init__(self, services: Services, current: str = "", *, title: str = "Assign to", teams: bool = True) -> None:
        super().__init__(title, (), empty="There is no other member. Add one: [[member]] in config.toml.")
        self._services = services
        self._current = current
        self._teams = teams

    def choices(self) -> Iterable[Choice[str]]:
        """Myself, the other members with what they have, the teams."""
        services = self._services
        conn, me = services.store.read(), services.member
        known = people.team(conn, services.config.team)
        known.setdefault(me.handle, me)
        loads = people.open_counts(conn, list(known))
        here = duty.on_duty(conn, services.config, known, services.clock())
        for handle in sorted(known, key=lambda name: (name != me.handle, name)):
            member = known[handle]
            title = f"{handle} (you)" if handle == me.handle else handle
            off = "" if handle in here else "off duty"
            parts = (member.name, member.role, f"{loads.get(handle, 0)} open", off)
            detail = " · ".join(part for part in parts if part)
            yield Choice(handle, title, detail, words=" ".join(member.teams), marked=handle == self._current)
        for team in sorted({team for member in known.values() for team in member.teams if self._teams}):
            inside = [handle for handle, member in known.items() if team in member.teams]
            yield Choice(f"team:{team}", f"team {team}", ", ".join(inside), words="team:")
