"""Measures the queue on many messages: `python benchmarks/bench_queue.py [N] [--json FILE] [--rules 100]`.

N is 10,000 unless given, or `CMINBOX_BENCH_MESSAGES`. Absolute figures drift from machine to machine; ratios hold.
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
from generator import base
from place import place

HOUR = 3600


def main() -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=int(os.environ.get("CMINBOX_BENCH_MESSAGES", "10000")))
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--rules", type=int, default=100, help="rules in all, the shipped ones among them")
    parser.add_argument("--only", choices=("intake", "reads", "screen"), nargs="*", help="measure only these")
    asked = parser.parse_args()
    # The newest messages are an hour old at most: what waits, waits for as long as in a real queue.
    end = time.time() // HOUR * HOUR
    made = base()
    figures = Figures({"messages": asked.count, "texts": made.name, "rules": asked.rules, "cores": os.cpu_count(),
                       "python": platform.python_version()})  # fmt: skip
    only = asked.only or ("intake", "reads", "screen")
    with place(asked.rules) as at:
        if "intake" in only:
            intake.measure(at, asked.count, end, made, figures)
        else:
            intake.fill(at, asked.count, end, made)
        if "reads" in only:
            reads.measure(at, figures)
        if "screen" in only:
            screen.measure(at, asked.count, end, made, figures)
    print(figures.table())
    if asked.json:
        figures.write(asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
