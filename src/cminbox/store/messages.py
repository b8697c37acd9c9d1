"""Messages: the thread of a conversation, what was said by whom, and the words by which it is found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import TYPE_CHECKING, Any, cast

from cminbox.lifecycle import MessageFact
from cminbox.model import NO_EXTRA, Author, Direction, Instant, Kind, Message, SentimentClass
from cminbox.text import fold

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges, MessageChanges


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the store keeps it, with its author's handle and name."""

    id: int
    source_id: int
    remote_id: str
    conversation_id: int
    author_id: int | None
    handle: str
    name: str
    author_remote_id: str
    parent: str | None
    kind: Kind
    direction: Direction
    text: str
    title: str
    lang: str
    lang_by: str
    sentiment: float | None
    sentiment_class: SentimentClass
    sentiment_by: str
    vader: float | None
    created_at: Instant
    fetched_at: Instant
    edited_at: Instant | None
    deleted_at: Instant | None
    history: bool
    answerable: bool
    visibility: str
    url: str
    extra: Mapping[str, str]
    member: str
    reply_id: int | None
    written_at: Instant | None

    @property
    def inbound(self) -> bool:
        """Whether they wrote it."""
        return self.direction == "in"

    @property
    def searched(self) -> str:
        """The text in which queries look for words."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def folded(self) -> str:
        """Its words as the search knows them."""
        return fold(self.searched)

    @property
    def question(self) -> bool | None:
        """Whether it asks something is not kept of a single message."""
        return None

    def as_message(self, conversation: str) -> Message:
        """This message as an adapter knows it, in the conversation of that key."""
        return Message(
            id=self.remote_id,
            conversation=conversation,
            author=Author(self.author_remote_id, self.handle, self.name),
            text=self.text,
            created_at=self.created_at,
            kind=self.kind,
            direction=self.direction,
            parent=self.parent,
            url=self.url,
            lang=self.lang or None,
            visibility=self.visibility,
            title=self.title,
            answerable=self.answerable,
            extra=self.extra,
        )


MOST_WAITING = 50
"""Messages of a conversation that rules read at most; the newest ones."""

_OWN = (
    "id, source_id, remote_id, conversation_id, author_id, parent, kind, direction, text, title, lang, lang_by, "
    "sentiment, sentiment_class, sentiment_by, vader, created_at, fetched_at, edited_at, deleted_at, history, "
    "answerable, visibility, url, extra, member, reply_id, written_at"
)
_SELECT = (
    "SELECT "
    + ", ".join(f"m.{name}" for name in _OWN.split(", "))
    + ", COALESCE(a.handle, '') AS handle, COALESCE(a.name, '') AS name, COALESCE(a.remote_id, '') AS author_remote_id"
    + " FROM messages AS m LEFT JOIN authors AS a ON a.id = m.author_id"
)


def from_row(row: Row) -> StoredMessage:
    """A stored message from a row of this module's selection."""
    values: dict[str, Any] = dict(zip(row.keys(), row, strict=True))
    values["history"] = bool(values["history"])
    values["answerable"] = bool(values["answerable"])
    values["extra"] = json.loads(values["extra"]) if values["extra"] != "{}" else NO_EXTRA
    return StoredMessage(**values)


def thread(
    conn: Connection, conversation_id: int, limit: int = 200, before: StoredMessage | None = None
) -> list[StoredMessage]:
    """The newest messages of a conversation, oldest first; `before` pages back."""
    sql, params = f"{_SELECT} WHERE m.conversation_id = ?", list[Any]([conversation_id])
    if before is not None:
        sql += " AND (m.created_at < ? OR (m.created_at = ? AND m.id < ?))"
        params += [before.created_at, before.created_at, before.id]
    sql += " ORDER BY m.created_at DESC, m.id DESC LIMIT ?"
    return [from_row(row) for row in conn.execute(sql, (*params, limit))][::-1]


def get(conn: Connection, message_id: int) -> StoredMessage | None:
    """One message, or None."""
    row = conn.execute(f"{_SELECT} WHERE m.id = ?", (message_id,)).fetchone()
    return from_row(row) if row else None


def by_remote(conn: Connection, source_id: int, remote_id: str) -> StoredMessage | None:
    """The message that a source knows under this id."""
    row = conn.execute(f"{_SELECT} WHERE m.source_id = ? AND m.remote_id = ?", (source_id, remote_id)).fetchone()
    return from_row(row) if row else None


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredMessage]:
    """Those of these messages that the store has, by the network's ids."""
    sql = f"{_SELECT} WHERE m.source_id = ? AND m.remote_id IN (SELECT value FROM json_each(?))"
    found = map(from_row, conn.execute(sql, (source_id, json.dumps(list(remote_ids)))))
    return {message.remote_id: message for message in found}


