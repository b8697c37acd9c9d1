"""Rows for tests of the store."""

from __future__ import annotations

import random
from pathlib import Path

from cminbox.model import STATUSES, Conversation, Reason
from cminbox.store import Connection, Store, conversations, sources
from stores import new_store

LANGUAGES = ("en", "es", "hi", "gu", "pa", "")


def store_in(folder: Path) -> Store:
    """A new store, with a source named `brand`."""
    store = new_store(folder / "data" / "cminbox.db")
    store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
    return store


def new_row(conn: Connection, remote_id: str, **values) -> Conversation:
    """A conversation of the first source, not stored yet; what is not given is plain."""
    plain = Conversation(
        id=conn.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM conversations").fetchone()[0],
        source_id=1,
        remote_id=remote_id,
        source="brand",
        network="mastodon",
        kind="mention",
        status="open",
        created_at=1000,
        newest_at=1000,
        changed=0,
    )
    return plain._replace(**values)


def add_row(store: Store, number: int, **values) -> int:
    """A conversation of the first source; what is not given is plain."""

    def work(conn: Connection) -> int:
        row = new_row(conn, f"c{number}", newest_at=1000 + number)._replace(**values)
        conversations.insert(conn, [row])
        return row.id

    return store.write(work)


def add_random(store: Store, count: int, seed: int, spread: int = 6) -> list[int]:
    """Many conversations, with many equal values, and many missing ones."""
    chance = random.Random(seed)

    def maybe() -> int | None:
        return None if chance.random() < 0.3 else 1_700_000_000_000 + chance.randrange(spread)

    def work(conn) -> list[int]:
        made = []
        for number in range(count):
            row = new_row(
                conn,
                f"c{seed}-{number}",
                status=chance.choice(STATUSES),
                priority=chance.randrange(spread),
                reasons=(Reason(35, "refund words", "reembolso"),),
                labels=tuple(sorted(chance.sample(["angry", "billing", "रिफंड"], chance.randrange(3)))),
                lang=chance.choice(LANGUAGES),
                waiting_since=maybe(),
                due_at=maybe(),
                promise_at=maybe(),
                newest_at=1_700_000_000_000 + chance.randrange(spread),
                gone=chance.random() < 0.1,
                changed=1,
            )
            conversations.insert(conn, [row])
            made.append(row.id)
        return made

    return store.write(work)
