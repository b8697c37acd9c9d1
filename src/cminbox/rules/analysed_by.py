"""A mark of what messages are analysed by: it changes with the program, its word lists, the user's and competitors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from cminbox import __version__
from cminbox.rules.once import once

_SHIPPED = (Path(__file__).parent / "lexicons", Path(__file__).parent / "languages")


def mark(lexicons: Path | None, competitors: Iterable[str] = ()) -> str:
    """The mark now.

    Args:
        lexicons: the user's word lists.
        competitors: names of other brands.
    """
    found = hashlib.sha256(_shipped().encode())
    for name in sorted(set(competitors)):
        found.update(f"competitor {name!r} ".encode())
    for name, content in () if lexicons is None else _contents(lexicons):
        found.update(f"{name} {len(content)} ".encode() + content)
    return found.hexdigest()


@once
def _shipped() -> str:
    found = hashlib.sha256(__version__.encode())
    for folder in _SHIPPED:
        for name, content in _contents(folder):
            found.update(f"{name} {len(content)} ".encode() + content)
    return found.hexdigest()


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a folder that are word lists, by name; one that cannot be read is left out."""
    for path in sorted(folder.rglob("*.t*")):
        try:
            yield str(path.relative_to(folder)), path.read_bytes()
        except OSError:
            continue
