"""Ending from outside, by a signal or because the terminal went away: it is left as it was."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PATIENCE = 10.0
"""Seconds for leaving in order: storing drafts, ending a portion of a long action. Then it ends as it stands."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
HUNG_UP = 128 + signal.SIGHUP
_LOOK_MS = 1000
_LEAVE = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[<u"
    "\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Bracketed paste, wrapping, reports of size, mouse and focus, the keyboard, the alternate screen, the cursor."""


class Ending:
    """Watches for what ends the program from outside.

    Args:
        terminal: the descriptor from which keys are read.
        patience: seconds until it ends without having left in order.
        end: ends the process with a status, at once.
    """

    def __init__(
        self, terminal: int = 0, *, patience: float = PATIENCE, end: Callable[[int], object] = os._exit
    ) -> None:
        self.status = 0
        """The exit status that what ended it asks for; 0 while nothing has."""
        self._terminal, self._patience, self._exit = terminal, patience, end
        self._handlers: dict[int, Any] = {}
        self._timer: threading.Timer | None = None
        self._leave: Callable[[int], object] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = threading.Event()
        self._asking = threading.Lock()
        try:
            self._attributes: list[Any] | None = termios.tcgetattr(terminal)
        except termios.error:
            self._attributes = None

    def begin(self, leave: Callable[[int], object]) -> None:
        """Watch from now on.

        Args:
            leave: called on the running loop with the exit status; it leaves in order.
        """
        self._leave, self._loop = leave, asyncio.get_running_loop()
        for number in SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                self._handlers[number] = before
                self._loop.add_signal_handler(number, self.ask, 128 + number)
        if self._attributes is not None:
            threading.Thread(target=self._watch_terminal, name="terminal-watch", daemon=True).start()

    def ask(self, status: int) -> None:
        """Leave with this status, from any thread; only the first to ask is heard, and nobody once it was left."""
        with self._asking:
            if self.status or self._over.is_set() or self._leave is None or self._loop is None:
                return
            self.status = status
            self._timer = threading.Timer(self._patience, self._give_up)
            self._timer.daemon = True
            self._timer.start()
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._leave, status)

    def terminal_is_gone(self) -> bool:
        """Whether there was a terminal and is none any more."""
        return self._attributes is not None and not os.isatty(self._terminal)

    def done(self, *, in_order: bool) -> None:
        """The screen was left; where that was not in order, bring the terminal back."""
        with self._asking:
            self._over.set()
            if self._timer is not None:
                self._timer.cancel()
        for number, before in self._handlers.items():
            with suppress(TypeError):  # one that was not set from Python
                signal.signal(number, before)
        if not in_order:
            self.restore()

    def restore(self) -> None:
        """Bring the terminal back to what it was, whatever state it is in."""
        with suppress(OSError):
            os.write(self._terminal, _LEAVE.encode())
        if self._attributes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._attributes)

    def _watch_terminal(self) -> None:
        look = select.poll()
        look.register(self._terminal, 0)  # a terminal that hangs up is told without being asked for
        while not self._over.is_set():
            if look.poll(_LOOK_MS) or self.terminal_is_gone():
                self.ask(HUNG_UP)
                return

    def _give_up(self) -> None:
        self.restore()
        self._exit(self.status)
