"""Measures ours beside programs that read mail, on the same messages: `benchmarks/bench_peers.py [N] [--json FILE]`.

neomutt, notmuch and aerc get the messages as a maildir. They are installed from Debian where they are missing and that
is allowed; else they are left out. N is 10,000 unless given, or `CMINBOX_BENCH_MESSAGES`. Above 100,000 only ours
grows, because a mailbox of a million files takes the others hours; their figures are then those of 100,000, which
favours them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import intake
import keys
import maildir
import reads
import screen
from figures import Figures, quantile
from generator import Base, base, messages, recent_end
from matrix import Matrix
from peers import Notmuch, Peer, installed, screens
from place import Place, place
from terminal import Terminal

if TYPE_CHECKING:
    from cminbox.store import Store

STARTS = 9
SEARCHES = 5
OURS, EMPTY, NOTMUCH, LIST = "cminbox", "empty app", "notmuch", "cminbox list"
PEERS_MOST = 100_000
KINDS = ("word", "phrase", "prefix")


def main() -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=int(os.environ.get("CMINBOX_BENCH_MESSAGES") or 10_000))
    parser.add_argument("--json", type=Path, default=os.environ.get("CMINBOX_BENCH_JSON") or None)
    asked = parser.parse_args()
    theirs = min(asked.count, PEERS_MOST)
    there = installed(("neomutt", "aerc", NOTMUCH))
    end = recent_end(time.time())
    made = base()
    with tempfile.TemporaryDirectory(prefix="cminbox-peers-") as temporary, place(100) as at:
        mail = Path(temporary) / "box" / "mail"
        if there:
            maildir.write(mail, messages(theirs, end=end, made=made))
        others = screens(Path(temporary), mail, there)
        notmuch = Notmuch.made(Path(temporary) / NOTMUCH, mail) if NOTMUCH in there else None
        matrix = Matrix(OURS, [OURS, LIST, EMPTY, *(peer.name for peer in others), *([NOTMUCH] if notmuch else [])])
        _take_in(at, asked.count, theirs, end, made, notmuch, matrix)
        _search(at, made, notmuch, matrix)
        with at.beside("poll"):
            screen.settled(at)
            rows = screen.first_rows(at)
            ours = Peer(OURS, at.command(), at.environment, rows)
            empty = Peer(EMPTY, [sys.executable, screen.EMPTY], at.environment, rb"nothing-but-this")
            _starts(at, [ours, empty, *others], matrix)
            _keys(at, [ours, *others], matrix)
    figures = _checks(matrix, asked.count, theirs, made)
    print(f"{figures.table()}\n\nmilliseconds and all else below; behind each, how many times ours it is\n")
    print(matrix.table())
    if asked.json:
        figures.about["measures"] = matrix.plain()
        figures.write(Path(asked.json))
    return 0


def _take_in(
    at: Place, count: int, theirs: int, end: float, made: Base, notmuch: Notmuch | None, matrix: Matrix
) -> None:
    """How many messages a second are stored and indexed, and what the index takes."""
    intake.write(at.folder / "messages.jsonl", count, end=end, made=made)
    took, said = at.run("import", str(at.folder / "messages.jsonl"), "--json")
    assert json.loads(said)["new"] == count
    rates = {OURS: count / took}
    stored = sum(file.stat().st_size for file in at.data.glob("cminbox.db*") if not file.name.endswith("-shm"))
    sizes = {OURS: stored / count}
    if notmuch:
        rates[NOTMUCH] = theirs / notmuch.take_in()
        sizes[NOTMUCH] = notmuch.size() / theirs
    matrix.add("take-in", "messages/s", rates)
    matrix.add("store or index", "bytes/message", sizes)


def _search(at: Place, made: Base, notmuch: Notmuch | None, matrix: Matrix) -> None:
    """The first 50 for the same question: ours in the open queue, and by a process as theirs is one."""
    from cminbox.store import Store

    first = made.rows[0]
    who = f"{first['author'].get('handle', '')}_0"
    asked = {kind: [(text, text) for text in reads.QUERIES[kind]] for kind in KINDS}
    asked["field"] = [(f"source:{first['source']}", f"to:{first['source']}"), (f"from:@{who}", f"from:{who}")]
    everything: dict[str, list[float]] = {}
    with Store.open(at.data / "cminbox.db") as store:
        for kind, pairs in asked.items():
            took: dict[str, list[float]] = {}
            for ours, theirs in pairs:
                for _ in range(SEARCHES):
                    took.setdefault(OURS, []).append(_timed(lambda ours=ours: _first_page(store, ours)))
                    if notmuch:
                        took.setdefault(NOTMUCH, []).append(notmuch.search(theirs))
                took.setdefault(LIST, []).append(at.run("list", ours, "--sort", "newest", "--limit", "50", "--json")[0])
            for name, values in took.items():
                everything.setdefault(name, []).extend(values)
            matrix.add(f"search by {kind}, p50", "ms", {name: 1000 * median(part) for name, part in took.items()})
    matrix.add("search, p95 of all", "ms", {name: 1000 * quantile(part, 0.95) for name, part in everything.items()})


def _first_page(store: Store, text: str) -> None:
    """What the queue does for a filter in the view of all."""
    from cminbox import query
    from cminbox.screens.queue.rows import QueueRows

    context = query.Context(int(time.time() * 1000), "ana")
    QueueRows(store.read(), query.parse(text), "newest", context).page(None, 50)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _starts(at: Place, programs: list[Peer], matrix: Matrix) -> None:
    """Starts in turn, so that all meet the same machine. One before the first is not counted: it fills caches."""
    took: dict[str, list[float]] = {peer.name: [] for peer in programs}
    memory: dict[str, list[float]] = {peer.name: [] for peer in programs}
    for round_ in range(STARTS + 1):
        for peer in programs:
            at.forget()
            with Terminal(peer.command, peer.environment) as terminal:
                seconds = terminal.until(peer.rows, patience=180.0)
                if round_:
                    took[peer.name].append(seconds)
                    memory[peer.name].append(terminal.memory())
    matrix.add("first rows", "ms", {name: 1000 * median(values) for name, values in took.items()})
    matrix.add("memory then", "MB", {name: median(values) / 1e6 for name, values in memory.items()})


def _keys(at: Place, programs: list[Peer], matrix: Matrix) -> None:
    """Keys on an idle screen: to the next row, and a page down."""
    for what, times in (("move", keys.MOVES), ("page", keys.PAGES)):
        found = {}
        for peer in programs:
            at.forget()
            with Terminal(peer.command, peer.environment) as terminal:
                terminal.until(peer.rows, patience=180.0)
                terminal.quiet(1.0)
                answers = []
                for _ in range(1 if what == "move" else keys.TIMES):
                    terminal.press(peer.top, silence=keys.REST)
                    answers += keys.pressed(terminal, peer.move if what == "move" else peer.page, times)
            found[peer.name] = answers
        firsts = {name: [answer.first for answer in answers] for name, answers in found.items() if answers}
        matrix.add(f"{what}, first byte p50", "ms", {name: quantile(part, 0.5) for name, part in firsts.items()})
        matrix.add(f"{what}, first byte p99", "ms", {name: quantile(part, 0.99) for name, part in firsts.items()})
        matrix.add(f"{what}, bytes a key", "bytes", {
            name: sum(answer.size for answer in answers) / len(answers) for name, answers in found.items() if answers
        })  # fmt: skip


def _checks(matrix: Matrix, count: int, theirs: int, made: Base) -> Figures:
    """What ours has to be better at."""
    figures = Figures({"messages": count, "theirs": theirs, "texts": made.name, "cores": os.cpu_count()})
    for measure, other, most in (
        ("first rows", EMPTY, 1.5),
        ("first rows", "neomutt", 1.0),
        ("first rows", "neomutt, cached", 1.0),
        ("first rows", "aerc", 1.0),
        ("search, p95 of all", NOTMUCH, 1.0),
    ):
        ratio = matrix.ratio(measure, other)
        if ratio is not None:
            # A program in C that reads a short list is quick; what counts is a mailbox as people have it.
            small = measure == "first rows" and other != EMPTY and theirs < PEERS_MOST
            figures.add(f"{measure} / {other}", ratio, most=None if small else most)
    ratio = matrix.ratio("take-in", NOTMUCH)
    if ratio is not None:
        figures.add("take-in / notmuch", ratio, least=1.0)
    return figures


if __name__ == "__main__":
    sys.exit(main())
