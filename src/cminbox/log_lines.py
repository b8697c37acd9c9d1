"""Lines of a log: what a network sent may stand in them, and must neither begin a line nor steer a terminal."""

from __future__ import annotations

import logging

from cminbox.text import clean, one_line

LONGEST = 4_000
"""Characters of a message."""


class LineFormatter(logging.Formatter):
    """Writes each message on one line, without control characters; a traceback stands below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of a message."""
        return one_line(clean(super().formatMessage(record), LONGEST))

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback that belongs to it."""
        return clean(super().format(record), 100 * LONGEST)
