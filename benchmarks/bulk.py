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
TAKEN = 30


def measure(at: Place, figures: Figures) -> None:
    """Mark all, close all, undo it, while somebody goes on pressing keys."""
    from cminbox import query
    from cminbox.store import Store, conversations, search

    at.forget()
    where = search.to_sql(query.parse(SHOWN), query.Context(int(time.time() * 1000)))
    with Store.open(at.data / "cminbox.db") as store, Terminal(at.command(), at.environment) as terminal:
        terminal.quiet(1.0)
        _view(terminal, "Unassigned")
        for _ in range(TAKEN):
            terminal.press(b" ", silence=keys.SILENCE)
        terminal.press(b"A", silence=1.0, patience=5.0)  # these are left when all others are closed
        every = conversations.count(store.read(), where)
        marked = terminal.press(b"*", silence=1.0, patience=10.0)
        assert marked is not None
        figures.add("mark all, first byte", marked.first, "ms", note=f"{every:,} conversations")
        figures.add("mark all, told", marked.last, "ms")

        def closed() -> bool:
            return not conversations.page(store.read(), where, limit=1)

        def undone() -> bool:
            return conversations.count(store.read(), where) >= every

        terminal.press(b"e", silence=0.5, patience=5.0)  # so many: it asks first
        _action(terminal, b"\r", "close all", closed, every, figures)
        _view(terminal, "Mine")
        _action(terminal, b"u", "undo closing all", undone, every, figures, rest=0.25)
        terminal.press(b"u", silence=1.0, patience=5.0)  # gives the taken ones back


def _view(terminal: Terminal, name: str) -> None:
    """Goes to a view by its name."""
    terminal.press(b":", silence=0.2)
    terminal.press(f"view {name}\r".encode(), silence=1.0, patience=5.0)


def _action(
    terminal: Terminal,
    key: bytes,
    what: str,
    done: Callable[[], bool],
    every: int,
    figures: Figures,
    rest: float = 0.0,
) -> None:
    """Start it, and press keys until it is done: behind it a list may be empty, and a key has nothing to move.

    Args:
        rest: seconds between two looks whether it is done; looking may take long.
    """
    began = time.perf_counter()
    terminal.press(key, silence=keys.SILENCE, patience=0.1)  # what is measured is whether others are answered
    answers: list[Answered] = []
    longest, took, asked = 0.0, 0.0, began
    while time.perf_counter() - began < PATIENCE:
        pressed = time.perf_counter()
        if pressed - asked >= rest:
            asked = pressed
            if done():
                took = asked - began
                break
            pressed = time.perf_counter()
        answer = terminal.press(b"jk"[len(answers) % 2 : len(answers) % 2 + 1], silence=keys.SILENCE)
        if answer is not None:
            answers.append(answer)
        else:
            longest = max(longest, time.perf_counter() - pressed)
    figures.add(what, took, "s", note=f"{every:,} conversations" if took else "was not done in time")
    if answers:
        firsts = [answer.first for answer in answers]
        note = f"{len(firsts)} keys" + (f", one had none for {longest:.1f} s" if longest else "")
        figures.add(f"{what}, keys meanwhile p99", quantile(firsts, 0.99), "ms", most=keys.MOST_BUSY, note=note)
        figures.add(f"{what}, keys meanwhile at most", max(firsts), "ms")
    terminal.quiet(1.0, patience=5.0)
