"""What every test stands on: no network but loopback, nobody's own files, one time zone, no animations."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import itertools
import os
import signal
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from profiles import load

# Read once by Textual and by the C library: they have to stand before anything is imported.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TZ"] = "UTC"
time.tzset()

load()

_PERSONAL = ("CMINBOX_", "XDG_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TEXTUAL_THEME", "SSH_")
_KEPT = ("CMINBOX_SHARED", "CMINBOX_SERVERS", "CMINBOX_PLAIN")
"""Where the tests' own data and servers are, and how the screen is written to the terminal."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class NetworkReached(RuntimeError):
    """A test tried to leave this machine; no OSError, so that no code under test takes it for a passing failure."""


def _check(address: Any) -> None:
    """Refuses every address but loopback and local sockets."""
    if not isinstance(address, tuple):
        return
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    if host in ("", "localhost"):
        return
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NetworkReached(f"a test tried to reach {host}")


@pytest.fixture(scope="session", autouse=True)
def _socket_guard() -> Iterator[None]:
    """Lets connections through to loopback alone, and asks no name server for other names."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
                _check(address)
                return original(self, address)

            patch.setattr(socket.socket, name, guarded)

        def sendto(self: socket.socket, data: Any, *rest: Any, original: Any = socket.socket.sendto) -> Any:
            _check(rest[-1])
            return original(self, data, *rest)

        def getaddrinfo(host: Any, *rest: Any, original: Any = socket.getaddrinfo, **named: Any) -> Any:
            if host is not None:
                _check((host,))
            return original(host, *rest, **named)

        patch.setattr(socket.socket, "sendto", sendto)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def _certificates_once() -> Iterator[None]:
    """Reads the system's certificates once: each HTTP client asks for them, and no test talks TLS to anybody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is loaded by now stays: Python need not look for garbage in it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for garbage once more, so that the five times for which pytest does so cost nothing."""
    gc.collect()
    gc.freeze()


_homes = itertools.count()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home of its own for each test: the developer's configuration, store, keyring and proxies stay away.

    Configuration is in `config`, the store in `data`; neither exists yet.
    """
    folder = tmp_path_factory.mktemp(f"home{next(_homes)}", numbered=False)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if (name.startswith(_PERSONAL) and name not in _KEPT) or name.lower() in _PROXIES:
                patch.delenv(name)
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / f"xdg-{name.lower()}"))
        patch.setenv("HOME", str(folder))
        patch.setenv("LOGNAME", "tester")
        patch.setenv("USER", "tester")
        patch.setenv("CMINBOX_CONFIG", str(folder / "config"))
        patch.setenv("CMINBOX_DATA", str(folder / "data"))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        yield folder
        _stop_engines(folder)


def _stop_engines(folder: Path) -> None:
    """End what a command started beside itself and left running for the next one."""
    for store in folder.rglob("cminbox.db"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(store)) as conn:
            for (pid,) in conn.execute("SELECT pid FROM engine WHERE stopped_at IS NULL AND by_hand = 0"):
                with contextlib.suppress(OSError):
                    # Some tests write pids of their own making: only what runs on this store is ended.
                    if str(store.parent).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded and real data beside the checkout; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("CMINBOX_SHARED") or Path(__file__).parents[2] / "shared")
    if not folder.is_dir():
        pytest.skip(f"no shared data in {folder}; set CMINBOX_SHARED to its folder")
    return folder
