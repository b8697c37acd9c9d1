"""Notices: what somebody is to be told, written in the same transaction as what it tells of.

Whoever writes one says what happened and who has a part in it. Whom it reaches, and how, the configuration says; the
engine finds it out later, so that nobody who acts waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, get_args

from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.rows import to_json
from cminbox.store.sqlite import Connection

Kind = Literal[
    "approval",  # a reply waits for approval
    "assigned",  # somebody got a conversation
    "crisis",  # a crisis is proposed, declared, updated or ended
    "due",  # a conversation is due soon
    "handover",  # a shift is handed over, or nobody takes it
    "mentioned",  # a note names somebody
    "promise",  # a promise is due soon, or was not kept in time
    "question",  # a colleague is asked
    "answer",  # a colleague answered, or has not yet
    "returned",  # a conversation came back to the queue from somebody silent or absent
    "rule",  # a rule says so
    "source",  # a source needs a person
    "watched",  # something happened in a conversation that somebody watches
    "test",  # somebody tries a channel
]
KINDS: tuple[str, ...] = get_args(Kind)
Part = Literal["assignee", "approvers", "asker", "lead", "mentioned", "next", "owner", "team", "watchers"]
"""The part that people have in a matter: the configuration names them by it."""
PARTS: tuple[str, ...] = get_args(Part)


class Notice(NamedTuple):
    """Something to be told.

    Attributes:
        key: what it tells of, as no other notice has it.
        by: the member whose act it is; empty where nobody's.
        people: handles by their part in the matter.
        recipients: members and channels that are told whatever the configuration says of its kind.
        planned_at: when it was found whom it reaches; None: not yet.
        nobody: why it reaches nobody; empty where it reaches somebody.
    """

    id: int
    at: Instant
    kind: str
    key: str
    title: str
    text: str
    conversation_id: int | None
    crisis_id: int | None
    by: str
    people: Mapping[str, Any]
    recipients: tuple[str, ...]
    planned_at: Instant | None
    nobody: str


_NOTHING: dict[str, Any] = {}
_NOTICES = rows.table(
    "notices", Notice, people=lambda text: parsed(text, _NOTHING), recipients=lambda text: tuple(parsed(text, []))
)
get = _NOTICES.get


def tell(
    conn: Connection,
    at: Instant,
    kind: Kind,
    title: str,
    *,
    key: str,
    text: str = "",
    conversation_id: int | None = None,
    crisis_id: int | None = None,
    by: str = "",
    people: Mapping[Part, Iterable[str]] | None = None,
    recipients: Iterable[str] = (),
) -> int | None:
    """Have something told; the notice's id, or None where the same was told before.

    Args:
        title: one line; what comes from a network in it is cleaned already.
        text: the rest, as plain text.
        key: what it tells of, such as `assigned:<event>:ana`; a second notice of the same key is not written.
        by: the member whose act it is: they are not told of it.
        people: handles by their part in the matter, as far as the conversation does not say them by then.
        recipients: members and channels that are told whatever the configuration says of this kind.
    """
    taken = conn.execute("SELECT 1 FROM notices WHERE key = ?", (key,)).fetchone()
    if taken:
        return None
    who = {part: sorted(set(handles)) for part, handles in (people or {}).items()}
    notice = {
        "at": at,
        "kind": kind,
        "key": key,
        "title": title,
        "text": text,
        "conversation_id": conversation_id,
        "crisis_id": crisis_id,
        "by": by,
        "people": to_json(who),
        "recipients": tuple(recipients),
    }
    return rows.insert(conn, "notices", notice)


def unplanned(conn: Connection, limit: int) -> list[Notice]:
    """Notices of which nobody found out yet whom they reach, oldest first."""
    return _NOTICES.all(conn, "WHERE planned_at IS NULL ORDER BY id LIMIT ?", limit)


def of(conn: Connection, conversation_id: int, limit: int = 20) -> list[Notice]:
    """The newest notices about a conversation, oldest first."""
    return _NOTICES.all(conn, "WHERE conversation_id = ? ORDER BY id DESC LIMIT ?", conversation_id, limit)[::-1]
