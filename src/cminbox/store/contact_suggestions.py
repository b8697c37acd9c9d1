"""Who may be the same person: pairs of authors, each with its reason, found by indexes and kept until somebody says.

A pair that was refused stays, so that it is never suggested again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cminbox.store import contacts
from cminbox.store.contacts import HANDLE_KEY, NOT_OURS, KnownAuthor, PersonKey, local_part
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection
from cminbox.text import fold

MOST_ALIKE = 6
"""A handle or an address that more authors have says nothing of any two of them."""
LEAST_LETTERS = 5
"""A shorter handle says nothing on its own."""
_KEPT = "contacts compared"
"""The setting that says how far the authors were compared."""
URL_KEY = "rtrim(replace(replace(replace(lower(a.url), 'https://', ''), 'http://', ''), 'www.', ''), '/')"
"""An address without what says nothing, as it is indexed."""


class Suggestion(NamedTuple):
    """Two authors who may be the same person.

    Attributes:
        reason: `account`, `link`, `handle` or `handle and name`.
    """

    id: int
    author_id: int
    other_id: int
    reason: str


class Progress(NamedTuple):
    """How far the authors were compared: up to this one, of so many."""

    at: int
    last: int

    @property
    def words(self) -> str:
        """How far it is, as people are told; empty at its end."""
        return "" if self.at >= self.last else f"looking for the same people: {self.at:,} of {self.last:,} authors"


def progress(conn: Connection) -> Progress:
    """How far the authors were compared with each other."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (_KEPT,)).fetchone()
    try:
        at = int(json.loads(row[0])) if row else 0
    except (TypeError, ValueError):
        at = 0
    last = conn.execute("SELECT COALESCE(MAX(id), 0) FROM authors").fetchone()[0]
    return Progress(min(at, last), last)


def keep(conn: Connection, at: int) -> None:
    """Write down up to which author they were compared."""
    conn.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (_KEPT, str(at)))


def following(conn: Connection, at: int, limit: int) -> list[KnownAuthor]:
    """The next authors to compare, by id."""
    rest = f"WHERE a.id > ? AND {NOT_OURS} ORDER BY a.id LIMIT ?"
    return contacts.AUTHORS.all(conn, rest, at, limit)


def alike(conn: Connection, known: KnownAuthor) -> Iterator[tuple[KnownAuthor, str]]:
    """The authors of a lower number who may be the same person as this one, each with the reason."""
    found: dict[int, tuple[KnownAuthor, str]] = {}
    rest = f"AND a.id < ? AND {NOT_OURS} LIMIT {MOST_ALIKE + 1}"
    if known.url:
        sql = "SELECT rtrim(replace(replace(replace(lower(?), 'https://', ''), 'http://', ''), 'www.', ''), '/')"
        key = conn.execute(sql, (known.url,)).fetchone()[0]
        same = contacts.AUTHORS.all(conn, f"WHERE {URL_KEY} = ? AND a.url <> '' {rest}", key, known.id)
        for other in same if len(same) <= MOST_ALIKE else ():
            if other.network == known.network and other.remote_id == known.remote_id:
                found[other.id] = (other, "account")
            elif other.network != known.network and _same_name(known, other):
                found[other.id] = (other, "link")
    handle = local_part(known.handle)
    if handle:
        same = contacts.AUTHORS.all(conn, f"WHERE {HANDLE_KEY} = ? AND a.handle <> '' {rest}", handle, known.id)
        for other in same if len(same) <= MOST_ALIKE else ():
            if other.network == known.network or other.id in found:
                continue
            named, long = _same_name(known, other), len(handle) >= LEAST_LETTERS
            if named and (long or fold(known.name) != fold(handle)):
                found[other.id] = (other, "handle and name")
            elif long:
                found[other.id] = (other, "handle")
    yield from found.values()


def _same_name(one: KnownAuthor, other: KnownAuthor) -> bool:
    name = fold(one.name)
    return bool(name) and name == fold(other.name)


def add(conn: Connection, found: Iterable[tuple[int, int, str]]) -> None:
    """Add suggestions: two authors and the reason; a pair that is known, or was refused, stays as it is."""
    conn.executemany(
        "INSERT OR IGNORE INTO contact_suggestions (author_id, other_id, reason) VALUES (?, ?, ?)",
        [(max(one, other), min(one, other), reason) for one, other, reason in found],
    )


def of(conn: Connection, who: PersonKey, limit: int = 50) -> list[tuple[Suggestion, KnownAuthor]]:
    """Who may be the same person as somebody, each with the author who may be; none twice of one person."""
    mine = {known.id for known in contacts.authors_of(conn, who)}
    sql = (
        "SELECT id, author_id, other_id, reason FROM contact_suggestions WHERE refused_by = ''"
        f" AND author_id {AMONG} UNION SELECT id, author_id, other_id, reason FROM contact_suggestions"
        f" WHERE refused_by = '' AND other_id {AMONG} ORDER BY 1"
    )
    found: dict[PersonKey, tuple[Suggestion, KnownAuthor]] = {}
    among = listed(sorted(mine))
    for row in conn.execute(sql, (among, among)):
        suggestion = Suggestion._make(row)
        number = suggestion.other_id if suggestion.author_id in mine else suggestion.author_id
        other = contacts.author(conn, number) if number not in mine else None
        if other is not None:
            found.setdefault(contacts.key_of(other), (suggestion, other))
        if len(found) >= limit:
            break
    return list(found.values())


def all_open(conn: Connection, limit: int) -> list[Suggestion]:
    """Suggestions that nobody said anything to, of two who are not one contact already; the oldest first."""
    sql = (
        "SELECT t.id, t.author_id, t.other_id, t.reason FROM contact_suggestions AS t"
        " JOIN authors AS a ON a.id = t.author_id JOIN authors AS b ON b.id = t.other_id"
        " WHERE t.refused_by = '' AND (a.contact_id IS NULL OR a.contact_id IS NOT b.contact_id)"
        " ORDER BY t.id LIMIT ?"
    )
    return [Suggestion._make(row) for row in conn.execute(sql, (limit,))]


def refuse(conn: Connection, ones: Iterable[int], others: Iterable[int], by: str) -> list[int]:
    """Say that these authors are not the same person as those; the pairs, made where they were not suggested."""
    numbers = []
    theirs = list(others)
    for one in ones:
        for other in theirs:
            pair = max(one, other), min(one, other)
            add(conn, [(*pair, "handle")])
            row = conn.execute(
                "UPDATE contact_suggestions SET refused_by = ? WHERE author_id = ? AND other_id = ?"
                " AND refused_by = '' RETURNING id",
                (by, *pair),
            ).fetchone()
            if row is not None:
                numbers.append(int(row[0]))
    return numbers


def suggest_again(conn: Connection, ids: Iterable[int]) -> None:
    """Take back that these were refused."""
    conn.execute(f"UPDATE contact_suggestions SET refused_by = '' WHERE id {AMONG}", (listed(sorted(ids)),))
