"""Reads in the background: one thread with a connection of its own, where a newer read replaces an older one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from typing import Generic, TypeVar

from cminbox.errors import Stopped
from cminbox.store.sqlite.connection import Connection, ReadConnection
from cminbox.store.sqlite.store import Store

T = TypeVar("T")

YIELD_STEPS, YIELD_SECONDS = 20_000, 0.005
"""Steps of a statement after which it asks whether to yield, and how long it then rests before it asks again."""
STOP_STEPS = 100_000
"""After so many steps of a statement it is asked whether anybody still wants its answer: some milliseconds."""


@contextmanager
def yielding_to_keys(conn: Connection, busy: Callable[[], bool]) -> Iterator[None]:
    """Let what is read through a connection rest for as long as somebody else wants the processor.

    Args:
        conn: this thread's.
        busy: says whether somebody does; asked about every millisecond.
    """

    def step() -> int:
        while busy():
            time.sleep(YIELD_SECONDS)
        return 0

    conn.set_progress_handler(step, YIELD_STEPS)
    try:
        yield
    finally:
        conn.set_progress_handler(None, 0)


class Read(Generic[T]):
    """A read that was begun.

    Attributes:
        answer: what it finds, once it has.
    """

    def __init__(self, answer: Future[T], stopped: Event) -> None:
        self.answer = answer
        self._stopped = stopped

    def ready(self, seconds: float) -> bool:
        """Whether it is done, after waiting for so long at most."""
        with suppress(TimeoutError):
            self.answer.exception(seconds)
        return self.answer.done()

    def stop(self) -> None:
        """Nobody wants its answer any more: it ends soon, as `Stopped`."""
        self._stopped.set()


class Reader:
    """Begins reads of a store; the newest is the only one that is wanted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._conn: ReadConnection | None = None
        self._stopped = Event()
        """Set once nobody wants the newest read any more."""

    def begin(self, work: Callable[[Connection], T]) -> Read[T]:
        """Begin a read; the one before is stopped if it is not done."""
        self._stopped.set()
        self._stopped = stopped = Event()
        return Read(self._pool.submit(self._run, work, stopped), stopped)

    def _run(self, work: Callable[[Connection], T], stopped: Event) -> T:
        if stopped.is_set():
            raise Stopped("the read was stopped before it began")
        if self._conn is None:
            self._conn = self._store.new_reader()
        # Interrupting from outside would be lost where no statement runs at that moment.
        self._conn.given_up = stopped.is_set
        self._conn.set_progress_handler(stopped.is_set, STOP_STEPS)
        return work(self._conn)

    def close(self) -> None:
        """Stop what is being read, and wait for the thread: nobody may close a connection that is in use."""
        self._stopped.set()
        self._pool.shutdown()
