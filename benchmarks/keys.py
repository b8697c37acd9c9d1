"""From a key to what it brings: while nothing else happens, and while messages come and others work."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from figures import Figures, quantile
from generator import Base, messages
from place import Place
from terminal import Answered, Terminal

SILENCE = 0.03
"""Seconds without a byte after which the next key is pressed."""
REST = 0.4
"""Seconds without a byte after which the screen is at rest."""
MOVES, MARKS, OPENS, NEXTS, RESTED = 200, 100, 25, 60, 20
TIMES, PAGES = 5, 10
PAGE = b"\x06"
RATE = 2_000
"""Messages a second that come meanwhile."""
LONGEST = 120
"""Seconds for which messages are made ready at most."""
MOST = {"move": 10.0, "mark": 16.0, "page": 16.0, "open": 16.0, "next conversation": 16.0}
"""Milliseconds to the first byte that the 99th of a hundred keys may need while nothing else happens."""
MOST_BUSY = 33.0
BYTES = {"move": 1_000.0, "page": 12_000.0}

Strokes = dict[str, list[Answered]]


def press_all(terminal: Terminal) -> Strokes:
    """Each kind of key, one after the other as fast as it is answered. Begins and ends at the top of the queue."""
    found: Strokes = {}
    _top(terminal)
    found["move"] = pressed(terminal, b"j", MOVES)
    found["mark"] = pressed(terminal, b" ", MARKS)
    terminal.press(b"\x1b", silence=REST)  # takes the marks off
    found["page"] = []
    for _ in range(TIMES):
        _top(terminal)
        found["page"] += pressed(terminal, PAGE, PAGES)
    _top(terminal)
    found["open"] = []
    for _ in range(OPENS):
        found["open"] += pressed(terminal, b"\r", 1)
        terminal.quiet(0.1, patience=0.5)
        terminal.press(b"q", silence=0.1)
        terminal.press(b"j", silence=0.1)
    terminal.press(b"\r", silence=REST)
    found["next conversation"] = pressed(terminal, b"]", NEXTS)
    terminal.quiet(0.1, patience=0.5)
    terminal.press(b"q", silence=REST)
    _top(terminal)
    return found


def pressed(terminal: Terminal, key: bytes, times: int, silence: float = SILENCE) -> list[Answered]:
    """What a key brings, pressed again and again."""
    terminal.quiet(0.2, patience=1.0)
    found = (terminal.press(key, silence=silence) for _ in range(times))
    return [answer for answer in found if answer is not None]


@contextmanager
def noting_thefts(figures: Figures, when: str = "") -> Iterator[None]:
    """Write down for how long the host ran others meanwhile: a key that waits for that waits for no program of ours."""
    before = _stolen()
    yield
    after = _stolen()
    if before is not None and after is not None:
        figures.add(f"taken by the host{when}", after - before, "ms", note="of all processors")


def _stolen() -> float | None:
    """Milliseconds that a virtual machine's processors were taken away since it started; None where nothing tells."""
    try:
        ticks = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[8]
    except (OSError, IndexError):
        return None
    return int(ticks) * 1000 / os.sysconf("SC_CLK_TCK")


def tell(strokes: Strokes, figures: Figures, when: str = "", most: float | None = None) -> None:
    """Writes down what all kinds of keys needed.

    Args:
        when: what happened meanwhile, in words behind each name.
        most: the target for all of them; their own ones, and those for bytes, where it is None.
    """
    for name, answers in strokes.items():
        size = BYTES.get(name) if most is None else None
        told(figures, f"{name}{when}", answers, MOST[name] if most is None else most, bytes_most=size)


def told(figures: Figures, what: str, answers: list[Answered], most: float, bytes_most: float | None = None) -> None:
    """Writes down what one kind of key needed."""
    if not answers:
        figures.add(f"{what}, no answer", 0)
        return
    firsts = [answer.first for answer in answers]
    figures.add(f"{what}, first byte p50", quantile(firsts, 0.5), "ms")
    figures.add(f"{what}, first byte p99", quantile(firsts, 0.99), "ms", most=most, note=f"{len(answers)} keys")
    if bytes_most is not None:
        size = sum(answer.size for answer in answers) / len(answers)
        figures.add(f"{what}, bytes a key", size, "bytes", most=bytes_most)


