"""What time alone brings is found by its own formula, which is the one that is indexed."""

from __future__ import annotations

import pytest
from store_rows import add_row, store_in

from cminbox.model import HOUR, MINUTE
from cminbox.store import timers


@pytest.mark.parametrize(
    ("target", "before"), [(HOUR, 6 * MINUTE), (150 * MINUTE, 15 * MINUTE), (24 * HOUR, 15 * MINUTE)]
)
def test_the_warning_comes_a_quarter_of_an_hour_or_a_tenth_of_the_target_before(tmp_path, target, before):
    with store_in(tmp_path) as store:
        number = add_row(store, 1, due_at=target, sla_target=target)
        assert timers.due(store.read(), timers.WARN, target - before - 1, 9) == []
        assert [row.id for row in timers.due(store.read(), timers.WARN, target - before, 9)] == [number]


def test_warnings_are_found_by_their_index(tmp_path):
    with store_in(tmp_path) as store:
        sql = "SELECT sql FROM sqlite_master WHERE name = 'conversations_unwarned'"
        assert timers.WARNING_AT in store.read().execute(sql).fetchone()[0]
