"""What take-in writes: everything new of a page, in few statements.

All of it happens within one transaction that nobody else writes beside, so ids can be given out before the rows are
written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cminbox.lifecycle import Findings, Lifecycle, Sla
from cminbox.model import Author, Conversation, Instant, Post, StoredAuthor, StoredMessage, StoredPost
from cminbox.store import conversations, labels, lifecycle_rows, messages, posts, rule_hits
from cminbox.store.records import AUTHORS
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


class SentReply(NamedTuple):
    """What a message that went through the outbox has of its reply; one that did not has nothing of one.

    Attributes:
        written_at: when it was given to the outbox.
        seen: the newest message of `conversation_id` that its writer had seen.
        holding: it only says that an answer is to come.
    """

    member: str
    id: int | None
    written_at: Instant | None
    seen: int | None
    conversation_id: int
    holding: bool = False


def sent_by_us(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, SentReply]:
    """Of messages that went through the outbox what their replies say, by network ids."""
    sql = (
        "SELECT remote_id, member, id, created_at, seen_message_id, conversation_id, holding FROM outgoing"
        f" WHERE source_id = ? AND kind = 'reply' AND remote_id != '' AND remote_id {AMONG}"
    )
    return {
        row[0]: SentReply._make((*row[1:6], bool(row[6]))) for row in conn.execute(sql, (source_id, listed(remote_ids)))
    }


class IntakeWriter:
    """New rows of a transaction that are not written yet. Who reads what may stand here flushes it first.

    Attributes:
        conversations: their ids are from `new_id`.
        messages: likewise; the conversation of each is stored, or is among `conversations`.
        labels: conversation, label and who puts it on, for new conversations.
        made_authors: the ids of authors that were added.
        measures, waits, ends: of new conversations, as `lifecycle_rows` gives them.
    """

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.conversations: list[Conversation] = []
        self.messages: list[StoredMessage] = []
        self.labels: list[tuple[int, str, str]] = []
        self.measures: list[tuple[Any, ...]] = []
        self.waits: list[tuple[Any, ...]] = []
        self.ends: list[tuple[Any, ...]] = []
        self._hits: Counter[tuple[int, str]] = Counter()
        self._hits_at: Instant = 0
        self._authors: list[tuple[int, StoredAuthor]] = []
        self._posts: list[tuple[int, StoredPost]] = []
        self.made_authors: set[int] = set()
        self._newest: dict[str, int] = {}

    def new_id(self, table: str) -> int:
        """The id of the next row of `messages`, `conversations`, `authors` or `posts`."""
        if table not in self._newest:
            self._newest[table] = self.conn.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()[0]
        self._newest[table] += 1
        return self._newest[table]

    def add_authors(self, source_id: int, found: Sequence[Author]) -> dict[str, StoredAuthor]:
        """The authors of messages, made or brought up to date, by the network's ids.

        Args:
            found: one for each message, oldest first: what the network says last of a person is what counts.
        """
        stored = _known_authors(self.conn, source_id, {author.id for author in found})
        now = dict(stored)
        for author in found:
            known = now.get(author.id) or StoredAuthor(self.new_id("authors"), author.id)
            now[author.id] = _merged(known, author)
        self.made_authors.update([author.id for key, author in now.items() if key not in stored and author.id])
        self._authors += [(source_id, author) for author in now.values() if author != stored.get(author.remote_id)]
        return now

    def add_posts(self, source_id: int, found: Sequence[Post]) -> dict[str, StoredPost]:
        """What messages comment on, made or brought up to date, by the network's ids.

        Args:
            found: one for each message that has one, oldest first.
        """
        if not found:
            return {}
        stored = posts.known(self.conn, source_id, {post.id for post in found})
        now = dict(stored)
        for post in found:
            now[post.id] = posts.merged(now.get(post.id) or StoredPost(self.new_id("posts"), post.id), post)
        self._posts += [(source_id, post) for post in now.values() if post != stored.get(post.remote_id)]
        return now

    def add_found(self, row: Conversation, life: Lifecycle, found: Findings, sla: Sla) -> None:
        """Leave to `flush` what was found in the life of a new conversation.

        Args:
            sla: the one in force in it.
        """
        waits = [*found.waits, *([life.running] if life.running else [])]
        self.measures += lifecycle_rows.measure_rows(row, found.measures, sla.target)
        self.waits += lifecycle_rows.wait_rows(row, waits, sla)
        self.ends += lifecycle_rows.end_rows(row, found.ends)

    def count_hits(self, hits: rule_hits.Counts, now: Instant) -> None:
        """Leave to `flush` what rules hit."""
        self._hits.update(hits)
        self._hits_at = now

    def flush(self) -> None:
        """Write everything; what others point at comes first."""
        self.flush_conversations()
        messages.insert(self.conn, self.messages)
        labels.insert(self.conn, self.labels)
        lifecycle_rows.insert_measures(self.conn, self.measures)
        lifecycle_rows.insert_waits(self.conn, self.waits)
        lifecycle_rows.insert_ends(self.conn, self.ends)
        if self._hits:
            rule_hits.add(self.conn, self._hits, self._hits_at)
            self._hits.clear()
        for written in (self.messages, self.labels, self.measures, self.waits, self.ends):
            written.clear()

    def flush_conversations(self) -> None:
        """Write the conversations that were added, the people in them, and what they comment on."""
        _save_authors(self.conn, self._authors)
        posts.save(self.conn, self._posts)
        conversations.insert(self.conn, self.conversations)
        self._authors.clear()
        self._posts.clear()
        self.conversations.clear()


def _known_authors(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredAuthor]:
    """Those of these authors whom a source knows, by the network's ids."""
    found = AUTHORS.all(conn, f"WHERE a.source_id = ? AND a.remote_id {AMONG}", source_id, listed(remote_ids))
    return {author.remote_id: author for author in found}


def _merged(known: StoredAuthor, now: Author) -> StoredAuthor:
    """An author as the network describes them now; what it leaves out stays as it was."""
    return StoredAuthor(
        known.id,
        known.remote_id,
        now.handle or known.handle,
        now.name or known.name,
        known.followers if now.followers is None else now.followers,
        now.url or known.url,
        known.vip,
        known.role,
    )


def _save_authors(conn: Connection, made: Iterable[tuple[int, StoredAuthor]]) -> None:
    """Add authors, each given with its source, or write down what the network says of them now."""
    conn.executemany(
        "INSERT INTO authors (id, source_id, remote_id, handle, name, followers, url) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET (handle, name, followers, url)"
        " = (excluded.handle, excluded.name, excluded.followers, excluded.url)",
        [(a.id, source_id, a.remote_id, a.handle, a.name, a.followers, a.url) for source_id, a in made],
    )
