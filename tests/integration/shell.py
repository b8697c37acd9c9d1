"""Commands as a person runs them: in a process of their own, on the folders of the test."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 120.0
"""Seconds after which a command is taken to hang."""

START = [sys.executable, "-m", "cminbox"]


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    status: int
    out: str
    err: str
    memory: int

    @property
    def lines(self) -> list[str]:
        """What it said on standard error, each line without the program's name."""
        said = self.err.splitlines()
        assert all(line.startswith("cminbox: ") for line in said), self.err
        assert "Traceback" not in self.err
        return [line.removeprefix("cminbox: ") for line in said]

    @property
    def line(self) -> str:
        """The one line that it said."""
        (line,) = self.lines
        return line

    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)


def cminbox(*words: str, start: Sequence[str] = START) -> Done:
    """Run a command; its memory is the most that it held, in bytes."""
    command = [*start, *words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        watch = threading.Timer(LONGEST, process.kill)
        watch.start()
        held = 0
        while process.poll() is None:
            held = max(held, _held(process.pid))
            time.sleep(0.02)
        watch.cancel()
        out.seek(0)
        err.seek(0)
        return Done(process.returncode, out.read().decode(), err.read().decode(), held)


def _held(pid: int) -> int:
    """The most memory that a process has held since it was started, in bytes; 0 where the system does not tell.

    What `wait4` tells would count the memory of the process that started it too.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def limited(prelude: str) -> list[str]:
    """How to start the program after some lines of Python."""
    return [sys.executable, "-c", f"{prelude}\nimport sys\nfrom cminbox.__main__ import main\nsys.exit(main())"]


def write(path: Path, text: str) -> Path:
    """A file, with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text, encoding="utf-8")
    return path


def message(number: int, text: str = "where is my refund?", **more: Any) -> dict[str, Any]:
    """A line of JSON Lines."""
    return {
        "id": f"m{number}",
        "author": {"id": f"a{number}", "handle": f"mina{number}"},
        "text": text,
        "created_at": f"2026-05-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
        **more,
    }


def lines_of(count: int, **more: Any) -> str:
    return "".join(json.dumps(message(number, **more)) + "\n" for number in range(count))
