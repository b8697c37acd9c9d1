"""What commands print: quiet, aligned, literal, and never wider than the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from cminbox.text import clean, one_line
from cminbox.textwidth import cut, fit, width_of

_OBEYED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def width() -> int | None:
    """Cells of the terminal; None where standard output is none and lines may be as long as they are."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or os.environ.get("COLUMNS") else None


def say(text: str = "") -> None:
    """Print a text that may have several lines, without anything a terminal would obey."""
    sys.stdout.write(f"{clean(text, limit=1_000_000)}\n")


def note(text: str) -> None:
    """Print one line on standard error: progress, or a warning."""
    with suppress(OSError):  # nobody can be told, and what is done goes on
        sys.stderr.write(f"cminbox: {one_line(clean(text))}\n")


def progress(text: str) -> None:
    """Show how far something is, on one line that the next one overwrites; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{one_line(clean(text))}")
        sys.stderr.flush()


def progress_done() -> None:
    """Take the line of `progress` away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def as_json(value: object, indent: int | None = None) -> str:
    """A value as JSON, readable in every script; what a terminal would obey is spelled as `\\u009b`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if text.isascii() and "\x7f" not in text else _OBEYED.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def say_json(value: object) -> None:
    """Print a value as JSON."""
    sys.stdout.write(as_json(value, indent=2) + "\n")


def styled(text: str, style: str) -> str:
    """The text in a colour or weight on a terminal that has them, and as it is elsewhere."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def heading(text: str) -> None:
    """Print a heading, bold on a terminal."""
    sys.stdout.write(f"{styled(_flat(text), 'bold')}\n")


def say_marked(mark: str, style: str, text: str) -> None:
    """Print a line that begins with a coloured mark; the text may be wider than the terminal, for nothing is lost."""
    sys.stdout.write(f"{styled(mark, style)}  {_flat(text)}\n")
    sys.stdout.flush()


class Columns:
    """Rows in aligned columns two cells apart; the last column gets what is left of the line.

    Args:
        sizes: cells of each column but the last; negative ones are aligned to the right.
    """

    def __init__(self, *sizes: int) -> None:
        self.sizes = sizes
        self.width = width()

    def say(self, row: Sequence[object], style: str = "") -> None:
        """Print one row, each value cut to its column."""
        texts = [one_line(clean(str(cell))) for cell in row]
        cells = [fit(text, abs(size), right=size < 0) for text, size in zip(texts, self.sizes, strict=False)]
        line = "  ".join([*cells, texts[-1]])
        line = (line if self.width is None else cut(line, self.width)).rstrip()
        sys.stdout.write(f"{styled(line, style) if style else line}\n")


def table(rows: Sequence[Sequence[object]], right: Iterable[int] = ()) -> None:
    """Print rows in columns as wide as they need; the first row is the head.

    Args:
        rows: all of the same length.
        right: the columns that are aligned to the right.
    """
    texts = [[one_line(clean(str(cell))) for cell in row] for row in rows]
    sizes = [max(width_of(row[column]) for row in texts) for column in range(len(texts[0]) - 1)]
    flush = set(right)
    columns = Columns(*(-size if place in flush else size for place, size in enumerate(sizes)))
    columns.say(texts[0], "bold")
    for row in texts[1:]:
        columns.say(row)


def _flat(text: str) -> str:
    """A text on one line, its spaces as they are."""
    return clean(text).replace("\n", " ")
