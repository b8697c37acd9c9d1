"""Has a picture fetched and made small by a process beside: a stranger's file is never read in this one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cminbox.errors import CminboxError
from cminbox.text import clean, one_line
from cminbox.widgets.picture import Pixels

WITHIN = 25.0
"""Seconds after which the process is ended."""
_NO_DECODER = 3
_MODULE = "cminbox.sources.pictures"


async def load_picture(folder: Path, address: str, columns: int, lines: int) -> Pixels:
    """The picture at an address, for so many cells.

    Args:
        folder: where fetched files are kept.

    Raises:
        CminboxError: it cannot be shown; the line says why.
    """
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", _MODULE, str(folder), str(columns), str(lines)],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        given, said = await asyncio.wait_for(process.communicate(address.encode("utf-8", "replace") + b"\n"), WITHIN)
    except TimeoutError:
        raise CminboxError(f"it did not come within {WITHIN:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _NO_DECODER:
        raise CminboxError("pictures are not drawn here", "pip install 'cminbox[pictures]' adds what it takes")
    head, _, pixels = given.partition(b"\n")
    sizes = head.split()
    if process.returncode or len(sizes) != 2 or not all(size.isdigit() for size in sizes):
        lines_said = clean(said.decode("utf-8", "replace")).strip().splitlines()
        raise CminboxError(one_line(lines_said[-1]) if lines_said else "it could not be read")
    width, height = map(int, sizes)
    if width > columns or height > 2 * lines or len(pixels) != 3 * width * height:
        raise CminboxError("it could not be read")
    return Pixels(width, height, pixels)
