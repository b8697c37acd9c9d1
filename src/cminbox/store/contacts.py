"""Contacts: the people behind authors, with what members know of them. One is made when somebody first says something.

`contact_notes`, lists and accounts that have not written yet are here too; who may be the same person is in
`contact_suggestions`, what they wrote over time in `contact_history`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict

from cminbox.model import Instant
from cminbox.store import change_numbers, rows, timers
from cminbox.store.records import names_of
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


class PersonKey(NamedTuple):
    """Whom one means: a contact, or an author who may have none yet. One of both is given."""

    contact: int | None = None
    author: int | None = None


class Contact(NamedTuple):
    """A person, as the team knows them.

    Attributes:
        role: one of `model.CONTACT_ROLES`, or empty.
        role_by: who said so: `member:<handle>` (it then stays), `list:<name>`, `import` or `rule:<name>`.
        writes_at: where they write, in words: a paper, a blog.
        follow_up, follow_up_at, follow_up_by: what is to be done next, when, and who said so.
        followed_up_at: when the engine brought their newest conversation back for it.
        merged_into: the contact that has everything of this one now.
    """

    id: int
    name: str
    role: str
    role_by: str
    vip: bool
    tags: tuple[str, ...]
    interests: tuple[str, ...]
    writes_at: str
    follow_up: str
    follow_up_at: Instant | None
    follow_up_by: str
    followed_up_at: Instant | None
    created_at: Instant
    merged_into: int | None


class ContactChanges(TypedDict, total=False):
    """New values of columns of a contact."""

    name: str
    role: str
    role_by: str
    vip: bool
    tags: tuple[str, ...]
    interests: tuple[str, ...]
    writes_at: str
    follow_up: str
    follow_up_at: Instant | None
    follow_up_by: str
    followed_up_at: Instant | None
    merged_into: int | None


class KnownAuthor(NamedTuple):
    """An author with the source that knows them."""

    id: int
    source: str
    network: str
    remote_id: str
    handle: str
    name: str
    followers: int | None
    url: str
    contact_id: int | None


class ContactNote(NamedTuple):
    """What a member wrote of a contact."""

    id: int
    contact_id: int
    member: str
    text: str
    created_at: Instant


class ContactList(NamedTuple):
    """A list of contacts, and the role that it gives them."""

    id: int
    name: str
    role: str


_CONTACTS = rows.table("contacts", Contact, vip=bool, tags=names_of, interests=names_of)
_NOTES = rows.table("contact_notes", ContactNote)
_LISTS = rows.table("contact_lists", ContactList)
AUTHORS = rows.Select(
    "SELECT a.id, s.name, s.network, a.remote_id, a.handle, a.name, a.followers, a.url, a.contact_id"
    " FROM authors AS a JOIN sources AS s ON s.id = a.source_id",
    KnownAuthor._make,
)

NOT_OURS = "(s.account_id = '' OR a.remote_id <> s.account_id)"
"""Of authors `a` with their sources `s`: they are not the brand itself."""


# reading


def get(conn: Connection, contact_id: int) -> Contact | None:
    """A contact; for one that was merged, the one that it was merged into."""
    found = _CONTACTS.get(conn, contact_id)
    for _ in range(100):
        if found is None or found.merged_into is None:
            return found
        found = _CONTACTS.get(conn, found.merged_into)
    return None


def as_stored(conn: Connection, contact_id: int) -> Contact | None:
    """A contact as its row has it, merged or not."""
    return _CONTACTS.get(conn, contact_id)


def author(conn: Connection, author_id: int) -> KnownAuthor | None:
    """An author, or None."""
    return AUTHORS.one(conn, "WHERE a.id = ?", author_id)


def of(conn: Connection, who: PersonKey) -> Contact | None:
    """The contact that is meant; None where nobody made one yet."""
    if who.contact is not None:
        return get(conn, who.contact)
    known = None if who.author is None else author(conn, who.author)
    return None if known is None or known.contact_id is None else get(conn, known.contact_id)


def authors_of(conn: Connection, who: PersonKey) -> list[KnownAuthor]:
    """All authors of a person, those known first before the others."""
    contact = of(conn, who)
    if contact is not None:
        return AUTHORS.all(conn, "WHERE a.contact_id = ? ORDER BY a.id", contact.id)
    return [] if who.author is None else AUTHORS.all(conn, "WHERE a.id = ?", who.author)


def accounts_of(conn: Connection, contact_id: int) -> list[tuple[str, str]]:
    """Networks and handles of a contact that have not written here yet."""
    sql = "SELECT network, handle FROM contact_accounts WHERE contact_id = ? ORDER BY network, handle"
    return [(row[0], row[1]) for row in conn.execute(sql, (contact_id,))]


def with_merged(conn: Connection, contact_id: int) -> list[int]:
    """A contact and all that were merged into it, by id."""
    sql = (
        "WITH RECURSIVE found(id) AS (SELECT ? UNION SELECT c.id FROM contacts AS c JOIN found"
        " ON c.merged_into = found.id) SELECT id FROM found ORDER BY id"
    )
    return [row[0] for row in conn.execute(sql, (contact_id,))]


def page(conn: Connection, after: int, limit: int) -> list[Contact]:
    """The contacts with a higher id than this, by id."""
    return _CONTACTS.all(conn, "WHERE merged_into IS NULL AND id > ? ORDER BY id LIMIT ?", after, limit)


def named(conn: Connection, name: str) -> list[Contact]:
    """The contacts of this name, by id."""
    return _CONTACTS.all(conn, "WHERE merged_into IS NULL AND name = ? COLLATE NOCASE ORDER BY id", name)


def find(conn: Connection, words: str, limit: int) -> list[PersonKey]:
    """Whom a text may mean, contacts before authors: a number (`contact:12`), a network's id, a handle, a name.

    An index has each, so that it takes as long however many people there are.
    """
    found: dict[PersonKey, None] = {}
    number = words.removeprefix("contact:")
    if number != words:
        contact = get(conn, int(number)) if number.isascii() and number.isdigit() else None
        return [] if contact is None else [PersonKey(contact.id)]
    text = words.strip()
    handle = text.removeprefix("@").removeprefix("u/")
    for contact in named(conn, text):
        found[PersonKey(contact.id)] = None
    rest = f"AND {NOT_OURS} ORDER BY a.id LIMIT ?"
    for known in AUTHORS.all(conn, f"WHERE {HANDLE_KEY} = ? AND a.handle <> '' {rest}", local_part(handle), limit):
        whole = known.handle.casefold()
        if handle.casefold() in (whole, whole.partition("@")[0], local_part(whole)):
            found[key_of(known)] = None
    for (source_id,) in conn.execute("SELECT id FROM sources").fetchall():
        for known in AUTHORS.all(conn, f"WHERE a.source_id = ? AND a.remote_id = ? {rest}", source_id, text, limit):
            found[key_of(known)] = None
    sql = "SELECT contact_id FROM contact_accounts WHERE handle = ?"
    for row in conn.execute(sql, (handle,)):
        found[PersonKey(row[0])] = None
    return list(found)[:limit]


def key_of(known: KnownAuthor) -> PersonKey:
    """Whom an author means: their contact where they have one."""
    return PersonKey(known.contact_id) if known.contact_id is not None else PersonKey(author=known.id)


HANDLE_KEY = "replace(lower(substr(a.handle, 1, instr(a.handle || '@', '@') - 1)), '.bsky.social', '')"
"""A handle without its host, as it is indexed."""


def local_part(handle: str) -> str:
    """What `HANDLE_KEY` is of a handle."""
    cut = handle.partition("@")[0]
    return "".join(c.lower() if c.isascii() else c for c in cut).replace(".bsky.social", "")


# writing


def ensure(conn: Connection, who: PersonKey, now: Instant) -> Contact | None:
    """The contact that is meant, made where there is none yet; None where there is nobody."""
    known = of(conn, who)
    if known is not None or who.author is None:
        return known
    whose = author(conn, who.author)
    if whose is None:
        return None
    contact_id = insert(conn, whose.name or whose.handle, now)
    rows.update(conn, "authors", whose.id, {"contact_id": contact_id})
    return get(conn, contact_id)


def insert(conn: Connection, name: str, now: Instant) -> int:
    """Add a contact and return its id."""
    return rows.insert(conn, "contacts", {"name": name, "created_at": now})


def update(conn: Connection, contact_id: int, changes: ContactChanges) -> None:
    """Set columns of a contact."""
    rows.update(conn, "contacts", contact_id, changes)


def refresh_rows(conn: Connection, authors: Iterable[int], changed: int) -> None:
    """Bring the conversations of these authors up to what their contacts say, and have them judged again.

    Args:
        changed: the change number that they carry.
    """
    among = listed(sorted(authors))
    said = "(SELECT COALESCE(p.{0}, {1}) FROM authors AS a LEFT JOIN contacts AS p ON p.id = a.contact_id" + (
        " WHERE a.id = conversations.author_id)"
    )
    vip, role = said.format("vip", "0"), said.format("role", "''")
    conn.execute(
        f"UPDATE conversations SET vip = {vip}, role = {role}, rescore_at = 1, changed = ? WHERE author_id {AMONG}"
        f" AND (vip <> {vip} OR role <> {role})",
        (changed, among),
    )


def showing_otherwise(conn: Connection, contact_id: int) -> list[int]:
    """The conversations of a contact that show another role, or another VIP, than it has."""
    sql = (
        "SELECT c.id FROM contacts AS p JOIN authors AS a ON a.contact_id = p.id"
        " JOIN conversations AS c ON c.author_id = a.id WHERE p.id = ? AND (c.vip <> p.vip OR c.role <> p.role)"
    )
    return [row[0] for row in conn.execute(sql, (contact_id,))]


def authors_ids(conn: Connection, contact_ids: Iterable[int]) -> list[int]:
    """The ids of all authors of some contacts."""
    sql = f"SELECT id FROM authors WHERE contact_id {AMONG}"
    return [row[0] for row in conn.execute(sql, (listed(sorted(contact_ids)),))]


def still_of(conn: Connection, authors: Sequence[int], contact_id: int) -> list[int]:
    """Those of these authors who are of a contact now."""
    sql = f"SELECT id FROM authors WHERE contact_id = ? AND id {AMONG}"
    return [row[0] for row in conn.execute(sql, (contact_id, listed(authors)))]


def move_authors(conn: Connection, authors: Sequence[int], contact_id: int | None) -> None:
    """Say whose authors these are."""
    conn.execute(f"UPDATE authors SET contact_id = ? WHERE id {AMONG}", (contact_id, listed(authors)))


def settled_role(conn: Connection, contact: Contact) -> ContactChanges:
    """The role of a contact whose role no person set: that of a list, else what a rule said; what changes by it."""
    if contact.role_by.startswith("member:"):
        return {}
    row = conn.execute(
        "SELECT l.name, l.role FROM contact_list_entries AS e JOIN contact_lists AS l ON l.id = e.list_id"
        " WHERE e.contact_id = ? AND l.role <> '' ORDER BY l.id LIMIT 1",
        (contact.id,),
    ).fetchone()
    if row is not None:
        wanted = (row[1], f"list:{row[0]}")
    elif contact.role_by and not contact.role_by.startswith("list:"):
        return {}
    else:
        wanted = ("", "")
    return {} if wanted == (contact.role, contact.role_by) else {"role": wanted[0], "role_by": wanted[1]}


# notes


def notes(conn: Connection, contact_id: int) -> list[ContactNote]:
    """What members wrote of a contact, the newest first."""
    rest = "WHERE contact_id = ? AND removed_at IS NULL ORDER BY created_at DESC, id DESC"
    return _NOTES.all(conn, rest, contact_id)


def add_note(conn: Connection, contact_id: int, member: str, text: str, at: Instant) -> int:
    """Add a note and return its id."""
    return rows.insert(
        conn, "contact_notes", {"contact_id": contact_id, "member": member, "text": text, "created_at": at}
    )


def remove_note(conn: Connection, note_id: int, at: Instant) -> bool:
    """Take a note back; whether it was there."""
    sql = "UPDATE contact_notes SET removed_at = ? WHERE id = ? AND removed_at IS NULL"
    return conn.execute(sql, (at, note_id)).rowcount > 0


def restore_note(conn: Connection, note_id: int) -> None:
    """Have a note again that was taken back."""
    conn.execute("UPDATE contact_notes SET removed_at = NULL WHERE id = ?", (note_id,))


def move_notes(conn: Connection, contact_id: int, to: int) -> list[int]:
    """Give the notes of a contact to another one; which ones."""
    sql = "UPDATE contact_notes SET contact_id = ? WHERE contact_id = ? RETURNING id"
    return [row[0] for row in conn.execute(sql, (to, contact_id)).fetchall()]


def give_notes(conn: Connection, notes_ids: Sequence[int], to: int) -> None:
    """Say whose notes these are."""
    conn.execute(f"UPDATE contact_notes SET contact_id = ? WHERE id {AMONG}", (to, listed(notes_ids)))


# lists


def lists(conn: Connection) -> list[tuple[ContactList, int]]:
    """All lists by name, each with how many are on it."""
    counts = dict(conn.execute("SELECT list_id, COUNT(*) FROM contact_list_entries GROUP BY 1").fetchall())
    return [(each, counts.get(each.id, 0)) for each in _LISTS.all(conn, "ORDER BY name")]


def list_named(conn: Connection, name: str) -> ContactList | None:
    """The list of this name, or None."""
    return _LISTS.one(conn, "WHERE name = ?", name)


def ensure_list(conn: Connection, name: str, now: Instant) -> ContactList:
    """The list of this name, made where there is none."""
    conn.execute("INSERT OR IGNORE INTO contact_lists (name, created_at) VALUES (?, ?)", (name, now))
    found = list_named(conn, name)
    if found is None:  # pragma: no cover - it was just made
        raise LookupError(name)
    return found


def set_list_role(conn: Connection, list_id: int, role: str) -> None:
    """Say which role who is on a list has; `settle_lists` brings it about."""
    rows.update(conn, "contact_lists", list_id, {"role": role, "settled_to": 0})


def any_unsettled(conn: Connection) -> bool:
    """Whether the role of a list is still to be brought about."""
    return conn.execute("SELECT 1 FROM contact_lists WHERE settled_to IS NOT NULL LIMIT 1").fetchone() is not None


def settle_lists(conn: Connection, limit: int) -> int:
    """Give the next contacts on lists the role that they have by them now; how many were looked at."""
    row = conn.execute("SELECT id, settled_to FROM contact_lists WHERE settled_to IS NOT NULL LIMIT 1").fetchone()
    if row is None:
        return 0
    list_id, found = int(row[0]), on_list(conn, row[0], row[1], limit)
    changed = [number for number in found if settle(conn, number)]
    if changed:
        refresh_rows(conn, authors_ids(conn, changed), change_numbers.advance(conn))
    rows.update(conn, "contact_lists", list_id, {"settled_to": found[-1] if len(found) == limit else None})
    return max(len(found), 1)


def settle(conn: Connection, contact_id: int) -> bool:
    """Give a contact the role that it has now by its lists; whether that changes it."""
    contact = as_stored(conn, contact_id)
    changes = settled_role(conn, contact) if contact is not None else {}
    if changes:
        update(conn, contact_id, changes)
    return bool(changes)


def lists_of(conn: Connection, contact_id: int) -> list[ContactList]:
    """The lists that a contact is on, by name."""
    rest = "JOIN contact_list_entries AS e ON e.list_id = contact_lists.id WHERE e.contact_id = ? ORDER BY name"
    return _LISTS.all(conn, rest, contact_id)


def on_list(conn: Connection, list_id: int, after: int, limit: int) -> list[int]:
    """The contacts on a list with a higher id than this, by id."""
    sql = "SELECT contact_id FROM contact_list_entries WHERE list_id = ? AND contact_id > ? ORDER BY contact_id LIMIT ?"
    return [row[0] for row in conn.execute(sql, (list_id, after, limit))]


def put_on(conn: Connection, list_id: int, contact_id: int) -> bool:
    """Put a contact on a list; whether it was not on it."""
    sql = "INSERT OR IGNORE INTO contact_list_entries (list_id, contact_id) VALUES (?, ?)"
    return conn.execute(sql, (list_id, contact_id)).rowcount > 0


def take_off(conn: Connection, list_id: int, contact_id: int) -> bool:
    """Take a contact off a list; whether it was on it."""
    sql = "DELETE FROM contact_list_entries WHERE list_id = ? AND contact_id = ?"
    return conn.execute(sql, (list_id, contact_id)).rowcount > 0


# accounts that have not written yet


def add_account(conn: Connection, contact_id: int, network: str, handle: str) -> bool:
    """Remember an account of a contact that has not written here; whether nobody had it."""
    sql = "INSERT OR IGNORE INTO contact_accounts (network, handle, contact_id) VALUES (?, ?, ?)"
    return conn.execute(sql, (network, handle, contact_id)).rowcount > 0


def move_accounts(conn: Connection, contact_id: int, to: int) -> list[tuple[str, str]]:
    """Give the accounts of a contact that have not written here to another one; which ones."""
    sql = "UPDATE contact_accounts SET contact_id = ? WHERE contact_id = ? RETURNING network, handle"
    return [(row[0], row[1]) for row in conn.execute(sql, (to, contact_id)).fetchall()]


def give_accounts(conn: Connection, accounts: Iterable[Sequence[str]], to: int) -> None:
    """Say whose accounts these are."""
    sql = "UPDATE contact_accounts SET contact_id = ? WHERE network = ? AND handle = ?"
    conn.executemany(sql, [(to, network, handle) for network, handle in accounts])


def drop_account(conn: Connection, network: str, handle: str) -> None:
    """Forget an account that has written by now."""
    conn.execute("DELETE FROM contact_accounts WHERE network = ? AND handle = ?", (network, handle))


def account_holder(conn: Connection, network: str, handle: str) -> int | None:
    """The contact of an account that has not written here, or None."""
    row = conn.execute(
        "SELECT contact_id FROM contact_accounts WHERE network = ? AND handle = ?", (network, handle)
    ).fetchone()
    return None if row is None else int(row[0])


def by_account(conn: Connection, network: str, handle: str) -> list[KnownAuthor]:
    """The authors of a handle on a network; `id=12` as a handle is the network's id."""
    if handle.startswith("id="):
        rest = "WHERE a.source_id IN (SELECT id FROM sources WHERE network = ?) AND a.remote_id = ? ORDER BY +a.id"
        return AUTHORS.all(conn, rest, network, handle[3:])
    rest = f"WHERE s.network = ? AND a.handle = ? COLLATE NOCASE AND a.handle <> '' AND {HANDLE_KEY} = ? ORDER BY a.id"
    return AUTHORS.all(conn, rest, network, handle, local_part(handle))


