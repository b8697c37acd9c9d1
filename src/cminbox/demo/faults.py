"""Ways in which the demo network can be told to fail."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "429", "500", "401", "slow", "slow-before", "trickle", "cut-before", "cut-after", "html", "huge", "huge-gzip",
    "bad-json",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(slots=True)
class Fault:
    """A failure that hits the next matching requests.

    Attributes:
        kind: `429` (X-RateLimit-Reset and Retry-After say `seconds`); `500`; `401`; `slow` (carried out at once,
            answered after `seconds`); `slow-before` (carried out after `seconds`); `trickle` (the answer comes a
            byte at a time over `seconds`); `cut-before` and `cut-after` (the connection closes without an answer,
            before or after the request was carried out); `html` (a page with status 200); `huge` (100 MB of JSON,
            streamed); `huge-gzip` (the same, packed to 100 kB); `bad-json` (JSON that breaks off).
        path: the request's path or the folder it is in; empty for every path.
        method: the request's method; empty for every method.
        times: how many requests it hits.
        skip: how many matching requests pass before that.
        seconds: see `kind`.
    """

    kind: Kind
    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 5.0

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that it hits."""
        if self.method and self.method != method:
            return False
        folder = self.path.rstrip("/")
        return not folder or path == folder or path.startswith(folder + "/")


def from_json(wanted: Mapping[str, object]) -> Fault:
    """A fault from the admin endpoint's JSON: `fault`, and `path`, `method`, `times`, `skip`, `seconds`.

    Raises:
        ValueError: an unknown fault, an unknown key or a value of the wrong type.
    """
    kind = next((one for one in KINDS if one == wanted.get("fault")), None)
    if kind is None:
        raise ValueError(f"fault must be one of {', '.join(KINDS)}")
    unknown = set(wanted) - {"fault", "path", "method", "times", "skip", "seconds"}
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r}")
    try:
        return Fault(
            kind,
            str(wanted.get("path", "")),
            str(wanted.get("method", "")).upper(),
            int(str(wanted.get("times", 1))),
            int(str(wanted.get("skip", 0))),
            float(str(wanted.get("seconds", 5.0))),
        )
    except ValueError as error:
        raise ValueError("times and skip are whole numbers, seconds is a number") from error


class Faults:
    """The faults that wait for a request. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arms a fault; the oldest that matches a request hits it."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Disarms all."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, object]]:
        """Those that are armed, as the admin endpoint shows them."""
        with self._lock:
            return [
                {"fault": one.kind, "path": one.path, "method": one.method, "times": one.times, "skip": one.skip}
                for one in self._waiting
            ]

    def hit(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request, if any; counts it."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
