"""Handovers: what was signed over from one shift to the next, item by item, and the words on the way there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict

from cminbox.model import Instant
from cminbox.store import rows
from cminbox.store.broken_values import parsed
from cminbox.store.sqlite import Connection
from cminbox.text import fold

HandoverStatus = Literal["signed", "taken", "withdrawn"]
Level = Literal["burning", "watch", "steady"]
Part = Literal["stands", "left"]
ItemKind = Literal[
    "crisis",  # it runs, or is proposed
    "due",  # overdue, or due within the hour
    "promise",
    "question",
    "reply",  # awaits approval, failed, unknown, given back
    "vip",  # of a VIP or of the press
    "snoozed",
    "source",
    "held",  # what the leaving member has besides
    "unassigned",
]


class Words(NamedTuple):
    """What the leaving member is asked, and whom the handover is for.

    Attributes:
        next: member handle; empty: for whoever takes it.
        promised: what they promised outside of the tool.
        must_not: what the next one must not do.
    """

    next: str = ""
    worries: str = ""
    promised: str = ""
    must_not: str = ""


class Item(NamedTuple):
    """A matter in a handover; the migration that makes its table explains the columns."""

    key: str
    kind: ItemKind
    level: Level
    line: str
    promised: str = ""
    promised_to: str = ""
    by_at: Instant | None = None
    owner: str = ""
    if_then: str = ""
    note: str = ""
    about: str = ""
    conversation_id: int | None = None
    crisis_id: int | None = None
    query: str = ""
    ids: tuple[int, ...] = ()
    many: int = 1
    stood: int = 0
    untouched: bool = False
    how: str = ""
    ticked_by: str = ""
    ticked_at: Instant | None = None


class Handover(NamedTuple):
    """A shift that was signed over; the migration that makes its table explains the columns."""

    id: int
    leaving: str
    next: str
    since: Instant
    signed_at: Instant
    take_by: Instant
    status: HandoverStatus
    worries: str
    promised: str
    must_not: str
    figures: Mapping[str, Any]
    taken_by: str
    taken_at: Instant | None
    read_back: str
    withdrawn_at: Instant | None
    returned_at: Instant | None

    @property
    def words(self) -> Words:
        """What the leaving member wrote."""
        return Words(self.next, self.worries, self.promised, self.must_not)


class HandoverChanges(TypedDict, total=False):
    """New values of columns of a handover."""

    take_by: Instant
    status: HandoverStatus
    taken_by: str
    taken_at: Instant | None
    read_back: str
    withdrawn_at: Instant | None
    returned_at: Instant | None


_NOTHING: dict[str, Any] = {}
_LOOKED_AT = 20_000
"""So many of the newest events are looked at for what a member did last."""
_HANDOVERS = rows.table("handovers", Handover, figures=lambda text: parsed(text, _NOTHING))
_ITEMS = rows.table("handover_items", Item, ids=lambda text: tuple(parsed(text, [])), untouched=bool)
_WORDS = rows.table("handover_words", Words)
get = _HANDOVERS.get


# handovers


def add(conn: Connection, values: Mapping[str, object], stands: Iterable[Item], left: Iterable[Item]) -> int:
    """Keep a handover as it was signed, with its items; its id."""
    handover_id = rows.insert(conn, "handovers", values)
    for part, items in (("stands", stands), ("left", left)):
        for place, item in enumerate(items):
            row = {"handover_id": handover_id, "part": part, "place": place, **item._asdict()}
            rows.insert(conn, "handover_items", row)
    return handover_id


def update(conn: Connection, handover_id: int, changes: HandoverChanges) -> None:
    """Set columns of a handover."""
    rows.update(conn, "handovers", handover_id, changes)


def items(conn: Connection, handover_id: int, part: Part = "stands") -> list[Item]:
    """What stood in a handover, or had left the list before it, in order."""
    return _ITEMS.all(conn, "WHERE handover_id = ? AND part = ? ORDER BY place", handover_id, part)


def notice_key(number: int) -> str:
    """How the keys of all notices about a handover begin."""
    return f"handover:{number}:"


def waiting(conn: Connection) -> list[Handover]:
    """Those that are signed and nobody has taken yet, the oldest first."""
    return _HANDOVERS.all(conn, "WHERE status = 'signed' ORDER BY signed_at, id")


def waiting_of(conn: Connection, leaving: str) -> Handover | None:
    """What a member signed and nobody has taken yet."""
    return _HANDOVERS.one(conn, "WHERE status = 'signed' AND leaving = ?", leaving)


def ringing(conn: Connection, now: Instant) -> frozenset[str]:
    """The members with whom everything stays though they leave: the next one has yet to take it, and has time to."""
    return frozenset(one.leaving for one in waiting(conn) if one.returned_at is None and now < one.take_by)


def late(conn: Connection, now: Instant) -> list[Handover]:
    """Those that nobody took in time, and of which nobody was told yet."""
    rest = "WHERE status = 'signed' AND returned_at IS NULL AND take_by <= ? ORDER BY take_by, id"
    return _HANDOVERS.all(conn, rest, now)


def before(conn: Connection, member: str, until: Instant) -> Handover | None:
    """With what a member's shift began: what they took last, else the newest that there is; one that stands."""
    stands = "WHERE status <> 'withdrawn' AND signed_at < ?"
    taken = _HANDOVERS.one(conn, f"{stands} AND taken_by = ? ORDER BY signed_at DESC, id DESC LIMIT 1", until, member)
    return taken or _HANDOVERS.one(conn, f"{stands} ORDER BY signed_at DESC, id DESC LIMIT 1", until)


