"""Reading what can still be read of a damaged store: a page that is broken takes only its own rows along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cminbox.errors import Corrupt
from cminbox.store import conversations, reporting
from cminbox.store.search import Condition
from cminbox.store.sqlite import Connection

_AT_ONCE = 512


class Rest:
    """What a store still has.

    Attributes:
        lost: what could not be read, in words.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.lost: list[str] = []

    @property
    def marked(self) -> bool:
        """Whether a text was read that is not UTF-8."""
        return bool(getattr(self._conn, "met_undecodable", False))

    def lose(self, what: str) -> None:
        """Note that something could not be read."""
        self.lost.append(what)

    def ids(self, where: Condition) -> list[int]:
        """The conversations that match, one by one where they cannot be read together."""
        try:
            return conversations.ids(self._conn, where)
        except Corrupt:
            newest = self._newest()
            found = (range(start, min(start + _AT_ONCE, newest + 1)) for start in range(1, newest + 1, _AT_ONCE))
            return [number for part in found for number in self._among(where, part)]

    def _newest(self) -> int:
        """The highest id that a conversation can have."""
        for sql in ("SELECT MAX(id) FROM conversations", "SELECT MAX(conversation_id) FROM messages"):
            try:
                return int(self._conn.execute(sql).fetchone()[0] or 0)
            except Corrupt:
                continue
        raise Corrupt("nothing of the store can be read", "put a backup in its place")

    def _among(self, where: Condition, numbers: Sequence[int]) -> list[int]:
        try:
            return sorted(conversations.among(self._conn, where, numbers))
        except Corrupt:
            if len(numbers) == 1:
                self.lose(f"conversation {numbers[0]}: the store is damaged there")
                return []
            half = len(numbers) // 2
            return self._among(where, numbers[:half]) + self._among(where, numbers[half:])

    def messages(self, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        """The messages of some conversations as `reporting.exported` gives them."""
        try:
            yield from list(reporting.exported(self._conn, ids))
            return
        except Corrupt:
            pass
        if len(ids) > 1:
            half = len(ids) // 2
            yield from self.messages(ids[:half])
            yield from self.messages(ids[half:])
        else:
            yield from self._one_by_one(ids[0])

    def _one_by_one(self, conversation_id: int) -> Iterator[dict[str, Any]]:
        try:
            sql = "SELECT id FROM messages WHERE conversation_id = ? ORDER BY created_at, id"
            numbers = [row[0] for row in self._conn.execute(sql, (conversation_id,)).fetchall()]
        except Corrupt:
            self.lose(f"conversation {conversation_id}: the store is damaged there")
            return
        for number in numbers:
            try:
                yield from list(reporting.exported(self._conn, [conversation_id], number))
            except Corrupt:
                self.lose(f"message {number} of conversation {conversation_id}: the store is damaged there")
