"""Fetches a picture that a stranger attached and makes it small, as a process of its own.

It is one because whoever made the file may want to harm who reads it: memory and processor time are bounded, and a
screen that waits for it is not held up. `python -m cminbox.sources.pictures FOLDER COLUMNS LINES` gets the address on
standard input, so that no list of processes shows it. It writes `WIDTH HEIGHT` in a line and then the pixels, three
bytes each; or nothing, and one line of what is wrong on standard error.
"""

from __future__ import annotations

import hashlib
import io
import os
import resource
import socket
import ssl
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from cminbox import __version__
from cminbox.errors import CminboxError
from cminbox.paths import make_private

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_REDIRECTS = 3
SILENCE = 8.0
"""Seconds without a byte; who started this bounds the whole time."""
MEMORY = 1 << 30
PROCESSOR_SECONDS = 15
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
COLOURS = 60
"""Colours of a drawn picture: each pair of them is one way in which a cell can look."""
KEPT_FILES, KEPT_BYTES = 60, 60 * 1024 * 1024
NO_DECODER = 3
"""The exit status where what reads pictures is not installed."""
_BEHIND = (24, 24, 24)
"""What shows through a picture."""


def is_public(host: str) -> bool:
    """Whether a host is one of the open internet: a stranger's address must reach nothing of the own network."""
    with suppress(ValueError):
        return ip_address(host.partition("%")[0]).is_global
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ip_address(str(place[4][0]).partition("%")[0]).is_global for place in found)


def fetch(address: str, *, trust: ssl.SSLContext | None = None, allowed: Callable[[str], bool] = is_public) -> bytes:
    """What stands at an address.

    Args:
        trust: which certificates are believed; those that the system believes unless given.
        allowed: which hosts may be asked.

    Raises:
        CminboxError: it is not at a https address of the open internet, too large, or not there.
    """
    import httpx

    with httpx.Client(
        verify=trust or ssl.create_default_context(),
        timeout=SILENCE,
        headers={"User-Agent": f"cminbox/{__version__}", "Accept": "image/*"},
    ) as client:
        for _ in range(MAX_REDIRECTS + 1):
            try:
                parts = urlsplit(address)
            except ValueError:
                raise CminboxError("it is not at a https address") from None
            if parts.scheme != "https" or not parts.hostname or parts.username is not None:
                raise CminboxError("it is not at a https address")
            if not allowed(parts.hostname):
                raise CminboxError(f"{parts.hostname} is not a host of the open internet")
            try:
                with client.stream("GET", address) as answer:
                    if not answer.has_redirect_location:
                        return _body(answer, parts.hostname)
                    address = urljoin(address, answer.headers["location"])
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise CminboxError(f"{parts.hostname} did not give it: {type(error).__name__}") from None
    raise CminboxError("it is moved from place to place")


def _body(answer: httpx.Response, host: str) -> bytes:
    if answer.status_code != 200:
        raise CminboxError(f"{host} did not give it ({answer.status_code})")
    body = bytearray()
    for part in answer.iter_bytes(65_536):
        body += part
        if len(body) > MAX_BYTES:
            raise CminboxError(f"it is larger than {MAX_BYTES // 1024 // 1024} MB")
    return bytes(body)


def kept(folder: Path, address: str, get: Callable[[str], bytes] = fetch) -> bytes:
    """What stands at an address, from the folder where it was fetched before; the oldest files there make room."""
    make_private(folder)
    path = folder / hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]
    with suppress(OSError):
        found = path.read_bytes()
        path.touch()
        return found
    body = get(address)
    with suppress(OSError):
        beside = path.with_suffix(f".{os.getpid()}")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
        beside.replace(path)
        _make_room(folder)
    return body


def _make_room(folder: Path) -> None:
    newest = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for place, path in enumerate(newest):
        total += path.stat().st_size
        if place >= KEPT_FILES or total > KEPT_BYTES:
            path.unlink()


def drawn(body: bytes, columns: int, lines: int) -> tuple[int, int, bytes]:
    """A picture as pixels for so many cells, two above each other in a cell: width, height, three bytes a pixel.

    Raises:
        CminboxError: it is no picture, too large, or broken.
        ImportError: what reads pictures is not installed.
    """
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = None  # ours is lower, and says what is wrong
    room = (max(columns, 1), max(2 * lines, 2))
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as file:
            width, height = file.size
            if width * height > MAX_PIXELS:
                raise CminboxError(f"it has {width:,} × {height:,} points, more than is drawn")
            # Small at first, so that no copy of the whole is made.
            around = (8 * max(room), 8 * max(room))
            file.draft("RGB", around)
            file.thumbnail(around)
            whole = ImageOps.exif_transpose(file).convert("RGBA")
        whole.thumbnail(room, Image.Resampling.LANCZOS)
        behind = Image.new("RGBA", whole.size, (*_BEHIND, 255))
        behind.alpha_composite(whole)
        few = behind.convert("RGB").quantize(COLOURS).convert("RGB")
    except CminboxError:
        raise
    except MemoryError:
        raise CminboxError("it wants too much memory") from None
    except Exception as error:  # noqa: BLE001 - what is wrong with a stranger's file has no end of kinds
        raise CminboxError(
            f"it is no picture that can be read (PNG, JPEG, GIF, WebP): {type(error).__name__}"
        ) from None
    pixels: bytes = few.tobytes()
    return int(few.width), int(few.height), pixels


def _bound() -> None:
    """Nothing that a file holds takes more than this of the machine."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))


def main(arguments: list[str]) -> int:
    """Draw the picture whose address stands on standard input: `FOLDER COLUMNS LINES`."""
    folder, columns, lines = arguments
    _bound()
    try:
        import PIL  # noqa: F401 - without it there is no need to fetch

        width, height, pixels = drawn(kept(Path(folder), sys.stdin.readline().strip()), int(columns), int(lines))
    except ImportError:
        return NO_DECODER
    except (CminboxError, MemoryError) as error:
        sys.stderr.write(f"{error.message if isinstance(error, CminboxError) else 'it wants too much memory'}\n")
        return 1
    sys.stdout.buffer.write(b"%d %d\n" % (width, height) + pixels)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
