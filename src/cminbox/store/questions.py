"""Questions to colleagues who have no terminal, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from cminbox.model import DAY, Instant
from cminbox.store import change_numbers, rows
from cminbox.store.broken_values import parsed
from cminbox.store.rows import AMONG, listed, to_json
from cminbox.store.sqlite import Connection

LATE_ANSWERS = 14 * DAY
"""For so long after a question was answered or withdrawn the mailbox is still looked at: more may be said."""
QuestionStatus = Literal["open", "answered", "withdrawn"]
MailOutcome = Literal["answer", "automatic", "undeliverable", "refused"]


class Question(NamedTuple):
    """What a colleague was asked about a conversation.

    Attributes:
        token: names it in what goes out, and in the answer.
        expert: whom, by the name in `experts.toml`.
        note_id: the note that says what was asked; answer_note: the one with the answer.
        remind_at: when they are asked again, if they have not answered by then.
        notice_id: the notice that carries it out.
        handed_to: who took over the shift of who asked; empty where nobody did.
    """

    id: int
    token: str
    conversation_id: int
    expert: str
    text: str
    asked_by: str
    asked_at: Instant
    status: QuestionStatus
    answered_at: Instant | None
    answer_note: int | None
    remind_at: Instant | None
    reminders: int
    notice_id: int | None
    note_id: int | None
    handed_to: str


_QUESTIONS = rows.table("questions", Question)
get = _QUESTIONS.get


def add(conn: Connection, question: dict[str, object]) -> int:
    """Write a question down, by its columns; its id."""
    return rows.insert(conn, "questions", question)


def update(conn: Connection, question_id: int, changes: dict[str, object]) -> None:
    """Set columns of a question."""
    rows.update(conn, "questions", question_id, changes)


def of(conn: Connection, conversation_id: int) -> list[Question]:
    """The questions about a conversation, oldest first."""
    return _QUESTIONS.all(conn, "WHERE conversation_id = ? ORDER BY id", conversation_id)


def open_of(conn: Connection, conversation_id: int) -> list[Question]:
    """The questions about a conversation that nobody answered yet, oldest first."""
    return [one for one in of(conn, conversation_id) if one.status == "open"]


def by_token(conn: Connection, token: str) -> Question | None:
    """The question of this token."""
    return _QUESTIONS.one(conn, "WHERE token = ?", token)


def open_ones(conn: Connection, limit: int) -> list[Question]:
    """Questions that nobody answered yet, oldest first."""
    return _QUESTIONS.all(conn, "WHERE status = 'open' ORDER BY asked_at, id LIMIT ?", limit)


def to_remind(conn: Connection, now: Instant, limit: int) -> list[Question]:
    """Open questions whose reminder is due."""
    due = "WHERE status = 'open' AND remind_at IS NOT NULL AND remind_at <= ? ORDER BY remind_at LIMIT ?"
    return _QUESTIONS.all(conn, due, now, limit)


def expected_since(conn: Connection, since: Instant) -> Instant | None:
    """When the oldest question was asked of which an answer may still come: an open one, or one asked since a time;
    None where there is none."""
    sql = "SELECT MIN(asked_at) FROM questions WHERE status = 'open' OR asked_at >= ?"
    found: Instant | None = conn.execute(sql, (since,)).fetchone()[0]
    return found


def hand_over(conn: Connection, leaving: str, to: str, since: Instant) -> list[int]:
    """Another hears from now on of what a member asked, open or asked since a time: the questions."""
    sql = (
        "UPDATE questions SET handed_to = ? WHERE (status = 'open' OR asked_at >= ?)"
        " AND (handed_to = ? OR handed_to = '' AND asked_by = ?) RETURNING id"
    )
    return [row[0] for row in conn.execute(sql, (to, since, leaving, leaving)).fetchall()]


def give_back(conn: Connection, ids: Sequence[int], taker: str, to: str) -> None:
    """Who heard of these questions before does again, as far as nobody else took them over since."""
    sql = f"UPDATE questions SET handed_to = iif(asked_by = ?, '', ?) WHERE handed_to = ? AND id {AMONG}"
    conn.execute(sql, (to, to, taker, listed(ids)))


def show(conn: Connection, conversation_id: int) -> None:
    """Have the conversation's row say whether a colleague was asked and has not answered yet."""
    conn.execute(
        "UPDATE conversations SET changed = ?, colleague ="
        " EXISTS (SELECT 1 FROM questions AS q WHERE q.conversation_id = ? AND q.status = 'open') WHERE id = ?",
        (change_numbers.advance(conn), conversation_id, conversation_id),
    )


# mail


def keep_mail(
    conn: Connection,
    message_id: str,
    question_id: int | None,
    now: Instant,
    sender: str,
    outcome: MailOutcome,
    why: str = "",
) -> bool:
    """Keep that a mail was looked at, and what became of it; whether it is the first time."""
    done = conn.execute(
        "INSERT OR IGNORE INTO answer_mails (message_id, question_id, at, sender, outcome, why)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (message_id, question_id, now, sender, outcome, why),
    )
    return done.rowcount == 1


class MailboxState(NamedTuple):
    """How far the mailbox of answers was read, and what is wrong with it.

    Attributes:
        mailbox: which one; another one is read from its beginning.
        validity, uid: as `mail.mailbox.Place` has them.
        problem: the last error's line; empty where the last look went well.
    """

    mailbox: str = ""
    validity: int = 0
    uid: int = 0
    looked_at: Instant = 0
    problem: str = ""


def mailbox_state(conn: Connection) -> MailboxState:
    """How far the mailbox was read."""
    row = conn.execute("SELECT value FROM settings WHERE key = 'answers'").fetchone()
    known: dict[str, Any] = parsed(row[0], {}) if row else {}
    try:
        return MailboxState(**known)
    except TypeError:
        return MailboxState()


def set_mailbox_state(conn: Connection, state: MailboxState) -> None:
    """Keep how far the mailbox was read."""
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('answers', ?)", (to_json(state._asdict()),))
