"""Labels and who put each on. A label that a person took off stays known, so that no rule puts it back."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.store.rows import AMONG, listed
from cminbox.store.sqlite import Connection


def of(conn: Connection, conversation_id: int) -> dict[str, str]:
    """The labels of a conversation, each with who put it on (`member:…` or `rule:…`)."""
    rows = conn.execute('SELECT label, "by" FROM labels WHERE conversation_id = ? AND removed = 0', (conversation_id,))
    return {row[0]: row[1] for row in rows}


def state(conn: Connection, conversation_id: int) -> dict[str, tuple[str, bool]]:
    """Every label that was ever on a conversation: (by, removed)."""
    rows = conn.execute('SELECT label, "by", removed FROM labels WHERE conversation_id = ?', (conversation_id,))
    return {row[0]: (row[1], bool(row[2])) for row in rows}


def put(conn: Connection, conversation_id: int, label: str, by: str, *, removed: bool = False) -> None:
    """Put a label on, or with `removed` take it off for good."""
    conn.execute(
        'INSERT INTO labels (conversation_id, label, "by", removed) VALUES (?, ?, ?, ?)'
        ' ON CONFLICT (conversation_id, label) DO UPDATE SET "by" = excluded."by", removed = excluded.removed',
        (conversation_id, label, by, int(removed)),
    )


def insert(conn: Connection, new: Iterable[tuple[int, str, str]]) -> None:
    """Put labels on new conversations, which have none: conversation, label, who puts it on."""
    conn.executemany('INSERT INTO labels (conversation_id, label, "by") VALUES (?, ?, ?)', new)


def forget(conn: Connection, conversation_id: int, label: str) -> None:
    """Have a label as if it had never been put on or taken off."""
    conn.execute("DELETE FROM labels WHERE conversation_id = ? AND label = ?", (conversation_id, label))


def by_rules(conn: Connection, conversation_id: int, wanted: Iterable[tuple[str, str]]) -> None:
    """Set the rules' labels to `wanted` (label, rule): new ones come, those no rule wants any more go.

    What a person put on or took off stays.
    """
    known = state(conn, conversation_id)
    want = {label: f"rule:{rule}" for label, rule in wanted}
    for label, by in want.items():
        if label not in known:
            put(conn, conversation_id, label, by)
    for label, (by, removed) in known.items():
        if by.startswith("rule:") and not removed and label not in want:
            forget(conn, conversation_id, label)


def used(conn: Connection, limit: int = 200) -> list[str]:
    """Labels in use, most used first."""
    sql = "SELECT label FROM labels WHERE removed = 0 GROUP BY label ORDER BY COUNT(*) DESC, label LIMIT ?"
    return [row[0] for row in conn.execute(sql, (limit,))]


def of_many(conn: Connection, conversation_ids: Iterable[int]) -> dict[int, list[str]]:
    """The labels of those of these conversations that carry any."""
    found: dict[int, list[str]] = {}
    sql = f"SELECT conversation_id, label FROM labels WHERE removed = 0 AND conversation_id {AMONG}"
    for number, label in conn.execute(sql, (listed(conversation_ids),)):
        found.setdefault(number, []).append(label)
    return found