def newest_id(conn: Connection, conversation_id: int) -> int:
    """The id of the message of this conversation that the store learnt of last; 0 if there is none."""
    row = conn.execute("SELECT MAX(id) FROM messages WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return int(row[0] or 0)


def answerable(conn: Connection, conversation_id: int) -> StoredMessage | None:
    """The message that a reply would answer: the newest inbound one that can be answered and is still there."""
    sql = (
        f"{_SELECT} WHERE m.conversation_id = ? AND m.direction = 'in' AND m.answerable = 1 AND m.deleted_at IS NULL"
        " ORDER BY m.created_at DESC, m.id DESC LIMIT 1"
    )
    row = conn.execute(sql, (conversation_id,)).fetchone()
    return from_row(row) if row else None


def to_watch(conn: Connection, source_id: int, limit: int, below: int | None = None) -> list[tuple[int, str]]:
    """Inbound messages to re-check for edits and deletions: those in open conversations, newest first.

    Args:
        below: only those with a smaller id, so that one look after another goes through all of them.

    Returns:
        Ids with the network's ids.
    """
    sql = (
        "SELECT m.id, m.remote_id FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id"
        " WHERE c.source_id = ? AND c.status IN ('open', 'snoozed') AND c.gone = 0 AND m.direction = 'in'"
        " AND m.deleted_at IS NULL AND m.history = 0 AND m.id < ? ORDER BY m.id DESC LIMIT ?"
    )
    rows = conn.execute(sql, (source_id, 1 << 62 if below is None else below, limit))
    return [(row[0], row[1]) for row in rows]


def facts(conn: Connection, conversation_id: int) -> list[MessageFact]:
    """The conversation's messages as `lifecycle.replay` wants them."""
    sql = (
        "SELECT id, created_at, direction, member, written_at, history, deleted_at FROM messages"
        " WHERE conversation_id = ?"
    )
    return [
        MessageFact(row[0], row[1], row[2] == "in", row[3], row[4], bool(row[5]), row[6])
        for row in conn.execute(sql, (conversation_id,))
    ]


def any_deleted(conn: Connection, conversation_id: int) -> bool:
    """Whether the network took any message of the conversation back."""
    sql = "SELECT 1 FROM messages WHERE conversation_id = ? AND deleted_at IS NOT NULL LIMIT 1"
    return conn.execute(sql, (conversation_id,)).fetchone() is not None


def texts(conn: Connection, conversation_id: int, since: Instant | None = None) -> list[StoredMessage]:
    """Inbound messages still there, oldest first: those from `since` on, or only the newest one without it."""
    base = f"{_SELECT} WHERE m.conversation_id = ? AND m.direction = 'in' AND m.deleted_at IS NULL"
    if since is None:
        rows = conn.execute(f"{base} ORDER BY m.created_at DESC, m.id DESC LIMIT 1", (conversation_id,))
    else:
        rows = conn.execute(
            f"{base} AND m.created_at >= ? ORDER BY m.created_at DESC, m.id DESC LIMIT {MOST_WAITING}",
            (conversation_id, since),
        )
    return [from_row(row) for row in rows][::-1]


def insert(conn: Connection, values: Mapping[str, Any]) -> int:
    """Add a message with its words and return its id."""
    kept = {**values, "extra": plain_extra(values.get("extra"))}
    names, marks = ", ".join(kept), ", ".join("?" * len(kept))
    cursor = conn.execute(f"INSERT INTO messages ({names}) VALUES ({marks})", list(kept.values()))
    message_id = cast(int, cursor.lastrowid)
    title = values.get("title") or ""
    index(conn, message_id, values["conversation_id"], f"{title}\n{values['text']}" if title else values["text"])
    return message_id


def plain_extra(extra: Mapping[str, str] | None) -> str:
    """The column `extra` as the database keeps it."""
    return json.dumps(dict(extra), ensure_ascii=False) if extra else "{}"


def index(conn: Connection, message_id: int, conversation_id: int, text: str) -> None:
    """Put a message's words into the search index."""
    conn.execute(
        "INSERT INTO message_words (rowid, words, conversation_id) VALUES (?, ?, ?)",
        (message_id, fold(text), conversation_id),
    )


def unindex(conn: Connection, message_id: int) -> None:
    """Take a message's words out of the search index."""
    conn.execute("DELETE FROM message_words WHERE rowid = ?", (message_id,))


def update(conn: Connection, message_id: int, changes: MessageChanges) -> None:
    """Set columns of a message; its words follow a new text and leave with a deletion."""
    names = ", ".join(f"{name} = ?" for name in changes)
    conn.execute(f"UPDATE messages SET {names} WHERE id = ?", (*changes.values(), message_id))
    if not changes.keys() & {"text", "title", "deleted_at"}:
        return
    unindex(conn, message_id)
    message = get(conn, message_id)
    if message is not None and message.deleted_at is None:
        index(conn, message_id, message.conversation_id, message.searched)


def counts(conn: Connection, conversation_id: int) -> ConversationChanges:
    """Columns of a conversation's row that count its messages or take times from them."""
    sql = (
        "SELECT COUNT(*), SUM(direction = 'in' AND deleted_at IS NULL), SUM(direction = 'in'), MIN(created_at),"
        " MAX(created_at), MAX(CASE WHEN direction = 'in' AND deleted_at IS NULL THEN created_at END),"
        " MAX(CASE WHEN direction = 'out' THEN created_at END),"
        " MAX(edited_at IS NOT NULL AND deleted_at IS NULL AND direction = 'in')"
        " FROM messages WHERE conversation_id = ?"
    )
    count, left, ever, first, newest, inbound, outbound, edited = conn.execute(sql, (conversation_id,)).fetchone()
    return {
        "messages": count,
        "inbound": left or 0,
        "gone": bool(ever) and not left,
        "created_at": first,
        "newest_at": newest,
        "inbound_at": inbound,
        "outbound_at": outbound,
        "edited": bool(edited),
    }
