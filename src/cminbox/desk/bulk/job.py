"""A bulk job: something done to many conversations, in portions of one transaction each, and still one event.

A portion holds the store for a moment only and leaves it to others between two, so that nobody waits for the whole.
What a portion did is committed with its items of the event; whatever ends the job early, the event stands with that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event as Flag
from typing import Any, ClassVar, NamedTuple

from cminbox.desk.action import ActionContext
from cminbox.desk.context import DeskContext
from cminbox.errors import ActionError, StoreError
from cminbox.store import Connection, change_numbers, events
from cminbox.store.sqlite import checkpoint

SMALLEST, LARGEST = 100, 4000
"""Conversations in a portion, at least and at most."""
CHECKPOINT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a job on many is cut.

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
        stopped: where it was stopped, as the end of the summary; empty where it was not.
        undone: whether something was taken back.
        remark: what the summary adds to how many were changed.
    """

    event_id: int | None
    changed: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]
    summary: str
    left: int = 0
    stopped: str = ""
    undone: bool = False
    remark: str = ""


def summary(done: str, changed: Sequence[int], skipped: Sequence[tuple[int, str]], remark: str = "") -> str:
    """«12 closed, 3 of them unanswered, 1 left alone (already closed)»."""
    text = f"{len(changed):,} {done}{remark}" if changed or not skipped else "nothing changed"
    if not skipped:
        return text
    reasons = list(dict.fromkeys(why for _, why in skipped))
    more = f" and {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
    return f"{text}, {len(skipped):,} left alone ({reasons[0]}{more})"


class NothingChanged(Exception):
    """Rolls back a transaction in which an event was begun and nothing was changed."""


class BulkWork(ABC):
    """What a job does to its conversations, portion by portion. The job counts them.

    Args:
        name: what is done, in one word.
        done: past tense for the summary: «3 closed».
        done_before: conversations that its event has touched already, where it goes on with one.
    """

    resumable: ClassVar[bool] = False
    """Whether one that was stopped goes on later, as the same event, which stands even where it changed nothing."""

    def __init__(self, name: str, done: str, done_before: int = 0) -> None:
        self.name = name
        self.done = done
        self.done_before = done_before

    @abstractmethod
    def begin(self, ctx: ActionContext) -> int:
        """Check what can be checked and begin the event; its id.

        Raises:
            ActionError: it makes no sense at all.
        """

    def recheck(self, ctx: ActionContext) -> None:  # noqa: B027 - most have nothing to look at
        """Look whether it still makes sense, at the beginning of a later portion.

        Raises:
            ActionError: it no longer does.
        """

    @abstractmethod
    def process(self, ctx: ActionContext, ids: Sequence[int]) -> Iterable[tuple[int, str]]:
        """Do it to these; each with why it was left alone, or '' where it was changed."""

    def remark(self, changed: Sequence[int]) -> str:
        """What the summary adds to how many were changed: «, 3 of them unanswered»."""
        return ""

    @abstractmethod
    def close(self, ctx: ActionContext, *, complete: bool) -> None:
        """What is to be done once, at the end; `complete` unless it was stopped."""

    @abstractmethod
    def detail(self) -> dict[str, Any]:
        """What the event remembers."""


class _Snapshot(NamedTuple):
    """Where a job stood before a transaction."""

    event_id: int | None
    reached: int
    changed: int
    skipped: int
    ahead: frozenset[int]


