"""Measures the queue on many messages: `python benchmarks/bench_queue.py [N] [--json FILE] [--at FOLDER]`.

N is 10,000 unless given, or `CMINBOX_BENCH_MESSAGES`; the file is `CMINBOX_BENCH_JSON` unless given. Absolute figures
drift from machine to machine; ratios hold.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import intake
import reads
import screen
from figures import Figures
from generator import base, recent_end
from place import place

PARTS = ("intake", "reads", *screen.PARTS)


def main() -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=int(os.environ.get("CMINBOX_BENCH_MESSAGES") or 10_000))
    parser.add_argument("--json", type=Path, default=os.environ.get("CMINBOX_BENCH_JSON") or None)
    parser.add_argument("--rules", type=int, default=100, help="rules in all, the shipped ones among them")
    parser.add_argument("--only", choices=PARTS, nargs="*", help="measure only these")
    parser.add_argument("--at", type=Path, help="keep the store here; one that is there is used, and changed")
    asked = parser.parse_args()
    # What waits, waits for as long as in a real queue.
    end = recent_end(time.time())
    made = base()
    figures = Figures({"messages": asked.count, "texts": made.name, "rules": asked.rules, "cores": os.cpu_count(),
                       "python": platform.python_version()})  # fmt: skip
    only = asked.only or PARTS
    with place(asked.rules, asked.at) as at:
        if "intake" in only:
            intake.measure(at, asked.count, end, made, figures)
        elif not (at.data / "cminbox.db").exists():
            intake.fill(at, asked.count, end, made)
        os.sync()  # what was written just now is not on its way to the disk while something else is measured
        if "reads" in only:
            reads.measure(at, figures)
        if set(only) & set(screen.PARTS):
            screen.measure(at, asked.count, end, made, figures, asked.rules, only)
    print(figures.table())
    if asked.json:
        figures.write(Path(asked.json))
    missed = [figure.name for figure in figures.all if figure.reached is False]
    print(f"\n{len(missed)} of {sum(figure.reached is not None for figure in figures.all)} targets missed"
          + (f": {', '.join(missed)}" if missed else ""))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
