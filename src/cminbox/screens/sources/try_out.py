"""Trying a source: a command beside the program asks it, and its line is shown."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from cminbox.text import one_line

if TYPE_CHECKING:
    from cminbox.paths import Paths

WITHIN = 90.0
"""Seconds after which the command is ended."""


async def try_out(paths: Paths, name: str) -> str:
    """What `cminbox sources test NAME` says, in one line."""
    command = [sys.executable, "-m", "cminbox", "--config", str(paths.config), "--data", str(paths.data)]
    process = await asyncio.create_subprocess_exec(
        *[*command, "sources", "test", "--", name],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), WITHIN)
    except TimeoutError:
        return f"{name}: no answer within {WITHIN:.0f} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    line = (
        one_line(lines[-1]).removeprefix("cminbox: ") if lines else f"the test ended with status {process.returncode}"
    )
    return line if name in line else f"{name}: {line}"
