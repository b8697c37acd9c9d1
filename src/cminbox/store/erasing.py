"""Erasing texts: those of old conversations (a purge), and all that is known of a person (who is forgotten).

Rows stay, without what was said: figures count them, and a network that shows a message again brings nothing back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cminbox.lifecycle import BusinessHours, Sla, due_at
from cminbox.model import Instant
from cminbox.outbox_states import IN_FLIGHT
from cminbox.store import (
    change_numbers,
    contacts,
    conversations,
    handovers,
    lifecycle_rows,
    messages,
    notices,
    promises,
    questions,
    replies,
)
from cminbox.store.broken_values import parsed
from cminbox.store.contacts import PersonKey
from cminbox.store.events import FOLLOW_UP
from cminbox.store.rows import AMONG, listed, to_json
from cminbox.store.sqlite import Connection

if TYPE_CHECKING:
    from cminbox.store.changes import ConversationChanges, MessageChanges

ERASED = "[erased]"
"""What stands in place of a name, or of what somebody is quoted with, in the texts of others."""
_RUN = 4
"""So many words in a row that stand in somebody's text too are a quotation of it, where they wrote."""
_LONG_RUN = 8
"""So many are one anywhere: people who never met do not write them by chance."""

_NONE: list[Any] = []
_WITHOUT_WORDS = (
    "iif(json_valid(reasons), (SELECT json_group_array(json_array(value ->> 0, value ->> 1, value ->> 1))"
    " FROM json_each(reasons)), '[]')"
)
"""Reasons of a priority that name their rule alone: else they may quote what was said."""
_NOTHING_HEARD: MessageChanges = {
    "signals": (),
    "signal_words": {},
    "urgency": 0,
    "urgent_words": (),
    "judged_with": None,
}

ID_COLUMNS = (
    ("messages", "remote_id"),
    ("messages", "parent"),
    ("conversations", "remote_id"),
    ("posts", "remote_id"),
)
TEXT_COLUMNS = (
    ("messages", ("text", "title", "url", "extra", "attachments", "signal_words", "urgent_words")),
    (
        "conversations",
        (
            "preview",
            "title",
            "reasons",
            "crisis",
            "crises",
            "end_reason",
            "attachments",
            "post",
            "urgent_words",
            "promise",
        ),
    ),
    ("posts", ("title", "url")),
    ("notes", ("text",)),
    ("life_steps", ("reason",)),
    ("cycle_ends", ("reason",)),
    ("outgoing", ("text", "reason", "error", "url", "remote_id", "cause", "seen", "seen_id", "promises")),
    ("events", ("detail",)),
    ("crises", ("name", "reason", "query")),
    ("crisis_timeline", ("text",)),
    ("contacts", ("name", "role_by", "notes", "tags", "interests", "writes_at", "follow_up")),
    ("contact_notes", ("text",)),
    ("contact_lists", ("name",)),
    ("sources", ("error", "hint", "note")),
    ("engine", ("problem",)),
    ("spool", ("error",)),
    ("notices", ("title", "text", "nobody")),
    ("deliveries", ("error",)),
    ("channels", ("problem", "hint")),
    ("duty", ("reason",)),
    ("promises", ("text", "word")),
    ("questions", ("text",)),
    ("answer_mails", ("sender", "why")),
    ("handovers", ("worries", "promised", "must_not", "read_back")),
    ("handover_items", ("line", "promised", "promised_to", "if_then", "note", "how")),
    ("handover_words", ("worries", "promised", "must_not")),
    ("handover_plans", ("text",)),
)


ABOUT_CONVERSATIONS = (
    ("notes", ("text",)),
    ("promises", ("text", "word")),
    ("questions", ("text",)),
    ("notices", ("title", "text", "nobody")),
    ("handover_items", ("line", "promised", "promised_to", "if_then", "note", "how")),
    ("handover_plans", ("text",)),
)
"""Tables of what the team writes about a conversation, each with its texts: these go with who is forgotten where nobody
else wrote, and lose names and quotations elsewhere. A new one needs the columns `id` and `conversation_id`."""
_EMPTIED = "text = '', reason = '', error = '', url = '', cause = '', seen = '', promises = '[]'"
"""Columns of the outbox without what was written."""
_MOST_PEOPLE = 1_000
UNIQUE_TEXTS = frozenset({"contact_lists"})
"""Tables of which no two rows may have the same text: an erased one carries its number."""
_TOLD = ("text", "old", "note", "reason", "what", "message")
"""What events remember of texts."""


