"""The log of what screens have to say to nobody in front of them."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cminbox.log_lines import LineFormatter


def write(path: Path, text: str, error: BaseException | None = None) -> None:
    """Append a line, with the traceback of an error; where that cannot be, nothing.

    Args:
        path: the log.
        text: one line.
        error: a mistake of ours.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.Logger("cminbox.screen")
    logger.addHandler(handler)
    if error is None:
        logger.warning(text)
    else:
        logger.error(text, exc_info=error)
    handler.close()
