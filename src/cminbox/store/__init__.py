"""The store: the only SQL. One module for each subject; each function takes a connection.

store = Store.open(path)
rows = conversations.page(store.read(), where, sort="priority")
store.write(lambda conn: notes.add(conn, …))
"""

from __future__ import annotations

from cminbox.store.sqlite import Connection, Store

__all__ = ["Connection", "Store"]