def newest(conn: Connection, limit: int, query: str = "", *, most_read: int = 5_000) -> list[Handover]:
    """The newest handovers, or of those the ones in which all of these words stand, the newest first."""
    wanted = fold(query).split()
    found: list[Handover] = []
    for one in _HANDOVERS.all(conn, "ORDER BY signed_at DESC, id DESC LIMIT ?", most_read if wanted else limit):
        if not wanted or _has(f" {fold(_all_words(conn, one))} ", wanted):
            found.append(one)
        if len(found) == limit:
            break
    return found


def _has(folded: str, wanted: Iterable[str]) -> bool:
    return all(f" {word}" in folded for word in wanted)


def _all_words(conn: Connection, one: Handover) -> str:
    """Every word that stands in a handover."""
    words = [one.leaving, one.next, one.taken_by, *one.words, one.read_back]
    sql = (
        "SELECT line, promised, promised_to, owner, if_then, note, about, how FROM handover_items WHERE handover_id = ?"
        " ORDER BY id"
    )
    for row in conn.execute(sql, (one.id,)):
        words += row
    return "\n".join(words)


def tick(conn: Connection, handover_id: int, key: str, by: str, at: Instant | None) -> bool:
    """Say that a member has read an item, or with None that they have not; whether there is such an item."""
    sql = "UPDATE handover_items SET ticked_by = ?, ticked_at = ? WHERE handover_id = ? AND key = ? AND part = 'stands'"
    return conn.execute(sql, (by if at is not None else "", at, handover_id, key)).rowcount > 0


# words on the way there


def words_of(conn: Connection, member: str) -> Words:
    """What a member has written so far for the next handover that they sign."""
    return _WORDS.one(conn, "WHERE member = ?", member) or Words()


def keep_words(conn: Connection, member: str, words: Words, now: Instant) -> None:
    """Keep what a member has written so far; with nothing in it, nothing is kept."""
    conn.execute("DELETE FROM handover_words WHERE member = ?", (member,))
    if any(words):
        rows.insert(conn, "handover_words", {"member": member, **words._asdict(), "updated_at": now})


def plans(conn: Connection) -> dict[str, str]:
    """What is to be done if something happens, by the key of the matter."""
    return dict(conn.execute("SELECT key, text FROM handover_plans").fetchall())


def plan(conn: Connection, item: Item, text: str, by: str, now: Instant) -> None:
    """Say what is to be done if something happens with a matter; an empty text takes it back."""
    conn.execute("DELETE FROM handover_plans WHERE key = ?", (item.key,))
    if text:
        said = {"key": item.key, "conversation_id": item.conversation_id, "text": text, "by": by, "at": now}
        rows.insert(conn, "handover_plans", said)


# who was here when