class Erased(NamedTuple):
    """What was erased, or would be."""

    conversations: int = 0
    messages: int = 0
    notes: int = 0
    replies: int = 0


# old conversations


def old(conn: Connection, before: Instant) -> list[int]:
    """Conversations that are over, in which nothing has happened since a time, and of which some text is left.

    Those with a draft or a reply on its way stay, those of a crisis that runs, and where a promise is open or an answer
    of theirs is waited for.
    """
    sql = (
        "SELECT c.id FROM conversations AS c WHERE c.status IN ('closed', 'spam') AND c.newest_at < ?"
        " AND MAX(COALESCE(c.status_at, 0), COALESCE(c.closed_at, 0)) < ?"
        " AND c.promise_at IS NULL AND c.back_at IS NULL"
        " AND EXISTS (SELECT 1 FROM messages AS m WHERE m.conversation_id = c.id AND m.erased = 0)"
        " AND NOT EXISTS (SELECT 1 FROM outgoing AS r WHERE r.conversation_id = c.id"
        " AND r.status NOT IN ('sent', 'cancelled'))"
        " AND NOT EXISTS (SELECT 1 FROM crises AS k WHERE k.id = c.crisis_id AND k.status = 'running') ORDER BY c.id"
    )
    return [row[0] for row in conn.execute(sql, (before, before))]


def size(conn: Connection, ids: Sequence[int]) -> Erased:
    """What of these conversations would be erased."""
    counts = [
        conn.execute(f"SELECT COUNT(*) FROM {table} WHERE conversation_id {AMONG}{also}", (listed(ids),)).fetchone()[0]
        for table, also in (
            ("messages", " AND erased = 0"),
            ("notes", " AND removed_at IS NULL"),
            ("outgoing", " AND kind = 'reply'"),
        )
    ]
    return Erased(len(ids), *counts)


def purge(conn: Connection, ids: Sequence[int]) -> None:
    """Erase what was said in some conversations, by them and by us, and the team's notes."""
    among = listed(ids)
    of_them = f"conversation_id {AMONG}"
    conn.execute(
        f"DELETE FROM message_words WHERE rowid IN (SELECT id FROM messages WHERE {of_them})",
        (among,),
    )
    conn.execute(
        f"UPDATE messages SET text = '', title = '', url = '', extra = '{{}}', attachments = '[]', erased = 1,"
        f" signals = '[]', signal_words = '{{}}', urgency = 0, urgent_words = '[]' WHERE {of_them}",
        (among,),
    )
    conn.execute(f"DELETE FROM notes WHERE {of_them}", (among,))
    handovers.erase(conn, among, ERASED)
    conn.execute(f"UPDATE outgoing SET {_EMPTIED} WHERE {of_them}", (among,))
    conn.execute(f"UPDATE notices SET title = '', text = '' WHERE {of_them}", (among,))
    conn.execute(f"UPDATE promises SET text = '', word = '' WHERE {of_them}", (among,))
    conn.execute(
        "UPDATE events SET detail = json_remove(detail, '$.text', '$.old', '$.note') WHERE json_valid(detail) AND id IN"
        f" (SELECT event_id FROM event_items WHERE {of_them}) AND NOT EXISTS (SELECT 1 FROM event_items AS i"
        f" WHERE i.event_id = events.id AND i.conversation_id NOT {AMONG})",
        (among, among),
    )
    conn.execute(
        f"UPDATE event_items SET before = json_remove(before, '$.kept') WHERE {of_them} AND json_valid(before)",
        (among,),
    )
    conn.execute(
        "UPDATE conversations SET preview = ?, title = '', attachments = '[]', notes = 0, changed = ?, signals = '[]',"
        f" urgency = 0, urgent_words = '[]', reasons = {_WITHOUT_WORDS} WHERE id {AMONG}",
        (ERASED, change_numbers.advance(conn), among),
    )


