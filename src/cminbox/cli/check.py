"""One line of the doctor's report, and the check that many of them make: who can read a file."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, in words, and what to do about it."""

    what: str
    state: State
    text: str
    hint: str = ""


def private(what: str, path: Path, others: int) -> Check:
    """Whether a file or folder is kept from others.

    Args:
        others: the bits of its mode that must not be set.
    """
    if not path.exists():
        return Check(what, "warn", f"{path} is not there", "cminbox init writes a configuration")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & others:
        wanted = ("700", "2770") if path.is_dir() else ("600", "660")
        return Check(
            what, "warn", f"{path} can be read by others (mode {mode:o})", f"chmod {wanted[others == 0o007]} {path}"
        )
    return Check(what, "ok", str(path))
