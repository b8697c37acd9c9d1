"""Two programs at once on one store, one with a long action: nothing is lost, and each is told what became of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from desk_office import Office

from cminbox.model import MINUTE
from cminbox.store import conversations

WORKING = """
import json, sys
from pathlib import Path
from desk_office import Office
from cminbox.desk import Close, Label, Pace, Snooze, Take
from cminbox.model import DAY

folder, who, now = sys.argv[1:]
office = Office(Path(folder))
office.now = int(now)
desk = office.desk(who, pace=Pace(first=5, hold=0, rest=0.002) if who == "ana" else Pace())
ids = [row[0] for row in office.rows("SELECT id FROM conversations ORDER BY id")]
print("ready", flush=True)
sys.stdin.readline()
told = []
if who == "ana":
    done = [desk.do(Label(add=("old",)), ids), desk.do(Close(), ids)]
else:
    done = [desk.do(action, [n]) for n in reversed(ids[::3]) for action in (Label(add=("hers",)), Take())]
    done += [desk.do(Snooze(office.now + DAY), ids[1::3])]
print(json.dumps([[o.changed, o.skipped] for o in done]), flush=True)
sys.stdin.readline()
if who == "ana":
    undone = [desk.undo(), desk.undo()]
    print(json.dumps([[o.changed, o.skipped] for o in undone]), flush=True)
"""


def environment() -> dict[str, str]:
    """That of a program that imports what stands here."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


class Program:
    """One of them."""

    def __init__(self, office: Office, who: str) -> None:
        command = [sys.executable, "-c", WORKING, str(office.store.path.parent.parent), who, str(office.now)]
        self.process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Let it go on."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def told(self) -> list[tuple[list[int], dict[int, str]]]:
        """What each of its actions changed and left alone."""
        return [(changed, dict(skipped)) for changed, skipped in json.loads(self.process.stdout.readline())]


def test_a_long_action_and_a_colleagues_short_ones(office):
    ids = [office.write() for _ in range(60)]
    office.engine()
    before = {number: office.row(number) for number in ids}
    office.now += MINUTE
    ana, lena = Program(office, "ana"), Program(office, "lena")
    for one in (ana, lena):
        one.go()
    (labelled, kept), (closed, left) = ana.told()
    theirs = lena.told()
    rows = conversations.many(office.store.read(), ids)
    # Every conversation was come to, once, and either it was done or the reason was told.
    assert sorted([*labelled, *kept]) == ids
    assert sorted([*closed, *left]) == ids
    assert set(left.values()) <= {"lena was there first: take", "lena was there first: snooze"}
    assert set(kept.values()) <= {"lena was there first: label"}
    for number in labelled:
        assert "old" in rows[number].labels
    for number in ids[::3]:
        assert "hers" in rows[number].labels
    taken = {number for changed, _ in theirs[1:-1:2] for number in changed}
    assert {n for n in ids if rows[n].assignee == "lena"} == taken
    snoozed = set(theirs[-1][0])
    for number in ids:
        # Whoever came later to a conversation had the last word.
        if number in snoozed:
            assert rows[number].status in ("closed", "snoozed")
        else:
            assert rows[number].status == ("closed" if number in closed else "open")
    ana.go()
    lena.go()
    (reopened, lost), _ = ana.told()
    assert sorted([*reopened, *lost]) == sorted(closed)
    rows = conversations.many(office.store.read(), ids)
    for number in ids:
        expected = "snoozed" if number in snoozed else before[number].status
        assert rows[number].status == expected
        assert "old" not in rows[number].labels
    for one in (ana, lena):
        assert one.process.wait(20) == 0
        one.process.stdin.close()
        one.process.stdout.close()
