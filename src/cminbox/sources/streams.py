"""What is kept of several streams of one account from poll to poll: which states of items were passed on, and which
lists the network refused a while ago."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cminbox.errors import SourceError
from cminbox.model import HOUR, Instant
from cminbox.sources.json_values import whole_number
from cminbox.sources.paging import load_cursor

REST = 6 * HOUR
"""How long a list that was refused is left alone."""


class Streams:
    """The streams of one account, during one poll. What several of them bring is passed on once.

    Args:
        cursors: as the poll is given them.
        whose: of which account, at which address; what was kept of another one is as nothing.
        present: when the poll began.
        most: states of one stream that are kept.
    """

    def __init__(self, cursors: Mapping[str, str], whose: str, present: Instant, most: int) -> None:
        self._whose, self._present, self._most = whose, present, most
        loaded = {stream: load_cursor(cursor) for stream, cursor in cursors.items()}
        self._kept = {stream: kept for stream, kept in loaded.items() if kept.get("of") == whose}
        self._passed = {stream: dict.fromkeys(_texts(kept.get("passed"))) for stream, kept in self._kept.items()}
        self._seen = {state for passed in self._passed.values() for state in passed}

    def kept(self, stream: str) -> dict[str, Any]:
        """What is kept of a stream."""
        return self._kept.get(stream, {})

    def all_kept(self) -> list[dict[str, Any]]:
        """What is kept of each stream."""
        return list(self._kept.values())

    def is_new(self, stream: str, state: str) -> bool:
        """Whether this state of an item was not passed on yet, by any stream; from now on it was.

        Args:
            state: names an item and what may change of it; one without a name is always new.
        """
        if not state or state in self._seen:
            return not state
        self._seen.add(state)
        self._passed.setdefault(stream, {})[state] = None
        return True

    def cursor(self, stream: str, state: Mapping[str, Any]) -> str:
        """A stream's cursor: what was passed on, and what else is to be kept of it."""
        passed = list(self._passed.get(stream, {}))[-self._most :]
        return json.dumps({"of": self._whose, "passed": passed, **state})

    def rests(self, stream: str) -> bool:
        """Whether a stream was refused a while ago."""
        return (whole_number(self.kept(stream).get("rests")) or 0) > self._present

    def refused(self, stream: str, title: str, error: SourceError) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What is to be kept of a stream that was refused just now, and what people are told of it: once.

        Args:
            title: "the review queue", as people call it.
        """
        told = self.kept(stream).get("told") is True
        notes = () if told else (f"{title}: {error.message}; asked again in {REST // HOUR} hours",)
        return {"rests": self._present + REST, "told": True}, notes


def _texts(raw: object) -> list[str]:
    return [each for each in raw if isinstance(each, str)] if isinstance(raw, list) else []
