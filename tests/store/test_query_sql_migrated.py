"""A store that an older program made is brought up to date and answers as a new one does."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_rows import add_random

from cminbox import query
from cminbox.query import Context
from cminbox.store import Store, connection, conversations, migrations, schema, sources

NOW = 1_770_000_000_000


def old_store(path: Path) -> Store:
    """A store as version 1 made it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", schema.MIGRATIONS[:1])
        patch.setattr(connection, "VERSION", 1)
        return Store.open(path)


def indexes(store: Store) -> dict[str, str]:
    return {
        row["name"]: row["sql"]
        for row in store.read().execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    }


def test_a_store_of_the_first_version_gets_what_queries_need(tmp_path: Path) -> None:
    with old_store(tmp_path / "old.db") as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        add_random(store, 60, seed=3)
        assert "messages_home" not in indexes(store)
    with Store.open(tmp_path / "new.db") as store:
        store.write(lambda conn: sources.ensure(conn, "brand", "mastodon"))
        add_random(store, 60, seed=3)
        fresh = indexes(store)
        wanted = found(store)
    with Store.open(tmp_path / "old.db") as store:
        assert indexes(store) == fresh
        assert found(store) == wanted
        assert any(wanted.values())


def found(store: Store) -> dict[str, list[int]]:
    conn, answers = store.read(), {}
    for text in ("is:open is:mine", "label:billing", "priority:>2 is:unassigned", "sentiment:<0", "lang:es", "refund"):
        where = query.to_sql(query.parse(text), Context(NOW, "ana"), conversations.counter(conn))
        answers[text] = [row.id for row in conversations.page(conn, where, "newest")]
    return answers
