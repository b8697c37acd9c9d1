"""Something done to many conversations: in portions of one transaction each, and still one event and one undo.

A portion holds the store for a moment only and leaves it to others between two, so that nobody waits for the whole.
What a portion did is committed with its items of the event; whatever ends the deed early, the event stands with that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from cminbox.desk.action import Act
from cminbox.errors import ActionError, StoreError
from cminbox.store import Connection, action_writes, events
from cminbox.store.connection import next_changed

if TYPE_CHECKING:
    from cminbox.desk.desk import Desk

SMALLEST, LARGEST = 100, 4000
"""Conversations in a portion, at least and at most."""
CHECKPOINT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a deed on many is cut.

    Attributes:
        first: conversations in the first portion; what has no more is one transaction.
        hold: seconds that a portion may take; 0: every one is as large as the first.
        rest: seconds between two, in which others get at the store.
    """

    first: int = 500
    hold: float = 0.05
    rest: float = 0.008


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to.

    Attributes:
        event_id: its event; None for a dry run or when nothing changed.
        changed: conversations that it changed (or, in a dry run, would change).
        skipped: those left alone, each with why.
        summary: in words, for the status line.
        left: conversations that it did not come to, because it was stopped.
    """

    event_id: int | None
    changed: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]
    summary: str
    left: int = 0


class NothingChanged(Exception):
    """Rolls back a transaction in which an event was begun and nothing was changed."""


class Deed(ABC):
    """Something under way.

    It is run by one thread; portions happen on the store's writer thread. Others may ask how far it is, stop it, or
    have some of its conversations done before their turn.

    Args:
        desk: whose desk.
        name: what is done, in one word.
        of: to how many.
    """

    def __init__(self, desk: Desk, name: str, of: int) -> None:
        self.desk = desk
        self.name = name
        self.of = of
        self.reached = 0
        self.event_id: int | None = None
        self.changed: list[int] = []
        self.skipped: list[tuple[int, str]] = []
        self.memo: dict[str, Any] = {}
        self.ended = Flag()
        self._stop = Flag()
        self._why = ""
        self._began = 0.0

    @property
    def in_portions(self) -> bool:
        """Whether it is more than one transaction."""
        return self.of > self.desk.pace.first

    @property
    def how_far(self) -> str:
        """In words: `close: 40,000 of 119,107`."""
        return f"{self.name}: {self.reached:,} of {self.of:,}"

    def stop(self) -> None:
        """Let it stand as far as it has come; the portion under way is finished."""
        self._stop.set()

    def run(self, progress: Callable[[int], None] | None = None) -> Outcome:
        """Do it.

        Args:
            progress: told after each portion how many it has come to.

        Raises:
            ActionError: it makes no sense; nothing was changed.
            StoreError: nothing could be written. Later on it only ends the deed early, and the outcome says so.
        """
        pace, store = self.desk.pace, self.desk.store
        size, swept = pace.first, time.monotonic()
        try:
            more = True
            while more:
                # What the last one writes down for good, it does for all before it.
                last = self.reached + size >= self.of
                more = self._portion(partial(self._turn, size=size), durable=last)
                if progress is not None and not self._why:
                    progress(self.reached)
                if more and self._stop.is_set():
                    self._portion(self._halt)
                    break
                if more and pace.hold:
                    spent = max(time.monotonic() - self._began, 0.001)
                    size = max(SMALLEST, min(LARGEST, int(size * min(2.0, pace.hold / spent))))
                if time.monotonic() - swept > CHECKPOINT_SECONDS:
                    action_writes.checkpoint(store.path)
                    swept = time.monotonic()
                if more:
                    time.sleep(pace.rest)
            if self._why:
                with suppress(StoreError):
                    store.write(self._halt)
        finally:
            self.ended.set()
            if self.in_portions:
                with suppress(StoreError):
                    store.write(action_writes.checkpoint_rarely, durable=False)
        return self.outcome()

    def bring_forward(self, ids: Sequence[int]) -> None:
        """Do these before their turn: their member is about to do something else to them."""
        if wanted := self._ahead(ids):
            self._portion(lambda conn: self._early(conn, wanted))

    def _portion(self, work: Callable[[Connection], bool], durable: bool = True) -> bool:
        """One transaction; whether more is to come. What is not committed is not remembered either."""
        before = self._state()
        try:
            return self.desk.store.write(work, durable=durable)
        except NothingChanged:
            self.event_id = None
            return self.reached < self.of
        except (ActionError, StoreError) as error:
            self._restore(before)
            if self.event_id is None:
                raise
            self._why = error.line()
            return False
        except BaseException:
            self._restore(before)
            raise

    def _state(self) -> tuple[Any, ...]:
        return self.event_id, self.reached, len(self.changed), len(self.skipped)

    def _restore(self, state: tuple[Any, ...]) -> None:
        self.event_id, self.reached, changed, skipped = state
        del self.changed[changed:], self.skipped[skipped:]

    def _turn(self, conn: Connection, size: int) -> bool:
        self._began = time.monotonic()
        (action_writes.checkpoint_later if self.in_portions else action_writes.checkpoint_rarely)(conn)
        act = self._begin(conn)
        count = len(self.changed)
        ids, passed = self._next(conn, size)
        self._do(act, ids)
        self.reached += passed
        more = self.reached < self.of and bool(passed)
        self._end_portion(act, more, bool(count))
        return more

    def _early(self, conn: Connection, wanted: Sequence[int]) -> bool:
        act = self._begin(conn)
        count = len(self.changed)
        self._do(act, self._take_ahead(conn, wanted))
        self._end_portion(act, True, bool(count))
        return True

    def _act(self, conn: Connection) -> Act:
        act = self.desk.act(conn)
        act.changed, act.memo, act.event_id = next_changed(conn), self.memo, self.event_id or 0
        return act

    def _begin(self, conn: Connection) -> Act:
        act = self._act(conn)
        if self.event_id is None:
            act.event_id = self.event_id = self._open(act)
        else:
            self._go_on(act)
        return act

    def _end_portion(self, act: Act, more: bool, kept: bool) -> None:
        act.pen.flush()
        if not more:
            self._close(act)
        if not kept and not self._anything():
            raise NothingChanged
        detail: Mapping[str, Any] = self._detail()
        if more:
            detail = {**detail, "reached": self.reached, "asked": self.of, "beat": act.now}
        events.finish(act.conn, act.event_id, self._count(), detail, unfinished=more)

    def _halt(self, conn: Connection) -> bool:
        """Write down that it was stopped."""
        if self.event_id is not None:
            act = self._act(conn)
            self._close(act)
            detail = {**self._detail(), "reached": self.reached, "asked": self.of}
            open_still = self._to_be_continued() or self.desk.leaving
            events.finish(conn, self.event_id, self._count(), detail, unfinished=open_still)
        return False

    def _said(self, text: str) -> str:
        """The summary, with how far it came where that is not all."""
        if self.reached >= self.of:
            return text
        return f"{text}; stopped at {self.reached:,} of {self.of:,}" + (f" ({self._why})" if self._why else "")

    def _count(self) -> int:
        return len(self.changed)

    def _anything(self) -> bool:
        return bool(self.changed)

    def _to_be_continued(self) -> bool:
        return False

    def _go_on(self, act: Act) -> None:  # noqa: B027 - most have nothing to look at
        """Look whether it still makes sense, at the beginning of a later portion."""

    @abstractmethod
    def outcome(self) -> Outcome:
        """What it came to."""

    @abstractmethod
    def _open(self, act: Act) -> int:
        """Check what can be checked and begin the event; its id."""

    @abstractmethod
    def _next(self, conn: Connection, size: int) -> tuple[Sequence[int], int]:
        """The next conversations whose turn it is, and how many of all that is."""

    @abstractmethod
    def _ahead(self, ids: Sequence[int]) -> Sequence[int]:
        """Those of these conversations whose turn is yet to come, as far as one can say."""

    @abstractmethod
    def _take_ahead(self, conn: Connection, ids: Sequence[int]) -> Sequence[int]:
        """Those of them whose turn is yet to come, for sure; it never comes then."""

    @abstractmethod
    def _do(self, act: Act, ids: Sequence[int]) -> None:
        """Do it to these, with the pen of `act`."""

    @abstractmethod
    def _close(self, act: Act) -> None:
        """What is to be done once, at the end."""

    @abstractmethod
    def _detail(self) -> dict[str, Any]:
        """What the event remembers."""