# a person


class Person(NamedTuple):
    """Somebody whom the store knows: one author, or the authors of one contact."""

    authors: tuple[int, ...]
    contact: int | None
    handles: tuple[str, ...]
    names: tuple[str, ...]
    remote_ids: tuple[str, ...]
    sources: tuple[str, ...]


def people(conn: Connection, who: str) -> list[Person]:
    """Whom an id of the network, a handle, or a contact's name or number (`contact:12`) means; each person once."""
    return [_person(conn, key) for key in contacts.find(conn, who, _MOST_PEOPLE)]


def _person(conn: Connection, key: PersonKey) -> Person:
    """A contact with all its authors, and the contacts that were merged into it; or one author."""
    known = contacts.authors_of(conn, key)
    contact = contacts.of(conn, key)
    names = [each.name for each in known]
    handles = [each.handle for each in known]
    numbers: list[int] = []
    if contact is not None:
        numbers = contacts.with_merged(conn, contact.id)
        sql = f"SELECT name FROM contacts WHERE id {AMONG}"
        names += [row[0] for row in conn.execute(sql, (listed(numbers),))]
        for number in numbers:
            handles += [handle.removeprefix("id=") for _, handle in contacts.accounts_of(conn, number)]
    # What the conversations show of them may be older than what is known of them now.
    ids = listed([each.id for each in known])
    seen = conn.execute(f"SELECT DISTINCT handle, name FROM conversations WHERE author_id {AMONG}", (ids,)).fetchall()
    return Person(
        tuple(each.id for each in known),
        None if contact is None else contact.id,
        _once([*handles, *(row[0] for row in seen)]),
        _once([*names, *(row[1] for row in seen)]),
        _once([each.remote_id for each in known]),
        _once([each.source for each in known]),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def on_its_way(conn: Connection, person: Person) -> int:
    """How many replies to somebody are on their way."""
    ids = listed(_homes(conn, person))
    sql = f"SELECT COUNT(*) FROM outgoing WHERE kind = 'reply' AND conversation_id {AMONG} AND status {AMONG}"
    return int(conn.execute(sql, (ids, listed(sorted(IN_FLIGHT)))).fetchone()[0])


def known_of(conn: Connection, person: Person) -> Erased:
    """What the store has of somebody."""
    homes, authors = _homes(conn, person), listed(person.authors)
    own = conn.execute(f"SELECT COUNT(*) FROM messages WHERE author_id {AMONG}", (authors,)).fetchone()[0]
    found = size(conn, homes)
    of_them = [] if person.contact is None else contacts.with_merged(conn, person.contact)
    sql = f"SELECT COUNT(*) FROM contact_notes WHERE removed_at IS NULL AND contact_id {AMONG}"
    on_them = conn.execute(sql, (listed(of_them),)).fetchone()[0]
    return Erased(len(homes), own, found.notes + on_them, found.replies)


def texts_of(conn: Connection, person: Person) -> list[str]:
    """Everything that somebody wrote, as it is and as it was before they edited it."""
    authors = listed(person.authors)
    found = conn.execute(f"SELECT id, title, text FROM messages WHERE author_id {AMONG}", (authors,)).fetchall()
    texts = [text for row in found for text in (row[1], row[2]) if text]
    ids = {row[0] for row in found}
    for (detail,) in conn.execute("SELECT detail FROM events WHERE action = 'edit'"):
        edit: dict[str, Any] = parsed(detail, {})
        if edit.get("message") in ids and isinstance(edit.get("old"), str):
            texts.append(edit["old"])
    return texts


def forget(conn: Connection, person: Person, now: Instant, hours: BusinessHours | None = None) -> None:
    """Erase what somebody wrote, their names and handles, and what others' texts say of them.

    Their messages and conversations stay as rows without a text, and so do our answers to them; their contact is gone.
    In the conversations where they wrote, what the team wrote about it is erased where nobody else wrote, and every
    quotation of them; elsewhere, what quotes them at length. What they wrote waits for nobody any more.

    Args:
        hours: the business hours of the team, for the SLA of others who still wait where they wrote.
    """
    authors, homes = listed(person.authors), _homes(conn, person)
    _take_back(conn, homes, authors, now, hours)
    redact = Redaction(person, texts_of(conn, person), spared=_members(conn))
    own = conn.execute(f"SELECT id FROM messages WHERE author_id {AMONG}", (authors,)).fetchall()
    for (number,) in own:
        messages.update(conn, number, {**_NOTHING_HEARD, "text": "", "title": "", "attachments": (), "erased": True})
    conn.execute(
        f"UPDATE messages SET url = '', extra = '{{}}', visibility = '' WHERE author_id {AMONG}",
        (authors,),
    )
    _forget_edits(conn, {number for (number,) in own})
    _forget_homes(conn, homes, set(alone_with(conn, person)), authors, redact, now)
    handovers.erase(conn, listed(homes), ERASED)
    conn.execute(
        f"UPDATE conversations SET handle = '', name = '', title = '', attachments = '[]', preview = ?,"
        f" followers = NULL, role = '', vip = 0, reasons = '[]', signals = '[]', urgency = 0, urgent_words = '[]',"
        f" changed = ? WHERE author_id {AMONG}",
        (ERASED, change_numbers.advance(conn), authors),
    )
    for number in person.authors:
        conn.execute(
            "UPDATE authors SET remote_id = ?, handle = '', name = '', url = '', followers = NULL, contact_id = NULL"
            " WHERE id = ?",
            (f"erased-{number}", number),
        )
    sql = f"DELETE FROM contact_suggestions WHERE author_id {AMONG} OR other_id {AMONG}"
    conn.execute(sql, (authors, authors))
    if person.contact is not None:
        _forget_contact(conn, person.contact)
    for handle in (*person.handles, *(f"id={number}" for number in person.remote_ids)):
        conn.execute("DELETE FROM contact_accounts WHERE handle = ?", (handle,))
    _forget_pushed(conn, person)
    _redact_everywhere(conn, redact)
    _hide_ids(conn, redact, person)


def _forget_pushed(conn: Connection, person: Person) -> None:
    """Drop what networks pushed and nobody has read yet, where it names somebody: it is one request of theirs."""
    for name in (*person.remote_ids, *person.handles):
        quoted = json.dumps(name, ensure_ascii=False).encode()
        conn.execute("UPDATE spool SET body = NULL WHERE instr(body, ?) > 0", (quoted,))


def _take_back(conn: Connection, homes: Sequence[int], authors: str, now: Instant, hours: BusinessHours | None) -> None:
    """End what somebody waits for: nobody can answer them any more. What they wrote came and stays unanswered, and what
    was late stays a miss."""
    for home in homes:
        row = conversations.get(conn, home)
        if row is None or row.waiting_since is None or row.status not in ("open", "snoozed"):
            continue
        conn.execute(
            "UPDATE messages SET forgotten_at = ? WHERE conversation_id = ? AND direction = 'in' AND deleted_at IS NULL"
            f" AND created_at >= ? AND author_id {AMONG}",
            (now, home, row.waiting_since, authors),
        )
        sla = Sla(row.sla_target, hours if row.sla_business else None)
        life = lifecycle_rows.replay(conn, row, sla)
        changes: ConversationChanges = {**messages.counts(conn, row), **lifecycle_rows.columns(life)}
        changes["due_at"] = row.due_at if life.needs_since == row.needs_since else due_at(life, sla)
        if changes["due_at"] != row.due_at:
            changes["warned_at"] = None
        changes["changed"] = change_numbers.advance(conn)
        conversations.update(conn, home, changes)


def _homes(conn: Connection, person: Person) -> list[int]:
    """The conversations in which somebody wrote."""
    sql = f"SELECT DISTINCT conversation_id FROM messages WHERE author_id {AMONG} ORDER BY 1"
    return [row[0] for row in conn.execute(sql, (listed(person.authors),))]


def alone_with(conn: Connection, person: Person) -> list[int]:
    """The conversations in which somebody wrote, and nobody else did."""
    authors = listed(person.authors)
    sql = (
        "SELECT 1 FROM messages WHERE conversation_id = ? AND direction = 'in' AND author_id IS NOT NULL"
        f" AND author_id NOT {AMONG} LIMIT 1"
    )
    return [home for home in _homes(conn, person) if conn.execute(sql, (home, authors)).fetchone() is None]


def _members(conn: Connection) -> set[str]:
    """Names and handles of the team, which are not to be taken for somebody else's."""
    return {text.casefold() for row in conn.execute("SELECT handle, name FROM members") for text in row if text}


def _forget_edits(conn: Connection, own: set[int]) -> None:
    for number, detail in conn.execute("SELECT id, detail FROM events WHERE action = 'edit'").fetchall():
        edit: dict[str, Any] = parsed(detail, {})
        if edit.get("message") in own:
            conn.execute("UPDATE events SET detail = ? WHERE id = ?", (to_json({**edit, "old": ""}), number))


def _our_answers(conn: Connection, homes: Sequence[int], authors: str) -> list[int]:
    """Messages of ours that answer somebody: what we wrote after them where nobody else wrote, and what names a message
    of theirs as what it answers."""
    theirs = f"SELECT 1 FROM messages AS t WHERE t.author_id {AMONG} AND t.conversation_id = m.conversation_id"
    sql = (
        f"SELECT m.id FROM messages AS m WHERE m.conversation_id {AMONG} AND m.direction = 'out' AND ("
        f"(m.created_at >= (SELECT MIN(t.created_at) FROM messages AS t WHERE t.author_id {AMONG}"
        " AND t.conversation_id = m.conversation_id) AND NOT EXISTS (SELECT 1 FROM messages AS o"
        " WHERE o.conversation_id = m.conversation_id AND o.direction = 'in' AND o.author_id IS NOT NULL"
        f" AND o.author_id NOT {AMONG})) OR EXISTS ({theirs} AND t.remote_id = m.parent)"
        f" OR EXISTS ({theirs} AND t.id = (SELECT r.message_id FROM outgoing AS r WHERE r.id = m.reply_id)))"
    )
    found = conn.execute(sql, (listed(homes), authors, authors, authors, authors))
    return [row[0] for row in found.fetchall()]


def _empty_replies(conn: Connection, home: int, own: set[int], now: Instant, *, alone: bool) -> set[int]:
    """Empty what we wrote, or began to write, to somebody in a conversation; which replies.

    Args:
        own: their messages.
        alone: nobody else wrote there.
    """
    emptied = [reply for reply in replies.of(conn, home) if alone or reply.message_id in own]
    for reply in emptied:
        if reply.status == "draft":
            replies.move(conn, reply.id, "emptied", now)
        elif reply.status == "failed":
            replies.move(conn, reply.id, "superseded", now)
    sql = f"UPDATE outgoing SET {_EMPTIED} WHERE id {AMONG} OR (? AND conversation_id = ? AND kind = 'action')"
    conn.execute(sql, (listed([reply.id for reply in emptied]), alone, home))
    return {reply.id for reply in emptied}


def _forget_homes(
    conn: Connection, homes: Sequence[int], only: set[int], authors: str, redact: Redaction, now: Instant
) -> None:
    """Take what we answered them, quotations and names out of the conversations where somebody wrote.

    Args:
        only: those of them in which nobody else wrote.
    """
    for number in _our_answers(conn, homes, authors):
        messages.update(conn, number, {"text": "", "title": "", "attachments": (), "erased": True})
        conn.execute("UPDATE messages SET url = '', extra = '{}' WHERE id = ?", (number,))
    own = {row[0] for row in conn.execute(f"SELECT id FROM messages WHERE author_id {AMONG}", (authors,))}
    for home in homes:
        alone = home in only
        emptied = _empty_replies(conn, home, own, now, alone=alone)
        for number, text in conn.execute("SELECT id, text FROM outgoing WHERE conversation_id = ?", (home,)).fetchall():
            if (fixed_text := redact.here(text)) != text:
                conn.execute("UPDATE outgoing SET text = ? WHERE id = ?", (fixed_text, number))
        for reply in replies.of(conn, home):
            if reply.promises:
                kept = in_json(to_json(reply.promises), redact.here)
                conn.execute("UPDATE outgoing SET promises = ? WHERE id = ?", (kept, reply.id))
        for number, title, text in conn.execute(
            "SELECT id, title, text FROM messages WHERE conversation_id = ? AND erased = 0", (home,)
        ).fetchall():
            fixed = redact.here(title), redact.here(text)
            if fixed != (title, text):
                messages.update(conn, number, {"title": fixed[0], "text": fixed[1]})
        about = _forget_what_is_about(conn, home, redact, alone=alone) | _forget_notes_on(conn, home, own)
        for promise in promises.open_in(conn, [home]).get(home, []) if alone else []:
            promises.end(conn, promise, "withdrawn", now, "engine")  # nobody is left to whom it could be kept
        promises.show(conn, home)
        for question in questions.open_of(conn, home) if alone else []:
            questions.update(conn, question.id, {"status": "withdrawn"})  # a colleague would be reminded of nothing
            if question.notice_id is not None:
                notices.take_back(conn, question.notice_id, now)
            questions.show(conn, home)
        row = conn.execute("SELECT preview, title FROM conversations WHERE id = ?", (home,)).fetchone()
        conn.execute(
            f"UPDATE conversations SET preview = ?, title = ?, urgent_words = '[]', reasons = {_WITHOUT_WORDS}"
            " WHERE id = ?",
            (redact.here(row[0]), redact.here(row[1]), home),
        )
        _forget_log(conn, home, redact, about, emptied, alone=alone)


def _forget_notes_on(conn: Connection, home: int, own: set[int]) -> set[str]:
    """Erase the notes on messages of theirs; their texts."""
    sql = f"SELECT id, text FROM notes WHERE conversation_id = ? AND message_id {AMONG}"
    found = conn.execute(sql, (home, listed(sorted(own)))).fetchall()
    conn.execute(f"UPDATE notes SET text = ? WHERE id {AMONG}", (ERASED, listed([row[0] for row in found])))
    return {row[1] for row in found} - {ERASED}


def _forget_what_is_about(conn: Connection, home: int, redact: Redaction, *, alone: bool) -> set[str]:
    """Take names and quotations out of what the team wrote about a conversation, or all where only they wrote there;
    the texts of that."""
    gone: set[str] = set()
    for table, columns in ABOUT_CONVERSATIONS:
        for column in columns:
            sql = f"SELECT id, {column} FROM {table} WHERE conversation_id = ? AND {column} <> ''"
            for number, text in conn.execute(sql, (home,)).fetchall():
                gone |= {text} if alone else set()
                fixed = ERASED if alone else redact.here(text)
                conn.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (fixed, number))
    return gone


