"""One action on everything that matches, and its undo: does the screen still answer?"""

from __future__ import annotations

import time
from collections.abc import Callable

import keys
from figures import Figures, quantile
from place import Place
from terminal import Answered, Terminal

SHOWN = "is:open is:unassigned"
"""What the first view shows."""
PATIENCE = 180.0


def measure(at: Place, figures: Figures) -> None:
    """Mark all, close all, undo it, while somebody goes on pressing keys."""
    from cminbox import query
    from cminbox.store import Store, conversations

    where = query.to_sql(query.parse(SHOWN), query.Context(int(time.time() * 1000)))
    with Store.open(at.data / "cminbox.db") as store, Terminal(at.command(), at.environment) as terminal:
        terminal.quiet(1.0)
        every = conversations.count(store.read(), where)
        marked = terminal.press(b"*", silence=1.0, patience=10.0)
        assert marked is not None
        figures.add("mark all, first byte", marked.first, "ms", note=f"{every:,} conversations")
        figures.add("mark all, told", marked.last, "ms")

        def left() -> int:
            return conversations.count(store.read(), where)

        _action(terminal, b"e", "close all", lambda: left() == 0, every, figures)
        _action(terminal, b"u", "undo closing all", lambda: left() >= every, every, figures)


def _action(terminal: Terminal, key: bytes, what: str, done: Callable[[], bool], every: int, figures: Figures) -> None:
    """Start it, press keys until it is done, and a little longer."""
    began = time.perf_counter()
    first = terminal.press(key, silence=keys.SILENCE)
    answers: list[Answered] = [first] if first else []
    silent, took = 0, 0.0
    while not took and time.perf_counter() - began < PATIENCE:
        for number in range(10):
            answer = terminal.press(b"jk"[number % 2 : number % 2 + 1], silence=keys.SILENCE)
            silent += answer is None
            answers += [answer] if answer else []
        if done():
            took = time.perf_counter() - began
    firsts = [answer.first for answer in answers]
    figures.add(what, took, "s", note=f"{every:,} conversations" if took else "was not done in time")
    figures.add(f"{what}, keys meanwhile p99", quantile(firsts, 0.99), "ms", most=keys.MOST_BUSY,
                note=f"{len(firsts)} keys, {silent} without an answer")  # fmt: skip
    figures.add(f"{what}, keys meanwhile at most", max(firsts), "ms")
    terminal.quiet(1.0, patience=5.0)
