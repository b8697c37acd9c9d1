"""What a search looks for, in the rows: the place where it stands, wherever in the conversation that is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cminbox.query.meaning import needle
from cminbox.query.tree import And, Node, Or, Words
from cminbox.screens.queue.loader import Background
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services
from cminbox.store import Connection
from cminbox.store.sqlite.reader import yielding_to_keys
from cminbox.text import words
from cminbox.widgets.hit_text import Needle, Needles, find_hit


def needles_of(tree: Node) -> Needles:
    """The words, phrases and signs that a query looks for in texts; not those that it leaves out."""
    return tuple(dict.fromkeys(_needles(tree)))


def _needles(node: Node) -> Iterator[Needle]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _needles(part)
        case Words(text, prefix):
            found = tuple(words(text))
            yield Needle(found, prefix) if found else Needle((), sign=needle(text))


class HitReader:
    """Brings the hits of a search into the rows: where a row's own text has none, the text of the message that has one.

    Args:
        start: runs a coroutine in the background.
    """

    def __init__(self, services: Services, state: QueueState, rows: QueueList, start: Background) -> None:
        self._services, self._state, self._rows, self._start = services, state, rows, start
        self._asked = ("", "")
        self._known: set[int] = set()
        """Rows that were looked at."""

    def follow(self) -> None:
        """Another search or filter may be in force: show what it finds."""
        state = self._state
        asked = (state.filter, state.search)
        if asked != self._asked:
            self._asked = asked
            self._known.clear()
            state.look_for(needles_of(state.narrowing.tree))
            self._rows.redraw_changed(all_rows=True)

    def read(self) -> None:
        """Look, aside, for the hits of the rows on the screen that have none in their own text."""
        needles = self._state.needles
        if not needles:
            return
        missing = [
            row.id for row in self._rows.on_screen if row.id not in self._known and not find_hit(row.preview, needles)
        ]
        if missing:
            self._known.update(missing)
            self._start(self._read(missing, needles))

    async def _read(self, ids: list[int], needles: Needles) -> None:
        found = await asyncio.to_thread(self._texts, ids, needles)
        if found and needles == self._state.needles:
            self._state.hits.update(found)
            self._rows.redraw_rows(found)

    def _texts(self, ids: list[int], needles: Needles) -> dict[int, str]:
        from cminbox.store import messages

        conn: Connection = self._services.store.read()
        phrases = [f" {' '.join(one.words)}{'' if one.prefix else ' '}" for one in needles if one.words]
        with yielding_to_keys(conn, lambda: self._services.key_times.typing):
            return {number: text for number in ids if (text := messages.newest_with(conn, number, phrases))}