def _forget_log(
    conn: Connection, home: int, redact: Redaction, about: set[str], emptied: set[int], *, alone: bool
) -> None:
    """Take texts, names and quotations out of what the log has of a conversation.

    Args:
        about: texts that go as a whole.
        emptied: replies whose texts go.
        alone: nobody else wrote there: what events remember of texts goes where they are of that conversation only.
    """

    def said(text: str) -> str:
        return ERASED if text in about else redact.here(text)

    found = conn.execute(
        "SELECT e.id, e.detail, e.count FROM events AS e JOIN event_items AS i ON i.event_id = e.id"
        " WHERE i.conversation_id = ?",
        (home,),
    ).fetchall()
    replied = conn.execute(
        f"SELECT id, detail, 1 FROM events WHERE json_valid(detail) AND json_extract(detail, '$.reply') {AMONG}",
        (listed(sorted(emptied)),),
    ).fetchall()
    for number, detail, count in [*found, *(replied if emptied else ())]:
        fixed = in_json(detail, said)
        whole: dict[str, Any] = parsed(fixed, {})
        if (alone and count <= 1) or whole.get("reply") in emptied:
            fixed = to_json({key: ERASED if key in _TOLD and value else value for key, value in whole.items()})
        if fixed != detail:
            conn.execute("UPDATE events SET detail = ? WHERE id = ?", (fixed, number))
    for number, before, after in conn.execute(
        "SELECT event_id, before, after FROM event_items WHERE conversation_id = ?", (home,)
    ).fetchall():
        which = "WHERE event_id = ? AND conversation_id = ?"
        _set_json(conn, f"UPDATE event_items SET before = ? {which}", before, said, number, home)
        _set_json(conn, f"UPDATE event_items SET after = ? {which}", after, said, number, home)


