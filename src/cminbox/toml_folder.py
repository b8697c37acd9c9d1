"""Folders of TOML files: ours, and the user's over them.

A user's file replaces the shipped file of the same name. A file that is broken is told, and what it last said while it
was right stays in force. Files are read again only when they change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar, cast

from cminbox.errors import ConfigError, SeveralMistakes
from cminbox.tomlfile import Table, column_of, read_toml

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
        read: what its tables say now, as far as they can be read.
    """

    path: Path
    stamp: Stamp | None
    items: tuple[T, ...]
    problems: tuple[ConfigError, ...]
    read: tuple[T, ...] = ()


def read_folder(
    shipped: Path, user: Path | None, key: str, parse: Parse[T], before: Mapping[str, FileRead[T]] | None = None
) -> dict[str, FileRead[T]]:
    """Every `*.toml` of the two folders by file name, in order of names.

    Args:
        key: files hold `[[key]]` tables and nothing else.
        parse: makes the item of one table, or raises ConfigError, or SeveralMistakes for all there are; a file with
            any mistake gives no items.
        before: the last reading; unchanged files are taken from it.
    """
    known = before or {}
    paths = _paths(shipped) | (_paths(user) if user is not None else {})
    files: dict[str, FileRead[T]] = {}
    for name in sorted(paths):
        path, stamp, old = paths[name], stamp_of(paths[name]), known.get(name)
        if old is not None and old.path == path and old.stamp == stamp:
            files[name] = old
            continue
        found, problems = _read(path, key, parse)
        items = [] if problems else found
        if problems and old is not None:
            items = list(old.items)
        elif problems and path.parent != shipped and (shipped / name).is_file():
            ours, wrong = _read(shipped / name, key, parse)
            items = [] if wrong else ours
        files[name] = FileRead(path, stamp, tuple(items), tuple(problems), tuple(found))
    return files


class KeptFile(Generic[T]):
    """One file that is read again where it changed; while it is broken, what it last said stays in force.

    Args:
        path: the user's file; it need not exist.
        key, parse: as for `read_folder`.
        shipped: ours, which is in force where the user has none, or none that was ever right.
    """

    def __init__(self, path: Path, key: str, parse: Parse[T], shipped: Path | None = None) -> None:
        self._path = path
        self._key = key
        self._parse: Parse[T] = parse
        self._shipped = shipped
        self._read: FileRead[T] | None = None
        self._good: tuple[T, ...] | None = None

    def load(self) -> FileRead[T]:
        """What is in force, and what is wrong with the file now."""
        path = self._path if self._shipped is None or self._path.is_file() else self._shipped
        known = self._read
        if known is not None and known.path == path and known.stamp == stamp_of(path):
            return known
        if stamp_of(path) is None and not path.exists():
            found: FileRead[T] = FileRead(path, None, (), ())
        else:
            found = read_file(path, self._key, self._parse)
        if not found.problems:
            self._good = found.items
        elif self._good is None and self._shipped is not None:
            self._good = read_file(self._shipped, self._key, self._parse).items
        self._read = replace(found, items=self._good or ())
        return self._read


def read_file(path: Path, key: str, parse: Parse[T]) -> FileRead[T]:
    """One file by itself."""
    found, problems = _read(path, key, parse)
    return FileRead(path, stamp_of(path), () if problems else tuple(found), tuple(problems), tuple(found))


def _read(path: Path, key: str, parse: Parse[T]) -> tuple[list[T], list[ConfigError]]:
    """The items of one file, one for each of its `[[key]]` tables that can be read, and the mistakes."""
    items: list[T] = []
    problems: list[ConfigError] = []
    try:
        file = Table(read_toml(path), path)
        for table in file.tables(key):
            try:
                items.append(parse(table))
            except SeveralMistakes as error:
                problems.extend(error.each)
                items.append(cast("T", error.item))
            except ConfigError as error:
                problems.append(error)
        problems.extend(file.unknown())
    except ConfigError as error:
        problems.append(error)
    told = [_with_column(problem) for problem in problems]
    return items, sorted(told, key=lambda problem: (problem.line_number or 0, problem.column or 0))


def _with_column(error: ConfigError) -> ConfigError:
    """The same mistake with its column, where its line is known alone: the one in which the line begins."""
    if error.file is None or error.line_number is None or error.column is not None:
        return error
    message = error.message.removeprefix(f"{error.file}:{error.line_number}: ")
    column = column_of(error.file, error.line_number)
    return ConfigError(message, file=error.file, line=error.line_number, column=column, hint=error.hint)


def _paths(folder: Path) -> dict[str, Path]:
    try:
        return {path.name: path for path in folder.glob("*.toml") if not path.name.startswith(".")}
    except OSError:
        return {}


def stamp_of(path: Path) -> Stamp | None:
    """What tells whether a file has changed; None where it cannot be looked at."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
