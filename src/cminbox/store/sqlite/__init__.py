"""SQLite's own ways: connections, the writer's and the reader's threads, the schema, file modes, the write-ahead log.

Another database would have such a package of its own; `search` and `paging` hold the statements that name indexes.
"""

from __future__ import annotations

from sqlite3 import Row as Row

from cminbox.store.sqlite.connection import Connection as Connection
from cminbox.store.sqlite.store import Store as Store
