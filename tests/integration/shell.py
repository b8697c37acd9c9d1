"""Commands as a person runs them: in a process of their own, on the folders of the test."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
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
    memory: int | None = None

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


def cminbox(*words: str, start: Sequence[str] = ()) -> Done:
    """Run a command in a process of its own.

    Args:
        start: how to start that process; else it is a copy of one that has loaded what takes long to load. The memory
            of a process that was started is the most that it held, in bytes.
    """
    return _started([*start, *words]) if start else _copies().run(words)


def cminbox_each(*commands: Sequence[str]) -> list[Done]:
    """Run commands one after the other, each in a process of its own."""
    return [cminbox(*words) for words in commands]


def _started(command: Sequence[str]) -> Done:
    """Run a command in a process that starts as it does for a person."""
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


_COPIES = """
import gc, importlib, json, os, pkgutil, sys
from cminbox import cli
from cminbox.cli import entry
for module in pkgutil.iter_modules(cli.__path__):
    importlib.import_module(f"cminbox.cli.{module.name}")
for name in ("anyio._backends._asyncio", "cminbox.desk", "cminbox.engine.loop", "cminbox.replies.sandbox", "httpcore"):
    importlib.import_module(name)
from cminbox.rules import analysis, detector
analyser = analysis.Analyser()
for text in ("Where is my order?", "¿Dónde está mi pedido?", "Wo bleibt mein Paket?"):
    analyser.analyse(text)
detector.likelihoods("qwert zxcv", "latin")
gc.collect()
gc.freeze()
while line := sys.stdin.buffer.readline():
    asked = json.loads(line)
    if not (child := os.fork()):
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        for stream, path in enumerate(asked["streams"]):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), stream)
        status = entry.run(asked["words"])
        sys.stderr.flush()
        os._exit(status)  # taking down all that is loaded would take longer than most commands
    os.write(1, b"%d\\n" % child)
    os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class _Copies:
    """A process that has loaded the commands and waits; each command runs in a copy of it."""

    def __init__(self) -> None:
        started = [sys.executable, "-c", _COPIES]
        self._process = subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, words: Sequence[str]) -> Done:
        """Run a command with this process's environment, in its folder."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            streams = [os.devnull, str(out), str(err)]
            asked = {"words": words, "environment": dict(os.environ), "folder": os.getcwd(), "streams": streams}
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
            child = int(self._process.stdout.readline())
            watch = threading.Timer(LONGEST, os.kill, (child, signal.SIGKILL))
            watch.start()
            status = int(self._process.stdout.readline())
            watch.cancel()
            return Done(status, out.read_bytes().decode(), err.read_bytes().decode())

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


@cache
def _copies() -> _Copies:
    copies = _Copies()
    atexit.register(copies.end)
    return copies


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
