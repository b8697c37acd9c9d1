"""The queue in a terminal: time to its first rows, memory, and what keys bring."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import bulk
import intake
import keys
from figures import Figures
from generator import Base
from place import Place, place
from terminal import Terminal

PARTS = ("starts", "keys", "busy", "bulk")
STARTS = 15
SAME = 1.1
"""How many times the small store's figure the large one's may be, and still count as the same."""
EMPTY = str(Path(__file__).with_name("empty_app.py"))


def measure(
    at: Place, count: int, end: float, made: Base, figures: Figures, rules: int, only: Collection[str] = PARTS
) -> None:
    """Everything that a person at the screen feels."""
    with ExitStack() as stack:
        places = [at]
        if count > intake.SMALL and "starts" in only:
            places.append(stack.enter_context(place(rules)))
            intake.fill(places[1], intake.SMALL, end, made)
        for one in places:
            stack.enter_context(one.beside("poll"))
        for one in places:
            settled(one)
        patterns = [first_rows(one) for one in places]
        if "starts" in only:
            _starts(places, patterns, figures)
            _memory(places, patterns, figures)
        if "keys" in only:
            with _opened(at, patterns[0], columns=80, lines=24) as terminal:
                with keys.noting_thefts(figures, " at 80×24"):
                    moves = keys.pressed(terminal, b"j", keys.MOVES // 2)
                    keys.told(figures, "move at 80×24", moves, 10, bytes_most=1_000)
                keys.rested(terminal, figures, " at 80×24")
        if {"keys", "busy"} & set(only):
            with _opened(at, patterns[0]) as terminal:
                if "keys" in only:
                    with keys.noting_thefts(figures):
                        keys.tell(keys.press_all(terminal), figures)
                    keys.rested(terminal, figures)
                    figures.add("memory after these keys", terminal.memory() / 1e6, "MB", most=120)
                if "busy" in only:
                    keys.busy(at, terminal, count, end, made, figures)
        if "bulk" in only:
            bulk.measure(at, figures)


@contextmanager
def _opened(at: Place, pattern: bytes, columns: int = 120, lines: int = 40) -> Iterator[Terminal]:
    """A screen at the top of the queue, at rest."""
    at.forget()
    with Terminal(at.command(), at.environment, columns=columns, lines=lines) as terminal:
        terminal.until(pattern)
        terminal.quiet(1.0)
        yield terminal


def first_rows(at: Place) -> bytes:
    """What stands in the first rows: one of the handles there."""
    from cminbox import query
    from cminbox.store import Store, conversations, search

    with Store.open(at.data / "cminbox.db") as store:
        where = search.to_sql(query.parse(bulk.SHOWN), query.Context(int(time.time() * 1000)))
        rows = conversations.page(store.read(), where, "priority", limit=8)
        assert rows, "nothing is open"
    return "|".join(re.escape(f"@{row.handle[:8]}") for row in rows).encode()


def settled(at: Place, patience: float = 240.0) -> None:
    """Wait until the engine has done what time alone brings: nobody else writes then."""
    from cminbox.store import Store, timers

    with Store.open(at.data / "cminbox.db") as store:
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            time.sleep(1.0)
            if not timers.any_due(store.read(), int(time.time() * 1000)):
                return
    raise RuntimeError("the engine did not come to rest")


def _starts(places: list[Place], patterns: list[bytes], figures: Figures) -> None:
    """Starts of the queue and of an empty app in turn, so that all meet the same machine."""
    os.sync()  # the stores were written just now
    ours: list[list[float]] = [[] for _ in places]
    empty = []
    for one, pattern in zip(places, patterns, strict=True):
        # Somebody was here before: the place where they left is found again, as on every day but the first.
        with _opened(one, pattern) as terminal:
            keys.pressed(terminal, b"j", 3)
            terminal.quiet(3.0, patience=3.0)
    for _ in range(STARTS):
        with Terminal([sys.executable, EMPTY], places[0].environment) as terminal:
            empty.append(terminal.until(rb"nothing-but-this"))
        for one, pattern, took in zip(places, patterns, ours, strict=True):
            with Terminal(one.command(), one.environment) as terminal:
                took.append(terminal.until(pattern))
    figures.add("first rows", median(ours[0]) * 1000, "ms", note=f"median of {STARTS}")
    figures.add("an empty Textual app", median(empty) * 1000, "ms", note=f"median of {STARTS}")
    figures.add("first rows / an empty app", median(ours[0]) / median(empty), most=1.5)
    if len(ours) > 1:
        figures.add(f"first rows at {intake.SMALL:,}", median(ours[1]) * 1000, "ms", note=f"median of {STARTS}")
        figures.add(f"first rows / at {intake.SMALL:,}", median(ours[0]) / median(ours[1]), most=SAME)


def _memory(places: list[Place], patterns: list[bytes], figures: Figures) -> None:
    """Memory of a screen, fresh and after some use."""
    found = []
    for one, pattern in zip(places, patterns, strict=True):
        with _opened(one, pattern) as terminal:
            fresh = terminal.memory() / 1e6
            for key, times in ((b"j", 100), (keys.PAGE, 20)):
                keys.pressed(terminal, key, times)
            for key in (b"g", b"\r", b"]", b"]", b"q"):
                terminal.press(key, silence=keys.REST)
            found.append((fresh, terminal.memory() / 1e6))
    figures.add("memory of the screen", found[0][0], "MB", most=120)
    figures.add("memory after some use", found[0][1], "MB", most=120)
    if len(found) > 1:
        figures.add(f"memory / at {intake.SMALL:,}", found[0][0] / found[1][0], most=SAME)
        figures.add(f"memory after some use / at {intake.SMALL:,}", found[0][1] / found[1][1], most=SAME)