def _forget_contact(conn: Connection, contact: int) -> None:
    """Drop a contact, those that were merged into it, and what the log remembers of them."""
    numbers = contacts.with_merged(conn, contact)
    sql = (
        "SELECT id, detail FROM events WHERE json_valid(detail) AND (action LIKE 'contact %' OR action = ?)"
        f" AND (json_extract(detail, '$.contact') {AMONG} OR json_extract(detail, '$.other') {AMONG})"
    )
    among = listed(numbers)
    for number, detail in conn.execute(sql, (FOLLOW_UP, among, among)).fetchall():
        told: dict[str, Any] = parsed(detail, {})
        kept = {key: value for key, value in told.items() if isinstance(value, int)}
        conn.execute("UPDATE events SET detail = ? WHERE id = ?", (to_json(kept), number))
    conn.execute(f"DELETE FROM contacts WHERE id {AMONG}", (among,))


def _set_json(conn: Connection, sql: str, text: str, change: Callable[[str], str], *key: int) -> None:
    """Change the texts within a JSON value, where that changes it."""
    fixed = in_json(text, change)
    if fixed != text:
        conn.execute(sql, (fixed, *key))


def in_json(text: str, change: Callable[[str], str]) -> str:
    """JSON with its texts changed; what is no JSON is changed as it stands."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return change(str(text))
    fixed = _within(value, change)
    return text if fixed == value else to_json(fixed)


def _within(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_within(each, change) for each in value]
    if isinstance(value, dict):
        return {key: _within(each, change) for key, each in value.items()}
    return value


def _redact_everywhere(conn: Connection, redact: Redaction) -> None:
    """Take somebody's names and handles out of the texts of the whole store."""
    conn.create_function("cminbox_tells_of", 1, redact.names_them, deterministic=True)
    for table, columns in TEXT_COLUMNS:
        for column in columns:
            found = conn.execute(f"SELECT id, {column} FROM {table} WHERE cminbox_tells_of({column})").fetchall()
            for number, text in found:
                fixed = in_json(text, redact.everywhere) if text[:1] in "[{" else redact.everywhere(text)
                fixed += f" {number}" if table in UNIQUE_TEXTS else ""
                if table == "messages" and column in ("text", "title", "attachments"):
                    value = tuple(parsed(fixed, _NONE)) if column == "attachments" else fixed
                    messages.update(conn, number, cast("MessageChanges", {column: value}))
                else:
                    conn.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (fixed, number))


