"""Authors: the network identities that wrote messages, with the contact behind each."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cminbox.model import Author, StoredAuthor
from cminbox.store.records import AUTHOR_SELECT, author_from_row
from cminbox.store.sqlite import Connection


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredAuthor]:
    """Those of these authors whom a source knows, by the network's ids."""
    sql = f"{AUTHOR_SELECT} WHERE a.source_id = ? AND a.remote_id IN (SELECT value FROM json_each(?))"
    found = map(author_from_row, conn.execute(sql, (source_id, json.dumps(list(remote_ids)))))
    return {author.remote_id: author for author in found}


def merged(known: StoredAuthor, now: Author) -> StoredAuthor:
    """An author as the network describes them now; what it leaves out stays as it was."""
    return StoredAuthor(
        known.id,
        known.remote_id,
        now.handle or known.handle,
        now.name or known.name,
        known.followers if now.followers is None else now.followers,
        now.url or known.url,
        known.vip,
        known.role,
    )


def insert(conn: Connection, new: Iterable[tuple[int, StoredAuthor]]) -> None:
    """Add authors, each given with its source."""
    conn.executemany(
        "INSERT INTO authors (id, source_id, remote_id, handle, name, followers, url) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(a.id, source_id, a.remote_id, a.handle, a.name, a.followers, a.url) for source_id, a in new],
    )


def update(conn: Connection, changed: Iterable[StoredAuthor]) -> None:
    """Write down what the network says of authors now."""
    conn.executemany(
        "UPDATE authors SET handle = ?, name = ?, followers = ?, url = ? WHERE id = ?",
        [(a.handle, a.name, a.followers, a.url, a.id) for a in changed],
    )
