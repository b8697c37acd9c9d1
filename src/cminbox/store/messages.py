"""Messages: the thread of a conversation, and the words by which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from cminbox.lifecycle import AskedAgain, MessageFact
from cminbox.model import DAY, SECOND, Conversation, Instant, StoredMessage, searched_text, with_alt_texts
from cminbox.store import rows
from cminbox.store.records import MESSAGE_COLUMNS, MESSAGES, attachments_of, message_to_row, signal_words_of
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection
from cminbox.text import fold, one_line

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges, MessageChanges


MOST_JUDGED = 50
"""Messages of a conversation that rules read at most; the newest ones."""


def thread(conn: Connection, conversation_id: int, limit: int = 200) -> list[StoredMessage]:
    """The newest messages of a conversation in reading order: oldest first, of one second what is answered before its
    answers."""
    return parents_first(_newest(conn, limit, "m.conversation_id = ?", conversation_id))


def parents_first(found: list[StoredMessage]) -> list[StoredMessage]:
    """Messages, oldest first, with answers of the same second behind what they answer: many networks give whole seconds
    alone, and the newest first."""
    places = {message.remote_id: place for place, message in enumerate(found)}
    above = [_above(found, places, place) for place in range(len(found))]
    if all(parent is None or parent < place for place, parent in enumerate(above)):
        return found
    order: dict[int, None] = {}
    for place in range(len(found)):
        chain = dict[int, None]()
        at: int | None = place
        # Up to what is placed already, to what answers nothing, or once around a ring.
        while at is not None and at not in order and at not in chain:
            chain[at] = None
            at = above[at]
        order |= dict.fromkeys(reversed(chain))
    return [found[place] for place in order]


def _above(found: list[StoredMessage], places: dict[str, int], place: int) -> int | None:
    """Where the message stands that another one of the same second answers; None where there is none."""
    message = found[place]
    parent = places.get(message.parent or "")
    if parent is None or found[parent].created_at // SECOND != message.created_at // SECOND:
        return None
    return parent


def inbound(conn: Connection, conversation_id: int, limit: int = MOST_JUDGED) -> list[StoredMessage]:
    """The newest inbound messages of a conversation that are still there, oldest first."""
    return _newest(conn, limit, _INBOUND, conversation_id)


def before(conn: Connection, message: StoredMessage, author_id: int | None = None) -> list[StoredMessage]:
    """The message of theirs that stands right before another in its conversation and is still there, or none.

    Args:
        author_id: only those of this author.
    """
    condition, values = f"{_INBOUND} AND (m.created_at, m.id) < (?, ?)", [message.created_at, message.id]
    if author_id is not None:
        condition = f"{condition} AND m.author_id = ?"
        values.append(author_id)
    return _newest(conn, 1, condition, message.conversation_id, *values)


def answerable(conn: Connection, conversation_id: int, seen: int | None = None) -> StoredMessage | None:
    """The message that a reply would answer: the newest inbound one that can be answered and is still there.

    Args:
        seen: the newest message that its writer had seen: where there is one up to it, that is answered.
    """
    condition = f"{_INBOUND} AND m.answerable = 1"
    if seen is not None and (known := _newest(conn, 1, f"{condition} AND m.id <= ?", conversation_id, seen)):
        return known[0]
    return next(iter(_newest(conn, 1, condition, conversation_id)), None)


_OUTBOUND = "m.conversation_id = ? AND m.direction = 'out'"
_TURNED_DOWN = "m.direction = 'out' AND m.held = 1 AND m.deleted_at IS NOT NULL"
"""An answer of ours that the network held for its review, and that nobody saw."""


def answer_after(conn: Connection, conversation_id: int, seen: int, reply_id: int = 0) -> StoredMessage | None:
    """The message of our side that the store learnt of last, after the message `seen`; None where there is none.

    Args:
        reply_id: what this reply became does not count.
    """
    rest = f"WHERE {_OUTBOUND} AND m.id > ? AND m.deleted_at IS NULL AND COALESCE(m.reply_id, 0) <> ?"
    return MESSAGES.one(conn, f"{rest} ORDER BY m.id DESC LIMIT 1", conversation_id, seen, reply_id or -1)


def read_back(conn: Connection, conversation_id: int, since: Instant) -> list[StoredMessage]:
    """The messages of our side that were read from the network from then on and are nobody's reply, oldest first."""
    rest = f"WHERE {_OUTBOUND} AND m.reply_id IS NULL AND m.fetched_at >= ? ORDER BY m.id"
    return MESSAGES.all(conn, rest, conversation_id, since)