def _hide_ids(conn: Connection, redact: Redaction, person: Person) -> None:
    """Ids of networks that are made of somebody's name, handle or id there become ones that say nothing."""
    told = {text.casefold() for text in (*person.remote_ids, *person.handles, *person.names) if len(text) >= _RUN}
    conn.create_function(
        "cminbox_tells", 1, lambda text: int(isinstance(text, str) and any(each in text.casefold() for each in told))
    )
    authors = listed(person.authors)
    sql = f"SELECT remote_id FROM messages WHERE author_id {AMONG} AND cminbox_tells(remote_id)"
    own = listed([row[0] for row in conn.execute(sql, (authors,))])  # others' messages name them as what they answer
    for table, column in ID_COLUMNS:
        theirs = f"author_id {AMONG}"
        if table == "posts":
            theirs = f"id IN (SELECT m.post_id FROM messages AS m WHERE m.author_id {AMONG})"
        sql = f"SELECT id, {column} FROM {table} WHERE ({theirs} OR {column} {AMONG})"
        for number, text in conn.execute(f"{sql} AND cminbox_tells({column})", (authors, own)).fetchall():
            hidden = f"erased-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
            conn.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (hidden, number))


class Redaction:
    """Takes out of texts what tells of somebody.

    Args:
        person: whom.
        texts: what they wrote; quotations of it are taken out too.
        spared: names and handles, casefolded, that are somebody else's as well.
    """

    def __init__(self, person: Person, texts: Sequence[str], spared: set[str]) -> None:
        forms = _once(form for handle in person.handles for form in (handle, handle.partition("@")[0]))
        handles = [form for form in forms if form.casefold() not in spared]
        names = [name for name in person.names if name.casefold() not in spared]
        parts = [part for name in names for part in name.split() if len(part) > 2 and part.casefold() not in spared]
        # A handle may be a word that everybody uses, and half of a name is somebody else's too.
        said = [name for name in names if " " in name] + [form for form in handles if not form.isalpha()]
        self.anywhere = _pattern(said, called=handles)
        self._here = _pattern([*handles, *names, *parts])
        self._runs = {run for text in texts for run in _runs(_words(text), _RUN)}
        self._long_runs = {run for text in texts for run in _runs(_words(text), _LONG_RUN)}
        self._lines = {line.casefold() for text in texts for line in map(str.strip, text.splitlines()) if len(line) > 3}

    def names_them(self, text: object) -> int:
        """`cminbox_tells_of(text)`: whether a text has a name or handle of theirs that nobody else is likely to have,
        or quotes them at length."""
        if not isinstance(text, str):
            return 0
        named = self.anywhere is not None and self.anywhere.search(text) is not None
        return int(named or not self._long_runs.isdisjoint(_runs(_words(text), _LONG_RUN)))

    def everywhere(self, text: str) -> str:
        """A text without such names, handles and quotations."""
        text = "\n".join(_without(line, self._long_runs, _LONG_RUN) for line in text.split("\n"))
        return text if self.anywhere is None else self.anywhere.sub(ERASED, text)

    def here(self, text: str) -> str:
        """A text of a conversation in which they wrote, without their names and what it quotes of them."""
        text = "\n".join(self._unquoted(line) for line in text.split("\n"))
        return text if self._here is None else self._here.sub(ERASED, text)

    def _unquoted(self, line: str) -> str:
        if line.strip(" >\t").casefold() in self._lines:
            return ERASED
        return _without(line, self._runs, _RUN)


