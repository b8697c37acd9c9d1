"""Rows for tests of the store."""

from __future__ import annotations

import random
from pathlib import Path

from cminbox.model import STATUSES, Reason
from cminbox.store import Store, conversations, sources

LANGUAGES = ("en", "es", "hi", "gu", "pa", "")


def store_in(folder: Path) -> Store:
    """A new store, with a source named `brand`."""
    store = Store.open(folder / "data" / "cminbox.db")
    store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
    return store


def add_row(store: Store, number: int, **values) -> int:
    """A conversation of the first source; what is not given is plain."""
    row = {
        "source_id": 1,
        "remote_id": f"c{number}",
        "source": "brand",
        "network": "mastodon",
        "kind": "mention",
        "status": "open",
        "created_at": 1000,
        "newest_at": 1000 + number,
        "changed": 0,
        **values,
    }
    return store.write(lambda conn: conversations.insert(conn, row))


def add_random(store: Store, count: int, seed: int, spread: int = 6) -> list[int]:
    """Many conversations, with many equal values, and many missing ones."""
    chance = random.Random(seed)

    def maybe() -> int | None:
        return None if chance.random() < 0.3 else 1_700_000_000_000 + chance.randrange(spread)

    def work(conn) -> list[int]:
        made = []
        for number in range(count):
            row = {
                "source_id": 1,
                "remote_id": f"c{seed}-{number}",
                "source": "brand",
                "network": "mastodon",
                "kind": "mention",
                "status": chance.choice(STATUSES),
                "priority": chance.randrange(spread),
                "reasons": (Reason(35, "refund words", "reembolso"),),
                "labels": tuple(sorted(chance.sample(["angry", "billing", "रिफंड"], chance.randrange(3)))),
                "lang": chance.choice(LANGUAGES),
                "waiting_since": maybe(),
                "due_at": maybe(),
                "created_at": 1000,
                "newest_at": 1_700_000_000_000 + chance.randrange(spread),
                "gone": chance.random() < 0.1,
                "changed": 1,
            }
            made.append(conversations.insert(conn, row))
        return made

    return store.write(work)
