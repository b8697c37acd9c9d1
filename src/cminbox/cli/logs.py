"""Where what the program says to nobody in particular goes: the log, or standard error of a service."""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cminbox.log_lines import LineFormatter

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def to_file(path: Path) -> None:
    """Log into a file that only its owner can read; without a log where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        _use(RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", errors="replace"))
    except OSError:
        _use(logging.NullHandler())


def to_stderr() -> None:
    """Log to standard error, as services do."""
    _use(logging.StreamHandler(sys.stderr))


def _use(handler: logging.Handler) -> None:
    logging.raiseExceptions = False  # a log that cannot be written must not fill standard error with tracebacks
    handler.setFormatter(LineFormatter(_FORMAT))
    ours = logging.getLogger("cminbox")
    ours.handlers[:] = [handler]
    ours.setLevel(logging.INFO)
    ours.propagate = False
