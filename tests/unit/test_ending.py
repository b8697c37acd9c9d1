"""Ending from outside, without a screen: who asks first is heard, and who does not leave in time is cut."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import termios
import threading
from collections.abc import Iterator

import pytest

from cminbox.terminal.ending import HUNG_UP, SIGNALS, Ending


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: the side of whoever looks at it, and the program's."""
    main, other = pty.openpty()
    yield main, other
    for descriptor in (main, other):
        try:
            os.close(descriptor)
        except OSError:
            continue


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_asks_to_leave_once(terminal: tuple[int, int], number: signal.Signals) -> None:
    asked: list[int] = []
    before = signal.getsignal(number)
    ending = Ending(terminal[1], end=asked.append)
    ending.begin(asked.append)
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    await asyncio.sleep(0.05)
    ending.ask(1)
    await asyncio.sleep(0)
    ending.done(in_order=True)
    assert (asked, ending.status) == ([128 + number], 128 + number)
    assert signal.getsignal(number) == before


async def test_a_signal_that_is_ignored_stays_so(terminal: tuple[int, int]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ending = Ending(terminal[1])
        ending.begin(lambda status: None)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        ending.done(in_order=True)
    finally:
        signal.signal(signal.SIGHUP, before)


async def test_a_terminal_that_hangs_up_asks_to_leave(terminal: tuple[int, int]) -> None:
    asked = asyncio.Event()
    ending = Ending(terminal[1])
    assert not ending.terminal_is_gone()
    ending.begin(lambda status: asked.set())
    os.close(terminal[0])
    await asyncio.wait_for(asked.wait(), 10)
    ending.done(in_order=True)
    assert ending.status == HUNG_UP
    assert ending.terminal_is_gone()


async def test_who_does_not_leave_is_cut_and_the_terminal_comes_back(terminal: tuple[int, int]) -> None:
    main, other = terminal
    before = termios.tcgetattr(other)
    cut = threading.Event()
    ending = Ending(other, patience=0.05, end=lambda status: cut.set())
    ending.begin(lambda status: None)
    changed = termios.tcgetattr(other)
    changed[3] &= ~termios.ECHO
    termios.tcsetattr(other, termios.TCSANOW, changed)
    ending.ask(143)
    assert await asyncio.to_thread(cut.wait, 10)
    ending.done(in_order=True)
    assert termios.tcgetattr(other) == before
    assert b"\x1b[?1049l\x1b[?25h" in os.read(main, 1000)


async def test_a_terminal_that_goes_once_it_was_left_ends_nothing(terminal: tuple[int, int]) -> None:
    cut: list[int] = []
    ending = Ending(terminal[1], patience=0.01, end=cut.append)
    ending.begin(cut.append)
    await asyncio.sleep(0.05)  # it is being watched
    ending.done(in_order=True)
    os.close(terminal[0])
    ending.ask(HUNG_UP)
    await asyncio.sleep(0.1)
    assert (cut, ending.status) == ([], 0)
