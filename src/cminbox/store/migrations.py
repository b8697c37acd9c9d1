"""Runs the migrations of a SQLite store, each in a transaction with its record (sqlite-utils' `Migrations`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from cminbox.store.schema import MIGRATIONS


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


def apply(conn: sqlite3.Connection) -> None:
    """Bring the store behind `conn` to the newest version; safe to repeat."""
    migrations = Migrations("cminbox")
    for number, (name, script) in enumerate(MIGRATIONS, start=1):
        migrations(name=name)(_step(script, number))
    migrations.apply(Database(conn, execute_plugins=False))