def visit(conn: Connection, member: str, session: str, now: Instant) -> None:
    """A screen of a member is open."""
    conn.execute(
        "INSERT INTO visits (session, member, seen_at) VALUES (?, ?, ?)"
        " ON CONFLICT (session) DO UPDATE SET seen_at = excluded.seen_at",
        (session, member, now),
    )
    conn.execute(
        "DELETE FROM visits WHERE member = ? AND session NOT IN"
        " (SELECT session FROM visits WHERE member = ? ORDER BY seen_at DESC LIMIT 5)",
        (member, member),
    )


def last_here(conn: Connection, member: str, session: str) -> Instant | None:
    """When a member's screens were last open, or they last did something, this session left out; None: never."""
    seen = conn.execute("SELECT MAX(seen_at) FROM visits WHERE member = ? AND session <> ?", (member, session))
    newest = "SELECT actor, session, at FROM events ORDER BY id DESC LIMIT ?"
    did = conn.execute(
        f"SELECT at FROM ({newest}) WHERE actor = ? AND session <> ? LIMIT 1",
        (_LOOKED_AT, f"member:{member}", session),
    )
    found = [int(row[0]) for row in (seen.fetchone(), did.fetchone()) if row is not None and row[0] is not None]
    return max(found, default=None)


# what moves


def promises_of(conn: Connection, member: str, until: Instant, homes: Iterable[int]) -> list[int]:
    """The open promises that are a member's to keep and due by then, or made in one of these conversations."""
    sql = (
        "SELECT id FROM promises WHERE status = 'open' AND owner = ? AND"
        f" (due_at <= ? OR conversation_id {rows.AMONG}) ORDER BY id"
    )
    return _ids(conn.execute(sql, (member, until, rows.listed(homes))))


def held_by(conn: Connection, member: str, until: Instant) -> list[int]:
    """The conversations that are a member's and not done: open, answered, or snoozed and awake by then."""
    sql = (
        "SELECT id FROM conversations WHERE assignee = ? COLLATE NOCASE AND assignee <> '' AND assignee = ?"
        " AND (status IN ('open', 'pending') OR status = 'snoozed' AND COALESCE(snoozed_until, 0) <= ?) ORDER BY id"
    )
    return _ids(conn.execute(sql, (member, member, until)))


def watched_by(conn: Connection, member: str, besides: str) -> list[int]:
    """The conversations that a member watches, and another one does not."""
    sql = (
        "SELECT conversation_id FROM watchers WHERE member = ? AND conversation_id NOT IN"
        " (SELECT conversation_id FROM watchers WHERE member = ?) ORDER BY 1"
    )
    return _ids(conn.execute(sql, (member, besides)))


def give_watches(conn: Connection, ids: Iterable[int], was: str, now_is: str) -> None:
    """Let another member watch these conversations in place of one."""
    listed = rows.listed(ids)
    conn.execute(
        "INSERT OR IGNORE INTO watchers (conversation_id, member, since) SELECT conversation_id, ?, since FROM watchers"
        f" WHERE member = ? AND conversation_id {rows.AMONG}",
        (now_is, was, listed),
    )
    conn.execute(f"DELETE FROM watchers WHERE member = ? AND conversation_id {rows.AMONG}", (was, listed))
    conn.execute(
        "UPDATE conversations SET watchers = (SELECT json_group_array(w.member) FROM (SELECT member FROM watchers"
        f" WHERE conversation_id = conversations.id ORDER BY member) AS w) WHERE id {rows.AMONG}",
        (listed,),
    )


def _ids(found: Iterable[Any]) -> list[int]:
    return [row[0] for row in found]


# erasing


def erase(conn: Connection, among: str, erased: str) -> None:
    """Take what handovers say of conversations away; notices that carried it are emptied.

    Args:
        among: the ids, as `rows.listed` gives them.
        erased: what stands in place of a line.
    """
    of_them = f"conversation_id {rows.AMONG}"
    conn.execute(
        "UPDATE notices SET text = '' WHERE kind = 'handover' AND text <> '' AND EXISTS"
        f" (SELECT 1 FROM handover_items AS i WHERE i.{of_them}"
        " AND notices.key LIKE 'handover:' || i.handover_id || ':%')",
        (among,),
    )
    conn.execute(
        "UPDATE handover_items SET line = ?, promised = '', promised_to = '', if_then = '', note = '', about = ''"
        f" WHERE {of_them}",
        (erased, among),
    )
    conn.execute(f"DELETE FROM handover_plans WHERE {of_them}", (among,))
