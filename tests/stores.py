"""Stores for tests, as they are when they were just made: the tables are made once, and copied."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

from cminbox.store import Store

_numbers = itertools.count()


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="cminbox-stores-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


_made: dict[Hashable, Path] = {}


def new_store(path: Path, key: Hashable = "", fill: Callable[[Store], None] = lambda store: None) -> Store:
    """An open store at a path where none is.

    Args:
        key: says what is in it: the next one with the same key is a copy of the first.
        fill: puts it in.
    """
    if key not in _made:
        folder = _folder() / str(next(_numbers))
        with Store.open(folder / path.name) as store:
            fill(store)
        _made[key] = folder
    shutil.copytree(_made[key], path.parent, dirs_exist_ok=True)
    return Store.open(path)
