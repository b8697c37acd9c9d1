"""What a search looks for, in the rows: the place where it stands, wherever in the conversation that is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cminbox.query import patterns
from cminbox.query.meaning import needle
from cminbox.query.tree import And, Node, Or, Pattern, Words
from cminbox.screens.queue.loader import Background
from cminbox.screens.queue.queue_list import QueueList
from cminbox.screens.queue.state import QueueState
from cminbox.screens.services import Services
from cminbox.store import Connection
from cminbox.store.sqlite.reader import yielding_to_keys
from cminbox.text import words
from cminbox.widgets.hit_text import Hit, Needle, Needles, find_hit


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


def patterns_of(tree: Node) -> tuple[str, ...]:
    """The regular expressions that a query looks for in texts; not those that it leaves out."""
    match tree:
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(source for part in parts for source in patterns_of(part)))
        case Pattern(source):
            return (source,)
    return ()


class HitReader:
    """Brings the hits of a search into the rows: where a row's own text has none, the text of the message that has one.

    Args:
        start: runs a coroutine in the background.
    """

    def __init__(self, services: Services, state: QueueState, rows: QueueList, start: Background) -> None:
        self._services, self._state, self._rows, self._start = services, state, rows, start
        self._asked: tuple[str, str] | None = None
        self._patterns: tuple[str, ...] = ()
        self._known: set[int] = set()
        """Rows that were looked at."""

    def follow(self) -> None:
        """Another search or filter may be in force: show what it finds."""
        state = self._state
        asked = (state.filter, state.search)
        if asked != self._asked:
            self._asked = asked
            self._known.clear()
            tree = state.looked_for.tree
            self._patterns = patterns_of(tree)
            state.look_for(needles_of(tree))
            self._rows.redraw_changed(all_rows=True)

    def read(self) -> None:
        """Look, aside, for the hits of the rows on the screen that have none in their own text."""
        needles = self._state.needles
        if not needles and not self._patterns:
            return
        missing = {
            row.id: row.preview
            for row in self._rows.on_screen
            if row.id not in self._known and not find_hit(row.preview, needles)
        }
        if missing:
            self._known.update(missing)
            self._start(self._read(missing, self._asked))

    async def _read(self, previews: dict[int, str], asked: tuple[str, str] | None) -> None:
        found = await asyncio.to_thread(self._hits, previews, self._state.needles, self._patterns)
        if found and asked == self._asked:
            self._state.hits.update(found)
            self._rows.redraw_rows(found)

    def _hits(self, previews: dict[int, str], needles: Needles, sources: tuple[str, ...]) -> dict[int, Hit]:
        from cminbox.store import messages

        conn: Connection = self._services.store.read()
        phrases = [f" {' '.join(one.words)}{'' if one.prefix else ' '}" for one in needles if one.words]
        signs = [one.sign for one in needles if one.sign]
        found: dict[int, Hit] = {}
        with yielding_to_keys(conn, lambda: self._services.key_times.typing):
            for number, preview in previews.items():
                if marked := _fitting(preview, sources):
                    found[number] = Hit(preview, (marked,))
                elif text := messages.newest_with(conn, number, phrases, signs, sources):
                    also = _fitting(text, sources)
                    found[number] = Hit(text, (also,) if also else ())
        return found


def _fitting(text: str, sources: tuple[str, ...]) -> Needle | None:
    """What one of the regular expressions fits in a text, as a sign to be marked."""
    for source in sources:
        place = patterns.compiled(source).place_in(text)
        if place is not None and place[0] < place[1]:
            return Needle((), sign=text[place[0] : place[1]])
    return None
