"""A program killed in the middle of a long action: what it did stands, the log says so, and undo takes it back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from desk_office import Office
from desk_random import furnish, picture

from cminbox.desk import Close, Label
from cminbox.model import MINUTE
from cminbox.store import events

KILLED = """
import os, signal, sys
from pathlib import Path
from desk_office import Office
from cminbox.desk import Close, Label, Pace

folder, what, portions, now = sys.argv[1:]
office = Office(Path(folder))
office.now = int(now)
desk = office.desk("ana", session="first", pace=Pace(first=2, hold=0, rest=0))
left = int(portions)


def die(_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)


if what == "undo":
    desk.undo(progress=die)
else:
    desk.do({"close": Close(), "label": Label(add=("old",))}[what], [1, 2, 3, 5, 6], progress=die)
"""


def killed(office: Office, what: str, portions: int) -> None:
    """Run it in another process, which dies after so many portions."""
    folder = office.store.path.parent.parent
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", KILLED, str(folder), what, str(portions), str(office.now)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize("portions", [1, 2])
@pytest.mark.parametrize("what", ["close", "label"])
def test_what_was_done_until_then_stands_and_is_taken_back_as_one(office, what, portions):
    ids = furnish(office)
    before = picture(office)
    killed(office, what, portions)
    (event,) = office.rows("SELECT id, action, count, unfinished FROM events WHERE actor = 'member:ana'")
    reached = [1, 2, 3, 5][: 2 * portions]
    assert event[1:] == (what, len(reached), 1)
    told = events.get(office.store.read(), event[0])
    assert (told.detail["reached"], told.detail["asked"]) == (len(reached), 5)
    assert [item.conversation_id for item in events.items(office.store.read(), event[0])] == reached
    assert picture(office) != before
    assert office.ana.undoable() is None, "it may still be under way somewhere"
    office.now += MINUTE
    assert office.lena.undoable() == "priority of 1 conversation"
    assert office.ana.undoable() == f"{what} of {len(reached)} conversations"
    assert office.ana.undo().changed == tuple(reached)
    office.now -= MINUTE
    assert picture(office) == before
    assert office.ana.undoable() is None
    assert ids == [1, 2, 3, 4, 5, 6]


def test_a_cut_off_undo_is_gone_on_with(office):
    furnish(office)
    before = picture(office)
    first = office.desk("ana", session="first")
    first.do(Label(add=("old",)), [1, 2, 3, 5, 6])
    killed(office, "undo", 1)
    assert office.rows("SELECT count, unfinished FROM events WHERE action = 'undo'") == [(2, 1)]
    office.now += MINUTE
    assert office.ana.undo().changed == (3, 5, 6)
    office.now -= MINUTE
    assert picture(office) == before
    assert office.rows("SELECT count, unfinished FROM events WHERE action = 'undo'") == [(5, 0)]


def test_what_was_done_before_in_this_session_is_taken_back_first(office):
    furnish(office)
    killed(office, "label", 1)
    office.now += MINUTE
    office.ana.do(Close(), [6])
    assert office.ana.undo().summary == "1 undone (close)"
    assert office.ana.undoable() is None
