"""What take-in writes: everything new of a page, in few statements.

All of it happens within one transaction that nobody else writes beside, so ids can be given out before the rows are
written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cminbox.lifecycle import Measure
from cminbox.model import Author, Conversation, Instant, StoredAuthor, StoredMessage
from cminbox.store import authors, conversations, labels, lifecycle_rows, messages
from cminbox.store.sqlite import Connection


def sent_by_us(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, tuple[str, int, Instant]]:
    """Of messages that went through the outbox who wrote them, the reply and when it was written, by network ids."""
    sql = (
        "SELECT remote_id, member, id, created_at FROM replies WHERE source_id = ? AND remote_id != ''"
        " AND remote_id IN (SELECT value FROM json_each(?))"
    )
    rows = conn.execute(sql, (source_id, json.dumps(list(remote_ids))))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


class IntakeWriter:
    """New rows of a transaction that are not written yet. Who reads what may stand here flushes it first."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._newest: dict[str, int] = {}
        self._new_authors: list[tuple[int, StoredAuthor]] = []
        self._changed_authors: list[StoredAuthor] = []
        self._conversations: list[Conversation] = []
        self._messages: list[StoredMessage] = []
        self._labels: list[tuple[int, str, str]] = []
        self._measures: list[tuple[Any, ...]] = []

    def new_id(self, table: str) -> int:
        """The id of the next row of `messages`, `conversations` or `authors`."""
        if table not in self._newest:
            row = self.conn.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()
            self._newest[table] = int(row[0])
        self._newest[table] += 1
        return self._newest[table]

    def add_authors(self, source_id: int, found: Sequence[Author]) -> dict[str, StoredAuthor]:
        """The authors of messages, made or brought up to date, by the network's ids.

        Args:
            found: one for each message, oldest first: what the network says last of a person is what counts.
        """
        stored = authors.known(self.conn, source_id, {author.id for author in found})
        now = dict(stored)
        for author in found:
            known = now.get(author.id) or StoredAuthor(self.new_id("authors"), author.id)
            now[author.id] = authors.merged(known, author)
        for remote_id, merged in now.items():
            if remote_id not in stored:
                self._new_authors.append((source_id, merged))
            elif merged != stored[remote_id]:
                self._changed_authors.append(merged)
        return now

    def add_conversation(self, row: Conversation) -> None:
        """A conversation; its id is from `new_id`."""
        self._conversations.append(row)

    def add_message(self, message: StoredMessage) -> None:
        """A message; its id is from `new_id`. Its conversation is stored, or added before the next flush."""
        self._messages.append(message)

    def add_label(self, conversation_id: int, label: str, by: str) -> None:
        """A label of a new conversation."""
        self._labels.append((conversation_id, label, by))

    def add_measures(self, row: Conversation, found: Iterable[Measure]) -> None:
        """Measures of a new conversation, under the promise that its row names."""
        self._measures += [lifecycle_rows.measure_row(row, m, row.sla_target, row.lang) for m in found]

    def flush(self) -> None:
        """Write everything; what others point at comes first."""
        self.flush_conversations()
        messages.insert(self.conn, self._messages)
        labels.insert(self.conn, self._labels)
        lifecycle_rows.insert_measures(self.conn, self._measures)
        for written in (self._messages, self._labels, self._measures):
            written.clear()

    def flush_conversations(self) -> None:
        """Write the conversations that were added, and the people in them."""
        authors.insert(self.conn, self._new_authors)
        authors.update(self.conn, self._changed_authors)
        conversations.insert(self.conn, self._conversations)
        for written in (self._new_authors, self._changed_authors, self._conversations):
            written.clear()
