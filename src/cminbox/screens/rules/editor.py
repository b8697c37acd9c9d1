"""A person's own editor, opened at a line of a file."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from textual.app import SuspendNotSupported

from cminbox.errors import CminboxError

_PLUS = frozenset(
    (
        *("vi", "vim", "nvim", "view", "vis", "kak", "nano", "pico", "micro", "emacs", "emacsclient", "joe", "jed"),
        *("ne", "mg", "mcedit", "kate", "gedit", "pluma"),
    )
)
"""Editors that take a line as `+12` before the file."""
_COLON = frozenset(("hx", "helix", "subl", "zed"))
"""Those that take it as `file:12`."""
_GOTO = frozenset(("code", "codium", "code-insiders", "cursor"))
"""Those that take it as `--goto file:12`, and go to the background unless told to wait."""


def command(environ: Mapping[str, str], path: Path, line: int) -> list[str]:
    """The command line that opens a file at a line with `$VISUAL`, else `$EDITOR`, else vi.

    Raises:
        CminboxError: none of them can be run.
    """
    asked = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(asked)
    except ValueError:
        words = []
    if not words or shutil.which(words[0], path=environ.get("PATH")) is None:
        raise CminboxError(f"cannot run the editor {asked!r}", f"set EDITOR, or edit {path} by hand: it is read again")
    name = Path(words[0]).name
    if name in _GOTO:
        return [*words, *([] if "--wait" in words else ["--wait"]), "--goto", f"{path}:{line}"]
    if name in _COLON:
        return [*words, f"{path}:{line}"]
    return [*words, f"+{line}", str(path)] if name in _PLUS else [*words, str(path)]


def run(words: list[str], suspended: AbstractContextManager[None]) -> None:
    """Give the terminal to a command until it ends.

    Raises:
        CminboxError: it could not be run.
    """
    try:
        with suspended:
            subprocess.run(words, check=False)  # noqa: S603 - the person's own editor
    except SuspendNotSupported:
        raise CminboxError(
            "an editor cannot be opened from here", f"edit {words[-1]} elsewhere: it is read again when it changes"
        ) from None
    except OSError as error:
        raise CminboxError(f"{words[0]}: {error.strerror}", "set EDITOR to a program that can be run") from None
