"""The first `make` on a machine says what it does before it does it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_the_first_demo_says_what_takes_so_long(tmp_path: Path) -> None:
    command = ["make", "-n", "demo", f"VENV={tmp_path / 'env'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    steps = done.stdout.splitlines()

    def place(words: str) -> int:
        return next(number for number, line in enumerate(steps) if words in line)

    assert place("about a minute") < place("1/3 making the environment") < place("2/3 installing")
    assert place("2/3 installing") < place("pip install") < place("3/3 compiling") < place("cminbox demo")
    assert "--quiet" not in done.stdout
