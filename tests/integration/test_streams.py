"""Where output goes to may be closed, full or gone: one line, a sensible exit status, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from shell import cminbox, lines_of, write

FULL = Path("/dev/full")
COMMANDS = (
    ["list", ""],
    ["list", "", "--json"],
    ["export"],
    ["show", "1"],
    ["report"],
    ["log"],
    ["--help"],
    ["--version"],
)


@pytest.fixture
def store(home: Path, tmp_path: Path) -> None:
    assert cminbox("import", str(write(tmp_path / "first.jsonl", lines_of(150, text="where is it? " * 40)))).status == 0
    assert cminbox("do", "close", "1").status == 0


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """A line of the shell in which $C is the program."""
    environment = {**os.environ, "C": f"{sys.executable} -m cminbox"}
    command = ["bash", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", timeout=60)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_error(store: None, words: Sequence[str]) -> None:
    quoted = " ".join(f"'{word}'" for word in words)
    done = shell(f"$C {quoted} | head -c 20; echo ${{PIPESTATUS[0]}}")
    assert done.stdout.endswith("0\n")
    assert done.stderr == ""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_output_that_is_full_is_one_line_and_a_failure(store: None, words: Sequence[str]) -> None:
    with FULL.open("w") as out:
        command = [sys.executable, "-m", "cminbox", *words]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("cminbox: standard output cannot be written: No space left on device")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_before_do_no_harm(store: None, closed: str) -> None:
    assert shell(f"$C list '' {closed}; echo $?").stdout.endswith("0\n")
    assert shell(f"$C list 'is:nonsense' {closed} 2>/dev/null; echo $?").stdout.endswith("2\n")
    shell(f"$C do close 1 {closed}")
    assert json.loads(cminbox("show", "1", "--json").out)["status"] == "closed"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_an_import_whose_words_nobody_can_read_goes_on(home: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "bad.jsonl", lines_of(3) + "broken\n" + lines_of(6))
    with FULL.open("w") as nowhere:
        command = [sys.executable, "-m", "cminbox", "import", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=nowhere, text=True, timeout=60)
    assert done.returncode == 3
    assert "6 new" in done.stdout