def other_answers(conn: Connection, conversation_id: int, reply_id: int, before: Instant) -> set[str]:
    """The network's ids of the messages of our side that cannot be this reply: others', and what was read before."""
    sql = (
        "SELECT remote_id FROM messages WHERE conversation_id = ? AND direction = 'out'"
        " AND (fetched_at < ? OR reply_id IS NOT NULL) AND COALESCE(reply_id, 0) <> ?"
    )
    return {row[0] for row in conn.execute(sql, (conversation_id, before, reply_id))}


def direct_answers(conn: Connection, source_id: int, since: Instant) -> set[str]:
    """The network's ids of the private messages of our side that replies became, from a day before then on."""
    sql = (
        "SELECT remote_id FROM messages WHERE source_id = ? AND direction = 'out' AND kind = 'dm'"
        " AND reply_id IS NOT NULL AND created_at >= ?"
    )
    return {row[0] for row in conn.execute(sql, (source_id, since - DAY))}


def direct_read_back(conn: Connection, source_id: int, since: Instant) -> list[StoredMessage]:
    """The private messages of our side that were read from then on and are nobody's reply, oldest first."""
    rest = (
        "WHERE m.source_id = ? AND m.direction = 'out' AND m.kind = 'dm' AND m.reply_id IS NULL"
        " AND m.fetched_at >= ? AND m.created_at >= ? ORDER BY m.id"
    )
    return MESSAGES.all(conn, rest, source_id, since, since - DAY)


_INBOUND = "m.conversation_id = ? AND m.direction = 'in' AND m.deleted_at IS NULL"


def _newest(conn: Connection, limit: int, condition: str, *values: int) -> list[StoredMessage]:
    """The newest messages that meet a condition, oldest first."""
    rest = f"WHERE {condition} ORDER BY m.created_at DESC, m.id DESC LIMIT ?"
    return MESSAGES.all(conn, rest, *values, limit)[::-1]


def newest_with(
    conn: Connection,
    conversation_id: int,
    phrases: Sequence[str],
    signs: Sequence[str] = (),
    patterns: Sequence[str] = (),
) -> str:
    """The text of the newest message of a conversation that has one of these, in one line; empty for none.

    Args:
        phrases: folded words joined by spaces, with a space before, and one behind where the last word is whole.
        signs: as they stand in the text.
        patterns: regular expressions.
    """
    whole = "CASE WHEN m.title = '' THEN m.text ELSE m.title || char(10) || m.text END"
    tests = ["instr(' ' || w.c0 || ' ', ?) > 0" for _ in phrases]
    tests += [f"instr({whole}, ?) > 0" for _ in signs] + [f"cminbox_found(?, {whole})" for _ in patterns]
    if not tests:
        return ""
    some = " OR ".join(tests)
    sql = (
        "SELECT m.title, m.text FROM messages m CROSS JOIN message_words_content w ON w.id = m.id"
        f" WHERE m.conversation_id = ? AND m.deleted_at IS NULL AND ({some})"
        " ORDER BY m.created_at DESC, m.id DESC LIMIT 1"
    )
    found = conn.execute(sql, (conversation_id, *phrases, *signs, *patterns)).fetchone()
    return one_line(searched_text(found[0], found[1])) if found else ""


