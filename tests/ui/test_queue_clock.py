"""The clock of a line: it says what its number means, in at most eight cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.model import DAY, HOUR, MINUTE, STATUSES, Conversation
from cminbox.widgets.queue_row import clock_of

NOW = 1_780_000_000_000
PLAIN = Conversation(1, 1, "c", "shop", "mastodon", "mention", "open", created_at=0, newest_at=0, changed=0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"due_at": NOW + HOUR}, "in 1h"),
        ({"due_at": NOW - 5 * HOUR}, "5h late"),
        ({"due_at": NOW + 30_000}, "in <1m"),
        ({"due_at": NOW - 59 * MINUTE}, "59m late"),
        ({"due_at": NOW - 400 * DAY}, "1y late"),
        ({"waiting_since": NOW - 8 * MINUTE}, "8m ago"),
        ({}, ""),
        ({"status": "snoozed", "snoozed_until": NOW + 12 * HOUR}, "z in 12h"),
        ({"status": "closed"}, "✓"),
    ],
)
def test_it_says_its_unit(row: dict, said: str) -> None:
    assert clock_of(PLAIN._replace(**row), NOW)[0] == said


instants = st.none() | st.integers(-(10**14), 10**14)


@given(status=st.sampled_from(STATUSES), due=instants, since=instants, until=instants)
def test_it_never_needs_more_room(status: str, due: int | None, since: int | None, until: int | None) -> None:
    row = PLAIN._replace(status=status, due_at=due, waiting_since=since, snoozed_until=until)
    assert len(clock_of(row, NOW)[0]) <= 8
