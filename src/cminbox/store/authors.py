"""Authors: the network identities that wrote messages, with the contact behind each."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.model import Author, StoredAuthor
from cminbox.store.records import AUTHORS
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredAuthor]:
    """Those of these authors whom a source knows, by the network's ids."""
    found = AUTHORS.all(conn, f"WHERE a.source_id = ? AND a.remote_id {AMONG}", source_id, listed(remote_ids))
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


def save(conn: Connection, made: Iterable[tuple[int, StoredAuthor]]) -> None:
    """Add authors, each given with its source, or write down what the network says of them now."""
    conn.executemany(
        "INSERT INTO authors (id, source_id, remote_id, handle, name, followers, url) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET (handle, name, followers, url)"
        " = (excluded.handle, excluded.name, excluded.followers, excluded.url)",
        [(a.id, source_id, a.remote_id, a.handle, a.name, a.followers, a.url) for source_id, a in made],
    )
