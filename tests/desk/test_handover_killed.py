"""A program that is killed while a handover is taken, two who take it at once, words that outlive their program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from desk_office import Office

from cminbox.desk import Take
from cminbox.errors import ActionError
from cminbox.model import HOUR
from cminbox.store import Store, handovers, promises

KILLED = """
import os, signal, sys
from pathlib import Path
from desk_office import Office
from cminbox.store import events, notices, people, promises, handovers

folder, where, now = sys.argv[1:]
office = Office(Path(folder))
office.now = int(now)


def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)


if where == "words":
    office.ana.handovers.keep_words(handovers.Words("", "the depot", "", ""))
    die()
part, name = {"promise": (promises, "give"), "event": (events, "insert_items"), "told": (notices, "tell")}[where]
setattr(part, name, die)
office.lena.handovers.take(1, "all three")
"""


def killed(office: Office, where: str) -> None:
    """Run it in another process, which dies there."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", KILLED, str(office.store.path.parent.parent), where, str(office.now)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def signed(office: Office) -> int:
    """What ana signed, all of it ticked by lena."""
    ids = [office.write(f"my parcel {n} is lost", author=f"mina{n}") for n in range(3)]
    office.ana.do(Take(), ids)
    office.store.write(lambda conn: promises.add(conn, ids[0], "refund", office.now + HOUR, "ana", "ana", office.now))
    made = office.ana.handovers.sign()
    keys = [item.key for item in handovers.items(office.store.read(), made.id)]
    office.lena.handovers.tick(made.id, keys)
    return made.id


def held(office: Office) -> list[str]:
    return [row[0] for row in office.rows("SELECT assignee FROM conversations ORDER BY id")]


@pytest.mark.parametrize("where", ["promise", "event", "told"])
def test_who_is_killed_while_taking_it_took_nothing_and_can_take_it_again(office, where):
    number = signed(office)
    before = office.dump()
    killed(office, where)
    after = office.dump()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert office.lena.handovers.take(number, "all three").summary == "3 conversations, 1 promise"
    assert held(office) == ["lena"] * 3


def test_words_outlive_the_program_in_which_they_were_typed(office):
    killed(office, "words")
    assert handovers.words_of(office.store.read(), "ana").worries == "the depot"
    assert office.ana.handovers.sign().worries == "the depot"


def test_of_two_who_take_it_at_the_same_moment_one_has_all_and_the_other_is_told(office):
    number = signed(office)
    other = Store.open(office.store.path)
    desks = {"lena": office.desk("lena"), "dan": office.desk("dan", other)}
    start, had, told = threading.Barrier(2), [], []

    def take(handle: str) -> None:
        start.wait()
        try:
            desks[handle].handovers.take(number, f"{handle} has it")
            had.append(handle)
        except ActionError as error:
            told.append(error.line())

    threads = [threading.Thread(target=take, args=(handle,)) for handle in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    (winner,) = had
    (line,) = told
    assert f"{winner} has it already" in line
    assert held(office) == [winner] * 3
    assert office.rows("SELECT owner FROM promises") == [(winner,)]
    assert len(office.rows("SELECT 1 FROM events WHERE action = 'handover taken'")) == 1
