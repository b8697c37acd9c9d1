"""Posts: what people comment on, which is no message of a conversation."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.model import Post, StoredPost
from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


def known(conn: Connection, source_id: int, remote_ids: Iterable[str]) -> dict[str, StoredPost]:
    """Those of these posts that a source knows, by the network's ids."""
    sql = f"SELECT id, remote_id, title, url FROM posts WHERE source_id = ? AND remote_id {AMONG}"
    return {row[1]: StoredPost(*row) for row in conn.execute(sql, (source_id, listed(remote_ids)))}


def merged(stored: StoredPost, now: Post) -> StoredPost:
    """A post as the network describes it now; what it leaves out stays as it was."""
    return StoredPost(stored.id, stored.remote_id, now.title or stored.title, now.url or stored.url)


def save(conn: Connection, made: Iterable[tuple[int, StoredPost]]) -> None:
    """Add posts, each given with its source, or write down what the network says of them now."""
    conn.executemany(
        "INSERT INTO posts (id, source_id, remote_id, title, url) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET (title, url) = (excluded.title, excluded.url)",
        [(post.id, source_id, post.remote_id, post.title, post.url) for source_id, post in made],
    )
