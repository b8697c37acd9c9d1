"""Reading values out of decoded JSON that a stranger wrote: what does not fit is as if it were not there."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cminbox.model import Instant
from cminbox.sources.times import read_time
from cminbox.text import clean

_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>\\`]+")


def dig(value: object, *path: str) -> Any:
    """What lies at a path of nested objects, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def string(value: object) -> str:
    """The text, as it was written; empty where it is none."""
    return value if isinstance(value, str) else ""


def identifier(value: object) -> str:
    """An id as text, whichever way it is written; empty where there is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def whole_number(value: object) -> int | None:
    """A number that counts something, and that every reader of JSON keeps exactly; None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def instant(value: object) -> Instant | None:
    """A time as `times.read_time` reads it; None where it is no text, or no time that is sure."""
    return read_time(value) if isinstance(value, str) else None


def web_address(value: object) -> str:
    """A link that a browser can be given, or nothing."""
    text = clean(string(value), 2000).strip()
    try:
        return text if _WEB_ADDRESS.fullmatch(text) and urlsplit(text).hostname else ""
    except ValueError:  # http://[bad
        return ""
