"""The schema of a store: numbered scripts in `migrations/`, each run in a transaction with its record.

Scripts are append-only: one that was released is never edited. Its name without `.sql` stands in the records of each
store. `PRAGMA user_version` is how many a store has; one with more than `VERSION` was written by a newer program.

sqlite-utils runs them on a store that is there. A new store is made here by hand, with the same tables and records in
one transaction: loading the library takes longer than making the store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

VERSION = 38
"""How many scripts there are. Opening a store compares it, and reads none of them."""

LAST = 1 << 62
"""What the indexes of sort orders hold for a missing time, so that it stands last."""

SET = "cminbox"
"""The name under which the records stand."""

_RECORDS = """
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
"""


def scripts() -> list[tuple[str, str]]:
    """Name and text of each migration, in order."""
    from importlib.resources import files

    folder = files("cminbox.store.sqlite") / "migrations"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in found]


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit what the migration's transaction holds."""
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""
    if part.strip():
        yield part


def make(conn: sqlite3.Connection) -> None:
    """Make a store in the database behind `conn`, in which nothing stands but perhaps what `migrate` was cut off in."""
    if conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        migrate(conn)
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(_RECORDS):
            conn.execute(statement)
        for number, (name, script) in enumerate(scripts(), start=1):
            _run(conn, script, number)
            conn.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
                (SET, name, str(datetime.now(UTC))),
            )
        conn.execute("COMMIT")
    except BaseException:
        # A full disk has ended the transaction already; a second error would hide the first.
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def migrate(conn: sqlite3.Connection) -> None:
    """Bring the store behind `conn` to the newest version; safe to repeat."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(SET)
    for number, (name, script) in enumerate(scripts(), start=1):
        migrations(name=name)(_step(script, number))
    migrations.apply(Database(conn, execute_plugins=False))


def _step(script: str, number: int) -> Callable[[Any], None]:
    return lambda db: _run(db, script, number)


def _run(db: Any, script: str, number: int) -> None:
    """Run a script within the transaction that is open on a connection or a sqlite-utils `Database`."""
    for statement in statements(script):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {number}")