def rested(terminal: Terminal, figures: Figures, where: str = "") -> None:
    """What a key brings in all, up to a rest: the list at once, then the conversation beside it."""
    _top(terminal)
    _in_all(figures, f"move and rest{where}", pressed(terminal, b"j", RESTED, REST))
    if where:
        return
    opened = []
    for _ in range(RESTED // 2):
        opened += pressed(terminal, b"\r", 1, REST)
        terminal.press(b"q", silence=REST)
        terminal.press(b"j", silence=REST)
    _in_all(figures, "open and rest", opened)
    terminal.press(b"\r", silence=REST)
    _in_all(figures, "next conversation and rest", pressed(terminal, b"]", RESTED // 2, REST))
    terminal.press(b"q", silence=REST)
    _top(terminal)


def _in_all(figures: Figures, what: str, answers: list[Answered]) -> None:
    if answers:
        size = sum(answer.size for answer in answers) / len(answers)
        figures.add(f"{what}, bytes in all", size, "bytes")
        figures.add(f"{what}, last byte p50", quantile([answer.last for answer in answers], 0.5), "ms")


def _top(terminal: Terminal) -> None:
    terminal.quiet(0.1, patience=0.5)
    terminal.press(b"g", silence=REST)


def busy(at: Place, terminal: Terminal, count: int, end: float, made: Base, figures: Figures) -> None:
    """All keys again, while messages come at a steady rate and somebody works at another screen."""
    # Others each time, so that a store that is used again learns something new.
    rows = messages(RATE * LONGEST, end=end, start=count + int(time.time()) * 1000, made=made)
    coming = _chunks(rows, RATE // 20)
    with _another(at), _arriving(at, coming) as arrived, noting_thefts(figures, " while messages come"):
        time.sleep(2.0)
        strokes = press_all(terminal)
    tell(strokes, figures, " while messages come", MOST_BUSY)
    figures.add("messages that came a second", arrived.stored / arrived.seconds, least=0.95 * RATE,
                note="what cannot be stored is not read")  # fmt: skip
    figures.add("the last of them stored after", arrived.behind, "s")


def _chunks(rows: Iterator[dict[str, Any]], size: int) -> list[bytes]:
    """Lines as they will come, written just then; made before anything is measured."""
    found, at = [], time.time()
    while part := list(islice(rows, size)):
        at += size / RATE
        when = datetime.fromtimestamp(at, UTC).isoformat()
        lines = (json.dumps({**row, "created_at": when}, ensure_ascii=False) + "\n" for row in part)
        found.append("".join(lines).encode())
    return found


@dataclass
class Arrived:
    """How many messages were stored, in how many seconds they came, and how many more it took to store the last."""

    stored: int = 0
    seconds: float = 1.0
    behind: float = 0.0


@contextmanager
def _arriving(at: Place, chunks: list[bytes]) -> Iterator[Arrived]:
    """Feeds an import twenty times a second until the block ends."""
    arrived, over = Arrived(), threading.Event()
    process = subprocess.Popen(
        at.command("import", "-", "--json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **at.environment},
    )
    assert process.stdin is not None

    def feed(pipe: int) -> None:
        began = time.perf_counter()
        for number, chunk in enumerate(chunks):
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(pipe, rest) :]
            if over.wait(max(0.0, began + (number + 1) / 20 - time.perf_counter())):
                return

    feeder = threading.Thread(target=feed, args=(process.stdin.fileno(),))
    began = time.perf_counter()
    feeder.start()
    try:
        yield arrived
    finally:
        over.set()
        feeder.join()
        arrived.seconds = time.perf_counter() - began
        said, _ = process.communicate()
        arrived.behind = time.perf_counter() - began - arrived.seconds
    arrived.stored = json.loads(said)["new"]


@contextmanager
def _another(at: Place) -> Iterator[None]:
    """Somebody else who goes through the queue, five lines a second, and opens some."""
    over = threading.Event()

    def work(terminal: Terminal) -> None:
        for number in range(1_000_000):
            if over.is_set():
                return
            terminal.press(b"j", silence=0.05, patience=0.2)
            if number % 20 == 19:
                terminal.press(b"\r", silence=0.2, patience=0.5)
                terminal.press(b"q", silence=0.2, patience=0.5)
            over.wait(0.15)

    with Terminal(at.command(), at.environment) as terminal:
        terminal.quiet(1.0)
        person = threading.Thread(target=work, args=(terminal,))
        person.start()
        try:
            yield
        finally:
            over.set()
            person.join()
