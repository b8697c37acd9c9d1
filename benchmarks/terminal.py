"""A program in a pseudo-terminal, as a person has it: what it writes, when, and how much memory it has."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

READ = 1 << 16


@dataclass(frozen=True)
class Answered:
    """What a key brought: milliseconds to the first and the last byte, and how many bytes."""

    first: float
    last: float
    size: int


def _own_terminal() -> None:
    """Makes this terminal that of the new session: some programs open it by the name that each has for its own."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A running program. Standard input, output and error are all the terminal: screens are drawn on any of them.

    Args:
        command: the program.
        environment: what it gets besides ours.
        columns: of the terminal.
        lines: of the terminal.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int = 120, lines: int = 40
    ) -> None:
        self.began = time.perf_counter()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        size = {"COLUMNS": str(columns), "LINES": str(lines), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_own_terminal,
            env={**os.environ, **size, **environment},
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def until(self, pattern: bytes, patience: float = 60.0) -> float:
        """Seconds from the start until the pattern was written.

        Raises:
            RuntimeError: it was not, or the program ended.
        """
        seen, wanted = b"", re.compile(pattern)
        while time.perf_counter() - self.began < patience:
            if select.select([self._master], [], [], 0.05)[0]:
                seen += self._read()
                if wanted.search(seen):
                    return time.perf_counter() - self.began
            if self._process.poll() is not None:
                break
        raise RuntimeError(f"{pattern!r} was never written; the last was {seen[-500:]!r}")

    def quiet(self, silence: float, patience: float = 30.0) -> None:
        """Wait until nothing has been written for some seconds."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end and select.select([self._master], [], [], silence)[0]:
            self._read()

    def press(self, key: bytes, *, silence: float = 0.025, patience: float = 1.0) -> Answered | None:
        """Press a key and read what it brings, up to a short silence; None if it brought nothing."""
        while select.select([self._master], [], [], 0)[0] and self._read():
            pass  # what came before the key is no answer to it
        pressed = time.perf_counter()
        os.write(self._master, key)
        first, last, size = 0.0, 0.0, 0
        while select.select([self._master], [], [], silence if size else patience)[0]:
            size += len(self._read())
            last = time.perf_counter()
            first = first or last
            if last - pressed > patience:
                break
        return Answered((first - pressed) * 1000, (last - pressed) * 1000, size) if size else None

    def memory(self) -> int:
        """Resident memory, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii", "replace")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def _read(self) -> bytes:
        try:
            return os.read(self._master, READ)
        except OSError:  # the program ended, and its side of the terminal with it
            return b""