def follow_ups_due(conn: Connection, now: Instant, limit: int) -> list[Contact]:
    """The contacts whose follow-up has come due, and was not brought back yet."""
    return _CONTACTS.all(conn, f"WHERE {timers.FOLLOW_UP} LIMIT ?", now, limit)


def newest_conversation(conn: Connection, authors: Sequence[int]) -> int | None:
    """The newest conversation of some authors that is neither spam nor deleted; None where there is none."""
    sql = (
        f"SELECT id FROM conversations WHERE author_id {AMONG} AND gone = 0 AND status <> 'spam'"
        " ORDER BY newest_at DESC, id DESC LIMIT 1"
    )
    row = conn.execute(sql, (listed(authors),)).fetchone()
    return None if row is None else int(row[0])


class Whole(NamedTuple):
    """A contact with all that belongs to it.

    Attributes:
        accounts: networks and handles that have not written here.
        notes: the oldest first.
    """

    contact: Contact
    authors: tuple[KnownAuthor, ...]
    accounts: tuple[tuple[str, str], ...]
    lists: tuple[str, ...]
    notes: tuple[ContactNote, ...]


def whole(conn: Connection, found: Sequence[Contact]) -> list[Whole]:
    """Some contacts with all that belongs to them, read with few statements."""
    among = listed([contact.id for contact in found])
    authors: dict[int, list[KnownAuthor]] = {}
    for known in AUTHORS.all(conn, f"WHERE a.contact_id {AMONG} ORDER BY a.id", among):
        authors.setdefault(known.contact_id or 0, []).append(known)
    accounts: dict[int, list[tuple[str, str]]] = {}
    sql = f"SELECT contact_id, network, handle FROM contact_accounts WHERE contact_id {AMONG} ORDER BY network, handle"
    for row in conn.execute(sql, (among,)):
        accounts.setdefault(row[0], []).append((row[1], row[2]))
    on: dict[int, list[str]] = {}
    sql = (
        "SELECT e.contact_id, l.name FROM contact_list_entries AS e JOIN contact_lists AS l ON l.id = e.list_id"
        f" WHERE e.contact_id {AMONG} ORDER BY l.name"
    )
    for row in conn.execute(sql, (among,)):
        on.setdefault(row[0], []).append(row[1])
    written: dict[int, list[ContactNote]] = {}
    for note in _NOTES.all(conn, f"WHERE contact_id {AMONG} AND removed_at IS NULL ORDER BY created_at, id", among):
        written.setdefault(note.contact_id, []).append(note)
    return [
        Whole(
            contact,
            tuple(authors.get(contact.id, ())),
            tuple(accounts.get(contact.id, ())),
            tuple(on.get(contact.id, ())),
            tuple(written.get(contact.id, ())),
        )
        for contact in found
    ]
