"""What a report reads is the same whichever way is quicker for its period."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import add_row, store_in

from cminbox.store import reporting

COUNT = 120


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A store with some messages at the times 0 to 99 and finished measures, and the messages that were heard."""
    chance, heard = random.Random(5), []
    with store_in(tmp_path_factory.mktemp("reporting")) as store:
        homes = {add_row(store, n, lang=lang, assignee=who): lang for n, (lang, who) in enumerate(
            [("en", ""), ("hi", ""), ("en", "ana")])}  # fmt: skip

        def work(conn) -> None:
            for number in range(COUNT):
                home, at = chance.choice(list(homes)), chance.randrange(100)
                direction, deleted = chance.choice(["in", "in", "out"]), chance.choice([None, None, 5])
                conn.execute(
                    "INSERT INTO messages (source_id, remote_id, conversation_id, kind, direction, text, created_at,"
                    " fetched_at, deleted_at) VALUES (1, ?, ?, 'mention', ?, 'x', ?, 1, ?)",
                    (f"m{number}", home, direction, at, deleted),
                )
                if direction == "in" and deleted is None:
                    heard.append((homes[home], at))
                    conn.execute("UPDATE conversations SET inbound = inbound + 1 WHERE id = ?", (home,))
                conn.execute(
                    "INSERT INTO measures (conversation_id, source_id, measure, start_at, end_at, lang)"
                    " VALUES (?, 1, 'reply', 0, ?, ?)",
                    (home, at, homes[home]),
                )

        store.write(work)
        yield store, heard


@given(since=st.integers(-5, 105), until=st.integers(-5, 105))
def test_volume_and_measures_of_any_period(said, since, until):
    store, heard = said
    conn = store.read()
    volumes: Counter[str] = Counter()
    for sums in reporting.sums(conn, since, until):
        volumes[sums.lang] += sums.volume
    assert +volumes == Counter(lang for lang, at in heard if since <= at < until)
    ends = sorted(row[0] for row in conn.execute("SELECT end_at FROM measures") if since <= row[0] < until)
    found = [length for runs in reporting.measure_runs(conn, since, until, starts=False) for length in runs.lengths]
    assert sorted(found) == ends


@pytest.mark.parametrize(
    ("since", "until", "most"), [(-5, 105, True), (2, 99, True), (40, 60, False), (200, 300, False)]
)
def test_most_of_a_table_is_known_without_counting_it(said, since, until, most):
    store, _ = said
    assert reporting._mostly(store.read(), "messages", "created_at", since, until) is most