def _without(line: str, runs: set[tuple[str, ...]], length: int) -> str:
    """A line without the runs of words, each of that length, that are among those given."""
    found = list(re.finditer(r"\w+", line))
    words = [match[0].casefold() for match in found]
    quoted: set[int] = set()
    for start in range(len(words) - length + 1):
        if tuple(words[start : start + length]) in runs:
            quoted.update(range(start, start + length))
    # From behind, so that places stay right.
    for last in sorted((place for place in quoted if place + 1 not in quoted), reverse=True):
        first = last
        while first - 1 in quoted:
            first -= 1
        line = line[: found[first].start()] + ERASED + line[found[last].end() :]
    return line


def _words(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"\w+", text)]


def _runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def _pattern(terms: Iterable[str], called: Iterable[str] = ()) -> re.Pattern[str] | None:
    """What finds these words, and those of `called` where an @, `from:` or a place of profiles stands before them."""
    words, behind = (
        "|".join(map(re.escape, sorted({term for term in given if term}, key=len, reverse=True)))
        for given in (terms, called)
    )
    parts = [rf"@?(?<!\w)(?:{words})(?!\w)"] if words else []
    parts += (
        [rf"(?:@|(?<=from:)|(?<=/users/)|(?<=/user/)|(?<=/profile/)|(?<=/u/)|(?<=\bRT ))(?:{behind})(?!\w)"]
        if behind
        else []
    )
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
