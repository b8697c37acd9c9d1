"""Runs the migrations of a SQLite store, each in a transaction with its record (sqlite-utils' `Migrations`).

A new store is made here by hand, with the same tables and records in one transaction: loading the library takes longer
than making the store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from cminbox.store.schema import MIGRATIONS

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


def _step(script: str, number: int) -> Callable[[Any], None]:
    def step(db: Any) -> None:
        for statement in statements(script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")

    return step


def make(conn: sqlite3.Connection) -> None:
    """Make a store in the database behind `conn`, in which nothing stands but perhaps what `apply` was cut off in."""
    if conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        apply(conn)
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(_RECORDS):
            conn.execute(statement)
        for name, script in MIGRATIONS:
            for statement in statements(script):
                conn.execute(statement)
            conn.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
                (SET, name, str(datetime.now(UTC))),
            )
        conn.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        conn.execute("COMMIT")
    except BaseException:
        # A full disk has ended the transaction already; a second error would hide the first.
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def apply(conn: sqlite3.Connection) -> None:
    """Bring the store behind `conn` to the newest version; safe to repeat."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(SET)
    for number, (name, script) in enumerate(MIGRATIONS, start=1):
        migrations(name=name)(_step(script, number))
    migrations.apply(Database(conn, execute_plugins=False))
