"""Importing with a reading process beside, without one, and when one of the two is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cminbox.store import Store, people

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no process beside elsewhere")

ALONE = "import os, sys; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
RUN = "from cminbox.cli.entry import run; sys.exit(run(sys.argv[1:]))"


def lines(count: int) -> list[bytes]:
    """Messages of three sources in conversations of four, every hundredth line broken."""
    made = []
    for number in range(count):
        told = {
            "source": f"shop{number % 3}",
            "id": str(number),
            "conversation": str(number // 12 * 3 + number % 3),
            "author": {"id": f"a{number % 7}"},
            "direction": "out" if number % 12 > 8 else "in",
            "text": f"where is my refund, number {number}? 😡",
            "created_at": f"2026-03-02T{number // 60 % 24:02d}:{number % 60:02d}:00+00:00",
        }
        made.append(b"{broken\n" if number % 100 == 50 else json.dumps(told).encode() + b"\n")
    return made


def start(folder: Path, *words: str, code: str = "import sys;", **more) -> subprocess.Popen[bytes]:
    """The program, on folders below this one."""
    places = ["--config", str(folder / "c"), "--data", str(folder / "d")]
    return subprocess.Popen(
        [sys.executable, "-c", code + RUN, *words, *places],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def kept(folder: Path) -> list[str]:
    """What an export says."""
    return sorted(start(folder, "export").communicate()[0].decode().splitlines())


def test_a_process_beside_changes_nothing_of_the_result(tmp_path):
    file = tmp_path / "m.jsonl"
    file.write_bytes(b"".join(lines(2500)))
    told = {}
    for name, code in (("beside", "import sys;"), ("alone", ALONE)):
        imported = start(tmp_path / name, "import", str(file), "--json", code=code)
        out, err = imported.communicate()
        bad = [line for line in err.decode().splitlines() if "skipped" in line or "more bad" in line]
        told[name] = (imported.returncode, json.loads(out), bad, kept(tmp_path / name))
    assert told["beside"] == told["alone"]
    status, counts, bad, exported = told["beside"]
    assert (status, counts["new"], counts["bad"], len(exported)) == (3, 2475, 25, 2475)
    assert bad[0] == "cminbox: m.jsonl:51: not JSON; skipped"


def test_an_open_screen_changes_nothing_of_the_result(tmp_path):
    """While one is open, pages are cut into short transactions."""
    file = tmp_path / "m.jsonl"
    file.write_bytes(b"".join(lines(2500)))
    exported = {}
    for name, until in (("open", 1 << 60), ("closed", 1)):
        with Store.open(tmp_path / name / "d" / "cminbox.db") as store:
            store.write(lambda conn, until=until: people.set_presence(conn, "s1", "ana", 0, "here", until))
        imported = start(tmp_path / name, "import", str(file), "--json")
        assert json.loads(imported.communicate()[0])["new"] == 2475
        exported[name] = kept(tmp_path / name)
    assert exported["open"] == exported["closed"]


def beside(pid: int) -> int:
    """The process that reads for another."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("no process beside")


def gone(pid: int) -> bool:
    """Whether a process ends soon."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


needs_two = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: nothing reads beside")


@needs_two
def test_when_the_reader_is_ended_the_import_says_so_and_keeps_what_it_had(tmp_path):
    importing = start(tmp_path, "import", "-", stdin=subprocess.PIPE)
    importing.stdin.write(b"".join(lines(3000)))
    importing.stdin.flush()
    reader = beside(importing.pid)
    os.kill(reader, signal.SIGKILL)
    out, err = importing.communicate()
    assert importing.returncode == 1
    assert b"standard input was not read to its end" in err
    assert b"Traceback" not in err
    assert out == b""


@needs_two
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_when_the_import_is_ended_the_reader_ends_too(tmp_path, end):
    file = tmp_path / "m.jsonl"
    file.write_bytes(b"".join(lines(12_000)))
    importing = start(tmp_path, "import", str(file), start_new_session=True)
    reader = beside(importing.pid)
    time.sleep(0.3)
    os.killpg(importing.pid, end) if end == signal.SIGINT else os.kill(importing.pid, end)
    _, err = importing.communicate()
    assert gone(reader)
    assert b"Traceback" not in err
    again = start(tmp_path, "import", str(file), "--json")
    counts = json.loads(again.communicate()[0])
    assert counts["new"] + counts["known"] == 11_880
