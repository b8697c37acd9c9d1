"""A macro goes on where a conversation is already as it wants it: it knows the desk's words for that."""

from __future__ import annotations

import pytest
from desk_office import Office

from cminbox.commands.action import action_of
from cminbox.desk import SO_ALREADY, Desk, Outcome

TWICE = {
    "assign": ["ana"],
    "close": [],
    "spam": [],
    "label": ["billing"],
    "escalate": ["Late parcels", "2", "many complain"],
    "vip": ["on"],
}
AT_ONCE = {"unassign": [], "reopen": [], "not-spam": [], "priority": ["auto"]}
"""What an open conversation that nobody has is by itself."""


def run(name: str, args: list[str], ids: list[int], desk: Desk) -> Outcome:
    return desk.do(action_of(name, args, desk.context.clock()), ids)


@pytest.mark.parametrize("name", [*TWICE, *AT_ONCE])
def test_what_is_so_already_is_said_in_words_that_are_known(office: Office, name: str) -> None:
    number = office.write("where is my parcel?")
    for _ in range(2 if name in TWICE else 1):
        outcome = run(name, (TWICE | AT_ONCE)[name], [number], office.ana)
    ((left, why),) = outcome.skipped
    assert (left, why in SO_ALREADY) == (number, True), why


def test_what_is_refused_is_not_among_them(office: Office) -> None:
    number = office.write("where is my parcel?")
    run("take", [], [number], office.ana)
    ((_, held),) = run("take", [], [number], office.lena).skipped
    run("spam", [], [number], office.ana)
    ((_, spam),) = run("snooze", ["2h"], [number], office.ana).skipped
    ((_, reply),) = run("approve", [], [number], office.ana).skipped
    assert not {held, spam, reply} & SO_ALREADY
