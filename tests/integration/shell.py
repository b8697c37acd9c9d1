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


EACH = """
import importlib, json, os, sys
from cminbox.cli import entry
for name in ("act", "doctor", "read", "report", "sources", "transfer"):
    importlib.import_module(f"cminbox.cli.{name}")
for number, words in enumerate(json.loads(sys.argv[2])):
    child = os.fork()
    if not child:
        for stream, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{sys.argv[1]}/{number}.{name}", os.O_WRONLY | os.O_CREAT), stream)
        os._exit(entry.run(words))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(f"{sys.argv[1]}/{number}.status", "w") as file:
        file.write(str(status))
"""


def cminbox_each(*commands: Sequence[str]) -> list[Done]:
    """Run commands one after the other, each in a process of its own; what they load is loaded once."""
    with tempfile.TemporaryDirectory() as folder:
        words = json.dumps([list(command) for command in commands])
        started = [sys.executable, "-c", EACH, folder, words]
        subprocess.run(started, stdin=subprocess.DEVNULL, check=True, timeout=LONGEST * len(commands))

        def said(number: int, name: str) -> str:
            return (Path(folder) / f"{number}.{name}").read_bytes().decode()

        return [
            Done(int(said(number, "status")), said(number, "out"), said(number, "err"), 0)
            for number in range(len(commands))
        ]


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
