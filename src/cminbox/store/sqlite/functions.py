"""SQL functions that predicates call, as Python evaluates them."""

from __future__ import annotations

from sqlite3 import Connection

from cminbox.query import patterns
from cminbox.text import words


def found(source: str, text: str) -> int:
    """`cminbox_found(pattern, text)`: whether a regular expression fits somewhere in a text."""
    return int(patterns.compiled(source).found_in(text))


def named(name: str, phrase: str) -> int:
    """`cminbox_named(name, phrase)`: whether a folded phrase, with the spaces around it, is in a name."""
    return int(phrase in f" {' '.join(words(name))} ")


def register(conn: Connection) -> None:
    """Let statements on this connection call them."""
    conn.create_function("cminbox_found", 2, found, deterministic=True)
    conn.create_function("cminbox_named", 2, named, deterministic=True)
