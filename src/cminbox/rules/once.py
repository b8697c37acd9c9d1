"""Has something large read once and kept, whoever asks first: those that ask meanwhile, on other threads, wait for it.

With `functools.cache` each of these would read it too, and hold a copy of its own meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def once(load: Callable[[*Ts], T]) -> Callable[[*Ts], T]:
    """A function that is called once for each choice of its arguments; what raised is called anew."""
    known: dict[tuple[*Ts], T] = {}
    lock = RLock()

    @wraps(load)
    def asked(*args: *Ts) -> T:
        if args not in known:
            with lock:
                if args not in known:
                    known[args] = load(*args)
        return known[args]

    return asked
