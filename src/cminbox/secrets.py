"""The networks' secrets: from the environment, the system's keyring, or a file that only its owner can read.

They are in no other place: not in the configuration, the store, a log or an export. Nothing here says a secret's
value in an error.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import re
import secrets as randomness
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Literal

from cminbox.errors import CminboxError, ConfigError, UsageError
from cminbox.paths import Paths, make_private
from cminbox.text import one_line
from cminbox.tomlfile import locate, read_toml

Where = Literal["environment", "keyring", "file"]

RENEWED_WITHIN = 120.0
"""Seconds for which another process's renewal of the same secret is waited for."""
_SERVICE = "cminbox"
_log = logging.getLogger(__name__)


def variable(source: str) -> str:
    """The environment variable of a source's secret: `CMINBOX_SECRET_` and its name in capitals, signs as `_`."""
    return "CMINBOX_SECRET_" + re.sub(r"\W", "_", source.upper())


def find(source: str, paths: Paths) -> tuple[str, Where] | None:
    """The source's secret and where it was: the environment, else the keyring, else the file.

    Raises:
        ConfigError: the file of secrets is broken.
    """
    from_environment = os.environ.get(variable(source), "").strip()
    if from_environment:
        return from_environment, "environment"
    from_keyring = _from_keyring(source, paths)
    if from_keyring:
        return from_keyring, "keyring"
    from_file = _from_file(paths.secrets_file).get(source)
    return (from_file, "file") if from_file else None


def get(source: str, paths: Paths) -> str | None:
    """The source's secret; None where nobody gave one.

    Raises:
        ConfigError: the file of secrets is broken.
    """
    found = find(source, paths)
    return found[0] if found else None


def put(source: str, secret: str, paths: Paths) -> Where:
    """Keeps a source's secret in the keyring, or where there is none in the file; says which.

    Raises:
        UsageError: the secret is empty, or has characters that no secret has.
        CminboxError: the file cannot be written.
    """
    secret = secret.strip()
    if not secret:
        raise UsageError(f'the secret of "{source}" is empty')
    if not secret.isprintable():
        raise UsageError(f'the secret of "{source}" has control characters in it', "paste it again")
    if _to_keyring(source, secret, paths):
        _forget_in_file(source, paths.secrets_file)
        return "keyring"
    _forget_in_keyring(source, paths)
    with _alone_with(paths.secrets_file):
        _write(paths.secrets_file, {**_from_file(paths.secrets_file), source: secret})
    return "file"


@asynccontextmanager
async def renewing(source: str, paths: Paths) -> AsyncIterator[None]:
    """Held while a source's secret is renewed: a token that can be used once must not be used by two processes.

    Raises:
        CminboxError: another process renews it for too long, or the folder takes no lock.
    """
    from filelock import FileLock, Timeout

    file = paths.config / f".{variable(source).lower()}.renewing"
    lock = FileLock(file, mode=0o600, thread_local=False)
    deadline = time.monotonic() + RENEWED_WITHIN
    try:
        make_private(paths.config)
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                if time.monotonic() > deadline:
                    raise CminboxError(f'another process renews the secret of "{source}"', "try again later") from None
                await asyncio.sleep(0.05)
    except OSError as problem:
        raise CminboxError(f"cannot write {file}: {problem.strerror}", "check the folder") from None
    try:
        yield
    finally:
        lock.release()


def forget(source: str, paths: Paths) -> bool:
    """Removes a source's secret from the keyring and the file; whether there was one. The environment is not ours."""
    in_keyring = _forget_in_keyring(source, paths)
    return _forget_in_file(source, paths.secrets_file) or in_keyring


def _account(source: str, paths: Paths) -> str:
    """The name in the keyring: two configurations may each have a source of the same name."""
    return f"{source} in {paths.config}"


# A keyring's backend may raise anything: whatever it is, there is no keyring then.


def keyring_problem() -> str:
    """Why the system's keyring cannot be read, in words; empty where it can, and where there is none."""
    try:
        import keyring
        from keyring.errors import NoKeyringError
    except Exception as error:  # noqa: BLE001 - whatever a backend raises as it is loaded
        return one_line(f"{type(error).__name__}: {error}")
    try:
        keyring.get_password(_SERVICE, "is it open?")
    except NoKeyringError:
        return ""
    except Exception as error:  # noqa: BLE001 - a backend may raise anything
        return one_line(f"{type(error).__name__}: {error}")
    return ""


def _from_keyring(source: str, paths: Paths) -> str | None:
    with suppress(Exception):
        import keyring

        return keyring.get_password(_SERVICE, _account(source, paths))
    return None


def _to_keyring(source: str, secret: str, paths: Paths) -> bool:
    with suppress(Exception):
        import keyring

        keyring.set_password(_SERVICE, _account(source, paths), secret)
        # The null backend takes everything and keeps nothing.
        return keyring.get_password(_SERVICE, _account(source, paths)) == secret
    return False


def _forget_in_keyring(source: str, paths: Paths) -> bool:
    with suppress(Exception):
        import keyring

        if keyring.get_password(_SERVICE, _account(source, paths)) is not None:
            keyring.delete_password(_SERVICE, _account(source, paths))
            return True
    return False


def _from_file(file: Path) -> dict[str, str]:
    try:
        status = file.stat()
    except OSError:
        return {}
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077 and stat.S_ISREG(status.st_mode):
        # Somebody else could read it: from now on nobody else can, and its owner is told.
        with suppress(OSError):
            file.chmod(0o600)
        _log.warning("%s was open to others (mode %03o); it is private now", file, mode)
    known: dict[str, str] = {}
    for source, secret in read_toml(file).items():
        if not isinstance(secret, str):
            raise ConfigError(
                f'the secret of "{source}" must be a text in quotes', file=file, line=locate(file, [source])
            )
        known[source] = secret.strip()
    return known


def _forget_in_file(source: str, file: Path) -> bool:
    if source not in _from_file(file):
        return False
    with _alone_with(file):
        _write(file, {name: secret for name, secret in _from_file(file).items() if name != source})
    return True


@contextmanager
def _alone_with(file: Path) -> Iterator[None]:
    """While nobody else reads the file and writes it again: what they add would be lost.

    Raises:
        CminboxError: the folder takes no lock.
    """
    make_private(file.parent)
    try:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
    except OSError as problem:
        raise _cannot_write(file, problem) from None


def _write(file: Path, known: dict[str, str]) -> None:
    """Replaces the file in one step; it is never there half written, nor for a moment with another mode."""
    make_private(file.parent)
    lines = [f"{_quoted(source)} = {_quoted(secret)}\n" for source, secret in sorted(known.items())]
    fresh = file.with_name(f".{file.name}.{randomness.token_hex(8)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as handle:
                handle.write("# Secrets of the sources. Keep this file to yourself.\n")
                handle.writelines(lines)
                handle.flush()
                os.fsync(handle.fileno())
            fresh.replace(file)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise _cannot_write(file, problem) from problem


def _cannot_write(file: Path, problem: OSError) -> CminboxError:
    return CminboxError(
        f"cannot write {file}: {problem.strerror}", f"set {variable('NAME')} in the environment instead"
    )


def _quoted(text: str) -> str:
    """A printable text as a TOML string."""
    return json.dumps(text, ensure_ascii=False)
