"""The next free conversation: one for each, whoever presses the key at once, and said where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from desk_office import Office
from hypothesis import given, settings
from hypothesis import strategies as st
from test_desk_processes import environment

from cminbox.desk import Assign, Snooze, Take, TakeFree
from cminbox.model import HOUR
from cminbox.store import Store, people
from profiles import examples


def test_it_takes_the_first_that_is_open_and_that_nobody_has_holds_or_answers(office):
    snoozed, theirs, held, answered, team, free = (office.write() for _ in range(6))
    office.lena.do(Snooze(office.now + HOUR), [snoozed])
    office.ana.do(Assign("lena"), [theirs])
    office.store.write(lambda conn: people.claim(conn, held, "lena", office.now, office.now + HOUR))
    office.lena.presence.replying(answered)
    office.ana.do(Assign("team:night"), [team])
    ids = [snoozed, theirs, held, answered, team, free]
    told = office.dan.do(TakeFree(), ids)
    assert (told.changed, told.summary.partition(",")[0]) == ((team,), "1 taken")
    assert (office.row(team).assignee, office.row(team).team) == ("dan", "night")
    assert people.claimed(office.store.read(), team, office.now).member == "dan"
    assert office.dan.do(TakeFree(), ids).changed == (free,)
    assert office.dan.do(TakeFree(), ids).changed == ()
    assert office.dan.undoable() == "take of 1 conversation"
    office.dan.undo()
    assert office.row(free).assignee == ""
    assert people.claimed(office.store.read(), free, office.now) is None


def test_looking_what_it_would_take_changes_nothing(office):
    ids = [office.write() for _ in range(3)]
    before = office.dump()
    assert office.dan.do(TakeFree(), ids, dry_run=True).changed == (ids[0],)
    assert office.dump() == before


@settings(max_examples=examples(8), deadline=None)
@given(st.integers(2, 5), st.integers(1, 30), st.integers(1, 12))
def test_members_at_once_never_get_the_same_one(tmp_path_factory, members: int, waiting: int, presses: int):
    """Threads with a store of their own each, as the programs of members have it."""
    office = Office(tmp_path_factory.mktemp("burst"))
    ids = [office.write() for _ in range(waiting)]
    together = Barrier(members)

    def burst(number: int) -> list[int]:
        with Store.open(office.store.path) as store:
            desk = office.desk(("ana", "lena", "dan")[number % 3], store)
            together.wait()
            return [taken for _ in range(presses) for taken in desk.do(TakeFree(), ids).changed]

    with ThreadPoolExecutor(members) as pool:
        taken = [number for got in pool.map(burst, range(members)) for number in got]
    assert len(taken) == len(set(taken)) == min(waiting, members * presses)
    assert sorted(taken) == ids[: len(taken)]
    assert office.rows(
        "SELECT COUNT(*) FROM event_items i JOIN events e ON e.id = i.event_id WHERE e.action = 'take'"
    ) == [(len(taken),)]
    office.store.close()


PRESSING = """
import json, sys
from pathlib import Path
from desk_office import Office
from cminbox.desk import TakeFree

folder, who, now = sys.argv[1:]
office = Office(Path(folder))
office.now = int(now)
desk = office.desk(who)
ids = [row[0] for row in office.rows("SELECT id FROM conversations ORDER BY id")]
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([n for _ in range(25) for n in desk.do(TakeFree(), ids).changed]), flush=True)
"""


def test_two_programs_at_once_never_get_the_same_one(office, tmp_path: Path):
    ids = [office.write() for _ in range(40)]
    office.now += HOUR
    run = [sys.executable, "-c", PRESSING, str(office.store.path.parent.parent)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment()}
    programs = [subprocess.Popen([*run, who, str(office.now)], **pipes) for who in ("ana", "lena")]
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        program.stdin.write("\n")
        program.stdin.flush()
    ana, lena = (json.loads(program.communicate(timeout=60)[0]) for program in programs)
    assert not set(ana) & set(lena)
    assert sorted(ana + lena) == ids
    assert {office.row(n).assignee for n in ana} <= {"ana"}
    assert office.ana.do(TakeFree(), ids).summary.startswith("nothing changed")
    assert office.ana.do(Take(), lena).changed == ()
