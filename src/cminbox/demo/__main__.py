"""`python -m cminbox.demo`: serves the demo network until standard input closes or SIGTERM comes.

Prints one line of JSON: `{"url": …, "token": …}`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading

from cminbox.demo.scenario import Scenario
from cminbox.demo.server import DemoServer
from cminbox.model import now


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo network; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cminbox.demo", description="Serves the demo network on loopback.")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same story")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster everything happens")
    parser.add_argument("--quiet", action="store_true", help="say nothing of what goes wrong inside")
    wanted = parser.parse_args(arguments)
    if wanted.speed <= 0:
        parser.error("--speed must be above 0")
    if wanted.quiet:
        logging.disable(logging.CRITICAL)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    signal.signal(signal.SIGINT, lambda _number, _frame: ended.set())
    with DemoServer(Scenario(wanted.seed, now()), wanted.speed) as server:
        sys.stdout.write(json.dumps({"url": server.url, "token": server.token}) + "\n")
        sys.stdout.flush()
        threading.Thread(target=_until_closed, args=(ended,), daemon=True).start()
        ended.wait()
    return 0


def _until_closed(ended: threading.Event) -> None:
    """Waits for whoever started us to go away; unbuffered, as a buffer's lock would outlive us at exit."""
    while os.read(0, 4096):
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
