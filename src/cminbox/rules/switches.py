"""Which rules are switched off: `rules/off.txt`, a rule's name on each line.

Lines that begin with `#` are comments, unless a rule is called so. The file need not exist.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from cminbox.errors import ConfigError
from cminbox.suggest import suggest
from cminbox.toml_folder import Stamp, stamp_of

FILE = "off.txt"
_HEAD = "# Rules that are switched off: a rule's name on each line.\n"


class Switches(NamedTuple):
    """The file as it was last read.

    Attributes:
        lines: its lines without the blanks around them; the last good ones where it cannot be read now.
        problem: why it cannot be read.
    """

    path: Path | None = None
    stamp: Stamp | None = None
    lines: tuple[str, ...] = ()
    problem: ConfigError | None = None

    def problems(self, known: Collection[str]) -> list[ConfigError]:
        """What is wrong with it: it cannot be read, or switches off what there is not.

        Args:
            known: the names of all rules.
        """
        found = [] if self.problem is None else [self.problem]
        for number, name in enumerate(self.lines, start=1):
            if name and name not in known and not name.startswith("#"):
                hint = suggest(name, known) or "take the line out"
                found.append(ConfigError(f"no rule is called {name!r}", file=self.path, line=number, hint=hint))
        return found


NOTHING_OFF = Switches()


def read(folder: Path | None, before: Switches = NOTHING_OFF) -> Switches:
    """The file of a rules folder; the same as before where it did not change.

    Args:
        folder: the user's `rules/`; None where there is none.
    """
    if folder is None:
        return before
    path = folder / FILE
    stamp = stamp_of(path)
    if before.path == path and before.stamp == stamp:
        return before
    if stamp is None:
        return Switches(path)
    try:
        return Switches(path, stamp, tuple(line.strip() for line in _text(path).splitlines()))
    except ConfigError as error:
        return Switches(path, stamp, before.lines if before.path == path else (), error)


def switch(folder: Path, name: str, *, on: bool) -> None:
    """Write down that a rule is on or off; every other line stays as it is.

    Raises:
        ConfigError: the file cannot be read or written, or the name is more than one line.
    """
    if len(name.splitlines()) != 1:
        raise ConfigError(f"rule {name!r} cannot be switched off by its name", hint="give it a name of one line")
    path = folder / FILE
    text = _text(path) if path.exists() else _HEAD
    kept = [line for line in text.splitlines() if line.strip() != name.strip()]
    lines = kept if on else [*kept, name.strip()]
    temporary = path.with_name(f".{FILE}.{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path.resolve())
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise ConfigError(f"cannot be written: {error.strerror}", file=path) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8", file=path, hint="save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from None
