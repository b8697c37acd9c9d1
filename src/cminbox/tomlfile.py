"""TOML files read strictly: every mistake is told with its file, its line and the nearest right name.

`tomllib` gives values without their places. Places are only needed once something is wrong, so `locate` reads the
file again then.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cminbox.duration import format_duration, parse_duration
from cminbox.errors import ConfigError, SeveralMistakes
from cminbox.suggest import nearest, suggest

T = TypeVar("T")
S = TypeVar("S")
_STANDS_IN: Mapping[type, Any] = {str: "unknown", list: (), dict: {}, bool: False, int: 1, float: 1.0}
Key = str | int
"""One step of the way to a value: a key, or the index in an array of tables."""

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PIECE = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|\n|[\w-]+|[^\s]''', re.DOTALL
)


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a TOML file.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, or is not TOML; with line and column where there are some.
    """
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise ConfigError(f"cannot be read: {problem.strerror}", file=path) from problem
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = raw[: problem.start]
        raise ConfigError(
            f"byte 0x{raw[problem.start]:02x} is not UTF-8",
            file=path,
            line=before.count(b"\n") + 1,
            column=len(before) - before.rfind(b"\n"),
            hint="save the file as UTF-8",
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        message = str(problem)
        place = _PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (text.count("\n") + 1, None)
        what = _PLACE.sub("", message)
        raise ConfigError(f"not TOML: {what[:1].lower()}{what[1:]}", file=path, line=line, column=column) from None
    except ValueError:
        # Python reads no number of more than some thousand digits.
        raise ConfigError("not TOML: a number is far too long", file=path) from None
    except RecursionError:
        raise ConfigError("nested too deeply", file=path) from None


def locate(path: Path, keypath: Sequence[Key]) -> int | None:
    """The 1-based line of a value in a TOML file, or of the nearest table around it; None where there is none.

    Args:
        path: a file that `read_toml` could read.
        keypath: keys, and indexes in arrays of tables: `("source", 1, "interval")`.
    """
    try:
        places = _places(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None
    for length in range(len(keypath), 0, -1):
        line = places.get(tuple(keypath[:length]))
        if line is not None:
            return line
    return None


def column_of(path: Path, line: int | None) -> int | None:
    """The 1-based column in which a line of a file begins behind its indent; None where there is no such line."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if line is None or not 0 < line <= len(lines):
        return None
    return len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1


class Mistakes:
    """Gathers all the mistakes of a table or a file, where each reader tells one."""

    def __init__(self) -> None:
        self.found: list[ConfigError] = []

    def of(self, read: Callable[[], T], instead: T) -> T:
        """What a reader gives; where it has a mistake, that is gathered, and this is given instead."""
        try:
            return read()
        except ConfigError as error:
            self._add(error)
            return instead

    def each(self, items: Iterable[S], read: Callable[[S], T]) -> list[T]:
        """What a reader gives for each of some items that has no mistake."""
        found: list[T] = []
        for item in items:
            try:
                found.append(read(item))
            except ConfigError as error:
                self._add(error)
        return found

    def every(self, table: Table, read: Callable[[Table], T], instead: T) -> T:
        """What a reader makes of a table, read again without each key of which it tells a mistake.

        So all of them are found, though it stops at the first. It must leave nothing behind when it does.

        Args:
            instead: given where the table says too little.
        """
        values, dropped, assumed = dict(table.values), set[str](), set[str]()
        while True:
            try:
                return read(Table(values, table.file, table.at, assumed))
            except ConfigError as error:
                key = next((str(step) for step in error.keypath[len(table.at) :]), "")
                if key in assumed or (dropped and not key):
                    return instead  # because of what is told already
                if key not in dropped:
                    self._add(error)
                if key in values:
                    dropped.add(key)
                    del values[key]
                elif key:
                    assumed.add(key)  # it is missing, and that is told
                else:
                    return instead

    def _add(self, error: ConfigError) -> None:
        self.found += error.each if isinstance(error, SeveralMistakes) else (error,)

    @property
    def in_order(self) -> tuple[ConfigError, ...]:
        """Each mistake once, by file in the order of reading, then by line."""
        once = {error.line(): error for error in self.found}
        files = list(dict.fromkeys(error.file for error in self.found))
        return tuple(sorted(once.values(), key=lambda error: (files.index(error.file), error.line_number or 0)))


def all_of(items: Iterable[S], read: Callable[[S], T]) -> list[T]:
    """What a reader gives for each of some items.

    Raises:
        ConfigError: what is wrong with one of them; SeveralMistakes for more than one.
    """
    gather = Mistakes()
    found = gather.each(items, read)
    if gather.found:
        raise gather.found[0] if len(gather.found) == 1 else SeveralMistakes(gather.found, found)
    return found


def first_of(mistakes: Sequence[ConfigError]) -> ConfigError:
    """The first of some mistakes, which says how many more there are and what tells them."""
    first = mistakes[0]
    if len(mistakes) > 1:
        more = f"and {len(mistakes) - 1} more: cminbox doctor"
        first.hint = f"{first.hint}; {more}" if first.hint else more
    return first


@lru_cache(maxsize=1)
def _places(text: str) -> dict[tuple[Key, ...], int]:
    """The line of every table and key of a TOML text that is known to be right."""
    places: dict[tuple[Key, ...], int] = {}
    counts: dict[tuple[Key, ...], int] = {}
    table: tuple[Key, ...] = ()
    for line, pieces in _statements(text):
        double = pieces[:2] == ["[", "["]
        if pieces[0] == "[":
            *parents, last = [_bare(piece) for piece in pieces if piece not in ("[", "]", ".")]
            table = ()
            for part in parents:
                table += (part,)
                if table in counts:
                    table += (counts[table] - 1,)
            table += (last,)
            places.setdefault(table, line)
            if double:
                counts[table] = counts.get(table, 0) + 1
                table += (counts[table] - 1,)
                places[table] = line
        else:
            for length in range(1, 1 + pieces.index("=")):
                if pieces[length - 1] != ".":
                    key = tuple(_bare(piece) for piece in pieces[:length] if piece != ".")
                    places.setdefault(table + key, line)
    return places


def _statements(text: str) -> Iterable[tuple[int, list[str]]]:
    """The pieces of each header and each assignment, with the line on which it starts."""
    line, start, depth = 1, 1, 0
    pieces: list[str] = []
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece == "\n" and not depth and pieces:
            yield start, pieces
            pieces = []
        elif piece != "\n" and piece[0] != "#":
            if not pieces:
                start = line
            pieces.append(piece)
            depth += (piece in "[{") - (piece in "]}")
        line += piece.count("\n")
    if pieces:
        yield start, pieces


def _bare(piece: str) -> str:
    return piece[1:-1] if piece[0] in "\"'" else piece


class Table:
    """One table of a file, read key by key: whatever nobody asked for is a mistake.

    Each reader raises ConfigError with file, line and key where the value is not what it has to be.

    Args:
        values: the table as `tomllib` gave it.
        file: the file, for messages.
        at: the way to the table in the file.
        assumed: keys that are missing, which is told already: something stands in for their values.
    """

    def __init__(
        self, values: Mapping[str, Any], file: Path, at: tuple[Key, ...] = (), assumed: Collection[str] = ()
    ) -> None:
        self.values = values
        self.file = file
        self.at = at
        self._assumed = assumed
        self._asked: dict[str, None] = {}

    @property
    def name(self) -> str:
        """The table as it stands in the file, such as `[[source]]` or `[sla]`; empty at the top."""
        names = ".".join(part for part in self.at if isinstance(part, str))
        if not names:
            return ""
        return f"[[{names}]]" if isinstance(self.at[-1], int) else f"[{names}]"

    def error(self, key: str | None, message: str, hint: str = "") -> ConfigError:
        """The error to raise about one of the table's keys, or about the table."""
        keypath = self.at if key is None else (*self.at, key)
        error = ConfigError(message, file=self.file, line=locate(self.file, keypath), hint=hint)
        error.keypath = keypath
        return error

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked[key] = None
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        """A text; needed and not empty where there is no default."""
        value = self._value(key, str, "a text in quotes", default)
        if default is None and not value.strip():
            raise self.error(key, f"{key} is empty")
        return str(value)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """One of some words."""
        value = self.text(key, default)
        if value not in choices:
            raise self.error(key, f'{key} cannot be "{value}"', suggest(value, choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """The value of a key that must be true or false."""
        return bool(self._value(key, bool, "true or false", default))

    def number(self, key: str, default: int | None = None) -> int:
        """The value of a key that must be a whole number."""
        value = self._value(key, int, "a whole number", default)
        if isinstance(value, bool):
            raise self.error(key, f"{key} must be a whole number")
        return int(value)

    def real(self, key: str, default: float) -> float:
        """The value of a key that must be a number, whole or not."""
        value = self._value(key, (int, float), "a number", default)
        if isinstance(value, bool) or value != value:
            raise self.error(key, f"{key} must be a number")
        return float(value)

    def items(self, key: str, wanted: str) -> list[Any]:
        """A list, which messages call what is `wanted`; empty where it is missing."""
        found: list[Any] = self._value(key, list, wanted, [])
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        value = self.items(key, "a list of texts")
        for item in value:
            if not isinstance(item, str):
                raise self.error(key, f"{key} must be a list of texts, and has {item!r} in it")
        return tuple(value)

    def duration(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """A duration such as "30m", in milliseconds."""
        if default is not None and not self.has(key):
            return default
        value = self._value(key, str, 'a duration such as "30m" or "2h"', None)
        try:
            ms = parse_duration(value)
        except ValueError as problem:
            raise self.error(key, f"{key}: {problem}") from None
        if ms < least:
            raise self.error(key, f'{key} is too short: "{value}"', hint=f"{format_duration(least)} at least")
        return ms

    def table(self, key: str) -> Table:
        """A table in this one; empty where it is missing."""
        return Table(self._value(key, dict, f"a table: [{key}]", {}), self.file, (*self.at, key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty where it is missing."""
        wanted = f"a list of tables, each headed [[{key}]]"
        items = self.items(key, wanted)
        if not all(isinstance(item, dict) for item in items):
            raise self.error(key, f"{key} must be {wanted}")
        return [Table(item, self.file, (*self.at, key, index)) for index, item in enumerate(items)]

    def rest(self) -> dict[str, Any]:
        """What nobody asked for."""
        return {key: value for key, value in self.values.items() if key not in self._asked}

    def done(self) -> None:
        """Ends the reading.

        Raises:
            ConfigError: a key is left that nobody asked for.
        """
        for error in self.unknown():
            raise error

    def unknown(self) -> list[ConfigError]:
        """A mistake for each key that is left and nobody asked for."""
        where = f" in {self.name}" if self.name else ""
        return [self.error(key, f'unknown key "{key}"{where}', suggest(key, self._asked)) for key in self.rest()]

    def _value(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        if not self.has(key):
            if default is not None:
                return default
            if key in self._assumed:
                return _STANDS_IN[kind[0] if isinstance(kind, tuple) else kind]
            near = nearest(key, self.rest())
            where = f" in {self.name}" if self.name else ""
            hint = f'"{near}" should perhaps be "{key}"' if near else ""
            missing = self.error(near, f'"{key}" is missing{where}', hint)
            missing.keypath = (*self.at, key)
            raise missing
        value = self.values[key]
        if not isinstance(value, kind):
            raise self.error(key, f"{key} must be {wanted}, not {value!r}")
        return value
