"""Where the time of taking in goes: `python benchmarks/profile_takein.py [N] [--rules 100] [--top 30]`.

Reading and scoring are profiled in the thread that does them, storing in the store's own writer thread.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from itertools import islice

from generator import base, recent_end, write
from place import place

PAGE = 1000


def told(name: str, profile: cProfile.Profile, sort: str, top: int) -> None:
    """Prints what a profile found."""
    print(f"\n{name}, by {sort}")
    pstats.Stats(profile, stream=sys.stdout).strip_dirs().sort_stats(sort).print_stats(top)


def main() -> None:
    """Take messages in, once as it is and once under the profiler."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--top", type=int, default=30)
    parser.add_argument("--sort", default="tottime")
    asked = parser.parse_args()

    from cminbox.engine.scoring import Scoring
    from cminbox.engine.takein import take_in
    from cminbox.engine.transaction import Intake
    from cminbox.sources.networks.jsonl import Reader
    from cminbox.store import Store, sources

    reading, storing = cProfile.Profile(), cProfile.Profile()
    with place(asked.rules) as at:
        file = at.folder / "messages.jsonl"
        write(file, asked.count, end=recent_end(time.time()), made=base())
        for traced in (False, True):
            spent = {"read": 0.0, "score": 0.0, "store": 0.0}
            with Store.open(at.folder / f"{traced}.db") as store, file.open("rb") as opened:
                scoring = Scoring(at.config / "rules")
                lines = Reader().read(opened)
                if traced:
                    store.write(lambda conn: storing.enable())
                    reading.enable()
                while True:
                    began = time.perf_counter()
                    page = [line for line in islice(lines, PAGE) if line.message is not None]
                    if not page:
                        break
                    read = time.perf_counter()
                    parts: dict[str, list[object]] = {}
                    for line in page:
                        parts.setdefault(line.source, []).append(scoring.score(line.message))
                    scored = time.perf_counter()
                    intake = Intake(scoring, int(time.time() * 1000), None, 4 * 3_600_000)
                    for name, part in parts.items():
                        store.write(
                            lambda conn, name=name, part=part, intake=intake: take_in(
                                conn, sources.ensure(conn, name, "x", polled=False), part, intake
                            ),
                            durable=False,
                        )
                    spent["read"] += read - began
                    spent["score"] += scored - read
                    spent["store"] += time.perf_counter() - scored
                if traced:
                    reading.disable()
                    store.write(lambda conn: storing.disable())
            if not traced:
                whole = sum(spent.values())
                shares = ", ".join(f"{name} {seconds / asked.count * 1e6:.0f} µs" for name, seconds in spent.items())
                print(f"{asked.count / whole:,.0f} messages/s; a message: {shares}")
    told("reading and scoring", reading, asked.sort, asked.top)
    told("storing", storing, asked.sort, asked.top)


if __name__ == "__main__":
    main()
