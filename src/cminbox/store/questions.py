"""Questions to colleagues who have no terminal, and what became of them."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.sqlite import Connection

QuestionStatus = Literal["open", "answered", "withdrawn"]


class Question(NamedTuple):
    """What a colleague was asked about a conversation.

    Attributes:
        token: names it in what goes out, and in the answer.
        expert: whom, by the name in `experts.toml`.
        answer_note: the note with the answer.
        remind_at: when they are asked again, if they have not answered by then.
        notice_id: the notice that carries it out.
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


_QUESTIONS = rows.table("questions", Question)
get = _QUESTIONS.get


def of(conn: Connection, conversation_id: int) -> list[Question]:
    """The questions about a conversation, oldest first."""
    return _QUESTIONS.all(conn, "WHERE conversation_id = ? ORDER BY id", conversation_id)


def open_ones(conn: Connection, limit: int) -> list[Question]:
    """Questions that nobody answered yet, oldest first."""
    return _QUESTIONS.all(conn, "WHERE status = 'open' ORDER BY asked_at, id LIMIT ?", limit)
