"""Keys typed ahead: the one queue in which they wait, in their order, for what the keys before them set off.

Over a slow line keys come in bursts, and each is meant for what the one before it leads to: `eee` closes three
conversations, what is typed behind `l` goes into the picker of labels, what is typed behind `r` into the reply.

The app puts every key here before anything else sees it, and delivers those that `KeyQueue.next` gives. Whoever begins
something that the next keys are about takes a `Hold`, and releases it once that is there:

- the app, for each key that it delivered, until all that the key set off at once is done;
- the app, for a screen that comes to the front, until it is there and what is typed into has the focus;
- a screen, for a command that works in the background, until it is done;
- whoever asks for a line, until its field has the focus;
- a list that is being read, until its rows are there.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from textual import events

from cminbox.terminal.compat import BrokenEsc

PATIENCE = 5.0
"""Seconds that a key waits for one hold at most, unless the hold says otherwise. On a busy host a picker, or an action
that other keys follow, takes its time: a key that would not wait for it would do something else."""
OPENING_SECONDS = 10.0
"""So long they wait for something that opens. It is there sooner, unless something is broken."""
MOST_KEYS = 100_000
"""So many keys wait at most; what is typed beyond them is lost."""

Typed = events.Key | events.Paste | BrokenEsc


class Hold:
    """One reason for keys to wait. Made by `KeyQueue.hold`."""

    def __init__(
        self,
        queue: KeyQueue,
        where: object | None,
        seconds: float,
        passes: Callable[[Typed, bool], bool] | None,
    ) -> None:
        self._queue = queue
        self.where = where
        self._seconds = seconds
        self._passes = passes
        self._timer: asyncio.TimerHandle | None = None

    @property
    def lets_some_pass(self) -> bool:
        """Whether there are keys that need not wait."""
        return self._passes is not None

    def lets_pass(self, event: Typed, first: bool) -> bool:
        """Whether this key need not wait; `first` tells that no key before it waits."""
        return self._passes is not None and self._passes(event, first)

    def keeps_waiting(self) -> None:
        """A key waits for it; from now on it has so many seconds."""
        if self._timer is None and self._seconds < math.inf:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self.release)

    def release(self) -> None:
        """The reason is gone. Once more does no harm."""
        if self._timer is not None:
            self._timer.cancel()
        self._queue.released(self)


class KeyQueue:
    """Keys (and pasted texts) that were typed and not delivered yet, and what they wait for.

    Args:
        front: the screen that keys go to now; any object, compared by identity.
        wake: called when keys that waited may go on; the owner then delivers what `next` gives.
        parts: what a key is where keys go now: itself, or several, of which each waits for what the one before it sets
            off. Asked when it may be delivered, for the keys before it decide where that is.
        given: told of each key that `next` gives, before it is delivered.
        opened: told of each screen that keys go to from now on, before it is there.
    """

    def __init__(
        self,
        front: Callable[[], object],
        wake: Callable[[], object],
        parts: Callable[[Typed], Sequence[Typed]] = lambda event: (event,),
        given: Callable[[Typed], object] = lambda event: None,
        opened: Callable[[Any], object] = lambda screen: None,
    ) -> None:
        self._front = front
        self._wake = wake
        self._parts = parts
        self._given = given
        self.opened = opened
        self._typed: list[Typed] = []
        self._holds: list[Hold] = []
        self.patience = PATIENCE

    def __len__(self) -> int:
        return len(self._typed)

    def put(self, event: Typed) -> None:
        """Take in a key as it comes from the terminal."""
        if len(self._typed) < MOST_KEYS:
            self._typed.append(event)

    def next(self) -> Typed | None:
        """The next key to deliver, which is then out of the queue; None while all of them wait."""
        front = self._front()
        holds = [hold for hold in self._holds if hold.where is None or hold.where is front]
        # What a hold keeps is kept by it wherever it stands in the queue, unless the hold lets some keys pass.
        several = self._typed if all(hold.lets_some_pass for hold in holds) else self._typed[:0]
        for place, event in enumerate(several):
            first, *behind = self._parts(event)
            if all(hold.lets_pass(first, place == 0) for hold in holds):
                self._typed[place : place + 1] = behind
                self._given(first)
                return first
        if self._typed:
            for hold in holds:
                hold.keeps_waiting()
        return None

    def hold(
        self,
        where: object | None = None,
        *,
        seconds: float | None = None,
        passes: Callable[[Typed, bool], bool] | None = None,
    ) -> Hold:
        """Let keys wait from now on.

        Args:
            where: only those that would go to this screen; wherever they would go where it is None.
            seconds: how long a key waits at most, counted from the first that does; the queue's patience unless given,
                `math.inf` for as long as it takes.
            passes: told a key, and whether no key before it waits; whether that key goes on nevertheless.

        Returns:
            What to release once keys may go on.
        """
        hold = Hold(self, where, self.patience if seconds is None else seconds, passes)
        self._holds.append(hold)
        return hold

    def released(self, hold: Hold) -> None:
        """Keys need not wait for this any more."""
        if hold in self._holds:
            self._holds.remove(hold)
            if self._typed:
                self._wake()

    def left(self, where: object) -> None:
        """A screen was left: nothing that it began keeps keys waiting."""
        for hold in [hold for hold in self._holds if hold.where is where]:
            hold.release()

    def forget(self) -> int:
        """Drop the keys that wait; how many they were."""
        many, self._typed = len(self._typed), []
        return many


class BackgroundHolds:
    """The holds of what one screen began, and does in the background.

    Args:
        keys: those that wait.
        screen: only keys that would go to it wait.
    """

    def __init__(self, keys: KeyQueue, screen: object) -> None:
        self._keys = keys
        self._screen = screen
        self._holds: set[Hold] = set()

    def during(self, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        """The same work; keys wait from now on until it is done."""
        hold = self._keys.hold(self._screen)
        self._holds.add(hold)

        async def held() -> None:
            try:
                await work
            finally:
                self._holds.discard(hold)
                hold.release()

        return held()

    def release(self) -> None:
        """Keys need not wait for what is under way: it takes long, and what they do goes well beside it."""
        for hold in tuple(self._holds):
            hold.release()
