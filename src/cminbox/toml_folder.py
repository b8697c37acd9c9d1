"""Folders of TOML files: ours, and the user's over them.

A user's file replaces the shipped file of the same name. A file that is broken is told, and what it last said while it
was right stays in force. Files are read again only when they change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cminbox.errors import ConfigError
from cminbox.tomlfile import Table, read_toml

T = TypeVar("T")
Stamp = tuple[int, int, int]
Parse = Callable[[Table], T]


@dataclass(frozen=True)
class FileRead(Generic[T]):
    """One file as it was last read.

    Attributes:
        path: which file.
        stamp: what tells whether it has changed since.
        items: what it says, or said while it was last right.
        problems: what is wrong with it now.
    """

    path: Path
    stamp: Stamp | None
    items: tuple[T, ...]
    problems: tuple[ConfigError, ...]


def read_folder(
    shipped: Path, user: Path | None, key: str, parse: Parse[T], before: Mapping[str, FileRead[T]] | None = None
) -> dict[str, FileRead[T]]:
    """Every `*.toml` of the two folders by file name, in order of names.

    Args:
        key: files hold `[[key]]` tables and nothing else.
        parse: makes the item of one table, or raises ConfigError; a file with any mistake gives no items.
        before: the last reading; unchanged files are taken from it.
    """
    known = before or {}
    paths = _paths(shipped) | (_paths(user) if user is not None else {})
    files: dict[str, FileRead[T]] = {}
    for name in sorted(paths):
        path, stamp, old = paths[name], _stamp(paths[name]), known.get(name)
        if old is not None and old.path == path and old.stamp == stamp:
            files[name] = old
            continue
        items, problems = _read(path, key, parse)
        if problems and old is not None:
            items = list(old.items)
        elif problems and path.parent != shipped and (shipped / name).is_file():
            items, _ = _read(shipped / name, key, parse)
        files[name] = FileRead(path, stamp, tuple(items), tuple(problems))
    return files


def stamps(folder: Path) -> tuple[tuple[str, Stamp | None], ...]:
    """What tells whether a file of a folder was changed, added or taken away."""
    return tuple((name, _stamp(path)) for name, path in sorted(_paths(folder).items()))


def read_file(path: Path, key: str, parse: Parse[T]) -> FileRead[T]:
    """One file by itself."""
    items, problems = _read(path, key, parse)
    return FileRead(path, _stamp(path), tuple(items), tuple(problems))


def _read(path: Path, key: str, parse: Parse[T]) -> tuple[list[T], list[ConfigError]]:
    """The items of one file, one for each of its `[[key]]` tables, and one mistake for each table that has any."""
    items: list[T] = []
    problems: list[ConfigError] = []
    try:
        file = Table(read_toml(path), path)
        for table in file.tables(key):
            try:
                items.append(parse(table))
            except ConfigError as error:
                problems.append(error)
        file.done()
    except ConfigError as error:
        problems.append(error)
    return ([] if problems else items), problems


def _paths(folder: Path) -> dict[str, Path]:
    try:
        return {path.name: path for path in folder.glob("*.toml") if not path.name.startswith(".")}
    except OSError:
        return {}


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
