"""Whether a text names somebody: `@handle`, where a handle may hold letters, digits, `_`, `-` and inner points."""

from __future__ import annotations

import re


def mentions(text: str, handle: str) -> bool:
    """Whether a text names a handle, whatever its case; a longer handle that begins alike is another one."""
    return bool(handle) and re.search(rf"(?<![\w@])@{re.escape(handle)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None
