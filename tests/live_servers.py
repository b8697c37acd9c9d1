"""Where the real servers and the simulator of the live tests run, what is said on them, and the marks of such tests.

The start scripts write `$CMINBOX_SERVERS/out/NAME.json`. A test whose server was not started is skipped, aloud.
"""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("CMINBOX_SERVERS", "/var/tmp/cminbox-servers")) / "out"
SCRIPTS = Path(os.environ.get("CMINBOX_SHARED") or Path(__file__).parents[1].parent / "shared") / "servers"
LIVE = pytest.mark.live
ON_THE_SIMULATOR = [pytest.mark.live, pytest.mark.xdist_group("sim")]
"""All tests share one simulator, and some reset it: they never run beside each other."""
_CORPUS = SCRIPTS / "corpus.py"
_FEW = [("alice", "esc\x1b[31mRED\x07 \u202eevil\u202c 👨‍👩‍👧‍👦 ਸ਼ੁਕਰੀਆ [bold]x[/]"), ("meera", "नमस्ते")]


def told(name: str) -> dict[str, Any]:
    """What the start script of a server wrote; empty where it was not started."""
    path = FOLDER / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def started(name: str) -> dict[str, Any]:
    """What the start script of a server wrote; where it was not started the test is skipped."""
    found = told(name)
    if not found:
        pytest.skip(f"{name} was not started: no {FOLDER / f'{name}.json'}")
    return found


def behind_check(network: str) -> str:
    """Where a network of the simulator answers: behind its publisher's description where that was started."""
    url: str = told(f"prism-{network}").get("url") or started("sim")["networks"][network]
    return url


def corpus(*, few: bool = False) -> list[tuple[str, str]]:
    """Who says what, in six languages and with all that is hostile; a few of it where the whole is not there and
    `few` are enough, else the test is skipped."""
    if _CORPUS.is_file():
        return [(who, text) for who, text in runpy.run_path(str(_CORPUS))["C"]]
    if not few:
        pytest.skip(f"no {_CORPUS}")
    return list(_FEW)
