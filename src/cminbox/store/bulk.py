"""Many rows at once: what a page of messages asks of the store and writes into it, in few statements.

All of it happens within one `BEGIN IMMEDIATE` transaction, so ids can be given out before the rows are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from cminbox.lifecycle import Measure
from cminbox.model import Author, Conversation, Instant
from cminbox.store import records

_CHECKPOINT_PAGES, _CHECKPOINT_PAGES_ALONE = 16_384, 49_152
_CACHE_KIB = 131_072

MESSAGE = (
    "id", "source_id", "remote_id", "conversation_id", "author_id", "parent", "kind", "direction", "text", "title",
    "lang", "lang_by", "sentiment", "sentiment_class", "vader", "created_at", "fetched_at", "edited_at", "history",
    "answerable", "visibility", "url", "extra", "member", "reply_id", "written_at",
)  # fmt: skip
"""The columns that a new message is given."""


def settle_in(conn: Connection, *, alone: bool = False) -> None:
    """Prepare a connection for writing very much: fewer checkpoints, and more of the indexes kept in memory.

    Args:
        alone: nobody reads, whom a long log would slow down.
    """
    conn.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES_ALONE if alone else _CHECKPOINT_PAGES}")
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


@dataclass(slots=True)
class Person:
    """An author's row, with what the contact behind it says."""

    id: int
    source_id: int
    remote_id: str
    handle: str
    name: str
    followers: int | None
    url: str
    vip: bool = False
    role: str = ""

    def learn(self, author: Author) -> bool:
        """Take over what the network says now; what it left out stays. Returns whether anything changed."""
        before = self.handle, self.name, self.followers, self.url
        self.handle = author.handle or self.handle
        self.name = author.name or self.name
        self.followers = self.followers if author.followers is None else author.followers
        self.url = author.url or self.url
        return before != (self.handle, self.name, self.followers, self.url)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of a conversation's row that tell of this person, as `people.behind` gives them."""
        return {"followers": self.followers, "vip": self.vip, "role": self.role}


def people(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, Person]:
    """Those of these authors whom a source knows, by the network's ids."""
    sql = (
        "SELECT a.id, a.source_id, a.remote_id, a.handle, a.name, a.followers, a.url, COALESCE(c.vip, 0),"
        " COALESCE(c.role, '') FROM authors AS a LEFT JOIN contacts AS c ON c.id = a.contact_id"
        " WHERE a.source_id = ? AND a.remote_id IN (SELECT value FROM json_each(?))"
    )
    found: dict[str, Person] = {}
    for row in conn.execute(sql, (source_id, json.dumps(list(remote_ids)))):
        person = found[row[2]] = Person(*row)
        person.vip = bool(person.vip)
    return found


def sent(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, tuple[str, int, Instant]]:
    """Of messages that went through the outbox who wrote them, the reply and when it was written, by network ids."""
    sql = (
        "SELECT remote_id, member, id, created_at FROM replies WHERE source_id = ? AND remote_id != ''"
        " AND remote_id IN (SELECT value FROM json_each(?))"
    )
    rows = conn.execute(sql, (source_id, json.dumps(list(remote_ids))))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


@dataclass(slots=True)
class Writing:
    """New rows that are not written yet. Who reads what may stand here flushes it first."""

    conn: Connection
    _newest: dict[str, int] = field(default_factory=dict)
    _people: list[Person] = field(default_factory=list)
    _renewed: dict[int, Person] = field(default_factory=dict)
    _conversations: list[list[Any]] = field(default_factory=list)
    _messages: list[tuple[Any, ...]] = field(default_factory=list)
    _words: list[tuple[int, str, int]] = field(default_factory=list)
    _labels: list[tuple[int, str, str]] = field(default_factory=list)
    _measures: list[tuple[Any, ...]] = field(default_factory=list)

    def new_id(self, table: str) -> int:
        """The id of the next row of `messages`, `conversations` or `authors`."""
        if table not in self._newest:
            row = self.conn.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()
            self._newest[table] = int(row[0])
        self._newest[table] += 1
        return self._newest[table]

    def person(self, source_id: int, author: Author) -> Person:
        """An author whom the source did not know."""
        made = Person(
            self.new_id("authors"), source_id, author.id, author.handle, author.name, author.followers, author.url
        )
        self._people.append(made)
        return made

    def renewed(self, person: Person) -> None:
        """An author of whom the network says something else now."""
        self._renewed[person.id] = person

    def conversation(self, row: Conversation) -> None:
        """A conversation, with all its columns."""
        self._conversations.append(records.to_row(row))

    def message(self, row: tuple[Any, ...], folded: str) -> None:
        """A message with the columns `MESSAGE`, and its words as the search knows them."""
        self._messages.append(row)
        self._words.append((row[0], folded, row[3]))

    def label(self, conversation_id: int, label: str, by: str) -> None:
        """A label of a new conversation."""
        self._labels.append((conversation_id, label, by))

    def measure(self, row: Mapping[str, Any], m: Measure) -> None:
        """A measure of a new conversation, under the promise that its row names."""
        of_row = row["id"], row["source_id"]
        self._measures.append((*of_row, m.name, m.start, m.end, m.member, row["sla_target"], row["lang"]))

    def flush(self) -> None:
        """Write everything; what others point at comes first. Each conversation of a message must have been given."""
        self.flush_rows()
        self._insert(f"messages ({', '.join(MESSAGE)})", self._messages)
        self._insert("message_words (rowid, words, conversation_id)", self._words)
        self._insert('labels (conversation_id, label, "by")', self._labels)
        self._insert(
            "measures (conversation_id, source_id, measure, start_at, end_at, member, sla_target, lang)",
            self._measures,
        )

    def flush_rows(self) -> None:
        """Write the conversations that were given, and the people in them."""
        self._insert(
            "authors (id, source_id, remote_id, handle, name, followers, url)",
            [(p.id, p.source_id, p.remote_id, p.handle, p.name, p.followers, p.url) for p in self._people],
        )
        if self._renewed:
            self.conn.executemany(
                "UPDATE authors SET handle = ?, name = ?, followers = ?, url = ? WHERE id = ?",
                [(p.handle, p.name, p.followers, p.url, p.id) for p in self._renewed.values()],
            )
            self._renewed.clear()
        self._people.clear()
        self._insert(f"conversations ({', '.join(records.COLUMNS)})", self._conversations)

    def _insert(self, into: str, rows: list[Any]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.conn.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)
            rows.clear()
