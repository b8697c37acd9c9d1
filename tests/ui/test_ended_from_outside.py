"""Whatever ends the program, the terminal is left as it was, and what was written is kept."""

from __future__ import annotations

import os
import re
import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from real import Terminal, environment

from cminbox import paths
from cminbox.engine.scoring import Scoring
from cminbox.engine.takein import take_in
from cminbox.engine.transaction import Intake
from cminbox.model import HOUR, MINUTE, Author, Message, now
from cminbox.store import Store, replies, sources

BREAKS = """
import sys
from cminbox import config, paths
from cminbox.app import CminboxApp, run
def broken(self):
    raise ZeroDivisionError("ours")
CminboxApp._minute_passed = broken
import cminbox.app
cminbox.app.MINUTE_SECONDS = 1.0
sys.exit(run(config.load(paths.find()), engine=False))
"""
HANGS = """
import sys, time
from cminbox import config, paths
from cminbox.app import CminboxApp, run
from cminbox.terminal import ending
ending.PATIENCE = 1.0
ending.Ending.__init__.__kwdefaults__["patience"] = 1.0
async def hung(self):
    time.sleep(60)
CminboxApp.on_unmount = hung
sys.exit(run(config.load(paths.find()), engine=False))
"""


@pytest.fixture
def store(home: Path) -> Iterator[Path]:
    """A store with one conversation that can be answered."""
    path = paths.find().store
    said = Message("m1", "m1", Author("a1", "mina"), "where is my refund?", now() - 5 * MINUTE)
    with Store.open(path) as opened:
        scoring = Scoring(None, None)

        def work(conn: object) -> None:
            row = sources.ensure(conn, "shop", "mastodon", base_url="http://127.0.0.1:9")
            take_in(conn, row, [scoring.score(said)], Intake(scoring, now(), sla_default=4 * HOUR))

        opened.write(work)
    return path


def begun(**named: object) -> Terminal:
    """The program with its first page on the screen."""
    terminal = Terminal(environment(), **named)
    terminal.before = termios.tcgetattr(terminal.main)
    terminal.read(20.0, until=b"refund")
    terminal.quiet(0.3)
    return terminal


def left_on(raw: bytes) -> set[str]:
    """The modes that are otherwise than a terminal has them by itself, by all that was written to it."""
    modes: dict[str, str] = {}
    for numbers, on in re.findall(r"\x1b\[\?([\d;]+)([hl])", raw.decode("utf-8", "replace")):
        modes.update(dict.fromkeys(numbers.split(";"), on))
    found = {mode for mode, on in modes.items() if on != ("h" if mode in ("7", "25") else "l")}
    if raw.count(b"\x1b[>") > raw.count(b"\x1b[<u"):
        found.add("keyboard")
    return found


def assert_left_as_it_was(terminal: Terminal) -> None:
    terminal.read(5.0)
    assert b"\x1b[?1049h" in terminal.bytes  # it was another while the program ran
    assert left_on(terminal.bytes) == set()
    assert termios.tcgetattr(terminal.main) == terminal.before
    assert b"Traceback" not in terminal.bytes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_leaves_the_terminal_as_it_was(store: Path, number: int) -> None:
    terminal = begun()
    os.write(terminal.main, b"\x1b[?2048;2$y")  # a terminal that counts the mouse in pixels
    terminal.quiet(0.3)
    assert left_on(terminal.bytes) >= {"25", "1049", "1016", "2048", "2004", "1004", "1000", "1003", "7"}
    os.kill(terminal.process.pid, number)
    assert terminal.process.wait(10) == 128 + number
    assert_left_as_it_was(terminal)
    os.close(terminal.main)


def test_what_is_being_written_is_kept(store: Path) -> None:
    terminal = begun()
    terminal.press("\r")
    terminal.press("r")
    os.write(terminal.main, b"We are looking into it")
    terminal.quiet(0.15, begun=1.0)
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.process.wait(10) == 143
    assert_left_as_it_was(terminal)
    os.close(terminal.main)
    with Store.open(store) as opened:
        (draft,) = replies.of(opened.read(), 1)
    assert (draft.status, draft.text) == ("draft", "We are looking into it")


def test_a_terminal_that_goes_away_ends_the_program_and_keeps_the_draft(store: Path) -> None:
    terminal = begun()
    terminal.press("\r")
    terminal.press("r")
    os.write(terminal.main, b"on its way")
    terminal.quiet(0.15, begun=1.0)
    os.close(terminal.main)
    assert terminal.process.wait(10) == 129
    with Store.open(store) as opened:
        (draft,) = replies.of(opened.read(), 1)
    assert draft.text == "on its way"


def test_a_terminal_that_goes_away_without_a_signal_ends_it_too(store: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + BREAKS.replace("1.0", "900")
    terminal = begun(code=code)
    os.close(terminal.main)
    assert terminal.process.wait(10) == 129


def test_what_a_program_was_started_to_ignore_it_ignores(store: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + BREAKS.replace("1.0", "900")
    terminal = begun(code=code)
    os.kill(terminal.process.pid, signal.SIGHUP)
    time.sleep(0.5)
    assert terminal.process.poll() is None
    terminal.press("Q")
    assert terminal.close() == 0


def test_a_mistake_of_ours_leaves_the_terminal_as_it_was(store: Path) -> None:
    terminal = begun(code=BREAKS)
    assert terminal.process.wait(20) == 1
    assert_left_as_it_was(terminal)
    assert b"a mistake of ours" in terminal.bytes
    os.close(terminal.main)


def test_who_does_not_leave_in_time_is_cut_and_the_terminal_comes_back(store: Path) -> None:
    terminal = begun(code=HANGS)
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.process.wait(10) == 143
    assert_left_as_it_was(terminal)
    os.close(terminal.main)


def test_stopped_and_continued_the_screen_is_there_again(store: Path) -> None:
    terminal = begun()
    os.kill(terminal.process.pid, signal.SIGTSTP)
    os.waitpid(terminal.process.pid, os.WUNTRACED)
    terminal.quiet(0.3)
    assert left_on(terminal.bytes) == set()
    assert termios.tcgetattr(terminal.main) == terminal.before
    seen = len(terminal.bytes)
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.read(5.0, until=b"refund")
    terminal.quiet(0.3)
    assert b"refund" in terminal.bytes[seen:]
    assert "1049" in left_on(terminal.bytes)
    terminal.press("Q")
    assert terminal.close() == 0


def test_a_secret_that_is_being_asked_for_leaves_an_echo_when_killed(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(
        '[[source]]\nname = "shop"\nnetwork = "mastodon"\nbase_url = "http://127.0.0.1:9"\n'
    )
    code = "import sys\nfrom cminbox.cli.entry import run\nsys.exit(run(['sources', 'login', 'shop']))"
    terminal = Terminal(environment(), code=code)
    terminal.before = termios.tcgetattr(terminal.main)
    terminal.read(20.0, until=b"Which way?")
    terminal.press("2\r")
    terminal.read(20.0, until=b"Secret of shop")
    assert termios.tcgetattr(terminal.main) != terminal.before
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.process.wait(10) == 143
    assert termios.tcgetattr(terminal.main) == terminal.before
    os.close(terminal.main)
