"""The real program in a pseudo-terminal, as a person has it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

RUN = """
import sys
from cminbox import config, paths
from cminbox.app import run
sys.exit(run(config.load(paths.find()), engine=False))
"""


SILENCE = 0.2
"""Seconds without a byte after which a screen is at rest: what follows a key by itself follows within half of that."""


def _as_from_a_shell() -> None:
    """In the new process: the terminal is its own, and no signal is ignored, as where tests run in the background."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """The program under test, and every byte that it writes to its terminal."""

    def __init__(self, environment: dict[str, str], columns: int = 100, lines: int = 30, code: str = RUN) -> None:
        self.main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=other,
            stdout=other,
            stderr=other,
            env=environment,
            close_fds=True,
            start_new_session=True,
            preexec_fn=_as_from_a_shell,
        )
        os.close(other)
        self.bytes = b""

    def read(self, seconds: float, until: bytes | None = None) -> None:
        """Takes what comes for so long, or until some bytes have come since."""
        begin, end = len(self.bytes), time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.main], [], [], 0.05)
            if ready and not self._take():
                return
            if until is not None and until in self.bytes[begin:]:
                return

    def _take(self) -> bool:
        """Takes what is there; False where the program has ended."""
        try:
            self.bytes += os.read(self.main, 65536)
        except OSError:
            return False
        return True

    def quiet(self, silence: float, begun: float = 0.0) -> None:
        """Takes what comes until nothing has come for so long.

        Args:
            begun: how long to wait for the first of it.
        """
        patience = begun or silence
        while select.select([self.main], [], [], patience)[0] and self._take():
            patience = silence

    def press(self, keys: str) -> None:
        """Types keys and takes what they bring."""
        os.write(self.main, keys.encode())
        self.quiet(SILENCE, begun=0.7)

    def close(self) -> int:
        """Ends the program and gives its exit status."""
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            os.close(self.main)


def environment() -> dict[str, str]:
    """What the program gets: this checkout, a terminal that can everything, nothing of who runs the tests."""
    found = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
    }
    for name in ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "STY"):
        found.pop(name, None)
    return found
