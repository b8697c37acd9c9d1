"""The queue in a terminal: time to its first rows, from a key to what it brings, bytes a key, memory."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from statistics import median

from figures import Figures, quantile
from generator import Base, write
from place import Place
from terminal import Answered, Terminal

STARTS = 7
KEYS = 200
RESTED = 20
"""Keys after each of which the screen comes to rest."""
REST = 0.4
"""Seconds of silence that are a rest."""
PAGES = 10
PAGE = b"\x06"
BUSY = 20_000
"""Messages that another process takes in while keys are pressed."""
EMPTY = str(Path(__file__).with_name("empty_app.py"))


def measure(at: Place, count: int, end: float, made: Base, figures: Figures) -> None:
    """Everything that a person at the screen feels."""
    pattern = _first_rows(at)
    with at.beside("poll"):
        _settled(at)
        _starts(at, pattern, figures)
        _narrow(at, pattern, figures)
        with Terminal(at.command(), at.environment) as terminal:
            terminal.until(pattern)
            terminal.quiet(1.0)
            figures.add("memory of the screen", terminal.memory() / 1e6, "MB", most=120)
            _keys(terminal, figures)
            figures.add("memory after these keys", terminal.memory() / 1e6, "MB", most=120)
            terminal.press(b"g", silence=REST)
            _busy(at, terminal, count, end, made, figures)


def _first_rows(at: Place) -> bytes:
    """What stands in the first rows: one of the handles there."""
    from cminbox import query
    from cminbox.store import Store, conversations

    with Store.open(at.data / "cminbox.db") as store:
        where = query.to_sql(query.parse("is:open is:unassigned"), query.Context(int(time.time() * 1000)))
        rows = conversations.page(store.read(), where, "priority", limit=8)
        assert rows, "nothing is open"
    return "|".join(re.escape(f"@{row.handle[:8]}") for row in rows).encode()


def _settled(at: Place, patience: float = 120.0) -> None:
    """Wait until the engine has done what time alone brings: nobody else writes then."""
    from cminbox.store import Store, timers

    with Store.open(at.data / "cminbox.db") as store:
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            time.sleep(1.0)
            if not timers.any_due(store.read(), int(time.time() * 1000)):
                return


def _starts(at: Place, pattern: bytes, figures: Figures) -> None:
    """Starts of the queue and of an empty app in turn, so that both meet the same machine."""
    ours, theirs = [], []
    for _ in range(STARTS):
        with Terminal([sys.executable, EMPTY], at.environment) as terminal:
            theirs.append(terminal.until(rb"nothing-but-this"))
        with Terminal(at.command(), at.environment) as terminal:
            ours.append(terminal.until(pattern))
    figures.add("first rows", median(ours) * 1000, "ms", note=f"median of {STARTS}")
    figures.add("an empty Textual app", median(theirs) * 1000, "ms", note=f"median of {STARTS}")
    figures.add("first rows / an empty app", median(ours) / median(theirs), most=1.5)


def _keys(terminal: Terminal, figures: Figures) -> None:
    """Keys one after the other as fast as they are answered, and what a key brings once a person rests."""
    _told(figures, "move", _pressed(terminal, b"j", KEYS), 10, bytes_most=1_000)
    _told(figures, "mark", _pressed(terminal, b" ", KEYS // 2), 16)
    pages: list[Answered] = []
    for _ in range(5):
        terminal.press(b"g", silence=REST)
        pages += _pressed(terminal, PAGE, PAGES)
    _told(figures, "page", pages, 16, bytes_most=12_000)
    terminal.press(b"g", silence=REST)
    _rested(figures, "move and rest", _pressed(terminal, b"j", RESTED, silence=REST))
    opened = []
    for _ in range(RESTED):
        opened += _pressed(terminal, b"\r", 1, silence=REST)
        terminal.press(b"q", silence=REST)
        terminal.press(b"j", silence=REST)
    _told(figures, "open", opened, 16)
    _rested(figures, "open", opened)
    terminal.press(b"\r", silence=REST)
    following = _pressed(terminal, b"]", RESTED, silence=REST)
    _told(figures, "next conversation", following, 16)
    _rested(figures, "next conversation", following)
    terminal.press(b"q", silence=REST)


def _narrow(at: Place, pattern: bytes, figures: Figures) -> None:
    """The same on the smallest screen, where the conversation stands below the list."""
    with Terminal(at.command(), at.environment, columns=80, lines=24) as terminal:
        terminal.until(pattern)
        terminal.quiet(1.0)
        _told(figures, "move at 80×24", _pressed(terminal, b"j", KEYS // 2), 10, bytes_most=1_000)
        _rested(figures, "move and rest at 80×24", _pressed(terminal, b"j", RESTED, silence=REST))


def _busy(at: Place, terminal: Terminal, count: int, end: float, made: Base, figures: Figures) -> None:
    """Keys while another process takes in messages as fast as it can."""
    file = at.folder / "busy.jsonl"
    write(file, BUSY, end=end, start=count + 10_000, made=made)
    answers: list[Answered] = []
    with at.beside("import", str(file)) as taking:
        time.sleep(1.0)
        while taking.poll() is None and len(answers) < 3 * KEYS:
            answers += _pressed(terminal, b"j", 10)
    _told(figures, "move while messages come", answers, 33)


def _pressed(terminal: Terminal, key: bytes, times: int, silence: float = 0.025) -> list[Answered]:
    terminal.quiet(0.2, patience=2.0)
    found = (terminal.press(key, silence=silence) for _ in range(times))
    return [answer for answer in found if answer is not None]


def _told(figures: Figures, what: str, answers: list[Answered], most: float, bytes_most: float | None = None) -> None:
    if not answers:
        figures.add(f"{what}, no answer", 0)
        return
    firsts = [answer.first for answer in answers]
    figures.add(f"{what}, first byte p50", quantile(firsts, 0.5), "ms")
    figures.add(f"{what}, first byte p99", quantile(firsts, 0.99), "ms", most=most, note=f"{len(answers)} keys")
    if bytes_most is not None:
        size = sum(answer.size for answer in answers) / len(answers)
        figures.add(f"{what}, bytes a key", size, "bytes", most=bytes_most)


def _rested(figures: Figures, what: str, answers: list[Answered]) -> None:
    if answers:
        size = sum(answer.size for answer in answers) / len(answers)
        figures.add(f"{what}, bytes in all", size, "bytes")
        figures.add(f"{what}, last byte p50", quantile([answer.last for answer in answers], 0.5), "ms")
