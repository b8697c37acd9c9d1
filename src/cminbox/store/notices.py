"""Notices: what somebody is to be told, written in the same transaction as what it tells of.

Whoever writes one says what happened and who has a part in it. Whom it reaches, and how, the configuration says; the
engine finds it out later, so that nobody who acts waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cminbox import handles
from cminbox.model import NOTICE_KINDS, NOTICE_PARTS, Conversation, Instant, NoticeKind, NoticePart
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.rows import to_json
from cminbox.store.sqlite import Connection
from cminbox.text import one_line

Kind = NoticeKind
KINDS = NOTICE_KINDS
Part = NoticePart
PARTS = NOTICE_PARTS


class Notice(NamedTuple):
    """Something to be told.

    Attributes:
        key: what it tells of, as no other notice has it.
        by: the member whose act it is; empty where nobody's.
        people: handles by their part in the matter.
        recipients: members and channels that are told whatever the configuration says of its kind.
        planned_at: when it was found whom it reaches; None: not yet.
        nobody: why it reaches nobody; empty where it reaches somebody.
        named_only: its recipients alone are told, whatever the configuration says of its kind.
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
    named_only: bool


_NOTHING: dict[str, Any] = {}
NOTICES = rows.table(
    "notices",
    Notice,
    people=lambda text: parsed(text, _NOTHING),
    recipients=lambda text: tuple(parsed(text, [])),
    named_only=bool,
)
get = NOTICES.get


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
        at: when; later than now where it can still be taken back until then.
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


TAKEN_BACK = "taken back before it was told"


def take_back(conn: Connection, notice_id: int, now: Instant) -> bool:
    """Tell nobody after all; whether it was still time: nobody has found out whom it reaches."""
    done = conn.execute(
        "UPDATE notices SET planned_at = ?, nobody = ? WHERE id = ? AND planned_at IS NULL",
        (now, TAKEN_BACK, notice_id),
    )
    return done.rowcount == 1


def take_back_all(conn: Connection, key: str, now: Instant) -> None:
    """Tell nobody of what stands under keys that begin so, as far as nobody has found out whom it reaches."""
    among = "WHERE key >= ? AND key < ? AND planned_at IS NULL"
    conn.execute(f"UPDATE notices SET planned_at = ?, nobody = ? {among}", (now, TAKEN_BACK, key, f"{key}\U0010ffff"))


def tell_again(conn: Connection, notice_id: int) -> None:
    """Have told what was taken back; what was told stays told, once."""
    conn.execute(
        "UPDATE notices SET planned_at = NULL, nobody = '' WHERE id = ? AND nobody = ?", (notice_id, TAKEN_BACK)
    )


def named(row: Conversation) -> str:
    """A conversation as a title names it: `conversation 12 (@mina, mastodon)`."""
    who = one_line(handles.called(row.network, row.handle, row.name))
    return f"conversation {row.id} ({who}, {row.network})"


def unplanned(conn: Connection, now: Instant, limit: int) -> list[Notice]:
    """Notices of which nobody found out yet whom they reach, oldest first; those whose time has not come are not among
    them."""
    return NOTICES.all(conn, "WHERE planned_at IS NULL AND at <= ? ORDER BY id LIMIT ?", now, limit)


def of(conn: Connection, conversation_id: int, limit: int = 20) -> list[Notice]:
    """The newest notices about a conversation, oldest first."""
    return NOTICES.all(conn, "WHERE conversation_id = ? ORDER BY id DESC LIMIT ?", conversation_id, limit)[::-1]


def plan(conn: Connection, notice_id: int, now: Instant, nobody: str = "") -> None:
    """Say that it was found whom a notice reaches, or why it reaches nobody."""
    rows.update(conn, "notices", notice_id, {"planned_at": now, "nobody": nobody})


def any_unplanned(conn: Connection, now: Instant) -> bool:
    """Whether a notice waits for that, and its time has come."""
    found = conn.execute("SELECT 1 FROM notices WHERE planned_at IS NULL AND at <= ? LIMIT 1", (now,)).fetchone()
    return found is not None


def watchers(conn: Connection, conversation_id: int) -> list[str]:
    """The members who are told of what happens in a conversation."""
    sql = "SELECT member FROM watchers WHERE conversation_id = ? ORDER BY member"
    return [row[0] for row in conn.execute(sql, (conversation_id,))]
