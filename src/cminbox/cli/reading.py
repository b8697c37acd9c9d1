"""Reads JSON Lines and scores what they say, page by page, one page ahead of whoever stores them.

Reading and scoring touch no store, so a process of their own does them where there is a second processor for it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import IO

from msgspec import msgpack

from cminbox.engine.scoring import Scored, Scoring
from cminbox.errors import CminboxError
from cminbox.sources.networks.jsonl import Reader

FIRST_PAGE, LARGEST_PAGE = 250, 1000
"""Lines that are stored at once: few at first, so that storing begins soon; then more, but no more than people at their
screens wait for without noticing."""

_GROWTH = 5
"""A page is no larger than this part of what was read before it: what comes last is stored while nothing is read."""

UNNAMED = "import"
"""The source of lines that name none."""

_SOON = 0.1
"""Seconds in which the next page of a file is there, if nothing but reading it takes time."""
_LONGEST = 1024 * 1024 + 1
_READER = "jsonl"
_END = b""
_AHEAD = 1024 * 1024
"""Bytes that are read ahead and wait to be stored; any account may have as many in a pipe."""


Part = tuple[str, str, tuple[Scored, ...]]
"""Scored messages with the name and the network of their source before them."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A page of lines, ready to be stored.

    Attributes:
        parts: the messages, by source.
        bad: a line on each that could not be understood.
        failed: what kept the file from being read on, or "".
        bug: the traceback of a mistake of ours, or "".
    """

    parts: tuple[Part, ...] = ()
    bad: tuple[str, ...] = ()
    failed: str = ""
    bug: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an open file.

    Attributes:
        found: the pages in order. Asking for the next one raises CminboxError where the file cannot be read on.
        near: waits a moment for the next page, and says whether it is there, or the end is.
    """

    found: Iterator[Ready]
    near: Callable[[], bool]


def pages(opened: IO[bytes], name: str, scoring: Scoring) -> Pages:
    """The pages of an open file. Reading begins with this call, before the first page is asked for.

    Args:
        name: what the file is called in errors.
    """
    if not _can_fork(opened):
        return Pages(_without_failure(_read(opened, name, scoring), name), lambda: False)
    here, process = _beside(opened, name, scoring)

    def near() -> bool:
        try:
            return here.poll(_SOON)
        except OSError:  # it is closed: the end was told
            return True

    return Pages(_without_failure(_heard(here, process, name), name), near)


def _without_failure(found: Iterator[Ready], name: str) -> Iterator[Ready]:
    for page in found:
        if page.bug:
            raise RuntimeError(page.bug)
        if page.failed:
            raise CminboxError(f"{name} cannot be read: {page.failed}")
        yield page


def _read(opened: IO[bytes], name: str, scoring: Scoring) -> Iterator[Ready]:
    lines = Reader(name).read(_lines(opened))
    done = 0
    try:
        while page := list(islice(lines, min(max(done // _GROWTH, FIRST_PAGE), LARGEST_PAGE))):
            done += len(page)
            parts: dict[tuple[str, str], list[Scored]] = {}
            bad: list[str] = []
            for line in page:
                if line.message is not None:
                    key = line.source or UNNAMED, line.network or _READER
                    parts.setdefault(key, []).append(scoring.score(line.message))
                elif line.error is not None:
                    bad.append(line.error.line())
            yield Ready(tuple((*key, tuple(part)) for key, part in parts.items()), tuple(bad))
    except OSError as error:
        yield Ready(failed=error.strerror or str(error))


def _lines(opened: IO[bytes]) -> Iterator[bytes]:
    """Lines, none held longer than the longest that is accepted: what follows that is passed over."""
    while line := opened.readline(_LONGEST):
        yield line
        while line and not line.endswith(b"\n"):
            line = opened.readline(_LONGEST)


def _can_fork(opened: IO[bytes]) -> bool:
    """Whether a process beside this one helps, and can be made safely: from a process of a single thread."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        opened.fileno()
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _beside(opened: IO[bytes], name: str, scoring: Scoring) -> tuple[Connection, BaseProcess]:
    """Another process that reads; it waits when it is a page ahead, and ends when nobody listens."""
    forking = get_context("fork")
    here, there = forking.Pipe(duplex=False)
    with suppress(OSError):  # a few pages fit then; without it a small one
        fcntl.fcntl(there.fileno(), fcntl.F_SETPIPE_SZ, _AHEAD)
    process = forking.Process(target=_serve, args=(here, there, opened, name, scoring), daemon=True)
    process.start()
    there.close()
    return here, process


def _heard(here: Connection, process: BaseProcess, name: str) -> Iterator[Ready]:
    """What the process beside tells, until it has told the end."""
    decoder = msgpack.Decoder(Ready)
    try:
        while (told := here.recv_bytes()) != _END:
            yield decoder.decode(told)
    except EOFError:
        raise CminboxError(f"{name} was not read to its end: the process that read it was ended") from None
    finally:
        with suppress(OSError):  # after an interrupt Python may let go of it before it ends this
            here.close()
        process.join()


def _serve(here: Connection, there: Connection, opened: IO[bytes], name: str, scoring: Scoring) -> None:
    """In the process beside: tell the pages, then the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who listens ends, and that ends this
    here.close()
    encoder = msgpack.Encoder()
    try:
        try:
            for page in _read(opened, name, scoring):
                there.send_bytes(encoder.encode(page))
        except BrokenPipeError:
            return
        except Exception:  # noqa: BLE001 - it is raised where somebody hears of it
            there.send_bytes(encoder.encode(Ready(bug=traceback.format_exc())))
        there.send_bytes(_END)
    except BrokenPipeError:
        return