class BulkJob:
    """Work under way.

    It is run by one thread; portions happen on the store's writer thread. Others may ask how far it is, stop it, or
    have some of its conversations done before their turn.

    Args:
        desk: who does it, and where.
        work: what is done.
        ids: to which conversations.
        pace: how it is cut.
    """

    def __init__(self, desk: DeskContext, work: BulkWork, ids: Iterable[int], pace: Pace) -> None:
        wanted = list(dict.fromkeys(ids))
        self.work = work
        self.total = len(wanted)
        self.in_portions = self.total > pace.first
        self.reached = 0
        self.event_id: int | None = None
        self.changed: list[int] = []
        self.skipped: list[tuple[int, str]] = []
        self._desk = desk
        self._pace = pace
        # Neighbours in the store are written together; the order of a few is kept.
        self._ids = sorted(wanted) if self.in_portions else wanted
        self._ahead: frozenset[int] = frozenset()
        self._memo: dict[str, Any] = {}
        self._ended = Flag()
        self._stop = Flag()
        self._leaving = False
        self._failure = ""
        self._portion_began = 0.0

    @property
    def how_far(self) -> str:
        """In words: `close: 40,000 of 119,107`."""
        return f"{self.work.name}: {self.reached:,} of {self.total:,}"

    def stop(self, *, leaving: bool = False) -> None:
        """Let it stand as far as it has come; the portion under way is finished.

        Args:
            leaving: the program is left; the event stays unfinished, so that it can be taken back later.
        """
        self._leaving = self._leaving or leaving
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, for so long at most."""
        self._ended.wait(seconds)

    def outcome(self) -> Outcome:
        """What it came to so far."""
        left, stopped = self.total - self.reached, ""
        if left:
            why = f" ({self._failure})" if self._failure else ""
            stopped = f"; stopped at {self.reached:,} of {self.total:,}{why}"
        remark = self.work.remark(self.changed)
        words = summary(self.work.done, self.changed, self.skipped, remark) + stopped
        return Outcome(self.event_id, tuple(self.changed), tuple(self.skipped), words, left, stopped, remark=remark)

    def run(self, progress: Callable[[int], None] | None = None) -> Outcome:
        """Do it.

        Args:
            progress: called after each portion with how many it has come to.

        Raises:
            ActionError: it makes no sense; nothing was changed.
            StoreError: nothing could be written. Later on it only ends the job early, and the outcome says so.
        """
        pace, store = self._pace, self._desk.store
        size, checkpointed = pace.first, time.monotonic()
        try:
            more = True
            while more:
                # What the last one makes durable, it does for all before it.
                last = self.reached + size >= self.total
                more = self._transaction(partial(self._next_portion, size=size), durable=last)
                if progress is not None and not self._failure:
                    progress(self.reached)
                if more and self._stop.is_set():
                    self._transaction(self._halt)
                    break
                if more and pace.hold:
                    spent = max(time.monotonic() - self._portion_began, 0.001)
                    size = max(SMALLEST, min(LARGEST, int(size * min(2.0, pace.hold / spent))))
                if time.monotonic() - checkpointed > CHECKPOINT_SECONDS:
                    checkpoint.now(store.path)
                    checkpointed = time.monotonic()
                if more:
                    time.sleep(pace.rest)
            if self._failure:
                with suppress(StoreError):
                    store.write(self._halt)
        finally:
            self._ended.set()
            if self.in_portions:
                with suppress(StoreError):
                    store.write(checkpoint.rarely, durable=False)
        return self.outcome()

    def bring_forward(self, ids: Sequence[int]) -> None:
        """Do those of these conversations whose turn is yet to come now: their member is about to act on them."""
        if self._yet_to_come(ids):
            self._transaction(partial(self._forward_portion, ids=ids))

    def _transaction(self, work: Callable[[Connection], bool], *, durable: bool = True) -> bool:
        """One transaction; whether more is to come. What is not committed is not remembered either."""
        before: list[_Snapshot] = []

        def remembered(conn: Connection) -> bool:
            # On the writer's thread, where one portion follows the other.
            before.append(self._snapshot())
            try:
                return work(conn)
            except NothingChanged:
                self.event_id = None
                raise
            except BaseException:
                self._restore(before.pop())
                raise

        try:
            return self._desk.store.write(remembered, durable=durable)
        except NothingChanged:
            return self.reached < self.total
        except (ActionError, StoreError) as error:
            if before:  # the commit itself failed
                self._restore(before.pop())
            if self.event_id is None:
                raise
            self._failure = error.line()
            return False

    def _snapshot(self) -> _Snapshot:
        return _Snapshot(self.event_id, self.reached, len(self.changed), len(self.skipped), self._ahead)

    def _restore(self, snapshot: _Snapshot) -> None:
        self.event_id, self.reached, changed, skipped, self._ahead = snapshot
        del self.changed[changed:], self.skipped[skipped:]

    def _next_portion(self, conn: Connection, size: int) -> bool:
        self._portion_began = time.monotonic()
        (checkpoint.by_hand if self.in_portions else checkpoint.rarely)(conn)
        part = self._ids[self.reached : self.reached + size]
        ctx = self._begin(conn)
        self._process(ctx, [number for number in part if number not in self._ahead])
        self.reached += len(part)
        more = self.reached < self.total
        self._end_portion(ctx, more=more)
        return more

    def _forward_portion(self, conn: Connection, ids: Sequence[int]) -> bool:
        ahead = self._yet_to_come(ids)
        ctx = self._begin(conn)
        self._process(ctx, ahead)
        self._ahead |= frozenset(ahead)
        self._end_portion(ctx, more=True)
        return True

    def _yet_to_come(self, ids: Sequence[int]) -> list[int]:
        """Those of these whose turn is yet to come, of a job in portions."""
        found = []
        for number in dict.fromkeys(ids):
            place = bisect_left(self._ids, number, lo=self.reached)
            if place < self.total and self._ids[place] == number and number not in self._ahead:
                found.append(number)
        return found

    def _process(self, ctx: ActionContext, ids: Sequence[int]) -> None:
        for number, why in self.work.process(ctx, ids):
            if why:
                self.skipped.append((number, why))
            else:
                self.changed.append(number)

    def _context(self, conn: Connection) -> ActionContext:
        ctx = ActionContext.begin(self._desk, conn)
        ctx.changed, ctx.memo, ctx.event_id = change_numbers.advance(conn), self._memo, self.event_id or 0
        return ctx

    def _begin(self, conn: Connection) -> ActionContext:
        ctx = self._context(conn)
        if self.event_id is None:
            ctx.event_id = self.event_id = self.work.begin(ctx)
        else:
            self.work.recheck(ctx)
        return ctx

    def _end_portion(self, ctx: ActionContext, *, more: bool) -> None:
        ctx.batch.flush()
        if not more:
            self.work.close(ctx, complete=True)
        if not self.changed and not self.work.resumable:
            raise NothingChanged
        self._finish_event(ctx, complete=not more, under_way=more)

    def _halt(self, conn: Connection) -> bool:
        """Write down that it was stopped."""
        if self.event_id is not None:
            ctx = self._context(conn)
            self.work.close(ctx, complete=False)
            self._finish_event(ctx)
        return False

    def _finish_event(self, ctx: ActionContext, *, complete: bool = False, under_way: bool = False) -> None:
        """Bring the event up to what was done; one that is neither complete nor under way was stopped."""
        detail = self.work.detail()
        if not complete:
            detail |= {"reached": self.reached, "asked": self.total}
        if under_way:
            detail["beat"] = ctx.now
        unfinished = under_way or (not complete and (self.work.resumable or self._leaving))
        count = max(len(self.changed) + self.work.done_before, int(self.work.resumable))
        events.finish(ctx.conn, ctx.event_id, count, detail, unfinished=unfinished)
