"""From a query to SQL: the condition of what matches, and how a page of it is best read."""

from __future__ import annotations

from cminbox.store.search.candidates import Count
from cminbox.store.search.plan import Condition, difference, from_an_index, to_sql, to_test

__all__ = ["Condition", "Count", "difference", "from_an_index", "to_sql", "to_test"]