def get(conn: Connection, message_id: int) -> StoredMessage | None:
    """One message, or None."""
    return MESSAGES.one(conn, "WHERE m.id = ?", message_id)


def by_remote(conn: Connection, source_id: int, remote_id: str) -> StoredMessage | None:
    """The message that a source knows under this id."""
    return MESSAGES.one(conn, "WHERE m.source_id = ? AND m.remote_id = ?", source_id, remote_id)


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredMessage]:
    """Those of these messages that the store has, by the network's ids."""
    found = MESSAGES.all(conn, f"WHERE m.source_id = ? AND m.remote_id {AMONG}", source_id, listed(remote_ids))
    return {message.remote_id: message for message in found}


def newest_id(conn: Connection, conversation_id: int) -> int:
    """The id of the message of this conversation that the store learnt of last; 0 if there is none."""
    row = conn.execute("SELECT MAX(id) FROM messages WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return int(row[0] or 0)


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
    found = conn.execute(sql, (source_id, 1 << 62 if below is None else below, limit))
    return [(row[0], row[1]) for row in found]


SETTLED_AMONG = 4000
"""What was settled is looked at again among so many messages that the store learnt of last."""


def settled(conn: Connection, source_id: int, limit: int, below: int | None = None) -> list[tuple[int, str]]:
    """Messages of pending and closed conversations, to be re-checked as `to_watch` gives them: an edit may ask anew."""
    # The plus, and the order of the join, keep it to the newest: a source's index has all that it ever brought.
    sql = (
        "SELECT m.id, m.remote_id FROM messages AS m CROSS JOIN conversations AS c ON c.id = m.conversation_id"
        " WHERE m.id > (SELECT MAX(id) FROM messages) - ? AND m.id < ? AND +m.source_id = ? AND m.direction = 'in'"
        " AND m.deleted_at IS NULL AND m.history = 0 AND c.status IN ('pending', 'closed') AND c.gone = 0"
        " ORDER BY m.id DESC LIMIT ?"
    )
    found = conn.execute(sql, (SETTLED_AMONG, 1 << 62 if below is None else below, source_id, limit))
    return [(row[0], row[1]) for row in found]


def deleted(conn: Connection, source_id: int, limit: int, below: int | None = None) -> list[tuple[int, str]]:
    """Messages that the network took back, to be asked for again, as `to_watch` gives them."""
    sql = (
        "SELECT id, remote_id FROM messages WHERE source_id = ? AND deleted_at IS NOT NULL AND direction = 'in'"
        " AND history = 0 AND id < ? ORDER BY id DESC LIMIT ?"
    )
    found = conn.execute(sql, (source_id, 1 << 62 if below is None else below, limit))
    return [(row[0], row[1]) for row in found]


def facts(conn: Connection, conversation_id: int) -> list[MessageFact]:
    """The conversation's messages as `lifecycle.replay` wants them, each as it was before it was edited; without
    answers that the network turned down. What waited when its author was forgotten is as taken back."""
    needed = "SELECT a.needed FROM asked_again AS a WHERE a.message_id = m.id ORDER BY a.id LIMIT 1"
    sql = (
        "SELECT m.id, m.created_at, m.direction, m.member, m.written_at, m.history,"
        " COALESCE(m.deleted_at, m.forgotten_at),"
        f" COALESCE(({needed}), m.needs_answer), m.seen_message_id, m.holding, COALESCE(r.looked_at, m.written_at),"
        " m.deleted_at IS NULL AND m.forgotten_at IS NOT NULL"
        " FROM messages AS m LEFT JOIN outgoing AS r ON r.id = m.reply_id WHERE m.conversation_id = ?"
        f" AND NOT ({_TURNED_DOWN})"
    )
    return [
        MessageFact(
            *(row[0], row[1], row[2] == "in", row[3], row[4], bool(row[5]), row[6], bool(row[7]), row[8], bool(row[9])),
            looked_at=row[10],
            forgotten=bool(row[11]),
        )
        for row in conn.execute(sql, (conversation_id,))
    ]


def ask_again(conn: Connection, message: StoredMessage, at: Instant, now: Instant) -> None:
    """Note that a message was edited and asks once more, before it is changed.

    Args:
        at: the network's time of the edit.
    """
    conn.execute(
        "INSERT INTO asked_again (conversation_id, message_id, at, learnt_at, seen, step, needed)"
        " VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(s.id), 0) FROM life_steps AS s WHERE s.conversation_id = ?), ?)",
        (
            *(message.conversation_id, message.id, at, now, newest_id(conn, message.conversation_id)),
            *(message.conversation_id, message.needs_answer),
        ),
    )


def asked_again(conn: Connection, conversation_id: int) -> list[AskedAgain]:
    """The edits of a conversation by which a message asks once more, in the order in which we learnt of them."""
    later = (
        "SELECT b.needed FROM asked_again AS b WHERE b.message_id = a.message_id AND b.id > a.id ORDER BY b.id LIMIT 1"
    )
    sql = (
        f"SELECT a.id, a.message_id, a.at, a.learnt_at, a.seen, a.step, COALESCE(({later}), m.needs_answer), m.history,"
        " COALESCE(m.deleted_at, m.forgotten_at) FROM asked_again AS a JOIN messages AS m ON m.id = a.message_id"
        " WHERE a.conversation_id = ?"
        " ORDER BY a.id"
    )
    return [
        AskedAgain._make((*row[:6], bool(row[6]), bool(row[7]), row[8]))
        for row in conn.execute(sql, (conversation_id,))
    ]


def any_asked_again(conn: Connection, conversation_id: int) -> bool:
    """Whether any message of the conversation was edited and asks once more."""
    sql = "SELECT 1 FROM asked_again WHERE conversation_id = ? LIMIT 1"
    return conn.execute(sql, (conversation_id,)).fetchone() is not None


def lift(conn: Connection, conversation_id: int) -> list[int]:
    """Let what was only heard count as what is said to us: nothing of it is history any more.

    Returns:
        The messages that were.
    """
    where = "WHERE conversation_id = ? AND history <> 0"
    ids = [row[0] for row in conn.execute(f"SELECT id FROM messages {where}", (conversation_id,))]
    conn.execute(f"UPDATE messages SET history = 0 {where}", (conversation_id,))
    return ids


def let_down(conn: Connection, ids: Iterable[int]) -> None:
    """Take back that messages were lifted."""
    conn.execute(f"UPDATE messages SET history = 1 WHERE id {AMONG}", (listed(ids),))


def any_between(conn: Connection, conversation_id: int, after: int, before: int) -> bool:
    """Whether the store learnt of a message of the conversation after one id and before another."""
    sql = "SELECT 1 FROM messages WHERE conversation_id = ? AND id > ? AND id < ? LIMIT 1"
    return conn.execute(sql, (conversation_id, after, before)).fetchone() is not None


def any_deleted(conn: Connection, conversation_id: int) -> bool:
    """Whether the network took any message of the conversation back."""
    sql = "SELECT 1 FROM messages WHERE conversation_id = ? AND deleted_at IS NOT NULL LIMIT 1"
    return conn.execute(sql, (conversation_id,)).fetchone() is not None


class Judged(NamedTuple):
    """Of a message what rules look at."""

    conversation_id: int
    id: int
    created_at: Instant
    asked_at: Instant | None
    searched: str
    words: str
    said: str
    judged_with: int | None

    @property
    def signal_words(self) -> Mapping[str, tuple[str, ...]]:
        """For each signal the words that tell of it."""
        return signal_words_of(self.said)


def judged(conn: Connection, rows: Mapping[int, Conversation]) -> dict[int, Sequence[Judged]]:
    """Of each of these conversations the messages by which rules judge it, oldest first.

    They are those that wait for an answer, else the newest of theirs. Many conversations are read at once.
    """
    found: dict[int, list[Judged]] = {number: [] for number in rows}
    long = {number for number, row in rows.items() if row.inbound > MOST_JUDGED}
    columns = (
        "m.conversation_id, m.id, m.created_at, m.asked_at, m.title, m.text, m.attachments, m.signal_words,"
        " m.judged_with"
    )
    sql = f"SELECT {columns} FROM messages AS m WHERE {{}} AND m.direction = 'in' AND m.deleted_at IS NULL"
    tail = "ORDER BY m.created_at DESC, m.id DESC LIMIT ?"
    read = [conn.execute(f"{sql.format('m.conversation_id = ?')} {tail}", (number, MOST_JUDGED)) for number in long]
    read.append(conn.execute(sql.format(f"m.conversation_id {AMONG}"), (listed(rows.keys() - long),)))
    for number, own, created, asked, title, text, attached, said, judged_with in chain.from_iterable(read):
        searched = searched_text(title, text)
        words = fold(searched if attached == "[]" else with_alt_texts(searched, attachments_of(attached)))
        found[number].append(Judged(number, own, created, asked, searched, words, said, judged_with))
    for theirs in found.values():
        theirs.sort(key=lambda m: (m.created_at, m.id))
    return {
        number: waiting(theirs, rows[number].waiting_since, rows[number].waiting) for number, theirs in found.items()
    }


class _Waits(Protocol):
    """A message that may wait for an answer."""

    @property
    def id(self) -> int: ...

    @property
    def created_at(self) -> Instant: ...

    @property
    def asked_at(self) -> Instant | None: ...


W = TypeVar("W", bound=_Waits)


def waiting(messages: Sequence[W], since: Instant | None, count: int) -> Sequence[W]:
    """Of inbound messages, oldest first, those that wait for an answer; where none does, the newest.

    Args:
        since: the time of the oldest that waits; None where none does.
        count: how many wait. Where more were written since, those wait that the store learnt of last: what an answer
            could not know.
    """
    found = [m for m in messages if since is not None and (m.asked_at or m.created_at) >= since]
    if len(found) > count > 0:
        newest = {m.id for m in sorted(found, key=lambda m: (m.asked_at is not None, m.id))[-count:]}
        found = [m for m in found if m.id in newest]
    return found or messages[-1:]


def insert(conn: Connection, new: Sequence[StoredMessage]) -> None:
    """Add messages with their words."""
    marks = ", ".join("?" * len(MESSAGE_COLUMNS))
    sql = f"INSERT INTO messages ({', '.join(MESSAGE_COLUMNS)}) VALUES ({marks})"
    conn.executemany(sql, map(message_to_row, new))
    _index(conn, new)


def _index(conn: Connection, new: Iterable[StoredMessage]) -> None:
    """Put messages' words into the search index."""
    conn.executemany(
        "INSERT INTO message_words (rowid, words, conversation_id) VALUES (?, ?, ?)",
        [(m.id, folded(m), m.conversation_id) for m in new],
    )


def folded(message: StoredMessage) -> str:
    """A message's words as the search index keeps them."""
    return fold(message.indexed) if message.words is None else message.words


def update(conn: Connection, message_id: int, changes: MessageChanges) -> None:
    """Set columns of a message; its words follow a new text and leave with a deletion."""
    columns: dict[str, object] = dict(changes)
    if "post" in changes:
        del columns["post"]
        columns["post_id"] = None if changes["post"] is None else changes["post"].id
    rows.update(conn, "messages", message_id, columns)
    if not changes.keys() & {"text", "title", "attachments", "deleted_at"}:
        return
    conn.execute("DELETE FROM message_words WHERE rowid = ?", (message_id,))
    message = get(conn, message_id)
    if message is not None and message.deleted_at is None:
        _index(conn, [message])


def put_behind_parents(conn: Connection, conversation_id: int, parents: Iterable[str]) -> bool:
    """Put answers of our side that are not later than what they answer right behind it; whether there were any.

    The clock of their server is off, and they were read before what they answer.

    Args:
        parents: the network's ids of what they answer.
    """
    of_parent = "(SELECT {} FROM messages AS p WHERE p.source_id = m.source_id AND p.remote_id = m.parent)"
    parent = of_parent.format("p.created_at + 1")
    sql = (
        f"UPDATE messages AS m SET created_at = {parent}, history = {of_parent.format('MIN(m.history, p.history)')}"
        " WHERE m.conversation_id = ? AND m.direction = 'out' AND m.parent <> m.remote_id"
        f" AND m.parent {AMONG} AND m.created_at < {parent}"
    )
    return conn.execute(sql, (conversation_id, listed(parents))).rowcount > 0


PRIVATE = "private:"
"""How the ids of our private answers begin where they stand below a public message: their own is behind it."""
SAID = "said:"
"""How the ids of messages begin that stand on the network, as a member said, and nobody knows under which id."""


def said(conn: Connection, source_id: int) -> list[StoredMessage]:
    """The messages of a source whose id on the network nobody knows."""
    return MESSAGES.all(
        conn, "WHERE m.source_id = ? AND m.remote_id >= ? AND m.remote_id < ?", source_id, SAID, "said;"
    )


def held_back(conn: Connection, source_id: int, keys: Iterable[str]) -> list[tuple[StoredMessage, str]]:
    """Our replies in these conversations that the network held when they were sent, each with its conversation's key:
    some get another id once they are released."""
    sql = f"SELECT id, remote_id FROM conversations WHERE source_id = ? AND remote_id {AMONG}"
    homes = dict(conn.execute(sql, (source_id, listed(keys))).fetchall())
    held = "WHERE m.direction = 'out' AND m.held = 1 AND m.deleted_at IS NULL AND m.reply_id IS NOT NULL"
    held = f"{held} AND m.conversation_id"
    found = MESSAGES.all(conn, f"{held} {AMONG}", listed(homes))
    return [(message, homes[message.conversation_id]) for message in found]


def name(conn: Connection, message: StoredMessage, remote_id: str) -> None:
    """Give a message, and the reply that it was, the id that the network has for it."""
    conn.execute("UPDATE messages SET remote_id = ? WHERE id = ?", (remote_id, message.id))
    conn.execute("UPDATE outgoing SET remote_id = ? WHERE id = ?", (remote_id, message.reply_id))


def counts(conn: Connection, row: Conversation) -> ConversationChanges:
    """Columns of a conversation's row that count its messages or take times from them.

    Args:
        row: as it stood before.
    """
    sql = (
        "SELECT COUNT(*), SUM(direction = 'in' AND deleted_at IS NULL), SUM(direction = 'in'), MIN(created_at),"
        " MAX(created_at), MAX(CASE WHEN direction = 'in' AND deleted_at IS NULL THEN created_at END),"
        f" MAX(CASE WHEN direction = 'out' AND NOT ({_TURNED_DOWN}) THEN created_at END),"
        " MAX(edited_at IS NOT NULL AND deleted_at IS NULL AND direction = 'in'),"
        " MAX(held AND deleted_at IS NULL AND direction = 'in'),"
        " MAX(hidden AND deleted_at IS NULL AND direction = 'in'),"
        " MAX(ad AND deleted_at IS NULL AND direction = 'in'), MAX(deleted_at IS NOT NULL AND direction = 'in')"
        " FROM messages AS m WHERE conversation_id = ?"
    )
    count, left, ever, first, newest, inbound, outbound, edited, held, hidden, ad, deleted = conn.execute(
        sql, (row.id,)
    ).fetchone()
    return {
        "messages": count,
        "inbound": left or 0,
        "gone": bool(ever) and not left,
        "created_at": first,
        "newest_at": newest,
        "inbound_at": inbound,
        "outbound_at": outbound,
        "content": row.content._replace(
            edited=bool(edited), held=bool(held), hidden=bool(hidden), ad=bool(ad), deleted=bool(deleted)
        ),
    }
