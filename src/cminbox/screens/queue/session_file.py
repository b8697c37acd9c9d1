"""What a screen keeps for the next time: two small files for each store and member, in the folder of state.

One holds where somebody was and what they typed; it is read before the first page. The other holds the marks, which may
be a hundred thousand; it is read after it. Each is written whole beside itself and then put in place, so that of two
screens the last one wins and no reader meets half a file. Nothing here is needed: a file that cannot be read (OSError),
or is damaged or none of ours (ValueError), is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cminbox.model import Instant

FORMAT = 1
MOST_BYTES = 8_000_000
"""A file of more is none of ours."""
MOST_LINES = 200
"""Typed lines that are kept of each kind."""
LONGEST_LINE = 2_000


class Place(NamedTuple):
    """Where somebody was.

    Attributes:
        view: its name.
        filter, search, sort: empty for none.
        cursor: the conversation under the cursor; 0 in an empty list.
        line: its line on the screen, from 0.
        seq: the newest change number of the store then.
        at: when.
        commands, queries: what was typed, oldest first.
    """

    view: str = ""
    filter: str = ""
    search: str = ""
    sort: str = ""
    cursor: int = 0
    line: int = 0
    seq: int = 0
    at: Instant = 0
    commands: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


class Files(NamedTuple):
    """The two files of a member in a store."""

    place: Path
    marks: Path

    @classmethod
    def of(cls, folder: Path, store: Path, member: str) -> Files:
        """Those in a folder.

        Args:
            store: the store's file.
            member: the handle; of odd ones only letters and digits show in the name.
        """
        plain = "".join(char for char in member if char.isascii() and char.isalnum())[:40]
        number = zlib.crc32(f"{store}\n{member}".encode("utf-8", "surrogatepass"))
        name = f"queue-{plain}-{number:08x}"
        return cls(folder / f"{name}.json", folder / f"{name}.marks.json")


def read_place(path: Path, store_id: str) -> Place | None:
    """Where somebody was in the store of that id; None where there is nothing to go by."""
    found = _read(path, store_id)
    if found is None:
        return None
    values: dict[str, Any] = {}
    for name, default in Place()._asdict().items():
        value = found.get(name, default)
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = tuple(line[:LONGEST_LINE] for line in value[-MOST_LINES:])
        if type(value) is not type(default):
            raise ValueError(f"{name} is {str(value)[:40]!r}")
        values[name] = value
    return Place(**values)


def read_marks(path: Path, store_id: str) -> frozenset[int]:
    """The marks; empty where there are none."""
    marks = (_read(path, store_id) or {}).get("marks", [])
    if not isinstance(marks, list) or not all(type(number) is int for number in marks):
        raise ValueError("its marks are no numbers")
    return frozenset(marks)


def write_place(path: Path, store_id: str, place: Place) -> None:
    """Write down where somebody is in the queue."""
    _write(path, store_id, place._asdict())


def write_marks(path: Path, store_id: str, marks: Iterable[int]) -> None:
    """Keep marks; without any there is no file."""
    numbers = sorted(marks)
    if numbers:
        _write(path, store_id, {"marks": numbers})
    else:
        path.unlink(missing_ok=True)


def _read(path: Path, store_id: str) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    found = json.loads(raw) if len(raw) <= MOST_BYTES else None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("it is not of this program")
    return found if found.get("store") == store_id else None


def _write(path: Path, store_id: str, values: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({"format": FORMAT, "store": store_id, **values}, ensure_ascii=True, separators=(",", ":"))
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
